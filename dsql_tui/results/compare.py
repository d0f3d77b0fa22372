"""The differences between two results: rows added, removed and changed, by key columns."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dsql_tui.errors import InputError
from dsql_tui.model.result import CHUNK_ROWS, Column, RowChunk
from dsql_tui.results.store import ResultStore
from dsql_tui.results.taking import Texts, text_chunk
from dsql_tui.results.work import Work

TEXT_OID = 25
NULL_TEXT = "NULL"


class Change(StrEnum):
    """The change of a row; the values are shown in the comparison's first column."""

    ADDED = "+ added"
    REMOVED = "- removed"
    CHANGED = "~ changed"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of two results.

    Attributes:
        columns: `change`, then the columns of both.
        chunks: Rows that differ; a changed cell reads `before → after`.
        added: Rows only the second result has.
        removed: Rows only the first has.
        changed: Rows with the same key and other values.
        unchanged: Rows that are the same.
    """

    columns: tuple[Column, ...]
    chunks: tuple[RowChunk, ...]
    added: int
    removed: int
    changed: int
    unchanged: int


def compare(
    before: ResultStore, after: ResultStore, keys: Sequence[int], work: Work
) -> Comparison | None:
    """Compare two results; `None` when cancelled.

    Rows with the same key are matched in the order they came. Memory: the first result as text.

    Args:
        before: The pinned result.
        after: The present one, with the same column names.
        keys: Columns that identify rows.
        work: Progress and cancelling; `total` counts the second result.

    Raises:
        InputError: The results have other columns.
    """
    names = [column.name for column in before.columns]
    if names != [column.name for column in after.columns]:
        raise InputError(
            "The two results have different columns.", remedy="Compare results of the same query."
        )

    def key_of(row: Texts) -> Texts:
        return tuple(row[key] for key in keys)

    waiting = _by_key(before, key_of, work)
    differing: list[Texts] = []
    added = changed = unchanged = 0
    for row in _rows(after, work):
        matched = waiting.get(key_of(row))
        if not matched:
            added += 1
            differing.append((Change.ADDED.value, *row))
        elif (old := matched.popleft()) == row:
            unchanged += 1
        else:
            changed += 1
            differing.append((Change.CHANGED.value, *map(_difference, old, row)))
    removed = [(Change.REMOVED.value, *row) for rows in waiting.values() for row in rows]
    if work.cancelled:
        return None
    return Comparison(
        columns=(Column("change", TEXT_OID), *(Column(name, TEXT_OID) for name in names)),
        chunks=tuple(_chunks(differing + removed)),
        added=added,
        removed=len(removed),
        changed=changed,
        unchanged=unchanged,
    )


def _by_key(
    store: ResultStore, key_of: Callable[[Texts], Texts], work: Work
) -> dict[Texts, deque[Texts]]:
    waiting: dict[Texts, deque[Texts]] = {}
    for row in _rows(store, work):
        waiting.setdefault(key_of(row), deque()).append(row)
    return waiting


def _rows(store: ResultStore, work: Work) -> Iterator[Texts]:
    for _first, chunk in work.chunks(store):
        yield from chunk.rows.texts()


def _difference(before: str | None, after: str | None) -> str | None:
    if before == after:
        return after
    return f"{_shown(before)} → {_shown(after)}"


def _shown(text: str | None) -> str:
    return NULL_TEXT if text is None else text


def _chunks(rows: Sequence[Texts]) -> Iterator[RowChunk]:
    for start in range(0, len(rows), CHUNK_ROWS):
        yield text_chunk(rows[start : start + CHUNK_ROWS])
