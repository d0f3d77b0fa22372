"""Stores rows in bounded memory: the oldest chunks go to an anonymous file.

The thread that reads from the server stores each chunk here before it posts it, so a slow disk
slows down reading and memory use stays bounded. A spilled chunk is read back when it is accessed;
the last few accessed chunks stay in memory.
"""

from __future__ import annotations

import tempfile
import weakref
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from threading import Lock

from dsql_tui.errors import InputError
from dsql_tui.model.result import RowChunk, Rows

Texts = tuple[str | None, ...]
SEPARATOR = "\0"
CACHED_CHUNKS = 32
"""Spilled chunks held decoded; a screen shows rows of one or two."""


def packed(rows: Sequence[Texts]) -> bytes:
    """Return rows as bytes: number of rows and columns, NULL bitmap, then the cells.

    PostgreSQL's text cannot hold NUL, so it stands between cells. Measured on 1,000 rows × 10
    columns: 0.4 ms; as JSON 1.5 ms.
    """
    cells = list(chain.from_iterable(rows))
    nulls = [number for number, cell in enumerate(cells) if cell is None]
    head = f"{len(rows)} {len(rows[0]) if rows else 0} {','.join(map(str, nulls))}\n"
    return (head + SEPARATOR.join([cell or "" for cell in cells])).encode()


def unpacked(data: bytes) -> Sequence[Texts]:
    """Return the rows written by `packed`."""
    head, _, body = data.decode().partition("\n")
    count, width, nulls = head.split(" ")
    if not int(width):
        return [()] * int(count)
    cells: list[str | None] = [*body.split(SEPARATOR)]
    for number in filter(None, nulls.split(",")):
        cells[int(number)] = None
    return list(zip(*[iter(cells)] * int(width), strict=True))


class SpillFile:
    """An anonymous temporary file of chunks; deleted with its last chunk.

    Raises:
        OSError: There is no room or no folder for it.
    """

    def __init__(self) -> None:
        # Unbuffered: what a full disk did not take would be tried again by every later read.
        file = tempfile.TemporaryFile(prefix="dsql-tui-", buffering=0)  # noqa: SIM115 - outlives us
        self._file = file
        self._lock = Lock()
        self._end = 0
        self._cache: OrderedDict[int, Sequence[Texts]] = OrderedDict()
        weakref.finalize(self, file.close)

    def write(self, rows: Sequence[Texts]) -> tuple[int, int]:
        """Append rows and return their offset and length in bytes."""
        data = packed(rows)
        with self._lock:
            offset = self._end
            self._file.seek(offset)
            written = 0
            while written < len(data):
                written += self._file.write(data[written:])
            self._end += written
        return offset, written

    def read(self, offset: int, length: int) -> Sequence[Texts]:
        """Return the rows written at an offset."""
        with self._lock:
            rows = self._cache.get(offset)
            if rows is None:
                rows = unpacked(self._bytes(offset, length))
                self._cache[offset] = rows
                if len(self._cache) > CACHED_CHUNKS:
                    self._cache.popitem(last=False)
            else:
                self._cache.move_to_end(offset)
            return rows

    def _bytes(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        data = b""
        while len(data) < length and (more := self._file.read(length - len(data))):
            data += more
        return data


class SpilledRows:
    """Rows in the file."""

    def __init__(self, file: SpillFile, rows: Rows) -> None:
        self.ntuples = rows.ntuples
        self.nfields = rows.nfields
        self._file = file
        self._place = file.write(rows.texts())

    def get_value(self, row_number: int, column_number: int, /) -> bytes | None:
        """Return the cell's text in UTF-8; `None` is SQL NULL."""
        value = self._file.read(*self._place)[row_number][column_number]
        return None if value is None else value.encode()

    def texts(self) -> Sequence[Texts]:
        """Return every row."""
        return self._file.read(*self._place)


class KeptRows:
    """Rows that can move from memory to the file while others read them."""

    __slots__ = ("_rows", "nfields", "ntuples")

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.ntuples = rows.ntuples
        self.nfields = rows.nfields

    def get_value(self, row_number: int, column_number: int, /) -> bytes | None:
        """Return the cell's text in UTF-8; `None` is SQL NULL."""
        return self._rows.get_value(row_number, column_number)

    def texts(self) -> Sequence[Texts]:
        """Return every row."""
        return self._rows.texts()

    def spill(self, file: SpillFile) -> None:
        """Move the rows to the file; concurrent readers still read them from memory."""
        self._rows = SpilledRows(file, self._rows)


class ChunkSpiller:
    """Limits the memory of one result's chunks; used by the thread that reads from the server.

    Attributes:
        memory_bytes: The size of the chunks in memory.
        spilled_bytes: The size of the chunks in the file.
    """

    def __init__(self, bound_bytes: int) -> None:
        self._bound_bytes = bound_bytes
        self._in_memory: deque[tuple[KeptRows, int]] = deque()
        self._file: SpillFile | None = None
        self.memory_bytes = 0
        self.spilled_bytes = 0

    def keep(self, chunk: RowChunk) -> RowChunk:
        """Return the chunk in a form that can be spilled, spilling others if needed.

        Raises:
            InputError: The temporary file cannot be written; the rows stored so far remain.
        """
        if not self._bound_bytes:
            return chunk
        rows = KeptRows(chunk.rows)
        self._in_memory.append((rows, chunk.size_bytes))
        self.memory_bytes += chunk.size_bytes
        try:
            while self.memory_bytes > self._bound_bytes and len(self._in_memory) > 1:
                self._spill_oldest()
        except OSError as error:
            raise InputError(
                f"The rows do not fit: the temporary file in {tempfile.gettempdir()} "
                f"cannot be written ({error.strerror or error}).",
                remedy="Free space there, set TMPDIR, or raise results.spill_limit_mib.",
            ) from None
        return replace(chunk, rows=rows)

    def _spill_oldest(self) -> None:
        if self._file is None:
            self._file = SpillFile()
        rows, size_bytes = self._in_memory[0]
        rows.spill(self._file)
        self._in_memory.popleft()
        self.memory_bytes -= size_bytes
        self.spilled_bytes += size_bytes
