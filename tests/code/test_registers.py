"""What C files register: types, their classes, and the conditions within a file."""

from __future__ import annotations

import os
import sys
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from growth import MOST, growth

from kgen.code.c.headers import Headers
from kgen.code.c.tokens import divide, tokens
from kgen.code.conditions import text
from kgen.code.qom import Reader
from kgen.code.registered import QomType, Registered
from kgen.code.registry import read_registry
from kgen.code.uses.facts import Facts
from kgen.code.uses.reader import Reader as Uses
from kgen.files.tree import Folder

MODULE = """\
#ifndef MODULE_H
#define MODULE_H
#define DEFINE_TYPES(infos)                                       \\
    static void do_init_ ## infos(void)                           \\
    {                                                             \\
        type_register_static_array(infos, ARRAY_SIZE(infos));     \\
    }                                                             \\
    type_init(do_init_ ## infos)
#endif
"""


def read(source: str, **others: str) -> Registered:
    """What `hw/a.c` with this text registers; others: further files, `/` and `.` written as `_`."""
    files = {"hw/a.c": source, "include/module.h": MODULE}
    files |= {
        name.replace("__", "/").replace("_dot_", ".").replace("_qom", "-qom"): body
        for name, body in others.items()
    }
    definers = {"register_twice": "hw/other.c", "extern have_eggs": "hw/eggs.c"}
    definers["extern all_kinds"] = "hw/eggs.c"
    headers = Headers(files.get, ("lark", "wren"), ("lark", "larkeb", "wren"))
    reader = Reader(headers, files.get, definers.get)
    return reader.registered("hw/a.c")


def used(source: str) -> Facts:
    """What a C file with this text defines and uses."""
    files = {"hw/a.c": source}
    return Uses(Headers(files.get, ()), files.get, {}).facts("hw/a.c")


def conditions(found: Registered) -> dict[str, str]:
    return {one.name: text(one.condition) for one in found.types}


def one(found: Registered) -> QomType:
    assert not found.unread
    assert len(found.types) == 1
    return found.types[0]


def wrapped(body: str) -> str:
    return f"static void f(void) {{ {body} }}\ntype_init(f)\n"


def info(name: str) -> str:
    return f'static const TypeInfo {name}_info = {{ .name = "{name}", .parent = "p" }};\n'


def test_a_type_has_what_its_struct_says() -> None:
    found = one(
        read(
            "static const TypeInfo a = {\n"
            '    .name = "a", .parent = "b" "-base", .abstract = true,\n'
            '    .interfaces = (InterfaceInfo[]) { { "i" }, { "j" }, { } },\n'
            "};\n" + wrapped("type_register_static(&a);")
        )
    )
    assert found[:4] == ("a", "b-base", True, ("i", "j"))
    assert found.line == 1


def test_branches_of_if_are_conditions() -> None:
    found = read(
        info("a") + info("b") + info("c") + "static void f(void)\n{\n"
        "#if defined(CONFIG_X) && !defined CONFIG_Y\n    type_register_static(&a_info);\n"
        "#elif defined(CONFIG_Y)\n    type_register_static(&b_info);\n#else\n"
        "    type_register_static(&c_info);\n#endif\n}\ntype_init(f)\n"
    )
    assert conditions(found) == {
        "a": "macro:CONFIG_X && !macro:CONFIG_Y",
        "b": "macro:CONFIG_Y",
        "c": "!macro:CONFIG_X && !macro:CONFIG_Y",
    }


def test_include_guards_are_no_conditions_and_loops_of_includes_end() -> None:
    header = '#ifndef B_H\n#define B_H\n#include "b.h"\n#define NAME "a"\n#endif\n'
    source = '#include "b.h"\nstatic TypeInfo a = { .name = NAME };\n'
    found = read(source + wrapped("type_register(&a);"), hw__b_dot_h=header)
    assert conditions(found) == {"a": "always"}


def test_a_list_as_an_argument_is_no_body() -> None:
    found = read(
        "#define T(n, ...) static TypeInfo n = { .name = #n, .interfaces = __VA_ARGS__ }; "
        "static void f(void) { type_register(&n); } type_init(f)\n"
        'T(a, (InterfaceInfo[]) { { "i" }, { } })\n\nstatic int after(void)\n{\n    return 0;\n}\n'
    )
    assert one(found).interfaces == ("i",)


def test_a_name_can_differ_by_architecture() -> None:
    source = '#include "cpu.h"\nstatic TypeInfo a = { .name = CPU "-x" };\n'
    found = read(
        source + wrapped("type_register(&a);"),
        target__lark__cpu_dot_h='#define CPU "lark"\n',
        target__wren__cpu_dot_h='#define CPU "wren"\n',
    )
    assert conditions(found) == {"wren-x": "arch:wren", "lark-x": "!arch:wren"}


def test_tables_loops_and_made_names() -> None:
    found = read(
        "static const struct { const char *n; int bits; } rows[] = {\n"
        '    { "one", 1 }, { .n = "two" }, { NULL }\n};\n'
        "static char *spelled(const char *n)\n{\n"
        '    char *made = g_strdup_printf("%s %d-cpu", n, 7), *s = made;\n'
        "    while ((s = strchr(s, ' '))) {\n        *s = '-';\n    }\n    return made;\n}\n"
        "static void add(const char *n)\n{\n"
        '    TypeInfo t = { .parent = "cpu", .name = spelled(n) };\n    type_register(&t);\n}\n'
        + wrapped("for (int i = 0; rows[i].n; i++) { add(rows[i].n); }")
    )
    assert [one.name for one in found.types] == ["one-7-cpu", "two-7-cpu"]


def test_a_macro_picks_by_the_number_of_arguments_and_rescans_what_follows() -> None:
    found = read(
        "#define PICK(a, b, it, ...) it\n"
        '#define N1(x) #x "-m"\n#define N2(x, y) #x "." #y "-m"\n'
        "#define N(...) PICK(__VA_ARGS__, N2, N1)(__VA_ARGS__)\n"
        '#include "module.h"\n'
        "static const TypeInfo all[] = { { .name = N(4) }, { .name = N(4, 2) } };\n"
        "DEFINE_TYPES(all)\n"
    )
    assert [one.name for one in found.types] == ["4-m", "4.2-m"]


def test_functions_of_other_files_and_constructors() -> None:
    other = (
        "void register_twice(const Pair *p)\n{\n    TypeInfo t = { .name = p->first };\n"
        "    type_register(&t);\n    t.name = p->second;\n    type_register(&t);\n}\n"
    )
    found = read(
        'static const Pair pair = { .first = "a", .second = "b" };\n'
        "static void __attribute__((constructor)) begin(void)\n"
        "{\n    register_twice(&pair);\n}\n",
        hw__other_dot_c=other,
    )
    assert [one.name for one in found.types] == ["a", "b"]
    assert found.others == ("hw/other.c",)


def test_module_init_starts_a_function_of_any_kind() -> None:
    found = read(
        "#define module_init(f, kind) static void __attribute__((constructor)) init_ ## f(void) "
        "{ register_module_init(f, kind); }\n"
        + info("a")
        + "static void f(void) { type_register_static(&a_info); }\nmodule_init(f, EARLY)\n"
    )
    assert conditions(found) == {"a": "always"}


def test_names_of_the_target() -> None:
    macro = '#include "cpu-qom.h"\n#define CPU_RESOLVING_TYPE TYPE_CPU\n'
    found = read(
        "static void f(void)\n{\n"
        '    char *name = g_strconcat("accel-", target_cpu_type(), NULL);\n'
        "    const TypeInfo one = { .name = name };\n"
        '    const TypeInfo two = { .name = "about-" TARGET_NAME };\n'
        "    type_register_static(&one);\n    type_register_static(&two);\n}\ntype_init(f)\n",
        target__lark__cpu_dot_h=macro,
        target__lark__cpu_qom_dot_h='#define TYPE_CPU "lark-cpu"\n',
        target__wren__cpu_dot_h=macro,
        target__wren__cpu_qom_dot_h='#define TYPE_CPU "wren-cpu"\n',
    )
    assert conditions(found) == {
        "accel-wren-cpu": "arch:wren",
        "accel-lark-cpu": "!arch:wren",
        "about-lark": "target:TARGET_NAME=lark",
        "about-larkeb": "!target:TARGET_NAME=lark && target:TARGET_NAME=larkeb",
        "about-wren": "!target:TARGET_NAME=lark && !target:TARGET_NAME=larkeb",
    }


def test_interfaces_can_be_listed_in_another_file() -> None:
    source = 'static const TypeInfo a = { .name = "a", .interfaces = all_kinds };\n'
    eggs = 'const InterfaceInfo all_kinds[] = {\n    { "small" },\n    { "large" },\n    { }\n};\n'
    found = one(read(source + wrapped("type_register(&a);"), hw__eggs_dot_c=eggs))
    assert found.interfaces == ("small", "large")


def test_a_flag_of_another_file_has_its_value() -> None:
    source = info("a") + info("b") + "extern bool have_eggs, have_feed;\n"
    source += wrapped(
        "if (have_eggs) { type_register(&a_info); } if (have_feed) { type_register(&b_info); }"
    )
    found = read(source, hw__eggs_dot_c="bool have_eggs = true;\n")
    assert conditions(found) == {"a": "always", "b": "unknown:hw/a.c:4"}
    assert found.others == ("hw/eggs.c",)


def test_classes_are_followed_through_calls_and_casts() -> None:
    source = (
        "static void common(MachineClass *mc, bool latest)\n{\n"
        '    mc->desc = "old";\n    if (latest) {\n        mc->alias = "m";\n    }\n}\n'
        "static void init(ObjectClass *oc, void *data)\n{\n"
        "    DeviceClass *dc = DEVICE_CLASS(oc);\n    PCIDeviceClass *k = (PCIDeviceClass *)oc;\n"
        "    common(MACHINE_CLASS(oc), true);\n    dc->user_creatable = false;\n"
        '    set_bit(DEVICE_CATEGORY_SOUND, dc->categories);\n    k->bus_type = "PCI";\n'
        '#ifdef CONFIG_X\n    dc->desc = "new";\n#endif\n}\n'
        'static const TypeInfo a = { .name = "a", .class_init = init };\n'
    )
    found = read(source + wrapped("type_register_static(&a);"))
    said = {text(one.condition): one.facts for one in found.types}
    assert {key: facts.description for key, facts in said.items()} == {
        "macro:CONFIG_X": "new",
        "!macro:CONFIG_X": "old",
    }
    for facts in said.values():
        assert (facts.user_creatable, facts.bus, facts.alias) == ("no", "PCI", "m")
        assert facts.categories == ("SOUND",)


def test_what_is_decided_at_run_time_is_unknown_with_its_place() -> None:
    found = read(info("a") + wrapped("\nif (probe()) { type_register_static(&a_info); }"))
    assert conditions(found) == {"a": "unknown:hw/a.c:3"}
    found = read(wrapped("TypeInfo t = { .name = probe() }; type_register(&t);"))
    assert one(found).name == ""


@pytest.mark.parametrize(
    "source",
    [
        "#define A B B\n#define B A A\n#define C C(C) C\n" + wrapped("A B C"),
        "".join(f"#define A{n} A{n + 1} A{n + 1}\n" for n in range(40)) + wrapped("x(A0);"),
        wrapped("for (;;) { }" * 3 + "while (1) { type_register(0); }"),
        wrapped("(" * 5000),
        wrapped("{" * 5000),
        "type_init(" * 500,
        "#if\n#if (\n#elif\n#else\n#endif\n" + wrapped(""),
        "#if 1/0\n#endif\n\"\n'\n/* " + wrapped(""),
        "static void f(void) { f(); g(); }\nstatic void g(void) { f(); }\ntype_init(f)\n",
        "".join(f"#ifdef CONFIG_{n}\ntype_init(f)\n#endif\n" for n in range(300)),
        wrapped("".join(f"\n#ifdef X{n}\ntype_register(0);\n#endif\n" for n in range(12))),
        "\0\x7f\\\n#",
        wrapped("if (x"),
        "int f(void) { if (x) {",
        "int f(void) { for (",
        wrapped("x = 1" + " + 1" * 5000 + "; type_register(x);"),
        wrapped("x = a" + "->b" * 5000 + "; type_register(x);"),
        "int a[] = " + "{1}," * 20_000 + "0;\n",
        ";" * 100_000 + wrapped(""),
    ],
)
def test_no_text_is_too_odd(source: str) -> None:
    assert read(source) is not None
    assert used(source) is not None


def branches(number: int) -> str:
    """Types in the branches of one `#if`."""
    several = "".join(f"#elif HAVE_{at}\n{info(f't{at}')}" for at in range(number))
    return f"#if HAVE\n{several}#endif\n" + wrapped("type_register(&t3_info);")


@pytest.mark.parametrize(
    "text",
    [
        branches,
        lambda number: "".join(f"#if HAVE_{at}\nint v{at};\n" for at in range(number)),
        lambda number: wrapped("".join(f"\n#if HAVE_{at}\nf();\n" for at in range(number))),
        lambda number: "int list[] = " + "{1}," * number * 30 + "0;\n",
    ],
)
def test_the_time_for_branches_grows_with_their_number(text: Callable[[int], str]) -> None:
    def work(number: int) -> Callable[[], object]:
        source = text(number)
        return lambda: (
            read(source),
            used(source),
        )

    assert growth(work, 300) < MOST


def test_a_branch_after_many_others_is_not_known_and_the_rest_is() -> None:
    many = "".join(f"#elif HAVE_{at}\n" for at in range(100))
    source = f"{info('near')}#if HAVE\n{many}{info('far')}#endif\n"
    found = read(source + wrapped("type_register(&near_info); type_register(&far_info);"))
    assert not found.unread
    assert conditions(found)["near"] == "always"
    assert "unknown:hw/a.c:" in conditions(found)["far"]


def peak(work: Callable[[], object]) -> int:
    """The most bytes that are in use at one time."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="patterns there go back")
@pytest.mark.parametrize(
    "text",
    [
        'char *x = "' + "\\n" * 100_000 + '";\n',
        "int x = '" + "\\n" * 100_000 + "';\n",
        "// " + "\\\n" * 100_000 + "\n",
        "#define X " + "/" * 200_000 + "\n",
        "int x = " + "/**/" * 50_000 + "1;\n",
    ],
)
def test_what_is_repeated_takes_no_memory_for_each_time(text: str) -> None:
    assert peak(lambda: (divide("a.c", text), tokens(text))) < 10 * len(text)


def test_the_memory_of_branches_grows_with_their_number() -> None:
    one, two = (peak(partial(divide, "a.c", branches(number))) for number in (500, 1000))
    assert two < MOST * one


@pytest.mark.parametrize(
    ("defines", "argument", "macro"),
    [
        ("#define TWICE(x) x##x\n#define EACH(x) TWICE(x)\n", "a", "TWICE"),
        ("#define QUOTE(x) #x\n#define EACH(x) QUOTE(x) QUOTE(x)\n", "a", "QUOTE"),
        ("#define EACH(x) x x\n", '"a"', "EACH"),
    ],
)
def test_a_macro_that_doubles_its_argument_is_said(defines: str, argument: str, macro: str) -> None:
    nested = "EACH(" * 50 + argument + ")" * 50
    found = read(defines + f"static TypeInfo t = {{ .name = {nested} }};\n" + info("b"))
    assert found == Registered((), (), ())  # nobody asks for it
    rest = wrapped("type_register(&t);") + "DEFINE_TYPES(b)\n"
    found = read(defines + f"static TypeInfo t = {{ .name = {nested} }};\n" + rest)
    assert [one.message for one in found.unread] == [f"the macro {macro} expands to too much"]
    assert found.unread[0].line == defines.count("\n") + 2


@pytest.mark.parametrize(
    "made",
    [
        'name = g_strdup_printf("%s%s", name, name);',
        "name = g_strconcat(name, name, NULL);",
        'name = name "" name;',
        'name = g_strdup_printf("%2000000000d", i);',
    ],
)
def test_a_text_that_grows_without_end_is_unknown(made: str) -> None:
    loop = f'char *name = "a"; for (int i = 0; i < 60; i++) {{ {made} }}'
    assert (
        one(read(wrapped(f"{loop} TypeInfo t = {{ .name = name }}; type_register(&t);"))).name == ""
    )


def test_a_long_literal_that_a_macro_repeats_is_not_understood() -> None:
    many = "#define MANY(x) " + "x " * 600 + "\n"
    source = f'static TypeInfo t = {{ .name = MANY(MANY("{"a" * 5000}")) }};\n'
    found = read(many + source + wrapped("type_register(&t);"))
    assert one(found).name == ""


def test_if_asks_no_further_than_it_has_to() -> None:
    names = [f"__system{number}__" for number in range(12)]
    either = " || ".join(f"defined({name})" for name in names)
    found = read(f"#if {either}\n" + wrapped("type_register(&t);") + "#endif\n" + info("t"))
    assert not found.unread
    assert len(found.types) == 1


def test_what_is_no_text_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    hw = tmp_path / "hw"
    (hw / "folder.c").mkdir(parents=True)
    (hw / "nowhere.c").symlink_to("gone.c")
    os.mkfifo(hw / "pipe.c")
    (hw / "binary.c").write_bytes(b"int a;\n\0\n")
    (hw / "utf16.c").write_bytes(info("a").encode("utf-16"))
    (hw / "good.c").write_text(info("good") + wrapped("type_register(&good_info);"))
    names = ["folder", "nowhere", "pipe", "binary", "utf16", "good", "missing"]
    found = read_registry(Folder(str(tmp_path)), [f"hw/{name}.c" for name in names])
    assert found.unread == {
        "hw/folder.c": "not a file",
        "hw/nowhere.c": "not a file",
        "hw/pipe.c": "not a file",
        "hw/binary.c": "not text, it has a NUL character in line 2",
        "hw/utf16.c": "not text, it has a NUL character in line 1",
    }
    assert [one.name for one in found.files["hw/good.c"].types] == ["good"]


def test_what_is_not_read_is_named_again_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGEN_CACHE", str(tmp_path / "cache"))
    (tmp_path / "hw").mkdir()
    (tmp_path / "hw" / "binary.c").write_bytes(b"int a;\n\0\n")
    loop = '#include "loop.c.inc"\n'
    (tmp_path / "hw" / "loop.c.inc").write_text(loop)
    source = tmp_path / "hw" / "a.c"
    source.write_text("\n" + loop + info("a") + wrapped("type_register(&a_info);"))
    paths = ["hw/a.c", "hw/binary.c"]
    for _ in range(3):
        found = read_registry(Folder(str(tmp_path)), paths)
        assert found.unread == {"hw/binary.c": "not text, it has a NUL character in line 2"}
        (unread,) = found.files["hw/a.c"].unread
        assert unread == (2, "hw/loop.c.inc includes itself")
        assert [one.name for one in found.files["hw/a.c"].types] == ["a"]
    (tmp_path / "hw" / "binary.c").write_text("int a;\n")
    assert read_registry(Folder(str(tmp_path)), paths).unread == {}


def test_the_cache_holds_for_unchanged_files_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGEN_CACHE", str(tmp_path / "cache"))
    (tmp_path / "hw").mkdir()
    (tmp_path / "include").mkdir()
    header, source = tmp_path / "include" / "n.h", tmp_path / "hw" / "a.c"
    header.write_text('#define NAME "a"\n')
    rest = "static TypeInfo t = { .name = NAME };\n" + wrapped("type_register(&t);")
    source.write_text('#include "n.h"\n' + rest)

    def names() -> list[str]:
        found = read_registry(Folder(str(tmp_path)), ["hw/a.c"])
        return [one.name for one in found.files["hw/a.c"].types]

    assert names() == names() == ["a"]
    header.write_text('#define NAME "b"\n')
    assert names() == ["b"]
    source.write_text(rest.replace("NAME", '"c"'))
    assert names() == ["c"]
    for kept in (tmp_path / "cache").iterdir():
        kept.write_text(kept.read_text()[:-20])
    assert names() == ["c"]
