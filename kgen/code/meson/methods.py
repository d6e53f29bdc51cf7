"""Meson's methods, as far as QEMU uses them to say which files it builds; see `functions`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kgen.code.conditions import ALWAYS, NEVER, both, either, inverted
from kgen.code.meson.calls import Call, host_fact, wanted
from kgen.code.meson.functions import files
from kgen.code.meson.sources import WHEN, Applied, Bundle, Rule, SourceFile, SourceSet
from kgen.code.meson.state import Data, Object, State
from kgen.code.meson.values import (
    Either,
    Feature,
    HostText,
    Items,
    Key,
    Layer,
    Pattern,
    Table,
    Targets,
    elements,
    items,
)
from kgen.model.expr import Expr

if TYPE_CHECKING:
    Value = Any
    Pairs = list[tuple[Expr, Value]]


# Methods of source sets.


def _add(run: State, call: Call) -> Value:
    when = run.path
    dependencies: Pairs = []
    for condition, one in elements(call.option("when")):
        if isinstance(one, Bundle):
            own = one.found
            dependencies.append((ALWAYS, one))
        else:
            own = (WHEN + one,) if isinstance(one, str) else run.truth(one, call.line)
        when = both(when, either(inverted(condition), own))
    yes = run.files([*call.arguments, call.option("if_true")], call.line)
    no = run.files([call.option("if_false")], call.line)
    call.receiver.rules.append(
        Rule(when, yes + dependencies, [(both(run.path, own), one) for own, one in no])
    )
    return ALWAYS


def _apply(run: State, call: Call) -> Value:
    config = call.first() or Table()
    return call.receiver.selected(lambda key: run.contained(key, config, call.line))


# Methods of dependencies, libraries and what is found.


def _partial_dependency(run: State, call: Call) -> Value:
    whole: Bundle = call.receiver
    keep = call.named.get("sources") == ALWAYS
    return Bundle(whole.found, whole.name, whole.files if keep else ())


def _bundle_variable(run: State, call: Call) -> Value:
    """A variable of a subproject, which is a dependency in QEMU's; or of a dependency."""
    return Bundle(call.receiver.found)


# Methods of compilers.


def _check(run: State, call: Call) -> Value:
    """A fact of the host: a header, a function, an argument, or what a test program shows."""
    what = call.arguments[-1] if call.arguments else ""
    if isinstance(what, str) and not re.fullmatch(r"[\w.-]+", what):
        what = None  # a program to compile
    return both(wanted(run, call), host_fact(run, call, what))


def _has_header(run: State, call: Call) -> Value:
    return both(wanted(run, call), host_fact(run, call, call.first(), "header"))


def _find_library(run: State, call: Call) -> Value:
    return Bundle(
        both(wanted(run, call), host_fact(run, call, call.first(), "library")), call.first()
    )


# Methods of configuration data.


def _set(run: State, call: Call) -> Value:
    data: Data = call.receiver
    name = call.first()
    if isinstance(name, str) and len(call.arguments) > 1:
        value = call.arguments[1]
        on = value if type(value) is tuple else NEVER if value == 0 else ALWAYS
        if isinstance(value, Either):
            on = either(*(both(c, one if type(one) is tuple else ALWAYS) for c, one in value.pairs))
        before = data.values.get(name, NEVER)
        data.values[name] = either(both(run.path, on), both(inverted(run.path), before))
    return ALWAYS


# Methods of strings, lists and dictionaries.


def _format(run: State, call: Call) -> Value:
    values = []
    for at, one in enumerate(re.split(r"@(\d{1,3})@", call.receiver)):
        if at % 2 == 0:
            values.append(one)
        elif int(one) < len(call.arguments):
            values.append(call.arguments[int(one)])
    return run.concatenated(values, call.line)


def _join(run: State, call: Call) -> Value:
    parts = [one for _, one in elements(items(call.arguments))]
    return call.receiver.join(parts) if all(isinstance(one, str) for one in parts) else None


def _split(run: State, call: Call) -> Value:
    return items(call.receiver.split(call.first() or None))


def _replace(run: State, call: Call) -> Value:
    old, new = call.arguments[:2]
    fits = isinstance(old, str) and isinstance(new, str) and len(call.receiver) * len(new) < 1 << 16
    return call.receiver.replace(old, new) if fits else None


def _tested(test: Callable[[str, str], bool]) -> Callable[[State, Call], Value]:
    """A method of a string that asks for another one."""

    def method(run: State, call: Call) -> Value:
        other = call.first()
        if not isinstance(other, str):
            return None
        return ALWAYS if test(call.receiver, other) else NEVER

    return method


def _made(make: Callable[[str], Value]) -> Callable[[State, Call], Value]:
    """A method of a string without arguments."""
    return lambda run, call: make(call.receiver)


def _get(run: State, call: Call) -> Value:
    default = call.arguments[1] if len(call.arguments) > 1 else None
    return run.at(call.receiver, call.first(), call.line, default)


def _get_item(run: State, call: Call) -> Value:
    return run.at(call.receiver, call.first(), call.line)


# Methods of what depends on the target or the host.


def _pattern_test(run: State, call: Call) -> Value:
    """`target.endswith('-softmmu')`: the targets are system emulators."""
    pattern: Pattern = call.receiver
    other = call.first()
    if not isinstance(other, str):
        return None
    return ALWAYS if pattern.key == Key("NAME") and "-softmmu".endswith(other) else NEVER


def _pattern_begins(run: State, call: Call) -> Value:
    other = call.first()
    return run.begins(call.receiver, other) if isinstance(other, str) else None


def _pattern_split(run: State, call: Call) -> Value:
    """`target.split('-')[0]` is the target's TARGET_NAME."""
    return items((Pattern("", Key("TARGET_NAME")), "softmmu"))


def _upper(run: State, call: Call) -> Value:
    pattern: Pattern = call.receiver
    return Pattern(pattern.before.upper(), pattern.key._replace(upper=True), pattern.after.upper())


def _same(run: State, call: Call) -> Value:
    return call.receiver


def _host_test(run: State, call: Call) -> Value:
    """A question about a string of the host is a fact of the host."""
    other = call.first()
    return (
        (f"host:{call.receiver.name}{'' if other[:1] in '<>=!' else '~'}{other}",)
        if isinstance(other, str)
        else None
    )


def _host_text(run: State, call: Call) -> Value:
    return call.receiver


# Methods of options.


def _require(run: State, call: Call) -> Value:
    feature: Feature = call.receiver
    condition = run.truth(call.first(), call.line)
    return Feature(both(feature.allowed, condition), both(feature.enabled, condition))


def _disable_auto_if(run: State, call: Call) -> Value:
    feature: Feature = call.receiver
    stays = inverted(run.truth(call.first(), call.line))
    return Feature(either(feature.enabled, both(feature.allowed, stays)), feature.enabled)


def _disable_if(run: State, call: Call) -> Value:
    feature: Feature = call.receiver
    stays = inverted(run.truth(call.first(), call.line))
    return Feature(both(feature.allowed, stays), both(feature.enabled, stays))


def _enable_if(run: State, call: Call) -> Value:
    feature: Feature = call.receiver
    condition = run.truth(call.first(), call.line)
    return Feature(either(feature.allowed, condition), either(feature.enabled, condition))


def _enable_auto_if(run: State, call: Call) -> Value:
    feature: Feature = call.receiver
    condition = both(feature.allowed, run.truth(call.first(), call.line))
    return Feature(feature.allowed, either(feature.enabled, condition))


# Methods of `meson`, of machines and of modules.


def _source_folder(run: State, call: Call) -> Value:
    return f"/{run.folder}".rstrip("/")


def _load(run: State, call: Call) -> Value:
    """keyval.load: the files that QEMU reads so are known by their names."""
    path = call.first()
    name = path.path if isinstance(path, SourceFile) else run.spelled(path)
    if "config-devices.mak" in name:
        return Table({}, (Layer("devices"),))
    if "config-host.mak" in name:
        return Table({}, (Layer("host"),))
    return Table({}, (Layer("target"),)) if "targets/" in name else None


def _process(run: State, call: Call) -> Value:
    """The files that a generator makes of others."""
    made = []
    for condition, one in run.files(call.arguments, call.line):
        if isinstance(one, SourceFile):
            base = one.path.rpartition("/")[2]
            plain = base.rpartition(".")[0] or base
            name = call.receiver.name.replace("@BASENAME@", plain).replace("@PLAINNAME@", base)
            made.append((condition, SourceFile(name, True, run.file, call.line)))
    return Items(tuple(made))


METHODS: dict[tuple[type | str, str], Callable[[State, Call], Value]] = {
    ("sourceset", "source_set"): lambda run, call: SourceSet(),
    (SourceSet, "add"): _add,
    (SourceSet, "add_all"): _add,
    (SourceSet, "apply"): _apply,
    (SourceSet, "all_sources"): lambda run, call: call.receiver.everything().sources,
    (SourceSet, "all_dependencies"): lambda run, call: call.receiver.everything().dependencies,
    (Applied, "sources"): lambda run, call: call.receiver.sources,
    (Applied, "dependencies"): lambda run, call: call.receiver.dependencies,
    (Bundle, "found"): lambda run, call: call.receiver.found,
    (Bundle, "name"): lambda run, call: call.receiver.name,
    (Bundle, "partial_dependency"): _partial_dependency,
    (Bundle, "as_link_whole"): _same,
    (Bundle, "as_system"): _same,
    (Bundle, "extract_all_objects"): lambda run, call: Items(tuple(call.receiver.files)),
    (Bundle, "extract_objects"): files,
    (Bundle, "get_variable"): _bundle_variable,
    (Bundle, "dependency"): _bundle_variable,
    (Bundle, "version"): lambda run, call: HostText(f"version({run.spelled(call.receiver.name)})"),
    ("compiler", "find_library"): _find_library,
    ("compiler", "has_header"): _has_header,
    ("compiler", "get_id"): lambda run, call: HostText("compiler"),
    ("compiler", "sizeof"): lambda run, call: HostText(f"sizeof({call.first()})"),
    ("compiler", "version"): lambda run, call: HostText(f"version({call.receiver.name})"),
    **{
        ("compiler", name): _check
        for name in """check_header compiles has_argument has_function has_header_symbol
        has_link_argument has_member has_multi_arguments has_type links run""".split()
    },
    (Data, "get"): lambda run, call: call.receiver.values.get(call.first(), NEVER),
    (Data, "has"): lambda run, call: NEVER if call.first() not in call.receiver.values else ALWAYS,
    (Data, "set"): _set,
    (Data, "set10"): _set,
    (Data, "set_quoted"): _set,
    (str, "format"): _format,
    (str, "join"): _join,
    (str, "split"): _split,
    (str, "replace"): _replace,
    (str, "startswith"): _tested(str.startswith),
    (str, "endswith"): _tested(str.endswith),
    (str, "contains"): _tested(str.__contains__),
    (str, "strip"): _made(str.strip),
    (str, "to_lower"): _made(str.lower),
    (str, "to_upper"): _made(str.upper),
    (str, "underscorify"): _made(lambda text: re.sub(r"\W", "_", text, flags=re.ASCII)),
    (int, "to_string"): lambda run, call: str(call.receiver),
    (Items, "length"): lambda run, call: len(call.receiver.pairs),
    (Items, "contains"): lambda run, call: run.contained(call.first(), call.receiver, call.line),
    (Items, "get"): _get,
    (Table, "has_key"): lambda run, call: run.contained(call.first(), call.receiver, call.line),
    (Table, "get"): _get,
    (Table, "keys"): lambda run, call: Items(
        tuple((has, key) for key, (has, _) in call.receiver.entries.items())
    ),
    (Targets, "split"): _same,
    (Pattern, "endswith"): _pattern_test,
    (Pattern, "startswith"): _pattern_begins,
    (Pattern, "split"): _pattern_split,
    (Pattern, "to_upper"): _upper,
    (Pattern, "to_int"): _same,
    (Pattern, "underscorify"): _same,
    **{
        (HostText, name): _host_test
        for name in ("startswith", "endswith", "contains", "version_compare")
    },
    **{
        (HostText, name): _host_text
        for name in ("split", "strip", "stdout", "to_lower", "to_upper", "underscorify", "replace")
    },
    (Feature, "allowed"): lambda run, call: call.receiver.allowed,
    (Feature, "enabled"): lambda run, call: call.receiver.enabled,
    (Feature, "disabled"): lambda run, call: inverted(call.receiver.allowed),
    (Feature, "auto"): lambda run, call: both(
        call.receiver.allowed, inverted(call.receiver.enabled)
    ),
    (Feature, "require"): _require,
    (Feature, "disable_auto_if"): _disable_auto_if,
    (Feature, "disable_if"): _disable_if,
    (Feature, "enable_if"): _enable_if,
    (Feature, "enable_auto_if"): _enable_auto_if,
    ("meson", "get_compiler"): lambda run, call: Object("compiler", str(call.first())),
    ("meson", "current_source_dir"): _source_folder,
    ("meson", "current_build_dir"): _source_folder,
    ("meson", "is_subproject"): lambda run, call: NEVER,
    **{
        ("meson", name): lambda run, call: ""
        for name in """source_root build_root project_source_root project_build_root
        global_source_root global_build_root""".split()
    },
    ("meson", "get_external_property"): lambda run, call: HostText("property"),
    ("meson", "project_version"): lambda run, call: HostText("version"),
    ("machine", "system"): lambda run, call: HostText(f"{call.receiver.name}os"),
    ("machine", "cpu_family"): lambda run, call: HostText(f"{call.receiver.name}cpu"),
    ("machine", "cpu"): lambda run, call: HostText(f"{call.receiver.name}cpu"),
    ("machine", "endian"): lambda run, call: HostText(f"{call.receiver.name}endian"),
    ("keyval", "load"): _load,
    ("fs", "exists"): lambda run, call: host_fact(run, call, call.first(), "file"),
    ("fs", "is_dir"): lambda run, call: host_fact(run, call, call.first(), "file"),
    ("fs", "is_file"): lambda run, call: host_fact(run, call, call.first(), "file"),
    ("fs", "read"): lambda run, call: run.text(run.full_path(str(call.first()))),
    ("generator", "process"): _process,
    ("output", "stdout"): lambda run, call: call.receiver.name,
}
