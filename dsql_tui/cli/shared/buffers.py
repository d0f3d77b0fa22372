"""Buffers beneath the standard streams of a command.

A reader that stops reading ends nothing: what is written from then on is dropped, and the command
ends with its own exit code. An output that is closed or full is an error of ours. Every command
line imports this first, so it imports little.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from dsql_tui.errors import InputError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class StackedBuffer(io.BufferedIOBase):
    """A buffer that writes to another stream and describes itself as that stream does.

    Args:
        below: Takes the bytes; stays open.
    """

    def __init__(self, below: BinaryIO | StackedBuffer) -> None:
        self._below = below

    @property
    def name(self) -> str:
        """Return the name of the underlying stream."""
        return str(self._below.name)

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
        below: Takes the bytes; stays open.

    Attributes:
        has_reader: Whether what is written arrives anywhere.
    """

    def __init__(self, below: BinaryIO) -> None:
        super().__init__(below)
        self.has_reader = True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write bytes.

        Raises:
            InputError: The output takes no more.
        """
        with self._errors_translated():
            if self.has_reader:
                self._below.write(data)
        return memoryview(data).nbytes

    def flush(self) -> None:
        """Flush what is buffered.

        Raises:
            InputError: The output takes no more.
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
                remedy="What has been written is not the whole result.",
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
