"""The side file: rows that were not loaded, each with its line and the reason, as JSON Lines.

Once corrected it can be loaded itself: `_line` and `_reason` are not taken for columns.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from dsql_tui.errors import InputError
from dsql_tui.load.batches import BadRow

SUFFIX = ".bad.jsonl"


class SideFile:
    """Created when the first bad row comes; one thread."""

    def __init__(self, path: Path, columns: Sequence[str], *, append: bool) -> None:
        self.path = path
        self._columns = columns
        self._mode = "a" if append else "w"
        self.rows = 0

    def add(self, row: BadRow) -> None:
        """Write a row.

        Raises:
            InputError: The file cannot be written.
        """
        values = dict(zip(self._columns, row.values, strict=False))
        known = values if row.values else {"_text": row.text}
        line = {"_line": row.line, "_reason": row.reason, **known}
        try:
            with self.path.open(self._mode, encoding="utf-8") as stream:
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            raise InputError(f"{self.path} cannot be written: {error.strerror}.") from None
        self._mode = "a"
        self.rows += 1


def path_for(file: Path) -> Path:
    """Return where the bad rows of a file go."""
    return file.with_name(file.name + SUFFIX)
