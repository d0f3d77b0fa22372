"""Standard output as a place for data: it may be closed by its reader, or be full."""

from __future__ import annotations

import os
import sys

from dsql_tui.errors import InputError


def require() -> None:
    """Check that there is a standard output.

    Raises:
        InputError: The program was started without one (`>&-`).
    """
    if sys.stdout is None:
        raise InputError("Standard output is closed.", remedy="Nothing was sent.")


def write(data: bytes, *, flush: bool = False) -> None:
    """Write to stdout.

    Raises:
        BrokenPipeError: Whoever read it has gone.
        InputError: It takes no more.
    """
    try:
        sys.stdout.buffer.write(data)
        if flush:
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        abandon()
        raise
    except OSError as error:
        abandon()
        raise InputError(
            f"The output could not be written: {error.strerror or error}.",
            remedy="What has been written is not the whole result.",
        ) from None


def abandon() -> None:
    """Let what is still held be dropped; the interpreter would try to write it at its end."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)
