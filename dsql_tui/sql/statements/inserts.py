"""Rows of `INSERT … VALUES`: counting them, and splitting a long list into statements."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from dsql_tui.sql.lexing.names import Piece, pieces_of


def count_rows(statement: str) -> int | None:
    """Return the maximum number of rows a statement changes; `None` if it is unknown."""
    if statement[:6].upper() != "INSERT":
        return None
    tuples = _tuples(statement)
    return len(tuples[1]) if tuples else None


def split_insert(statement: str, rows_max: int, bytes_max: int) -> list[str]:
    """Return the statement split into several with at most so many rows and bytes of values.

    Other statements, and a single row of any length, are returned unchanged.
    """
    if statement[:6].upper() != "INSERT":
        return [statement]
    tuples = _tuples(statement)
    if tuples is None:
        return [statement]
    lead, ranges, tail = tuples
    parts: list[list[str]] = [[]]
    size_bytes = 0
    for start, end in ranges:
        row = statement[start:end]
        length = len(row.encode(errors="replace"))
        if parts[-1] and (len(parts[-1]) >= rows_max or size_bytes + length > bytes_max):
            parts.append([])
            size_bytes = 0
        parts[-1].append(row)
        size_bytes += length
    if len(parts) == 1:
        return [statement]
    head, rest = statement[:lead], statement[tail:]
    return [head + ", ".join(rows) + rest for rows in parts]


@lru_cache(maxsize=4)  # counted and cut one after the other
def _tuples(statement: str) -> tuple[int, tuple[tuple[int, int], ...], int] | None:
    """Return the offset of the first row, the ranges of the rows, and the offset after the last.

    `None` if the statement is no INSERT of a plain list of rows.
    """
    pieces = pieces_of(statement)
    at = next((i for i, p in enumerate(pieces) if p.word == "VALUES" and p.depth == 0), None)
    if at is None or any(piece.word == "SELECT" for piece in pieces[:at]):
        return None
    ranges: list[tuple[int, int]] = []
    at += 1
    while at < len(pieces) and pieces[at].word == "(" and pieces[at].depth == 0:
        closing = _closing(pieces, at)
        if closing is None:
            return None
        ranges.append((pieces[at].start, pieces[closing].end))
        at = closing + 1
        if at >= len(pieces) or pieces[at].word != ",":
            break
        at += 1
    if not ranges:
        return None
    return ranges[0][0], tuple(ranges), ranges[-1][1]


def _closing(pieces: Sequence[Piece], opening: int) -> int | None:
    for index in range(opening + 1, len(pieces)):
        if pieces[index].depth == 0:
            return index
    return None
