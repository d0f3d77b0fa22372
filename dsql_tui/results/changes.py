"""The cells that differ between two answers of the same statement, as a watch highlights them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dsql_tui.results.store import ResultStore

ROWS_MAX = 10_000
"""Rows compared of each answer; more would delay the screen by more than a frame or two."""
Row = tuple[str | None, ...]
Changes = Mapping[int, frozenset[int]]
"""Number of a row in the newer answer → the columns of its cells that changed."""


def changed_cells(before: ResultStore, after: ResultStore) -> Changes:
    """Return the changed cells of the newer answer; every cell of a row that is new.

    Rows are matched by their first column where its values are distinct in both answers, else by
    their numbers. Answers with different columns are not compared.
    """
    names = [column.name for column in before.columns]
    if names != [column.name for column in after.columns]:
        return {}
    old, new = _rows(before), _rows(after)
    by_key = _by_key(old)
    if by_key is not None and _by_key(new) is not None:
        matched: Sequence[Row | None] = [by_key.get(row[0]) for row in new]
    else:
        matched = [*old[: len(new)], *[None] * (len(new) - len(old))]
    changes = {}
    for number, (was, row) in enumerate(zip(matched, new, strict=True)):
        if was != row:
            changes[number] = _changed(was, row)
    return changes


def _changed(was: Row | None, row: Row) -> frozenset[int]:
    if was is None:
        return frozenset(range(len(row)))
    pairs = enumerate(zip(was, row, strict=True))
    return frozenset(column for column, (old, new) in pairs if old != new)


def _rows(store: ResultStore) -> list[Row]:
    rows: list[Row] = []
    for chunk in store.snapshot():
        rows += chunk.rows.texts()
        if len(rows) >= ROWS_MAX:
            break
    return rows[:ROWS_MAX]


def _by_key(rows: Sequence[Row]) -> dict[str | None, Row] | None:
    """Return rows by their first column; `None` if two have the same, or one none."""
    if not rows or not rows[0]:
        return None
    keyed = {row[0]: row for row in rows}
    return keyed if len(keyed) == len(rows) and None not in keyed else None
