"""Renders results with Jinja templates; the only module that uses Jinja.

`docs/templates.md` describes the context.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from kgen.files.read import NotText, Outside, Within, read_text
from kgen.formats.templates import outputs_of
from kgen.formats.terminal import count
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem, near, os_reason

# Characters of one file, and of one text that an expression repeats.
_LONGEST = 1 << 26


class _Endless(Exception):
    """A template that goes past a limit of time or size."""

    hint = ""


# What gives a variable that is known and not there.
_GIVEN = {
    "target": "only a template whose name begins with T- has it",
    **dict.fromkeys(("devices", "machines", "aliases", "maybe"), "--names gives it"),
}


class _Undefined(jinja2.StrictUndefined):
    """What a template reads and nothing defines. The message says what is meant, if known."""

    @property
    def _undefined_message(self) -> str:
        message = super()._undefined_message
        name, of = self._undefined_name, self._undefined_obj
        known = [key for key in of if isinstance(key, str)] if isinstance(of, dict) else ()
        meant = _GIVEN.get(name or "") or near(name or "", known)
        return f"{message}; {meant}" if meant else message


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which no single operation can take all the time or memory."""

    intercepted_binops = frozenset(("*", "**"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" and isinstance(left, int) and isinstance(right, int):
            if left.bit_length() * right > 10_000:
                raise _Endless(f"{right} is too large a power")
        elif operator == "*":
            for text, number in ((left, right), (right, left)):
                repeated = hasattr(text, "__len__") and isinstance(number, int)
                if repeated and len(text) * number > _LONGEST:
                    raise _Endless(f"{number} times is too long")
        return super().call_binop(context, operator, left, right)


class _Loader(jinja2.BaseLoader):
    """Loads templates from one folder, following links. given: the name of the one that the user
    gave, which may be a link to anywhere. read: the texts of the files read, by absolute path."""

    def __init__(self, folder: str, given: str) -> None:
        self.folder = folder
        self.within = Within(folder)
        self.given = given
        self.read: dict[str, str] = {}

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool] | None]:
        parts = template.split("/")
        if ".." in parts or os.path.isabs(template):
            reason = "templates are read only from the folder of the given template"
            raise jinja2.TemplateNotFound(template, reason)
        path = os.path.normpath(os.path.join(self.folder, *parts))
        try:
            if template != self.given:
                self.within.check(path)
            text = read_text(path)
        except Outside:
            reason = "it is outside the folder of the template that was given"
            raise jinja2.TemplateNotFound(template, reason) from None
        except OSError as error:
            raise jinja2.TemplateNotFound(template, os_reason(error)) from None
        except NotText as error:
            message = "not valid UTF-8"
            raise jinja2.TemplateSyntaxError(message, error.line, template, path) from None
        self.read[os.path.abspath(path)] = text
        return text, path, None


def render(
    context: dict[str, Any],
    templates: Sequence[str],
    step: Callable[[], None] = lambda: None,
    seconds: int = 0,
    done: Collection[str] = (),
) -> tuple[dict[str, str], list[str]]:
    """The rendered texts by file name (in the output folder), and the template files read.

    context: from generate's `context` module. templates: paths, no two with the same output file.
    step: called after each text. seconds: the most processor time for each text; 0 for any. done:
    the names of texts that are not needed.
    Raises KgenError for a template that cannot be read, has a syntax error, uses an undefined
    variable or a forbidden operation, takes too long or makes too much.
    """
    targets = {target["name"]: target for target in context.get("targets", ())}
    rendered: dict[str, str] = {}
    read: set[str] = set()
    for path in templates:
        wanted = [(name, own) for name, own in outputs_of(path, targets) if name not in done]
        if not wanted:
            continue
        template, loader = compiled(path)
        for name, own in wanted:
            variables = context if own is None else {**context, "target": targets[own]}
            with _explained(path, loader), _limited(seconds):
                rendered[name] = "".join(_pieces(template.generate(variables)))
            step()
        read |= loader.read.keys()
    return rendered, sorted(read)


def _pieces(found: Iterator[str]) -> Iterator[str]:
    """The pieces of a text, until it is too long."""
    length = 0
    for piece in found:
        length += len(piece)
        if length > _LONGEST:
            raise _Endless(f"the output has more than {_LONGEST:,} characters")
        yield piece


@contextmanager
def _limited(seconds: int) -> Iterator[None]:
    """Raise _Endless in the block after so much processor time, where the system can tell."""
    main = threading.current_thread() is threading.main_thread()
    if not (seconds and main and hasattr(signal, "setitimer")):
        yield
        return

    def stop(*_: object) -> None:
        error = _Endless(f"rendering takes more than {count(seconds, 'second')} of processor time")
        error.hint = "--template-seconds raises the limit; 0 lifts it"
        raise error

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@lru_cache
def compiled(path: str) -> tuple[jinja2.Template, _Loader]:
    """A compiled template, and the loader that records the files read."""
    loader = _Loader(os.path.dirname(path) or ".", os.path.basename(path))
    with _explained(path, loader):
        return environment(loader).get_template(loader.given), loader


def environment(loader: jinja2.BaseLoader | None = None) -> jinja2.Environment:
    """Jinja as kgen sets it up, for templates from a loader."""
    made = _Sandbox(
        loader=loader,
        undefined=_Undefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.policies["json.dumps_kwargs"] = {"sort_keys": True, "ensure_ascii": False}
    return made


@contextmanager
def _explained(path: str, loader: _Loader) -> Iterator[None]:
    """Convert all exceptions of Jinja and of template expressions to a KgenError with a place."""
    try:
        yield
    except jinja2.TemplateSyntaxError as error:
        place = Place(_file(error.filename or path, loader), error.lineno)
        raise KgenError(Problem(error.message or "syntax error", place, code="KG501")) from None
    except jinja2.TemplateNotFound as error:
        reason = "" if error.message == error.name else f": {error.message}"
        problem = Problem(
            f"cannot read the template {error.name}{reason}", _at(path, loader, error), code="KG503"
        )
        raise KgenError(problem) from None
    except Exception as error:  # expressions of users can raise any exception
        message = str(error) or type(error).__name__
        hint = error.hint if isinstance(error, _Endless) else ""
        problem = Problem(message, _at(path, loader, error), hint=hint, code="KG501")
        raise KgenError(problem) from None


def _at(path: str, loader: _Loader, error: BaseException) -> Place:
    """The innermost template line in the traceback of an error."""
    folder = os.path.dirname(os.path.normpath(path))
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if os.path.dirname(frame.filename) == folder and frame.lineno:
            return Place(_file(frame.filename, loader), frame.lineno)
    return Place(_file(path, loader), 0)


def _file(path: str, loader: _Loader) -> File:
    return File(path, outside=True, text=loader.read.get(os.path.abspath(path), ""))
