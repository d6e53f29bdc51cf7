"""The user's cache folder: what a run may keep for later ones, as plain text.

A cache file is not used if it is damaged, was made by another version, is not owned by the user, or
is writable by others.
"""

from __future__ import annotations

import os
import sys
from binascii import crc32

from kgen.files.read import read_text

_KGEN = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

_LIMIT = 1 << 28  # bytes; far more than kgen ever writes

# Files of one kind that are kept; the oldest are removed. `kgen generate` has one for each command
# line and folder.
_MOST = 200


def folder() -> str | None:
    """The cache folder: `KGEN_CACHE`, else in the user's cache folder; None if it is off."""
    chosen = os.environ.get("KGEN_CACHE", "")
    if chosen == "off":
        return None
    if chosen:
        return chosen
    if sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    elif sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "") or os.path.expanduser("~/.cache")
    return os.path.join(base, "kgen") if os.path.isabs(base) else None


def cache_path(key: str, kind: str) -> str | None:
    """The file of a key; two keys may have the same one. None if the cache is off."""
    where = folder()
    return where and os.path.join(where, f"{crc32(os.fsencode(key)):08x}.{kind}")


def kept(path: str, head: str) -> str:
    """The text that was kept with this head. Raises OSError, NotText and ValueError."""
    status = os.stat(path)
    if hasattr(os, "getuid") and status.st_uid != os.getuid():
        raise ValueError("it belongs to somebody else")
    if status.st_mode & 0o022:
        raise ValueError("others can write it")
    written, sum_, text = read_text(path, _LIMIT).split("\n", 2)
    if written != head or int(sum_, 16) != crc32(text.encode("utf-8")):
        raise ValueError("it is of another version, or damaged")
    return text


def keep(path: str, head: str, text: str) -> None:
    """Keep a text; failures are ignored. head: names the format and the version of kgen."""
    try:
        data = text.encode("utf-8")
        from kgen.files.atomic import replace_private

        replace_private(path, f"{head}\n{crc32(data):08x}\n".encode() + data)
        _remove_oldest(*os.path.split(path))
    except (OSError, UnicodeEncodeError):
        pass


def modules_digest(package: str) -> str:
    """A digest of the times and sizes of the modules of a package of kgen, such as `code`."""
    stamps = []
    for folder, _, names in os.walk(os.path.join(_KGEN, package)):
        for name in names:
            if name.endswith(".py"):
                status = os.stat(os.path.join(folder, name))
                stamps.append(f"{name} {status.st_mtime_ns} {status.st_size}")
    return f"{crc32(' '.join(sorted(stamps)).encode()):08x}"


def _remove_oldest(where: str, new: str) -> None:
    """Remove the oldest files of the kind of a new one, if there are too many. Raises OSError."""
    kind = os.path.splitext(new)[1]
    with os.scandir(where) as entries:
        found = [one for one in entries if _is_of(one.name, kind) and one.name != new]
    if len(found) < _MOST:
        return
    found.sort(key=lambda one: (one.stat(follow_symlinks=False).st_mtime_ns, one.name))
    for one in found[: len(found) - _MOST + 1]:
        os.unlink(one.path)


def _is_of(name: str, kind: str) -> bool:
    """Whether a file has a name that `cache_path` gives to this kind, with its dot."""
    return name.endswith(kind) and len(name) == 8 + len(kind)
