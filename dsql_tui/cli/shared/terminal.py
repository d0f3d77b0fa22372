"""Standard output and error of the process: inert where a terminal is at their end.

Everything passes here, text or bytes, ours or click's or a traceback, because it is the stream's
own buffer that is guarded. What goes to a file or a pipe on stdout is data and stays exact. What
goes to stderr is for people in any case: a log is read in a terminal later.
"""

from __future__ import annotations

import codecs
import io
import sys
from typing import TYPE_CHECKING, BinaryIO, TextIO

import click

from dsql_tui.model.cells import inert, inert_lines

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class InertBuffer(io.BufferedIOBase):
    """Writes bytes on, what a terminal would act on escaped; line breaks and tabs pass.

    Args:
        below: Takes the bytes; stays open.
        encoding: Of the text in them. Bytes that are no text are escaped.
    """

    def __init__(self, below: BinaryIO, encoding: str) -> None:
        self._below = below
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("backslashreplace")
        self._held = ""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write bytes; a character or a line break that is not complete waits for the rest."""
        size = memoryview(data).nbytes
        text = self._held + self._decoder.decode(bytes(data))
        self._held = "\r" if text.endswith("\r") else ""
        self._write(text.removesuffix("\r"))
        return size

    def flush(self) -> None:
        """Write what has waited for a line feed, and flush."""
        if self._below.closed:  # at the end of the process streams are closed in any order
            return
        self._write(self._held)
        self._held = ""
        self._below.flush()

    def begin_line_again(self) -> None:
        """Take the cursor to the line's first column: the one control that commands send."""
        self.flush()
        self._below.write(b"\r")

    @property
    def name(self) -> str:
        """Return the name of what is below."""
        return str(self._below.name)

    def writable(self) -> bool:
        """It is for writing."""
        return True

    def isatty(self) -> bool:
        """Return whether a terminal is below."""
        return self._below.isatty()

    def fileno(self) -> int:
        """Return the descriptor below."""
        return self._below.fileno()

    def _write(self, text: str) -> None:
        self._below.write(inert_lines(text).encode(self._encoding, "backslashreplace"))


def guard_streams() -> None:
    """Make standard error inert, and standard output where it is a terminal.

    Elsewhere standard output has only what cannot be encoded escaped: half a surrogate pair, from a
    file name that is no UTF-8. In JSON that is the right escape.
    """
    if sys.stderr is not None:
        sys.stderr = guarded(sys.stderr)
    if sys.stdout is None:
        return
    if sys.stdout.isatty():
        sys.stdout = guarded(sys.stdout)
    elif isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def guarded(stream: TextIO) -> TextIO:
    """Return a text stream that writes to the same place through an `InertBuffer`."""
    stream.flush()
    return io.TextIOWrapper(
        InertBuffer(stream.buffer, stream.encoding),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=True,
    )


def echo_line(text: str, *, err: bool = False) -> None:
    """Print one line: a line break in a name that it quotes does not make it two."""
    click.echo(inert(text), err=err)


def redraw_line(text: str) -> None:
    """Draw a line of progress over the one before on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        return
    sys.stderr.flush()
    buffer = sys.stderr.buffer
    if isinstance(buffer, InertBuffer):
        buffer.begin_line_again()
        click.echo(inert(text), nl=False, err=True)
