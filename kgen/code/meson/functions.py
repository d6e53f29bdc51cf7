"""Meson's functions, as far as QEMU uses them to say which files it builds.

A function that is not here, or that returns None, gives an `Unknown`, which matters only where a
condition or a list of sources uses it. https://mesonbuild.com/Reference-manual.html.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kgen.code.conditions import ALWAYS, NEVER, both, either
from kgen.code.meson.calls import Call, host_fact, wanted
from kgen.code.meson.sources import Bundle, SourceFile, parts_of
from kgen.code.meson.state import Data, Object, State
from kgen.code.meson.values import (
    Feature,
    HostText,
    Items,
    Pattern,
    elements,
    items,
)
from kgen.model.expr import Expr

if TYPE_CHECKING:
    Value = Any
    Pairs = list[tuple[Expr, Value]]


def files(run: State, call: Call) -> Value:
    """`files(...)`: source files, relative to the folder of the meson.build."""
    return Items(tuple(run.files(call.arguments, call.line)))


def _import(run: State, call: Call) -> Value:
    return Object(str(call.first()).removeprefix("unstable-"))


def _option(run: State, call: Call) -> Value:
    """A line of meson_options.txt, which is read before meson.build."""
    run.options[str(call.first())] = str(call.named.get("type")), call.named.get("value")
    return ALWAYS


def _get_option(run: State, call: Call) -> Value:
    name = call.first()
    if not isinstance(name, str):
        return None
    kind = run.options.get(name, ("", None))[0]
    if kind == "feature":
        return Feature((f"host:-D{name}",), (f"host:-D{name}=enabled",))
    return (f"host:-D{name}",) if kind == "boolean" else HostText(f"-D{name}")


def _dependency(run: State, call: Call) -> Value:
    """One of several names of the same thing; `""` is never found."""
    own = [
        both(condition, host_fact(run, call, name, "dependency"))
        for condition, name in elements(items(call.arguments))
        if name != ""
    ]
    return Bundle(both(wanted(run, call), either(*own)), call.first())


def _find_program(run: State, call: Call) -> Value:
    return Bundle(
        both(wanted(run, call), host_fact(run, call, call.first(), "program")), call.first()
    )


def _subproject(run: State, call: Call) -> Value:
    return Bundle(
        both(wanted(run, call), host_fact(run, call, call.first(), "subproject")), call.first()
    )


def _bundles(call: Call, *names: str) -> Pairs:
    """The dependencies and libraries among these named arguments."""
    return [
        (both(condition, one.found), one)
        for name in names
        for condition, one in parts_of(call.option(name))
        if isinstance(one, Bundle)
    ]


def _library(run: State, call: Call) -> Bundle:
    """What is made of sources: a library, a program, a declared dependency."""
    sources = [*call.arguments[1:], call.option("sources"), call.option("objects")]
    found = run.files(sources, call.line)
    inner: Pairs = [pair for pair in found if isinstance(pair[1], Bundle)]
    return Bundle(
        ALWAYS,
        call.first(),
        found,
        [*inner, *_bundles(call, "dependencies", "link_whole")],
        _bundles(call, "link_with"),
    )


def _executable(run: State, call: Call) -> Value:
    made = _library(run, call)
    run.programs.append((run.path, made.name, made))
    return made


def _static_library(run: State, call: Call) -> Value:
    made = _library(run, call)
    run.libraries[run.spelled(made.name)] = made
    return made


def _shared_module(run: State, call: Call) -> Value:
    """QEMU makes each of a static library with the same name."""
    made = _library(run, call)
    run.modules.append(run.spelled(made.name))
    return made


def _generated(run: State, call: Call) -> Value:
    """What custom_target and configure_file make."""
    outputs = call.named.get("output", call.first())
    found = [
        (condition, SourceFile(run.spelled(name), True, run.file, call.line))
        for condition, name in elements(outputs)
        if isinstance(name, (str, Pattern))
    ]
    return Items(tuple(found)) if isinstance(outputs, Items) or not found else found[0][1]


def _generator(run: State, call: Call) -> Value:
    return Object("generator", str(call.option("output")))


def _configuration_data(run: State, call: Call) -> Value:
    return Data()


def _run_command(run: State, call: Call) -> Value:
    """Nothing is run. `ls -1 PATTERN` in the current folder is answered from the tree."""
    last = call.arguments[-1] if call.arguments else ""
    listing = _LISTING.fullmatch(last) if isinstance(last, str) else None
    if listing is None:
        return HostText(f"{run.file}:{call.line}")
    from fnmatch import fnmatchcase

    names = [name for name in run.names(run.folder) if fnmatchcase(name, listing[1])]
    return Object("output", "\n".join(names))


_LISTING = re.compile(r"cd \$MESON_SOURCE_ROOT/\$MESON_SUBDIR *; *ls -1 ([\w*.?-]+)")


def _summary(run: State, call: Call) -> Value:
    return ALWAYS


def _include_directories(run: State, call: Call) -> Value:
    return Items(())


def _structured_sources(run: State, call: Call) -> Value:
    return Items(tuple(run.files(call.arguments[:1], call.line)))


FUNCTIONS: dict[str, Callable[[State, Call], Value]] = {
    "add_languages": lambda run, call: both(
        wanted(run, call), host_fact(run, call, call.first(), "language")
    ),
    "configuration_data": _configuration_data,
    "configure_file": _generated,
    "custom_target": _generated,
    "declare_dependency": lambda run, call: _library(
        run, call._replace(arguments=("", *call.arguments))
    ),
    "dependency": _dependency,
    "disabler": lambda run, call: Bundle(NEVER),
    "executable": _executable,
    "files": files,
    "find_program": _find_program,
    "generator": _generator,
    "get_option": _get_option,
    "import": _import,
    "include_directories": _include_directories,
    "library": _library,
    "option": _option,
    "run_command": _run_command,
    "shared_library": _library,
    "shared_module": _shared_module,
    "static_library": _static_library,
    "structured_sources": _structured_sources,
    "subdir": lambda run, call: run.subdir(call.first()),
    "subproject": _subproject,
    **dict.fromkeys(("assert", "message", "project", "summary", "test", "warning"), _summary),
}
