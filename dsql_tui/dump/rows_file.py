"""The file of a table's rows: COPY's text format with a header line, compressed with gzip.

Each part of the rows is a member of the gzip file (RFC 1952 lets members follow one another), so
parts can be appended, and a file can be read by `gunzip` and `dsql-tui load` as it is.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from dsql_tui.dump.manifest import DumpedPart, DumpedTable
from dsql_tui.dump.ranges import Block
from dsql_tui.errors import InputError, WriteFailed
from dsql_tui.files.atomic import PRIVATE, reason, write_all

_LEVEL = 1
"""Of gzip: a higher level takes more time than the reading, for files a few percent smaller."""
_GZIP = zlib.MAX_WBITS | 16
_READ_BYTES = 1024 * 1024
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def row_checksum(rows: Iterable[bytes]) -> int:
    """Return the sum of the CRC-32 of rows, which does not depend on their order."""
    return sum(map(zlib.crc32, rows))


class RowsFile:
    """A table's file that parts are appended to; used by one thread.

    Args:
        folder: The folder of the dump.
        table: The table.
        size_bytes: Size of the parts in it that are recorded; what follows them is removed.
    """

    def __init__(self, folder: Path, table: DumpedTable, size_bytes: int) -> None:
        self._path = folder / table.file
        self._table = table
        self._end = size_bytes
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            self._handle = os.open(self._path, flags, PRIVATE)
            if os.fstat(self._handle).st_size < size_bytes:
                os.close(self._handle)
                raise InputError(
                    f"{self._path} is shorter than the manifest says: it cannot be resumed.",
                    remedy="Delete the folder to start over.",
                )
        except OSError as error:
            raise self._unwritable(error) from None

    def write_header(self) -> DumpedPart:
        """Write the part with the names of the columns, as the first one.

        Raises:
            WriteFailed: It cannot be written.
        """
        line = "\t".join(name.translate(_ESCAPES) for name in self._table.columns) + "\n"
        part = self.write(iter([[line.encode()]]))
        return replace(part, rows=0, checksum=0)

    def write(self, blocks: Iterator[Block]) -> DumpedPart:
        """Write a part after those that were kept; it is on disk when this returns.

        Until `keep` is called with it, the next part replaces it.

        Raises:
            WriteFailed: It cannot be written.
        """
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        digest = hashlib.sha256()
        rows = size_bytes = checksum = 0
        try:
            self._truncate(self._end)
            for block in blocks:
                rows += len(block)
                checksum += row_checksum(block)
                size_bytes += self._put(packer.compress(b"".join(block)), digest.update)
            if rows:
                size_bytes += self._put(packer.flush(), digest.update)
                os.fsync(self._handle)
        except OSError as error:
            raise self._unwritable(error) from None
        return DumpedPart(self._table.number, rows, size_bytes, digest.hexdigest(), checksum)

    def keep(self, part: DumpedPart) -> None:
        """Let the next part follow this one."""
        self._end += part.size_bytes

    def close(self) -> None:
        """Close the file, and remove a part that was not kept.

        Raises:
            WriteFailed: It cannot be changed.
        """
        try:
            self._truncate(self._end)
        except OSError as error:
            raise self._unwritable(error) from None
        finally:
            os.close(self._handle)

    def _put(self, data: bytes, hashing: Callable[[bytes], object]) -> int:
        write_all(self._handle, data)
        hashing(data)
        return len(data)

    def _truncate(self, size: int) -> None:
        os.ftruncate(self._handle, size)
        os.lseek(self._handle, size, os.SEEK_SET)

    def _unwritable(self, error: OSError) -> WriteFailed:
        return WriteFailed(
            f"{self._path} cannot be written: {reason(error)}.",
            remedy="Run the same command again once there is space: the dump resumes.",
        )


def check_rows_file(folder: Path, table: DumpedTable, parts: Iterable[DumpedPart]) -> None:
    """Check that a table's file has exactly the parts of the manifest.

    Raises:
        InputError: It has not; names the file and the part.
    """
    path = folder / table.file
    try:
        with path.open("rb") as file:
            for number, part in enumerate(parts, start=1):
                digest, left = hashlib.sha256(), part.size_bytes
                while left and (data := file.read(min(left, _READ_BYTES))):
                    digest.update(data)
                    left -= len(data)
                if left:
                    raise _changed(path, f"it ends in part {number}")
                if digest.hexdigest() != part.sha256:
                    raise _changed(path, f"part {number} has another checksum")
            if file.read(1):
                raise _changed(path, "it is longer than the manifest says")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}.") from None


def _changed(path: Path, why: str) -> InputError:
    return InputError(
        f"{path} is not as it was dumped: {why}.",
        remedy="Copy the dump again, or dump the cluster again.",
    )
