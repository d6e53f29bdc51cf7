"""Results to texts through Jinja templates; the only module that knows Jinja.

A template's file name says what it makes: `NAME.j2` gives `NAME`, and a name that begins with
`T-` is rendered once for each target, whose name replaces the `T`. The context is described in
`docs/templates.md`.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from kgen.files import resources
from kgen.files.read import NotText, read_text
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem, os_reason


class _Loader(jinja2.BaseLoader):
    """Templates from one folder, links followed. given: the name of the one that the user gave,
    which may be a link to anywhere. read: the texts of the files read so far, by absolute path."""

    def __init__(self, folder: str, given: str) -> None:
        self.folder = folder
        self.given = given
        self.read: dict[str, str] = {}

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool] | None]:
        parts = template.split("/")
        if ".." in parts or os.path.isabs(template):
            reason = "templates are read only from the folder of the one that was given"
            raise jinja2.TemplateNotFound(template, reason)
        path = os.path.normpath(os.path.join(self.folder, *parts))
        inside = os.path.join(os.path.realpath(self.folder), "")
        if template != self.given and not os.path.realpath(path).startswith(inside):
            reason = "it is outside the folder of the template that was given"
            raise jinja2.TemplateNotFound(template, reason)
        try:
            text = read_text(path)
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
) -> tuple[dict[str, str], list[str]]:
    """File names (in the output folder) to their texts, and the template files that were read.

    context is what kgen.context makes; templates are paths. step is called once for each text
    that is ready. Raises KgenError for a template that cannot be read, is wrong, names what is
    not there or does what a template may not do, and for two templates that make the same file.
    """
    made: dict[str, str] = {}
    origin: dict[str, str] = {}
    read: set[str] = set()
    for path in templates:
        template, loader = compiled(path)
        for name, variables in _outputs(path, context):
            if name in made:
                message = f"{_called(path)} and {_called(origin[name])} both make {name}"
                raise KgenError(Problem(message, hint="rename one of the templates", code="KG502"))
            with _explained(path, loader):
                made[name] = template.render(variables)
            origin[name] = path
            step()
        read |= loader.read.keys()
    return made, sorted(read)


@lru_cache
def compiled(path: str) -> tuple[jinja2.Template, _Loader]:
    """A template ready to render, with the loader that knows which files it reads."""
    loader = _Loader(os.path.dirname(path) or ".", os.path.basename(path))
    with _explained(path, loader):
        return _environment(loader).get_template(loader.given), loader


def _called(path: str) -> str:
    """A template as messages call it: kgen's own by name, as a user does not know their place."""
    folder, name = os.path.split(path)
    return f"kgen's own {name}" if folder == resources.templates() else path


def _environment(loader: jinja2.BaseLoader) -> jinja2.Environment:
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "ensure_ascii": False}
    return environment


def _outputs(path: str, context: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    name = os.path.basename(path).removesuffix(".j2")
    if not name.startswith("T-"):
        yield name, context
        return
    for target in context["targets"]:
        yield f"{target['name']}{name[1:]}", {**context, "target": target}


@contextmanager
def _explained(path: str, loader: _Loader) -> Iterator[None]:
    """Turn whatever Jinja or a template's expressions raise into a KgenError with a place."""
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
    except Exception as error:  # whatever a user's expression may raise
        words = str(error) or type(error).__name__
        raise KgenError(Problem(words, _at(path, loader, error), code="KG501")) from None


def _at(path: str, loader: _Loader, error: BaseException) -> Place:
    """The innermost line of a template in the traceback of an error."""
    folder = os.path.dirname(os.path.normpath(path))
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if os.path.dirname(frame.filename) == folder and frame.lineno:
            return Place(_file(frame.filename, loader), frame.lineno)
    return Place(_file(path, loader), 0)


def _file(path: str, loader: _Loader) -> File:
    return File(path, outside=True, text=loader.read.get(os.path.abspath(path), ""))
