"""The file of rows that were not loaded, each with its line and the reason, as JSON Lines.

Once corrected, this file can be loaded: `_line` and `_reason` are not read as columns. A row that
an earlier run of the same load has already written to the file is not written again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from dsql_tui.errors import WriteFailed
from dsql_tui.files.atomic import reason
from dsql_tui.files.checked import Damaged, parse_json
from dsql_tui.files.lines import LineFile
from dsql_tui.load.batches import BadRow

SUFFIX = ".bad.jsonl"


class RejectsFile:
    """A file created at the first rejected row, readable only by its owner; for one thread.

    Args:
        path: The path of the file.
        columns: The names of the columns.
        append: Keep the rows that an earlier run wrote.
    """

    def __init__(self, path: Path, columns: Sequence[str], *, append: bool) -> None:
        self.path = path
        self._columns = columns
        self._append = append
        self._file: LineFile | None = None
        self._lines: set[int] = set()

    def add(self, rows: Sequence[BadRow]) -> None:
        """Write rows; they are on disk when this returns.

        Raises:
            WriteFailed: They cannot be written.
        """
        new = [row for row in rows if row.line not in self._lines]
        try:
            if new and self._file is None:
                self._file = self._opened()
                new = [row for row in rows if row.line not in self._lines]
            if new and self._file is not None:
                self._file.append([self._text(row) for row in new])
        except (OSError, Damaged) as error:
            why = reason(error) if isinstance(error, OSError) else error
            raise WriteFailed(f"{self.path} (rejected rows) cannot be written: {why}.") from None
        self._lines.update(row.line for row in new)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _opened(self) -> LineFile:
        if not self._append:
            return LineFile.create(self.path, [])
        try:
            file, lines = LineFile.open(self.path)
        except FileNotFoundError:
            return LineFile.create(self.path, [])
        if _line_of(file.torn) is not None:  # an editor that leaves out the last newline
            file.append([file.torn])
            lines.append(file.torn)
        self._lines.update(number for line in lines if (number := _line_of(line)) is not None)
        return file

    def _text(self, row: BadRow) -> bytes:
        values = dict(zip(self._columns, row.values, strict=False))
        known = values if row.values else {"_text": row.text}
        line = {"_line": row.line, "_reason": row.reason, **known}
        return json.dumps(line, ensure_ascii=False).encode(
            errors="backslashreplace"
        )  # as written in JSON


def path_for(file: Path) -> Path:
    """Return the path for the bad rows of a file, or of a load with its own manifest."""
    return file.with_name(file.name + SUFFIX)


def _line_of(line: bytes) -> int | None:
    """Return the row number in a line of rejects, `None` if the line is not one."""
    try:
        row = parse_json(line)
    except Damaged:
        return None
    number = row.get("_line") if isinstance(row, dict) else None
    return number if isinstance(number, int) else None
