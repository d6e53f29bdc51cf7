"""The process of a command: its standard streams, its signals, and how it ends.

`leave` runs a command and ends the process. Any exception of the command becomes a message on
stderr and an exit status; a traceback is printed only if the variable KGEN_DEBUG is set.
"""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any, NoReturn, TextIO

    from _typeshed import ReadableBuffer
else:
    # The C module of `signal`. Importing `signal` itself makes enums of all names, which takes
    # longer than resolving a tree.
    import _signal as signal


class Interrupted(BaseException):
    """A signal asked the command to stop.

    It is not a KeyboardInterrupt, because libraries catch that one: click prints its own message.
    """


class OutputError(OSError):
    """A write to standard output failed."""


def leave(action: Callable[[], int]) -> NoReturn:
    """Run a command, which returns its exit status, and end the process with that status."""
    # The data of a run is in use until its end. Garbage collection, and deleting all modules at
    # the end, would each take about a tenth of a short run.
    gc.disable()
    catch_interrupts()
    _prepare_streams()
    sys.unraisablehook = _on_unraisable
    try:
        status = _status_of(action)
    except BaseException:  # a signal while a message was written
        _write_message("interrupted")
        status = 1
    os._exit(status)


def _status_of(action: Callable[[], int]) -> int:
    """The exit status of a command; everything that it raises is reported here."""
    try:
        status = action()
        sys.stdout.flush()
        sys.stderr.flush()
    except (Interrupted, KeyboardInterrupt):
        message = "interrupted"
    except Exception as error:
        # A library may turn an interrupt into an exception of its own.
        message = "interrupted" if _interrupts.count else _message_of(error)
    else:
        return status
    if message:
        _write_message(message)
    return 1


# Messages.


def _message_of(error: Exception) -> str:
    """What is printed for an exception that no command handles; "" for nothing."""
    if isinstance(error, OutputError):
        # A reader that closes the pipe early, like `head`, has read all that it needs.
        broken = error.errno == errno.EPIPE
        return "" if broken else f"error: cannot write the output: {_reason(error)}"
    if debugging():
        import traceback

        traceback.print_exception(error)
    if isinstance(error, MemoryError) or _words_of(error).endswith(_NO_MEMORY):
        return "error: there is not enough memory"
    if isinstance(error, RecursionError):
        return "error: the input is nested too deeply"
    if isinstance(error, FileNotFoundError) and not _has_working_directory():
        return "error: the current working directory does not exist any more"
    if isinstance(error, OSError):
        return f"error: {_reason(error)}" + _DEBUG_HINT
    if isinstance(error, ImportError) and not (error.name or "").startswith("kgen"):
        return f"error: a Python module cannot be imported{_words_of(error)}" + _DEBUG_HINT
    kind = type(error).__name__
    return f"error: this is a bug in kgen: {kind} at {_place_of(error)}{_words_of(error)}" + (
        _DEBUG_HINT
    )


# Messages of Python if it cannot start a thread, or if C code has no memory for an exception.
_NO_MEMORY = ("can't start new thread", "without exception set", "annot allocate memory")
_DEBUG_HINT = "\nhint: with KGEN_DEBUG=1 in the environment kgen prints the traceback"


def debugging() -> bool:
    """Whether the user asks for tracebacks."""
    return os.environ.get("KGEN_DEBUG", "") not in ("", "0")


def _reason(error: OSError) -> str:
    """The operating system's message, and the file that it is about."""
    reason = error.strerror or str(error) or type(error).__name__
    reason = reason[:1].lower() + reason[1:]
    return reason if error.filename is None else f"{reason}: {error.filename!r}"


def _has_working_directory() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def _place_of(error: Exception) -> str:
    """The innermost line of kgen in an exception's traceback, as `kgen/PACKAGE/FILE.py:LINE`."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    above = os.path.dirname(package)
    found = "an unknown place"
    step = error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if file.startswith(package + os.sep) or found == "an unknown place":
            found = f"{os.path.relpath(file, above) if file.startswith(above) else file}"
            found = f"{found}:{step.tb_lineno}"
        step = step.tb_next
    return found


def _words_of(error: Exception) -> str:
    """The text of an exception as the rest of a line; "" if it has none."""
    try:
        words = str(error)
    except Exception:  # the text of an unexpected exception may fail, too
        return ""
    if len(words) > 200:
        words = words[:200] + "..."
    return f": {words if words.isprintable() else repr(words)}" if words else ""


def _write_message(text: str) -> None:
    """Write a message to stderr without buffering."""
    data = f"{text}\n".encode("utf-8", "backslashreplace")
    try:
        sys.stderr.flush()
        os.write(2, data)
    except (OSError, ValueError, AttributeError):  # the message is lost
        pass


# Interrupts.


class _Interrupts:
    """The handler of SIGINT.

    It ends the process at once, because a library may swallow an exception or fail because of it:
    the C code of python-sat and of msgspec did. It raises Interrupted only where something has to
    be cleaned up. raised: whether it raises. count: the number of interrupts so far. last: what is
    written to the terminal before the process ends.
    """

    def __init__(self) -> None:
        self.raised = False
        self.count = 0
        self.last = b""

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
        if self.count == 1 and self.raised:
            raise Interrupted
        # A second interrupt does nothing, so that the clean-up can finish.
        if self.count != 2:
            self.exit()

    def exit(self) -> NoReturn:
        try:
            os.write(2, self.last + b"interrupted\n")
        finally:
            os._exit(1)


_interrupts = _Interrupts()


def catch_interrupts() -> None:
    """From now on an interrupt ends the process with a line on stderr.

    A signal that the parent process set to be ignored, as a shell does for a command in the
    background, stays ignored.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupts)


def ignore_interrupts() -> None:
    """From now on an interrupt does nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Delay interrupts and termination until the end of the block, if the system supports it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    held = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, held)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def clean_up_on_termination() -> Iterator[None]:
    """Make interrupts and termination raise Interrupted in the block, unless they are ignored."""
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    caught = []
    raised = _interrupts.raised
    _interrupts.raised = True
    try:
        for number in numbers:
            if signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, _interrupts)
                caught.append(number)
    except ValueError:  # only the main thread can set signal handlers
        pass
    try:
        yield
    finally:
        for number in caught:
            signal.signal(number, signal.SIG_DFL)
        _interrupts.raised = raised


@contextmanager
def written_on_interrupt(text: bytes) -> Iterator[None]:
    """Write this to the terminal if an interrupt ends the process in the block."""
    _interrupts.last = text
    try:
        yield
    finally:
        _interrupts.last = b""


def _on_unraisable(found: Any) -> None:
    """Handle an exception that Python cannot raise, as in a callback of its import system."""
    if issubclass(found.exc_type, Interrupted | KeyboardInterrupt):
        _interrupts.exit()  # otherwise the interrupt would be lost
    if debugging():
        sys.__unraisablehook__(found)


# Standard streams.


class _Output(io.FileIO):
    """Standard output. It raises OutputError, to distinguish its errors from those of files."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            while (written := _written(super().write(data))) is None:
                import select  # the reader made it non-blocking, and is slow

                select.select([], [self], [])
        except OSError as error:
            raise OutputError(error.errno, error.strerror) from None
        return written


def _written(number: int | None) -> int | None:
    """The result of FileIO.write: None if it would block, which its type stub does not have."""
    return number


class _Messages(io.FileIO):
    """Standard error. If writing fails, messages are lost and the exit status stays the same.

    said: what was written.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.said: list[bytes] = []

    def write(self, data: ReadableBuffer, /) -> int:
        self.said.append(bytes(data))
        try:
            return _written(super().write(data)) or len(memoryview(data))
        except OSError:
            return len(memoryview(data))


def messages() -> str | None:
    """What this process has written to stderr; None if that is unknown."""
    sys.stderr.flush()
    raw = getattr(getattr(sys.stderr, "buffer", None), "raw", None)
    if not isinstance(raw, _Messages):
        return None
    return b"".join(raw.said).decode(sys.stderr.encoding, "replace")


def _prepare_streams() -> None:
    """Make the standard streams usable, in whatever state the parent process left them."""
    if sys.stdin is None or sys.stdout is None or sys.stderr is None:
        # The next file that is opened would get the number of a closed descriptor. Writing to a
        # standard output that is open only for reading fails, as if it were closed.
        for number, flags in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_RDWR)):
            _occupy(number, flags)
    sys.stdout = _stream(sys.stdout, _Output, 1)
    sys.stderr = _stream(sys.stderr, _Messages, 2)


def _occupy(number: int, flags: int) -> None:
    """Open the null device with this descriptor number, if the descriptor is closed."""
    try:
        os.fstat(number)
    except OSError:
        found = os.open(os.devnull, flags)
        if found != number:
            os.dup2(found, number)
            os.close(found)


def _stream(old: TextIO | None, kind: type[io.FileIO], number: int) -> TextIO:
    """The replacement of a standard stream. A character that it cannot encode is escaped."""
    if old is None:
        encoding, at_once = "utf-8", number == 2
    elif not isinstance(old, io.TextIOWrapper):
        return old
    elif type(getattr(old.buffer, "raw", old.buffer)) is not io.FileIO:
        old.reconfigure(errors="backslashreplace")
        return old
    else:
        encoding, at_once = old.encoding, old.line_buffering
        old.flush()
    raw = io.BufferedWriter(kind(number, "w", closefd=False))
    return io.TextIOWrapper(raw, encoding, "backslashreplace", line_buffering=at_once)
