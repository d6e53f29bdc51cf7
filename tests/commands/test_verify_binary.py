"""`kgen verify --binary`: what kgen says of a target beside what a built QEMU lists."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from processes import ended
from qemu_scripts import new_tree
from running import ROOT, run_kgen, write_tree

from kgen.commands.verify.binary import Binary, ask
from kgen.model.problems import KgenError

C = """\
static const TypeInfo types[] = {
%s
};

static void register_types(void)
{
    type_register_static_array(types, ARRAY_SIZE(types));
}

type_init(register_types)
"""


def _file(*types: str, more: str = "") -> str:
    """A C file with these types, each `NAME PARENT`; `abstract` may follow."""
    lines = []
    for one in types:
        name, parent, *abstract = one.split()
        flag = ", .abstract = true" if abstract else ""
        lines.append(f'    {{ .name = "{name}", .parent = "{parent}"{flag}{more} }},')
    return C % "\n".join(lines)


CLASS = """\
static void device_class(ObjectClass *klass, void *data)
{
    DEVICE_CLASS(klass)->user_creatable = true;
}
"""

CODE = {
    "hw/core.c": CLASS
    + _file("device object abstract", more=", .class_init = device_class")
    + _file("machine object abstract", "none-machine machine", "cpu device abstract").replace(
        "types", "others"
    ),
    "hw/card.c": _file("card device", "spare-machine machine"),
    "hw/sound.c": _file("sound device"),
    "hw/wave.c": _file("wave device"),
    "hw/models.c": _file("x1-cpu cpu", "x2-cpu cpu"),
    "hw/clock.c": _file("clock device"),
    "hw/late.c": 'static const TypeInfo late = { .name = "late", .parent = "device" };\n'
    "static void f(void)\n{\n    if (open(NAME))\n        type_register_static(&late);\n}\n"
    "type_init(f)\n",
    "hw/meson.build": """\
system_ss.add(files('core.c', 'models.c', 'late.c'))
system_ss.add(when: spice, if_true: files('sound.c'))
system_ss.add(when: 'CONFIG_BOARD', if_true: files('card.c'))
system_ss.add(when: 'CONFIG_CLOCK', if_true: files('clock.c'))
wave_ss = ss.source_set()
wave_ss.add(files('wave.c'))
modules = {'hw': {'wave': wave_ss}}
""",
}

MESON = """\
ss = import('sourceset')
system_ss = ss.source_set()
subdir('hw')
enable_modules = get_option('modules').allowed()
foreach folder, list : modules
  foreach name, set : list
    if enable_modules
      inner = set.apply(config_all_devices, strict: false)
      lib = static_library(folder + '-' + name, inner.sources())
      shared_module(lib.name(), objects: lib.extract_all_objects(recursive: false))
    else
      system_ss.add_all(set)
    endif
  endforeach
endforeach
foreach target : target_dirs
  config_target = keyval.load('configs/targets' / target + '.mak')
  config_target += keyval.load(target + '-config-devices.mak')
  sources = system_ss.apply(config_target, strict: false).sources()
  executable('qemu-system-' + config_target['TARGET_NAME'], sources)
endforeach
"""

PARENTS = {
    "object": "",
    "device": "object",
    "machine": "object",
    "none-machine": "machine",
    "spare-machine": "machine",
    "card": "device",
    "sound": "device",
    "wave": "device",
    "cpu": "device",
    "x1-cpu": "cpu",
    "x2-cpu": "cpu",
}


def _tree(folder: Path) -> Path:
    tree = new_tree(folder / "qemu")
    text = (tree / "meson.build").read_text()
    (tree / "meson.build").write_text(text.replace("error('nobody comes here')\n", MESON))
    options = (tree / "meson_options.txt").read_text()
    more = "option('modules', type: 'feature', value: 'disabled')\n"
    (tree / "meson_options.txt").write_text(options + more)
    object_ = CODE["hw/core.c"].replace(
        '    { .name = "device"',
        '    { .name = "object", .abstract = true },\n    { .name = "device"',
    )
    return write_tree(tree, {**CODE, "hw/core.c": object_})


def _binary(
    path: Path,
    devices: str = "card sound wave x1-cpu x2-cpu",
    machines: str = "none spare",
    types: str = " ".join(PARENTS),
    version: str = "9.9.0",
    arch: str = "arm",
    tail: str = "",
) -> Path:
    """A program that answers as a QEMU does. tail: what it does after its answers over QMP."""
    listed = [{"name": one, "parent": PARENTS.get(one, "device")} for one in types.split()]
    answers: list[dict[str, Any]] = [
        {"QMP": {"version": {}}},
        {"return": {}},
        {"return": {"arch": arch}, "id": "target"},
        {"return": [{"name": one} for one in machines.split()], "id": "machines"},
        {"return": listed, "id": "types"},
        {"event": "SHUTDOWN"},
    ]
    lines = "\n".join(json.dumps(one) for one in answers)
    help_ = "\n".join(f'name "{one}", bus yard' for one in devices.split())
    path.write_text(
        f"""#!/bin/sh
case $1 in
-version) echo "QEMU emulator version {version} (made up)" ;;
-device) cat <<'END'
Misc devices:
{help_}
END
;;
-M) echo "Supported machines are:"; echo "none   empty machine" ;;
*) head -c 20 >/dev/null
cat <<'END'
{lines}
END
{tail}
;;
esac
"""
    )
    path.chmod(0o755)
    return path


def _verify(folder: Path, *words: str, status: int = 0) -> dict[str, Any]:
    done = run_kgen(["verify", "--tree", "qemu", "--format", "json", *words], folder)
    assert done.returncode == status, done.stdout + done.stderr
    (found,) = json.loads(done.stdout)["binaries"]
    return dict(found)


def _names(found: list[dict[str, str]]) -> dict[str, str]:
    return {one["name"]: one["cause"] for one in found}


def test_a_binary_that_has_what_kgen_says(tmp_path: Path) -> None:
    _tree(tmp_path)
    _binary(tmp_path / "qemu-system-arm")
    found = _verify(tmp_path, "--binary", "./qemu-system-arm")
    assert found["target"] == "arm-softmmu"
    assert (found["version"], found["tree_version"]) == ("9.9.0", "9.9.0")
    place = "decided when QEMU runs, or not understood: hw/late.c:4"
    late = [{"name": "late", "cause": place}]
    for kind, same, may_lack in (("devices", 5, late), ("machines", 2, []), ("types", 11, late)):
        assert found[kind] == {
            "same": same,
            "only_binary": [],
            "only_kgen": [],
            "may_lack": may_lack,
        }


def test_a_binary_is_not_told_to_quit_before_its_answers_are_read(tmp_path: Path) -> None:
    """A QEMU that quits does not write what is left for a pipe that is full."""
    _tree(tmp_path)
    last = json.dumps({"return": {"running": False}, "id": "kgen-asked-all"})
    path = _binary(tmp_path / "qemu-system-arm", tail=f"echo '{last}'; sleep 100")
    quits = "*) for i in 1 2 3 4 5; do read -r asked; case $asked in *quit*) exit;; esac; done\n"
    path.write_text(path.read_text().replace("*) head -c 20 >/dev/null\n", quits))
    found = _verify(tmp_path, "--binary", "./qemu-system-arm", "--timeout", "30")
    assert found["types"]["same"] == 11


def test_each_difference_has_its_cause(tmp_path: Path) -> None:
    _tree(tmp_path)
    _binary(
        tmp_path / "qemu-system-arm",
        devices="card x1-cpu x3-cpu clock odd",
        machines="none extra",
        types="object device machine none-machine card cpu x1-cpu x3-cpu clock odd wave",
    )
    path = tmp_path / "qemu-system-arm"
    path.write_text(
        path.read_text().replace('"x3-cpu", "parent": "device"', '"x3-cpu", "parent": "cpu"')
    )
    found = _verify(tmp_path, "--binary", "./qemu-system-arm", status=1)
    assert _names(found["devices"]["only_binary"]) == {
        "clock": "lacks CLOCK",
        "odd": "the sources do not say this name",
        "x3-cpu": "CPU model",
    }
    assert _names(found["devices"]["only_kgen"]) == {
        "sound": "host: spice",
        "wave": "in the module hw-wave, if modules are built",
        "x2-cpu": "CPU model",
    }
    assert _names(found["machines"]["only_kgen"]) == {"spare": ""}
    text = run_kgen(["verify", "--tree", "qemu", "--binary", "./qemu-system-arm"], tmp_path).stdout
    assert "    - devices clock: lacks CLOCK\n" in text
    assert "    + machines spare: cause not known\n" in text
    assert text.endswith("\n1 binary, 1 different\n")


def test_a_feature_that_a_symbol_depends_on_is_a_cause(tmp_path: Path) -> None:
    """CARD depends on SPICE, which meson.build passes to Kconfig; the file's condition has CARD."""
    tree = _tree(tmp_path)
    with (tree / "hw/meson.build").open("a") as meson:
        meson.write("system_ss.add(when: 'CONFIG_CARD', if_true: files('slot.c'))\n")
        meson.write("wave_ss.add(when: spice, if_true: files('tide.c'))\n")
    write_tree(tree, {"hw/slot.c": _file("slot device"), "hw/tide.c": _file("tide device")})
    _binary(tmp_path / "qemu-system-arm")
    found = _verify(tmp_path, "--binary", "./qemu-system-arm", status=1)
    assert _names(found["devices"]["only_kgen"]) == {
        "slot": "host: SPICE",
        "tide": "in the module hw-wave, if modules are built; host: spice",
    }


def test_a_configure_line_says_what_the_host_has(tmp_path: Path) -> None:
    _tree(tmp_path)
    types = " ".join(one for one in PARENTS if one != "sound")
    _binary(tmp_path / "qemu-system-arm", devices="card wave x1-cpu x2-cpu", types=types)
    words = ["--binary", "./qemu-system-arm"]
    assert _names(_verify(tmp_path, *words, status=1)["devices"]["only_kgen"]) == {
        "sound": "host: spice"
    }
    given = "../qemu/configure --disable-spice --target-list=arm-softmmu"
    assert not _verify(tmp_path, *words, "--configure", given)["devices"]["only_kgen"]


def test_what_is_in_a_module_that_is_not_installed_is_not_expected(tmp_path: Path) -> None:
    _tree(tmp_path)
    types = " ".join(one for one in PARENTS if one != "wave")
    _binary(tmp_path / "qemu-system-arm", devices="card sound x1-cpu x2-cpu", types=types)
    (tmp_path / "modules").mkdir()
    words = ["--binary", "./qemu-system-arm", "--modules", "modules"]
    assert _names(_verify(tmp_path, *words)["devices"]["may_lack"])["wave"] == (
        "the module hw-wave is not installed"
    )
    (tmp_path / "modules" / "hw-wave.so").write_text("")
    assert _names(_verify(tmp_path, *words, status=1)["devices"]["only_kgen"]) == {
        "wave": "in the module hw-wave, if modules are built"
    }


def test_a_version_that_differs_and_a_binary_without_qmp_are_said(tmp_path: Path) -> None:
    _tree(tmp_path)
    path = _binary(tmp_path / "qemu-system-arm", version="9.8.1")
    path.write_text(path.read_text().replace("*) head", "*) exit 1; head"))
    done = run_kgen(["verify", "--tree", "qemu", "--binary", "./qemu-system-arm"], tmp_path)
    assert "its version is 9.8.1, that of the tree 9.9.0" in done.stdout
    assert "it does not speak QMP here: only -device help and -M help were compared" in done.stdout
    assert "not asked" in done.stdout


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (None, "cannot run ./qemu-system-arm: no such file or directory"),
        ("#!/bin/sh\necho hello\n", "./qemu-system-arm is not a system emulator of QEMU"),
        ("#!/bin/sh\nsleep 100\n", "./qemu-system-arm -version did not end within 1 s"),
        ("#!/bin/sh\nyes\n", "./qemu-system-arm -version printed more than 16 MiB"),
        ("\0\1\2", "cannot run ./qemu-system-arm"),
        ("#!/bin/sh\nkill -SEGV $$\n", "./qemu-system-arm is not a system emulator of QEMU"),
        (
            "#!/bin/sh\n[ $1 = -version ] || { echo no module >&2; exit 3; }\n"
            "echo QEMU emulator version 1\n",
            "./qemu-system-arm -device help ended with status 3: no module",
        ),
        (
            "#!/bin/sh\necho QEMU emulator version 1\nhead -c 100000 /dev/urandom\n",
            "./qemu-system-arm names no machines",
        ),
    ],
)
def test_what_is_no_qemu(tmp_path: Path, program: str | None, message: str) -> None:
    _tree(tmp_path)
    if program is not None:
        (tmp_path / "qemu-system-arm").write_text(program)
        (tmp_path / "qemu-system-arm").chmod(0o755)
    words = ["verify", "--tree", "qemu", "--timeout", "1", "--binary", "./qemu-system-arm"]
    done = run_kgen(words, tmp_path)
    assert done.returncode == 1
    assert "error: KG713 " + message in done.stderr
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_nobody_may_run(tmp_path: Path) -> None:
    _tree(tmp_path)
    (tmp_path / "qemu-system-arm").write_text("#!/bin/sh\n")
    done = run_kgen(["verify", "--tree", "qemu", "--binary", "./qemu-system-arm"], tmp_path)
    assert "KG713 cannot run ./qemu-system-arm: permission denied" in done.stderr


def test_all_binaries_that_are_wrong_are_named_at_once(tmp_path: Path) -> None:
    _tree(tmp_path)
    _binary(tmp_path / "qemu-system-arm")
    _binary(tmp_path / "other", arch="x86_64")
    words = ["verify", "--tree", "qemu", "-t", "arm", "--binary", "./qemu-system-arm"]
    words += ["--binary", "./other", "--binary", "./none"]
    done = run_kgen(words, tmp_path)
    assert "KG713 cannot run ./none" in done.stderr
    assert "KG714 ./other is built for x86_64, which is not among the chosen targets" in done.stderr
    assert "hint: -t x86_64" in done.stderr


def test_no_project_file_names_a_binary(tmp_path: Path) -> None:
    (tmp_path / "kgen.toml").write_text('[verify]\nbinary = ["./x"]\n')
    done = run_kgen(["verify"], tmp_path)
    assert 'KG416 verify: unknown key "binary"' in done.stderr


def test_the_binary_runs_in_a_minimal_environment(tmp_path: Path) -> None:
    path = _binary(tmp_path / "qemu-system-arm")
    text = path.read_text().replace("#!/bin/sh\n", f'#!/bin/sh\nenv >>"{tmp_path}/env"\n', 1)
    path.write_text(text)
    ask(str(path), 10)
    names = {line.partition("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
    assert names <= {"PATH", "LC_ALL", "PWD", "OLDPWD", "SHLVL", "_"}


def test_nothing_is_left_of_a_binary_that_does_not_end(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    path = _binary(tmp_path / "qemu-system-arm", tail=f'sleep 100 & echo $! >"{mark}"; wait')
    with pytest.raises(KgenError):
        ask(str(path), 1)
    assert ended(mark.read_text())


REAL: list[str | None] = [
    name
    for name in ("sparc", "avr", "or1k", "arm", "aarch64", "mips", "ppc", "x86_64", "riscv64")
    if shutil.which(f"qemu-system-{name}", path="/usr/bin:/bin")
]


@pytest.fixture(scope="module", params=REAL[:3] or [None])
def real(request: pytest.FixtureRequest) -> Binary:
    if request.param is None:
        pytest.skip("no qemu-system-* is installed")
    return ask(f"qemu-system-{request.param}", 60)


def test_a_real_binary_answers(real: Binary) -> None:
    assert real.path == f"qemu-system-{real.target}"
    assert real.version[0].isdigit()
    assert "none" in real.machines
    assert real.types is not None
    assert real.types["device"] == "object"
    # Every device is a type, and every parent is one, too.
    assert real.devices <= real.types.keys()
    assert set(real.types.values()) - {""} <= real.types.keys()


def test_a_real_binary_lists_what_was_recorded(real: Binary) -> None:
    facts = ROOT.parent / "shared" / "facts" / "qemu-7.2-names.json"
    if not facts.exists():
        pytest.skip("the recorded names of QEMU 7.2 are not here")
    if not real.version.startswith("7.2."):
        pytest.skip(f"the installed QEMU is {real.version}, the recorded one 7.2")
    recorded = json.loads(facts.read_text())[real.target]
    assert real.types is not None
    known = set(recorded["types"])
    # Modules may not be installed.
    assert set(real.types) <= known
    assert real.machines == set(recorded["machines"])
    assert real.devices <= set(recorded["devices"])
