"""Converts PostgreSQL's text into Python values, for formats with types.

Infinite dates, and years that Python cannot represent, raise `ValueError`; the caller adds the name
of the column.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from dsql_tui.results.kinds import ValueKind

Reader = Callable[[str], object]

_ESCAPED_BYTE = re.compile(r"\\(?:\\|([0-7]{3}))")


def read_bytea(text: str) -> bytes:
    r"""Parse `\x0aff`, or the older escape format."""
    if text.startswith("\\x"):
        return bytes.fromhex(text[2:])
    unescaped = _ESCAPED_BYTE.sub(
        lambda match: chr(int(match.group(1), 8)) if match.group(1) else "\\", text
    )
    return unescaped.encode("latin-1")


READERS: dict[ValueKind, Reader] = {
    ValueKind.INTEGER: int,
    ValueKind.NUMERIC: Decimal,
    ValueKind.FLOAT: float,
    ValueKind.BOOLEAN: "t".__eq__,
    ValueKind.DATE: date.fromisoformat,
    ValueKind.TIMESTAMP: datetime.fromisoformat,
    ValueKind.TIMESTAMPTZ: datetime.fromisoformat,
    ValueKind.BINARY: read_bytea,
}
"""Kinds that are more than their text; any other kind is read as text."""
