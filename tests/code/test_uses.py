"""What C files define and use, and what is missing where: on small trees, and over all lanes."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import write_tree

from kgen.code import inputs
from kgen.code.conditions import ALWAYS, text
from kgen.code.uses.facts import Facts
from kgen.code.uses.reading import Uses, read_uses
from kgen.files.tree import Folder

KVM = """#ifdef CONFIG_KVM
#define kvm_enabled() (kvm_allowed)
#else
#define kvm_enabled() (0)
#endif
"""
STUB = """#ifdef CONFIG_TPM
void tpm_add(void);
#else
static inline void tpm_add(void) { nothing_added(); }
#endif
#ifdef CONFIG_HAX
bool hax_enabled(void);
#else
static inline bool hax_enabled(void) { return false; }
#endif
static inline bool xen_enabled(void)
{
#ifdef CONFIG_XEN
    return xen_allowed;
#else
    return false;
#endif
}
"""


def uses(folder: Path, files: dict[str, str]) -> Uses:
    root = write_tree(folder, files)
    paths = [path for path in files if path.endswith(".c")]
    return read_uses(Folder(str(root)), paths)


def used(facts: Facts) -> dict[str, str]:
    return {one.name: text(one.condition) for one in facts.used}


def calls(facts: Facts, function: str) -> dict[str, str]:
    """What a function surely calls, and where that is so."""
    return {
        call.name: text(call.surely)
        for body in facts.bodies
        if body.name == function
        for call in body.calls
    }


@pytest.mark.parametrize(
    ("body", "name", "condition"),
    [
        ("g();", "g", "always"),
        ("if (kvm_enabled()) { g(); }", "g", "macro:CONFIG_KVM"),
        ("if (!kvm_enabled()) { return; } g();", "g", "macro:CONFIG_KVM"),
        ("x = kvm_enabled() && g();", "g", "macro:CONFIG_KVM"),
        ("x = !kvm_enabled() || g();", "g", "macro:CONFIG_KVM"),
        ("x = kvm_enabled() ? g() : 0;", "g", "macro:CONFIG_KVM"),
        ("while (kvm_enabled()) g();", "g", "macro:CONFIG_KVM"),
        ("if (xen_enabled()) { g(); }", "g", "macro:CONFIG_XEN"),
        ("if (hax_enabled()) { g(); }", "g", "macro:CONFIG_HAX"),
        ("if (0) { g(); }", "g", None),
        ("return; g();", "g", None),
        ("if (x) { goto out; } return; out: g();", "g", "always"),
        ("if (kvm_enabled()) { goto out; } return; out: if (x) { g(); }", "g", "macro:CONFIG_KVM"),
        ("if (0) { goto out; } return; out: g();", "g", None),
        ("for (;;) { goto one; break; } return; { one: g(); }", "g", "always"),
        ("\n#ifdef CONFIG_A\nh();\n#elif defined(CONFIG_B)\ng();\n#endif\n", "g",
         "!macro:CONFIG_A && macro:CONFIG_B"),
        ("int g = 1; use(g);", "g", None),
        ("use(s->g, offsetof(T, g));", "g", None),
        ("register_it(g);", "g", "always"),
        ("do { g(); } while (0);", "g", "always"),
        ("kvm_enabled();", "kvm_allowed", "macro:CONFIG_KVM"),
    ],
)  # fmt: skip
def test_a_use_counts_where_the_compiler_keeps_it(
    tmp_path: Path, body: str, name: str, condition: str | None
) -> None:
    found = uses(
        tmp_path,
        {
            "include/kvm.h": KVM,
            "include/stub.h": STUB,
            "hw/a.c": f'#include "kvm.h"\n#include "stub.h"\nvoid f(S *s)\n{{\n{body}\n}}\n',
        },
    )
    assert used(found.files["hw/a.c"]).get(name) == condition


def test_a_static_function_counts_where_it_is_used(tmp_path: Path) -> None:
    code = """#include "kvm.h"
static void reset(void)
{
    wipe();
}
static void alone(void)
{
    odd();
}
static const Ops ops = { .start = begin };
void f(void)
{
    if (kvm_enabled()) {
        reset();
    }
    take(&ops);
}
"""
    found = uses(tmp_path, {"include/kvm.h": KVM, "hw/a.c": code}).files["hw/a.c"]
    assert used(found) == {
        "begin": "always",
        "kvm_allowed": "macro:CONFIG_KVM",
        "odd": "always",  # what uses it is not understood
        "take": "always",
        "wipe": "macro:CONFIG_KVM",
    }
    assert [one.name for one in found.bodies if not one.own] == ["f"]


def test_functions_of_headers_have_their_conditions(tmp_path: Path) -> None:
    found = uses(tmp_path, {"include/stub.h": STUB, "hw/a.c": ""})
    ((path, facts),) = found.inlines["tpm_add"]
    assert (path, text(facts.bodies[0].condition)) == ("include/stub.h", "!macro:CONFIG_TPM")
    assert [one.name for one in facts.used] == ["nothing_added"]


@pytest.mark.parametrize(
    ("body", "sure"),
    [
        ("g();", True),
        ("if (x) { g(); }", "test:0"),
        ("if (x) { return; } g();", "!test:0"),
        ("if (y) { g(); }", False),
        ("if (y) { return; } g();", False),
        ("if (!realize(x, errp)) { return; } g();", True),
        ("if (x) { error_report(); exit(1); } g();", True),
        ("if (x) { return -EINVAL; } g();", True),
        ("for (i = 0; i < 4; i++) { g(); }", True),
        ("for (i = 0; i < ARRAY_SIZE(table); i++) { g(); }", True),
        ("for (i = 0; i < nb_nics; i++) { g(); }", False),
        ("switch (x) { case 1: g(); }", "test:0"),
        ("switch (x) { case 1: break; default: g(); }", "!test:0"),
        ("switch (x) { case 1: return; default: abort(); } g();", "!test:0"),
        ("switch (y) { case 1: g(); }", False),
        ("x = y && g();", False),
        ("x = g();", True),
    ],
)
def test_a_call_is_sure_if_nothing_goes_wrong(tmp_path: Path, body: str, sure: bool | str) -> None:
    found = uses(tmp_path, {"hw/a.c": f"void f(int x, Error **errp)\n{{\nint y;\n{body}\n}}\n"})
    where = sure if isinstance(sure, str) else "always" if sure else None
    assert calls(found.files["hw/a.c"], "f").get("g") == where


def test_what_is_known_of_a_call_after_many_tests_stays_small(tmp_path: Path) -> None:
    tests = "".join(f"if (x == {number}) {{ return 1; }} g{number}();\n" for number in range(400))
    (body,) = uses(tmp_path, {"hw/a.c": f"int f(int x)\n{{\n{tests}}}\n"}).files["hw/a.c"].bodies
    assert 0 < len(body.calls) < 100
    assert sum(len(call.surely) for call in body.calls) < 2000


def test_the_arguments_of_a_call_that_can_be_types(tmp_path: Path) -> None:
    code = """#define TYPE_X "x" "-y"
void f(const char *name, S *s)
{
    const char *own = "own";
    make(TYPE_X, name, own, s->kind, 3);
}
"""
    (body,) = uses(tmp_path, {"hw/a.c": code}).files["hw/a.c"].bodies
    assert body.calls[0].surely == ALWAYS
    assert dict(body.calls[0].arguments) == {
        0: ("text", "x-y"),
        1: ("parameter", 0),
        2: ("text", "own"),
        3: ("field", "s", "kind"),
        4: ("number", 3),
    }


CHANGES: tuple[dict[str, str], ...] = (
    {"hw/a.c": '#include "stub.h"\nvoid f(void)\n{\n    tpm_add();\n    more();\n}\n'},
    {"include/stub.h": STUB.replace("nothing_added", "one_added")},
    {"hw/near.h": "static inline void near(void) { g(); }\n"},
    {"hw/part.c.inc": "void of_part(void) { g(); }\n"},
)


def test_after_a_change_it_is_as_if_nothing_had_been_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "_SETTLED", -(10**18))
    monkeypatch.setenv("KGEN_CACHE", str(tmp_path / "cache"))
    files = {
        "include/stub.h": STUB,
        "hw/part.c.inc": "",
        "hw/a.c": "",
        "hw/b.c": '#include "part.c.inc"\nvoid f(void)\n{\n    g();\n}\n',
    }
    before = uses(tmp_path / "tree", files)
    assert uses(tmp_path / "tree", files) == before
    for change in CHANGES:
        files |= change
        found = uses(tmp_path / "tree", files)
        assert found != before
        monkeypatch.setenv("KGEN_CACHE", "off")
        assert uses(tmp_path / "tree", files) == found
        monkeypatch.setenv("KGEN_CACHE", str(tmp_path / "cache"))
        before = found


def test_what_is_no_c_or_nested_too_deeply_is_left_out(tmp_path: Path) -> None:
    deep = "void f(void)\n{\n    x = " + "(" * 5000 + "1" + ")" * 5000 + ";\n    g();\n}\n"
    long = "void h(void)\n{\n    x = " + " + ".join(["1"] * 20_000) + ";\n    g();\n}\n"
    found = uses(
        tmp_path, {"hw/a.c": deep + long + "}}} ((( void", "hw/b.c": "void k(void) { g(); }"}
    )
    assert {one.name for one in found.files["hw/a.c"].bodies} >= {"f"}
    assert used(found.files["hw/b.c"]) == {"g": "always"}
