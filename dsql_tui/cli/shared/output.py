"""Standard output for data, and its replacement by `-o FILE`."""

from __future__ import annotations

import io
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from pathlib import Path
from typing import Any, BinaryIO

import click

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.terminal import ClosedBuffer, DataBuffer
from dsql_tui.cli.shared.values.types import FILE
from dsql_tui.errors import InputError

_KEEPS_FILE = frozenset({ExitCode.OK, ExitCode.NO, ExitCode.PARTIAL})
"""Exit codes with which a command has written all of its data."""


def require() -> None:
    """Check that there is a standard output before starting work whose output would be lost.

    Raises:
        InputError: The program was started without one (`>&-`).
    """
    if isinstance(_buffer(), ClosedBuffer):
        raise InputError("Standard output is closed.", remedy="Nothing was sent.")


def write(data: bytes, *, flush: bool = False) -> bool:
    """Write to standard output and return whether it still has a reader.

    Raises:
        InputError: It is full or closed.
    """
    buffer = _buffer()
    buffer.write(data)
    if flush:
        buffer.flush()
    return buffer.has_reader if isinstance(buffer, DataBuffer) else True


def output_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `-o FILE` to a command that writes data to standard output."""

    def with_output(*args: Any, output: Path | None, **kwargs: Any) -> Any:
        if output is None:
            return command(*args, **kwargs)
        with _redirected(output) as keep:
            code = command(*args, **kwargs)
            if (code or ExitCode.OK) in _KEEPS_FILE:
                keep()
        return code

    option = click.option(
        "-o",
        "--output",
        type=FILE,
        metavar="FILE",
        help="Write the data to a file instead of standard output.",
    )
    return option(update_wrapper(with_output, command))


@contextmanager
def _redirected(path: Path) -> Iterator[Callable[[], None]]:
    """Write standard output to a file while the block runs; it is replaced if `keep` is called.

    A pipe or a device is written to directly.

    Raises:
        InputError: The file cannot be written.
    """
    kept = False

    def keep() -> None:
        nonlocal kept
        kept = True

    target = Path(os.path.realpath(path))
    with _file_errors(path):
        is_replaced = not target.exists() or target.is_file()
        handle, draft = _draft(target) if is_replaced else (os.open(target, os.O_WRONLY), target)
    before = sys.stdout
    try:
        with os.fdopen(handle, "wb") as file:
            redirected = io.TextIOWrapper(
                DataBuffer(file), encoding="utf-8", errors="backslashreplace"
            )
            sys.stdout = redirected
            try:
                yield keep
            finally:
                redirected.flush()
                redirected.detach()
        if is_replaced and kept:
            with _file_errors(path):
                draft.replace(target)
    finally:
        sys.stdout = before
        if is_replaced:
            draft.unlink(missing_ok=True)


@contextmanager
def _file_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}.") from None


def _draft(target: Path) -> tuple[int, Path]:
    """Create a file beside the target, with the mode that the target is to have."""
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(13, os.strerror(13))
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".dsql-tui-")
    os.fchmod(handle, _mode(target))
    return handle, Path(name)


def _mode(target: Path) -> int:
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    umask = os.umask(0o077)
    os.umask(umask)
    return 0o666 & ~umask


def _buffer() -> BinaryIO | DataBuffer | ClosedBuffer:
    """Return the binary stream of standard output."""
    return sys.stdout.buffer
