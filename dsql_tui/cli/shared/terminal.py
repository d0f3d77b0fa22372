"""Standard streams of the process: escaped on a terminal, usable even when closed.

All output is escaped, whether text or bytes, from this program, click or a traceback, because the
stream's own buffer is replaced. Output to a file or a pipe on stdout is data and is not changed.
Output to stderr is always escaped: a log may be read in a terminal later. `narrate` prints lines
that `--quiet` omits, `narrate_details` lines that only `--verbose` shows.

If the reader closes the pipe, the command continues: later output is dropped, and the command ends
with its own exit code. A closed or full output raises `InputError`.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, TextIO

import click

from dsql_tui.errors import InputError
from dsql_tui.model.cells import inert, inert_lines

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


QUIET, VERBOSE = "dsql_tui.quiet", "dsql_tui.verbose"
"""Keys of click's context under which the two options are kept for the whole command line."""


class StackedBuffer(io.BufferedIOBase):
    """A buffer that writes to another stream and describes itself as that stream does.

    Args:
        below: Receives the bytes; is not closed.
    """

    def __init__(self, below: BinaryIO | StackedBuffer) -> None:
        self._below = below

    @property
    def name(self) -> str:
        """Return the name of the underlying stream."""
        return str(self._below.name)

    @property
    def closed(self) -> bool:
        """Whether it or the underlying stream is closed; nothing is flushed then.

        At the end of the process streams are closed in any order, and Python 3.13 reports what
        flushing one of them raises.
        """
        return super().closed or self._below.closed

    def writable(self) -> bool:
        """Return `True`."""
        return True

    def isatty(self) -> bool:
        """Return whether the underlying stream is a terminal."""
        return self._below.isatty()

    def fileno(self) -> int:
        """Return the file descriptor of the underlying stream."""
        return self._below.fileno()


class DataBuffer(StackedBuffer):
    """Writes bytes until the reader closes the pipe.

    Args:
        below: Receives the bytes; is not closed.

    Attributes:
        has_reader: Whether output still has a reader.
    """

    def __init__(self, below: BinaryIO) -> None:
        super().__init__(below)
        self.has_reader = True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write bytes.

        Raises:
            InputError: The output is full or closed.
        """
        with self._errors_translated():
            if self.has_reader:
                self._below.write(data)
        return memoryview(data).nbytes

    def flush(self) -> None:
        """Flush what is buffered.

        Raises:
            InputError: The output is full or closed.
        """
        with self._errors_translated():
            if self.has_reader:
                self._below.flush()

    @contextmanager
    def _errors_translated(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            self._abandon()
        except OSError as error:
            self._abandon()
            raise InputError(
                f"The output could not be written: {error.strerror or error}.",
                remedy="The output is incomplete.",
            ) from None

    def _abandon(self) -> None:
        """Drop what is still buffered; the interpreter would try to write it at its end."""
        self.has_reader = False
        with suppress(OSError):
            devnull = os.open(os.devnull, os.O_WRONLY)
            os.dup2(devnull, self._below.fileno())
            os.close(devnull)


class ClosedBuffer(io.BufferedIOBase):
    """The standard output of a program that was started without one (`>&-`)."""

    def write(self, _data: ReadableBuffer, /) -> int:
        """Raise an error for any data.

        Raises:
            InputError: Always.
        """
        raise InputError("Standard output is closed.", remedy="Redirect it, or use -o FILE.")

    def writable(self) -> bool:
        """Return `True`."""
        return True


class InertBuffer(StackedBuffer):
    """Writes bytes with terminal control characters escaped, except line breaks and tabs.

    Args:
        below: Receives the bytes; is not closed.
        encoding: Of the text in them. Bytes that are no text are escaped.
    """

    def __init__(self, below: BinaryIO | StackedBuffer, encoding: str) -> None:
        super().__init__(below)
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("backslashreplace")
        self._held = ""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write bytes; an incomplete character or line break waits for the rest."""
        size = memoryview(data).nbytes
        text = self._held + self._decoder.decode(bytes(data))
        self._held = "\r" if text.endswith("\r") else ""
        self._write(text.removesuffix("\r"))
        return size

    def flush(self) -> None:
        """Write everything up to the end, and flush."""
        if self.closed:
            return
        self._write(self._held)
        self._held = ""
        self._below.flush()

    def begin_line_again(self) -> None:
        """Move the cursor to the first column: the only control character that commands send."""
        self.flush()
        self._below.write(b"\r")

    def _write(self, text: str) -> None:
        self._below.write(inert_lines(text).encode(self._encoding, "backslashreplace"))


class ForgivingBuffer(DataBuffer):
    """Standard error that ignores write errors."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write bytes, or discard them if that fails."""
        with suppress(OSError):
            self._below.write(data)
        return memoryview(data).nbytes

    def flush(self) -> None:
        """Flush what is buffered, or discard it if that fails."""
        with suppress(OSError):
            self._below.flush()


class _ClosedInput(io.RawIOBase):
    """Standard input of a program that was started without one (`<&-`)."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: WriteableBuffer, /) -> int:
        raise OSError(errno.EBADF, "standard input is closed")


def guard_streams() -> None:
    """Escape control characters on standard error and, on a terminal, on standard output.

    Elsewhere standard output has only what cannot be encoded escaped: half a surrogate pair, from a
    file name that is no UTF-8. In JSON that is the right escape. Streams that are closed are
    replaced, so that no command meets `None` and no file is opened in their place.
    """
    _occupy_closed_descriptors()
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(_ClosedInput()))
    if sys.stderr is None:
        nowhere = os.fdopen(os.open(os.devnull, os.O_WRONLY), "wb")
        sys.stderr = io.TextIOWrapper(ForgivingBuffer(nowhere), encoding="utf-8")
    else:
        sys.stderr = guarded(sys.stderr, ForgivingBuffer)
    if sys.stdout is None:
        sys.stdout = io.TextIOWrapper(ClosedBuffer(), write_through=True)
    elif sys.stdout.isatty():
        sys.stdout = guarded(sys.stdout)
    else:
        sys.stdout.flush()
        sys.stdout = io.TextIOWrapper(
            DataBuffer(sys.stdout.buffer),
            encoding=sys.stdout.encoding,
            errors="backslashreplace",
        )


def guarded(stream: TextIO, data: type[DataBuffer] = DataBuffer) -> TextIO:
    """Return a text stream that writes to the same file through an `InertBuffer`."""
    with suppress(OSError):
        stream.flush()
    return io.TextIOWrapper(
        InertBuffer(data(stream.buffer), stream.encoding),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=True,
    )


def echo_line(text: str, *, err: bool = False) -> None:
    """Print one line; line breaks in quoted names are escaped.

    Args:
        text: The line.
        err: Print on standard error in spite of `--quiet`, for failures and their consequences.
    """
    click.echo(inert(text), err=err)


def narrates() -> bool:
    """Whether `narrate` prints."""
    return not _is_set(QUIET)


def narrate(text: str) -> None:
    """Print one line on standard error, unless `--quiet` was given."""
    if narrates():
        echo_line(text, err=True)


def end_progress() -> None:
    """End the line that `redraw_line` has drawn, so that the next one starts below it."""
    if is_terminal_narrated():
        click.echo("", err=True)


def is_terminal_narrated() -> bool:
    """Whether standard error is a terminal, and `--quiet` was not given."""
    return sys.stderr.isatty() and narrates()


def write_sequence(sequence: str) -> None:
    """Write a control sequence of ours to the terminal, past the buffer that escapes them."""
    sys.stderr.flush()
    with suppress(OSError):
        os.write(sys.stderr.fileno(), sequence.encode("ascii"))


def narrate_details(text: str) -> None:
    """Print one line on standard error if `--verbose` was given."""
    if _is_set(VERBOSE):
        echo_line(text, err=True)


def _is_set(key: str) -> bool:
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(key))


def _occupy_closed_descriptors() -> None:
    """Open the null device in place of standard streams that are closed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def redraw_line(text: str) -> None:
    """Replace the progress line on standard error, if that is a terminal."""
    if not is_terminal_narrated():
        return
    sys.stderr.flush()
    buffer = sys.stderr.buffer
    if isinstance(buffer, InertBuffer):
        buffer.begin_line_again()
        click.echo(inert(text), nl=False, err=True)
