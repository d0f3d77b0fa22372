"""Exports a result to a file, completely or not at all, with progress and cancellation."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from dsql_tui.errors import InputError
from dsql_tui.export.encode import DEFAULTS, encoder
from dsql_tui.export.formats import Encoder, ExportOptions, Format
from dsql_tui.model.result import Column, RowChunk

MODE = 0o666
"""Before the person's umask."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """The number of rows and bytes written.

    Attributes:
        path: The file; it exists only if `complete`.
        row_count: Rows written so far.
        size_bytes: Bytes written so far.
        complete: Everything was written and the file has its name.
    """

    path: Path
    row_count: int
    size_bytes: int
    complete: bool


def export_file(
    path: Path,
    file_format: Format,
    columns: tuple[Column, ...],
    chunks: Iterable[RowChunk],
    options: ExportOptions = DEFAULTS,
    *,
    overwrite: bool = False,
    progress: Callable[[ExportReport], None] = lambda _report: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ExportReport:
    """Write a result to a temporary file and rename it to `path`; a failure leaves nothing.

    Args:
        path: Where to.
        file_format: The format.
        columns: The columns, in the order wanted.
        chunks: The rows; read once.
        options: The options of the format.
        overwrite: The user agreed to replace an existing file.
        progress: Called after each chunk, on the thread that writes.
        cancelled: Asked after each chunk.

    Raises:
        InputError: The file exists, cannot be written, or cannot hold the result.
    """
    mode = _replaced_mode(path, overwrite=overwrite)
    chosen = encoder(file_format, columns, options)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        report = _write(part, path, chosen, chunks, progress, cancelled)
        if report.complete:
            if mode is not None:
                part.chmod(mode)
            part.replace(path)
        return report
    except OSError as error:
        raise InputError(
            f"{path} could not be written: {error.strerror or error}.",
            remedy="Choose another path. The result is still open.",
        ) from None
    finally:
        chosen.discard()
        part.unlink(missing_ok=True)


def _replaced_mode(path: Path, *, overwrite: bool) -> int | None:
    """Return the permissions of the file that is to be replaced, `None` when there is none.

    Raises:
        InputError: A file exists and may not be replaced, or is not a regular file.
    """
    if not path.exists():
        return None
    if not overwrite:
        raise InputError(
            f"{path} already exists.", remedy="Choose another name, or overwrite the file."
        )
    if not path.is_file():
        raise InputError(f"{path} is not a file.", remedy="Choose another name.")
    return stat.S_IMODE(path.stat().st_mode)


def _write(
    part: Path,
    path: Path,
    chosen: Encoder,
    chunks: Iterable[RowChunk],
    progress: Callable[[ExportReport], None],
    cancelled: Callable[[], bool],
) -> ExportReport:
    row_count = size_bytes = 0
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE), "wb") as file:
        size_bytes += file.write(chosen.begin())
        for chunk in chunks:
            if cancelled():
                return ExportReport(path, row_count, size_bytes, complete=False)
            size_bytes += file.write(chosen.rows(chunk))
            row_count += chunk.row_count
            progress(ExportReport(path, row_count, size_bytes, complete=False))
        size_bytes += file.write(chosen.end())
        file.flush()
        os.fsync(file.fileno())
    return ExportReport(path, row_count, size_bytes, complete=True)
