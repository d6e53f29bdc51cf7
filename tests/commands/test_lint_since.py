"""lint --since: only what became worse, whatever else was moved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from repositories import committed, git
from running import Run, write_tree

TREE = {
    "Kconfig": "source target/Kconfig\nsource hw/Kconfig\nsource hw/more/Kconfig\n",
    "hw/more/Kconfig": "config MORE\n    bool\n",
    "target/Kconfig": "config AVR\n    bool\n",
    "configs/targets/avr-softmmu.mak": "TARGET_ARCH=avr\n",
    "configs/devices/avr-softmmu/default.mak": "CONFIG_LAMP=y\n",
}
LAMP = "config LAMP\n    bool\n    select FUSE\nconfig FUSE\n    bool\n    depends on WIRE\n"
WIRE = "config WIRE\n    bool\nconfig BOARD\n    bool\n    depends on AVR\n    select WIRE\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository whose only commit has one unmet select."""
    return committed(write_tree(tmp_path / "tree", TREE | {"hw/Kconfig": LAMP + WIRE}))


def _since(kgen: Run, *words: str, rules: str = "unmet-select", rev: str = "HEAD") -> Any:
    done = kgen(
        "lint",
        "--select",
        rules,
        "--since",
        rev,
        "--format",
        "json",
        *(words or ("--tree", "tree")),
    )
    assert done.returncode in (0, 1), done.stderr
    data = json.loads(done.stdout)
    assert done.returncode == bool(data["findings"])
    return data


def _names(data: Any) -> list[tuple[str, str]]:
    return [(one["symbol"], one["other"]) for one in data["findings"]]


def _counts(data: Any) -> tuple[int, int]:
    return data["since"]["before"], data["since"]["gone"]


def test_only_what_is_new_is_told(tree: Path, kgen: Run) -> None:
    commit = git(tree, "rev-parse", "HEAD")
    assert _since(kgen) == {
        "findings": [],
        "ignored": 0,
        "baseline": 0,
        "since": {"revision": "HEAD", "commit": commit, "before": 1, "gone": 0},
    }
    text = "config EARLIER\n    bool\n    select WIRE\n" + LAMP + WIRE
    (tree / "hw/Kconfig").write_text(text + "config FAN\n    bool\n    select FUSE\n")
    done = kgen("lint", "--tree", "tree", "--select", "unmet-select", "--since", "HEAD")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "tree/hw/Kconfig:18: warning: FAN selects FUSE, which depends on WIRE [unmet-select]",
        "    fails: avr-softmmu with CONFIG_FAN=y",
        "1 finding",
        f"since HEAD ({commit[:12]}): 1 finding before, 0 gone",
    ]
    (tree / "hw/Kconfig").write_text(WIRE + LAMP.replace("WIRE", "AVR || WIRE"))
    assert _counts(_since(kgen)) == (1, 1)


def test_what_is_moved_or_renamed_is_no_new(tree: Path, kgen: Run) -> None:
    # An entry may be moved to a file that was there before.
    (tree / "hw/Kconfig").write_text(WIRE)
    (tree / "hw/more/Kconfig").write_text(LAMP.replace("on WIRE", "on WIRE && BOARD"))
    moved = _since(kgen)
    assert (_names(moved), _counts(moved)) == ([("LAMP", "FUSE")], (1, 1)), "it is another one"
    (tree / "hw/more/Kconfig").write_text(LAMP)
    moved = _since(kgen)
    assert (_names(moved), _counts(moved)) == ([], (1, 0))
    # A file may be renamed, and changed a little.
    (tree / "hw/Kconfig").rename(tree / "hw/Kconfig.all")
    (tree / "hw/Kconfig.all").write_text("\n" + LAMP.replace("WIRE", "WIRE && BOARD") + WIRE)
    write_tree(tree, {"hw/more/Kconfig": TREE["hw/more/Kconfig"]})
    (tree / "Kconfig").write_text(TREE["Kconfig"].replace("hw/Kconfig", "hw/Kconfig.all"))
    moved = _since(kgen)
    assert (_names(moved), _counts(moved)) == ([], (1, 0))


def test_each_file_counts_for_a_rule_about_lines(tree: Path, kgen: Run) -> None:
    folder = tree / "configs/devices/avr-softmmu"
    lines = "# CONFIG_GONE=y\n# CONFIG_LOST=y\nCONFIG_LAMP=y\n"
    (folder / "default.mak").write_text(lines)
    committed(tree)
    rule = "stale-mak-comment"
    (folder / "default.mak").write_text("CONFIG_LAMP=y\n# CONFIG_LOST=y\n")
    (folder / "other.mak").write_text("CONFIG_BOARD=y\n# CONFIG_GONE=y\n# CONFIG_GONE=y\n")
    data = _since(kgen, rules=rule)
    assert [(one["symbol"], one["line"]) for one in data["findings"]] == [("GONE", 2), ("GONE", 3)]
    assert _counts(data) == (2, 1)
    (folder / "other.mak").write_text("# mine\n" + lines)
    (folder / "default.mak").write_text("")
    assert _names(_since(kgen, rules=rule)) == [], "most lines are now in a new file"


def test_of_several_alike_the_new_one_is_told(tree: Path, kgen: Run) -> None:
    old = "config OLD\n    bool\n    depends on NOWHERE\n"
    (tree / "hw/Kconfig").write_text(LAMP + WIRE + old)
    committed(tree)
    new = "config NEW\n    bool\n    depends on NOWHERE\n"
    (tree / "hw/Kconfig").write_text(new + LAMP + WIRE + old)
    (row,) = _since(kgen, rules="undefined-symbol")["findings"]
    assert row["line"] == 3
    assert 'NEW has "depends on NOWHERE"' in row["message"]


def test_with_comments_and_a_baseline(tree: Path, kgen: Run) -> None:
    more = "config FAN\n    bool\n    select FUSE{}\n"
    (tree / "hw/Kconfig").write_text(LAMP + WIRE + more.format("  # kgen: ignore[unmet-select] ok"))
    data = _since(kgen)
    assert (data["findings"], data["ignored"]) == ([], 1)
    # A comment that is taken away makes it worse.
    committed(tree)
    (tree / "hw/Kconfig").write_text(LAMP + WIRE + more.format(""))
    assert _names(_since(kgen)) == [("FAN", "FUSE")]
    # What the baseline has is not new, and accounts for nothing else.
    words = ("--tree", "tree", "--baseline", "base")
    assert kgen("lint", *words[:2], "--write-baseline", "base").returncode == 0
    data = _since(kgen, *words)
    assert (data["findings"], data["baseline"], _counts(data)) == ([], 2, (0, 0))
    again = more.format("") + "    select FUSE if AVR\n"
    (tree / "hw/Kconfig").write_text(LAMP + WIRE + again)
    data = _since(kgen, *words)
    assert (_names(data), data["baseline"]) == ([("FAN", "FUSE")], 2)


def test_a_branch_is_compared_with_where_it_began(tree: Path, kgen: Run) -> None:
    git(tree, "checkout", "-qb", "topic")
    (tree / "hw/Kconfig").write_text(LAMP + WIRE + "config FAN\n    bool\n    select FUSE\n")
    committed(tree)
    git(tree, "checkout", "-q", "main")
    (tree / "hw/Kconfig").write_text(LAMP.replace("WIRE", "AVR") + WIRE)
    committed(tree)
    git(tree, "checkout", "-q", "topic")
    # What main mended meanwhile is not the fault of the branch.
    for words in ((), ("--tree", "tree@topic"), ("--tree", "tree/.@topic")):
        data = _since(kgen, *words, rev="main")
        assert _names(data) == [("FAN", "FUSE")]
        assert data["since"]["commit"] == git(tree, "rev-parse", "main^")
    data = _since(kgen, "--tree", "tree@main", rev="topic")
    assert (_names(data), _counts(data)) == ([], (1, 1))


def test_targets_that_are_new_have_new_findings(tree: Path, kgen: Run) -> None:
    write_tree(
        tree,
        {
            "configs/targets/rx-softmmu.mak": "TARGET_ARCH=rx\n",
            "configs/devices/rx-softmmu/default.mak": "CONFIG_LAMP=y\nCONFIG_LAMP=n\n",
        },
    )
    rule = "repeated-assignment"
    data = _since(kgen, "--tree", "tree", "-t", "rx", rules=rule)
    assert (len(data["findings"]), _counts(data)) == (1, (0, 0))
    data = _since(kgen, "--tree", "tree", "-t", "rx", "-t", "avr", rules=rule)
    assert (len(data["findings"]), _counts(data)) == (1, (0, 0))


def test_findings_about_c_sources(tmp_path: Path, kgen: Run) -> None:
    files = TREE | {
        "target/Kconfig": "config AVR\n    bool\n",
        "accel/Kconfig": "config TCG\n    bool\n",
        "Kconfig": "source target/Kconfig\nsource accel/Kconfig\nsource hw/Kconfig\n",
        "configs/devices/avr-softmmu/default.mak": "",
        "hw/Kconfig": "config LAMP\n    bool\n    default y\n    depends on AVR\n"
        "config BULB\n    bool\nconfig CORD\n    bool\n",
        "hw/meson.build": "avr_ss = ss.source_set()\n"
        + "".join(
            f"avr_ss.add(when: 'CONFIG_{name.upper()}', if_true: files('{name}.c'))\n"
            for name in ("lamp", "bulb", "cord")
        )
        + "hw_arch += {'avr': avr_ss}\n",
        "hw/lamp.c": "void lamp(void)\n{\n    bulb();\n}\n",
        "hw/bulb.c": "void bulb(void)\n{\n}\nvoid glow(void)\n{\n}\n",
        "hw/cord.c": "void cord(void)\n{\n}\n",
    }
    tree = committed(write_tree(tmp_path / "tree", files))
    lamp = tree / "hw/lamp.c"
    # Another name of the same symbol is mended by the same select.
    lamp.write_text("\nvoid lamp(void)\n{\n    bulb();\n    glow();\n}\n")
    data = _since(kgen, rules="missing-link")
    assert (data["findings"], _counts(data)) == ([], (1, 0))
    lamp.write_text("void lamp(void)\n{\n    bulb();\n    cord();\n}\n")
    (row,) = _since(kgen, rules="missing-link")["findings"]
    assert row["other"] == ["BULB", "CORD"]
    # What lacks less is better.
    committed(tree)
    lamp.write_text("void lamp(void)\n{\n    cord();\n}\n")
    data = _since(kgen, rules="missing-link")
    assert (data["findings"], _counts(data)) == ([], (1, 1))


def test_standard_kconfig(tmp_path: Path, kgen: Run) -> None:
    files = {
        "Kconfig": 'config A\n\tbool "a"\nconfig B\n\tbool "b"\n\tdepends on A\n',
        "configs/one_defconfig": "CONFIG_B=y\n",
        "configs/two_defconfig": "CONFIG_A=y\n",
    }
    tree = committed(write_tree(tmp_path / "tree", files))
    (tree / "configs/one_defconfig").write_text("\n# more\nCONFIG_B=y\n")
    (tree / "configs/two_defconfig").rename(tree / "configs/three_defconfig")
    (tree / "configs/three_defconfig").write_text("CONFIG_A=y\nCONFIG_C=y\n")
    rules = "assigned-but-not-taken,undefined-in-defconfig"
    data = _since(kgen, rules=rules)
    assert [(one["rule"], one["symbol"]) for one in data["findings"]] == [
        ("undefined-in-defconfig", "C")
    ]
    assert _counts(data) == (1, 0)
    data = _since(kgen, "--tree", "tree", "-t", "three", rules=rules)
    assert (len(data["findings"]), _counts(data)) == (1, (0, 0))


@pytest.mark.parametrize("form", ["github", "sarif"])
def test_what_was_before_is_said_beside_other_formats(tree: Path, kgen: Run, form: str) -> None:
    words = ("--select", "unmet-select", "--since", "HEAD", "--format", form)
    done = kgen("lint", "--tree", "tree", *words)
    assert done.returncode == 0
    assert done.stderr.startswith("since HEAD (")
    assert "1 finding before, 0 gone" in done.stderr
    assert "since" not in done.stdout


def test_errors_say_the_way_out(tree: Path, tmp_path: Path, kgen: Run) -> None:
    def refused(*words: str) -> str:
        done = kgen("lint", *words)
        assert done.returncode == 1
        assert not done.stdout
        assert "KG426" in done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr

    write_tree(tmp_path / "plain", TREE | {"hw/Kconfig": LAMP + WIRE})
    assert "it has to be a clone of git" in refused("--tree", "plain", "--since", "HEAD")
    assert "no revision maim" in refused("--tree", "tree", "--since", "maim")
    assert "embedded tree has no history" in refused("--since", "HEAD")
    (tree / "hw/Kconfig").write_text("config\n")
    committed(tree)
    (tree / "hw/Kconfig").write_text(LAMP + WIRE)
    told = refused("--tree", "tree", "--since", "HEAD")
    assert "hw/Kconfig:1" in told
    assert "as it was at HEAD" in told
    committed(tree)
    old = git(tree, "rev-parse", "HEAD~2")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{tree}", "shallow")
    for rev in ("HEAD~2", old, "origin/topic"):
        assert "fetch-depth" in refused("--tree", "shallow", "--since", rev)
    done = kgen("lint", "--tree", "tree", "--since", "HEAD", "--write-baseline", "base")
    assert (done.returncode, "KG706" in done.stderr) == (1, True)
