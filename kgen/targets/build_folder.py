"""Reads a configured QEMU build folder: what was passed for each target, and what came out.

Meson logs each command that it runs, so `meson-logs/meson-log.txt` of QEMU 5.2 and later has the
command line of scripts/minikconf.py for each target: the mode, the devices file, and everything
that was passed. Where that log is gone, the headers and options of the folder say most of it, and
the rest is unknown. Everything is read as text; nothing of the folder is run or imported.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kgen.files.read import NotText
from kgen.files.tree import Folder
from kgen.model.problems import KgenError, Problem, fail, os_reason
from kgen.model.record import Record
from kgen.targets import hosts
from kgen.targets.externals import ENDIANNESS

if TYPE_CHECKING:
    from kgen.model.configurations import Mode

_DEVICES = "-config-devices.mak"

# `Running command: PYTHON minikconf.py --defconfig T-config-devices.mak DEPFILE INPUT... X=y...`,
# of RunProcess in mesonbuild/interpreter. The program may be another one of that command line.
_COMMAND = re.compile(
    rf"^Running command: .* --(defconfig|allnoconfig|allyesconfig) (\S+){_DEVICES} (.+)$", re.M
)

_CPU_FAMILY = re.compile(r"^Host machine cpu family: (\S+)$", re.M)

# Meson's names of processor families that QEMU calls otherwise.
_CPUS = {"x86": "i386"}

# From QEMU 5.2 `default-configs/devices/T.mak`, from 6.0 `configs/devices/T/NAME.mak`.
_OLD = re.compile(r"(?:^|/)default-configs/devices/[^/]+\.mak$")
_NEW = re.compile(r"(?:^|/)configs/devices/[^/]+/([^/]+)\.mak$")

# What meson.build passes: a list of names in 5.2, and from 6.0 on each name with its condition.
_LIST = re.compile(r"^kconfig_external_symbols = \[([^\]]*)\]", re.M)
_PASSED = re.compile(r"'CONFIG_(\w+)=y'")

# The symbol of config-host.h from which meson.build sets a host feature of another name.
_HEADER_NAMES = {"IVSHMEM": "EVENTFD"}

# The option of meson_options.txt behind a host feature that is in no header.
_OPTIONS = {
    "FUZZ": "fuzzing",
    "HAVE_RUST": "rust",
    "HV_BALLOON_POSSIBLE": "hv_balloon",
    "LIBCBOR": "libcbor",
    "MULTIPROCESS_ALLOWED": "multiprocess",
    "PIXMAN": "pixman",
    "VFIO_USER_SERVER_ALLOWED": "vfio_user_server",
}


class Built(Record):
    """A target of a build folder.

    devices: the name of its devices file, as `--devices` takes it. host, accelerators: the symbols
    that were passed as y, the accelerators in lower case. unknown: host features that may have been
    passed or not. printed: the text of its config-devices.mak; None if it is not there.
    """

    name: str
    mode: Mode
    devices: str
    host: tuple[str, ...]
    accelerators: tuple[str, ...]
    unknown: tuple[str, ...]
    printed: str | None


class BuildFolder(Record):
    """What a configured build folder says.

    shown: the folder as the user typed it. source: the absolute path of the tree that was
    configured. host_arch: the host's architecture, a value of `--host-arch`; None if it has no
    accelerators that kgen knows. logged: whether Meson's log says everything. built: sorted by
    name. options: the values of Meson's options. defined: the names that config-host.h and
    config-host.mak define, but not as 0; None without that header. libraries: the dependencies that
    Meson found; None if it does not say.
    """

    shown: str
    source: str
    host_arch: str | None
    logged: bool
    built: tuple[Built, ...]
    options: tuple[tuple[str, str], ...]
    defined: frozenset[str] | None
    libraries: frozenset[str] | None


def read_build(path: str) -> BuildFolder:
    """Read a build folder. Raises KgenError if it is none, or if it lacks what is needed."""
    folder = Folder(path)
    makefile = _pairs(_read(folder, "config-host.mak") or "")
    source = _source(folder, makefile)
    log = _read(folder, "meson-logs/meson-log.txt") or ""
    names = [
        name.removesuffix(_DEVICES) for name in folder.names(folder.root) if name.endswith(_DEVICES)
    ]
    commands = {match[2]: match for match in _COMMAND.finditer(log)}  # the last one of a target
    if not source or not (names or commands):
        raise _no_build(folder)
    host_arch = _host_arch(folder, log, makefile)
    logged = commands.keys() >= set(names)
    facts = None if logged else _Facts(folder, source, makefile)
    built = []
    problems: list[Problem] = []
    for name in sorted({*names, *commands}):
        try:
            if name in commands:
                built.append(_from_log(folder, name, commands[name]))
            elif facts is not None:
                built.append(facts.built(name))
        except KgenError as error:
            problems += error.problems
    if problems:
        raise KgenError(*problems)
    header = _read(folder, "config-host.h")
    return BuildFolder(
        folder.shown,
        source,
        host_arch,
        logged,
        tuple(built),
        _texts(_options(folder)),
        None if header is None else _defined(header, "") | makefile.keys(),
        _libraries(folder),
    )


def _no_build(folder: Folder) -> KgenError:
    """The error for a folder that QEMU was not configured in."""
    hint = "give the folder in which QEMU's configure was run, after it succeeded"
    inner = os.path.join(folder.shown, "build")
    if os.path.isfile(os.path.join(inner, "config-host.mak")):
        hint = f"did you mean {inner}?"
    elif not os.path.isdir(folder.root):
        return fail(f"there is no folder {folder.shown}", hint=hint, code="KG411")
    return fail(f"{folder.shown} is not a configured QEMU build folder", hint=hint, code="KG411")


def _source(folder: Folder, makefile: dict[str, str]) -> str:
    """The folder of the sources; "" if nothing names it."""
    info = _json(folder, "meson-info/meson-info.json")
    directories = info.get("directories") if isinstance(info, dict) else None
    named = directories.get("source") if isinstance(directories, dict) else None
    if not isinstance(named, str):
        named = makefile.get("SRC_PATH", "")
    return os.path.normpath(os.path.join(folder.root, named)) if named else ""


def _host_arch(folder: Folder, log: str, makefile: dict[str, str]) -> str | None:
    """The host's architecture, as `--host-arch` calls it; None if the folder does not say."""
    logged = _CPU_FAMILY.search(log)
    name = logged[1] if logged else makefile.get("ARCH")
    if name is None:
        machines = _json(folder, "meson-info/intro-machines.json")  # from Meson 1.2 on
        host = machines.get("host") if isinstance(machines, dict) else None
        name = host.get("cpu_family") if isinstance(host, dict) else None
    name = _CPUS.get(str(name), str(name))
    return name if name in hosts.HOST_ARCHITECTURES else None


def _from_log(folder: Folder, name: str, command: re.Match[str]) -> Built:
    """A target from the logged command line."""
    try:
        words = shlex.split(command[3])
    except ValueError:  # Meson before 0.57 quotes nothing
        words = command[3].split()
    yes = [word[7:-2] for word in words if word.startswith("CONFIG_") and word.endswith("=y")]
    files = [word for word in words if word.endswith(".mak")]
    own = _architecture(folder, name)
    known = {item.upper() for item in hosts.ACCELERATORS}
    return Built(
        name,
        _mode(command[1]),
        _devices_name(folder, name, files[-1] if files else ""),
        tuple(symbol for symbol in yes if symbol not in known and symbol not in own),
        _accelerators(folder, name, [symbol.lower() for symbol in yes if symbol in known]),
        (),
        _read(folder, f"{name}{_DEVICES}"),
    )


def _mode(word: str) -> Mode:
    if word == "allnoconfig":
        return "allnoconfig"
    return "allyesconfig" if word == "allyesconfig" else "defconfig"


def _architecture(folder: Folder, name: str) -> frozenset[str]:
    """The symbols that belong to a target: those of its TARGET_X, and its endianness."""
    defined = _defined(_read(folder, f"{name}-config-target.h") or "", "TARGET_")
    return defined | {name.removesuffix("-softmmu").upper(), ENDIANNESS}


def _accelerators(folder: Folder, name: str, logged: Sequence[str] = ()) -> tuple[str, ...]:
    """A target's accelerators: those that were passed, then the others of its header. QEMU 5.2 has
    no symbol for TCG, so it passes none."""
    own = _defined(_read(folder, f"{name}-config-target.h") or "", "CONFIG_")
    return tuple(dict.fromkeys((*logged, *(a for a in hosts.ACCELERATORS if a.upper() in own))))


def _devices_name(folder: Folder, target: str, path: str) -> str:
    """What `--devices` calls a devices file of QEMU's own folders."""
    path = path.replace("\\", "/")
    if _OLD.search(path):
        return "default"
    match = _NEW.search(path)
    if match is None:
        raise fail(
            f"{folder.shown} does not say which devices file {target} has",
            hint="configure it again, or use --tree and --devices in place of --from-build",
            code="KG412",
        )
    return match[1]


class _Facts:
    """What a folder without Meson's log says: its headers, its options and depfiles."""

    def __init__(self, folder: Folder, source: str, makefile: dict[str, str]) -> None:
        self._folder = folder
        self._options = _options(folder)
        self._mode = _mode(makefile.get("CONFIG_MINIKCONF_MODE", "").removeprefix("--"))
        if self._options.get("default_devices") is False:
            self._mode = "allnoconfig"
        header = _read(folder, "config-host.h") or ""
        made = {key.removeprefix("CONFIG_") for key, value in makefile.items() if value == "y"}
        self._on = _defined(header, "CONFIG_") | made
        # Names that one of the two always says: as y, or by their absence.
        tree = Folder(source)
        texts = [_read(tree, name) or "" for name in ("meson.build", "configure")]
        self._said = frozenset(
            re.findall(r"config_host_data\.set\('CONFIG_(\w+)'", texts[0])
            + re.findall(r"echo \"CONFIG_(\w+)=y\" >> ", texts[1])
        )
        self._features = passable(texts[0])

    def built(self, name: str) -> Built:
        """A target. Raises KgenError if its devices file is unknown."""
        folder = self._folder
        depfile = _read(folder, f"meson-private/{name}{_DEVICES}.d") or ""
        read = [line.rpartition(": ")[2] for line in depfile.splitlines()]
        values = {feature: self._value(feature) for feature in self._features}
        return Built(
            name,
            self._mode,
            _devices_name(folder, name, read[0] if read else ""),
            tuple(feature for feature, value in values.items() if value),
            _accelerators(folder, name),
            tuple(feature for feature, value in values.items() if value is None),
            _read(folder, f"{name}{_DEVICES}"),
        )

    def _value(self, feature: str) -> bool | None:
        """Whether a feature was passed; None if nothing in the folder says."""
        name = _HEADER_NAMES.get(feature, feature)
        if name in self._on or feature in self._on:
            return True
        if name in self._said:
            return False
        option = self._options.get(_OPTIONS.get(feature, feature.lower()))
        return {True: True, False: False, "enabled": True, "disabled": False}.get(option)


def passable(meson: str) -> list[str]:
    """The host features that a meson.build can pass to scripts/minikconf.py."""
    listed = _LIST.search(meson)
    found = re.findall(r"'CONFIG_(\w+)'", listed[1]) if listed else _PASSED.findall(meson)
    return [name for name in dict.fromkeys(found) if name.lower() not in hosts.ACCELERATORS]


def _options(folder: Folder) -> dict[str, Any]:
    """The values of Meson's options by name."""
    found = _json(folder, "meson-info/intro-buildoptions.json")
    return {
        item["name"]: item.get("value")
        for item in (found if isinstance(found, list) else ())
        if isinstance(item, dict)
        and isinstance(item.get("name"), str)
        and isinstance(item.get("value"), bool | str)
    }


def _texts(options: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The values of options as text. Those that are `auto` follow Meson's own `auto_features`."""
    auto = options.get("auto_features", "auto")
    texts = {name: str(value) for name, value in options.items()}
    texts |= {name: str(value).lower() for name, value in options.items() if value in (True, False)}
    return tuple((name, auto if text == "auto" else text) for name, text in sorted(texts.items()))


def _libraries(folder: Folder) -> frozenset[str] | None:
    """The dependencies that Meson found; None if it does not say."""
    found = _json(folder, "meson-info/intro-dependencies.json")
    if not isinstance(found, list):
        return None
    named = [one.get("name") for one in found if isinstance(one, dict)]
    return frozenset(name for name in named if isinstance(name, str))


def _pairs(text: str) -> dict[str, str]:
    """The `KEY=VALUE` lines of a makefile."""
    found = (line.partition("=") for line in text.splitlines())
    return {key: value for key, equals, value in found if equals}


def _defined(header: str, prefix: str) -> frozenset[str]:
    """The names, without the prefix, that a header defines, but not as 0."""
    return frozenset(re.findall(rf"^#define {prefix}(\w+)(?! 0$)\b.*$", header, re.M))


def _json(folder: Folder, name: str) -> Any:
    """The data of a file; None if it is not there or no JSON."""
    try:
        return json.loads(_read(folder, name) or "null")
    except (ValueError, RecursionError):
        return None


def _read(folder: Folder, name: str) -> str | None:
    """The text of a file of the folder; None if there is none. Raises KgenError."""
    path = os.path.join(folder.root, name)
    if not folder.is_file(path):
        return None
    shown = os.path.join(folder.shown, name)
    try:
        return folder.read(path)
    except NotText:
        raise KgenError(Problem(f"{shown} is not valid UTF-8", code="KG103")) from None
    except OSError as error:
        raise KgenError(Problem(f"cannot read {shown}: {os_reason(error)}", code="KG104")) from None
