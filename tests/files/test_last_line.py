"""What no command handles: one message, one status, and a traceback only for who asks for it."""

from __future__ import annotations

import pytest
from processes import leave

HINT = "hint: with KGEN_DEBUG=1 in the environment kgen prints the traceback\n"


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            "from kgen.model.places import shown\nshown(None)",
            "error: this is a bug in kgen: AttributeError at kgen/model/places.py:{}: "
            "'NoneType' object has no attribute 'outside'\n" + HINT,
        ),
        (
            "raise ValueError('two\\nlines\\x1b[31m')",
            "error: this is a bug in kgen: ValueError at {}: 'two\\nlines\\x1b[31m'\n" + HINT,
        ),
        ("raise ValueError('x' * 5000)", "error: this is a bug in kgen: ValueError at {}\n" + HINT),
        ("raise MemoryError", "error: there is not enough memory\n"),
        ("x = 'x' * 10**18", "error: there is not enough memory\n"),
        ("def f(): f()\nf()", "error: the input is nested too deeply\n"),
        ("open('/gone')", "error: no such file or directory: '/gone'\n" + HINT),
        ("raise OSError(24, 'Too many open files')", "error: too many open files\n" + HINT),
        ("raise BrokenPipeError(32, 'Broken pipe')", "error: broken pipe\n" + HINT),
        (
            "import tempfile\nwith tempfile.TemporaryDirectory() as a: os.chdir(a)\nos.getcwd()",
            "error: the current working directory does not exist any more\n",
        ),
    ],
)
def test_one_message(action: str, message: str) -> None:
    done = leave(action, KGEN_DEBUG="")
    assert (done.returncode, done.stdout) == (1, "")
    first, _, rest = message.partition("{}")
    assert done.stderr.startswith(first)
    assert done.stderr.endswith(rest)
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 600
    debugged = leave(action, KGEN_DEBUG="1")
    assert debugged.returncode == 1
    assert "Traceback (most recent call last)" in debugged.stderr
    assert done.stderr in debugged.stderr


def test_an_exception_in_a_callback() -> None:
    action = "class A:\n    def __del__(self): 1 / 0\nA()\nreturn 0"
    done = leave(action, KGEN_DEBUG="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert "ZeroDivisionError" in leave(action, KGEN_DEBUG="1").stderr
