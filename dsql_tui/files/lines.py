"""An append-only file of lines; `append` writes a line completely or not at all.

After a crash or on a full disk, a part of the last line may remain. It has no newline, so it is
never read as a line, and the next append overwrites it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from dsql_tui.files.atomic import replace_file, write_all
from dsql_tui.files.checked import Damaged, open_regular

LINE_MAX_BYTES = 16 * 1024 * 1024
"""A line that is longer was not written by this program."""


class LineFile:
    """An open file of lines; for one process and one thread at a time.

    Attributes:
        path: The path of the file.
        torn: The text after the last newline: part of a line that was never completed.
    """

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self.torn = b""
        self._handle = handle
        self._size = 0
        self._is_clean = True

    @classmethod
    def create(cls, path: Path, lines: Sequence[bytes]) -> LineFile:
        """Replace `path` by a file of these lines, readable only by its owner.

        Raises:
            OSError: It cannot be written; the previous content is unchanged.
            Damaged: Something else than a file is there.
        """
        data = b"".join(line + b"\n" for line in lines)
        replace_file(path, data)
        created = cls(path, open_regular(path, os.O_RDWR))
        created._size = len(data)
        return created

    @classmethod
    def open(cls, path: Path) -> tuple[LineFile, list[bytes]]:
        """Open a file and return it with its complete lines, without their newlines.

        Raises:
            OSError: It cannot be read and written.
            Damaged: It is no regular file, or has a line that is too long.
        """
        opened = cls(path, open_regular(path, os.O_RDWR))
        try:
            return opened, list(opened._read())
        except BaseException:
            opened.close()
            raise

    def _read(self) -> Iterator[bytes]:
        with os.fdopen(os.dup(self._handle), "rb") as stream:
            while line := stream.readline(LINE_MAX_BYTES + 1):
                if len(line) > LINE_MAX_BYTES:
                    raise Damaged(f"a line is longer than {LINE_MAX_BYTES // 1024:,} KiB")
                if not line.endswith(b"\n"):
                    self.torn, self._is_clean = line, False
                    return
                self._size += len(line)
                yield line[:-1]

    def append(self, lines: Sequence[bytes]) -> None:
        """Append lines; they are on disk when this returns.

        Raises:
            OSError: They cannot be written, or the file was moved, deleted or changed by somebody
                else. None of them counts then.
        """
        data = b"".join(line + b"\n" for line in lines)
        self._check_place()
        if not self._is_clean:
            os.ftruncate(self._handle, self._size)
        self._is_clean = False
        os.lseek(self._handle, self._size, os.SEEK_SET)
        try:
            write_all(self._handle, data)
            os.fsync(self._handle)
        except OSError:
            self._undo()
            raise
        self._size += len(data)
        self._is_clean, self.torn = True, b""

    def close(self) -> None:
        """Close the file; may be called repeatedly."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _check_place(self) -> None:
        """Refuse to append to a file that was deleted or that does not end as expected."""
        ours = os.fstat(self._handle)
        there = self.path.stat()
        if (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino):
            raise OSError(errno.ESTALE, "another file has replaced it meanwhile")
        if self._is_clean and ours.st_size != self._size:
            raise OSError(errno.ESTALE, "another program has changed it meanwhile")

    def _undo(self) -> None:
        """Remove a line that is incomplete; readers skip it, so this may fail."""
        try:
            os.ftruncate(self._handle, self._size)
        except OSError:
            return
        self._is_clean = True
