"""The context for rewriting a plan: EXPLAIN's options and facts from the catalogs."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from dsql_tui.local.gate.skeleton import inside, listed
from dsql_tui.local.protocol.backend import literal
from dsql_tui.sql.lexing.names import folded, pieces_of

_COLUMNS = "SELECT relation, name FROM pg_catalog.pg_dsql_columns(ARRAY[{}]::pg_catalog.text[])"
_BATCHES = "SELECT pg_catalog.pg_dsql_setting('dsql.enable_batched_nestloop', true)"
_AFTER_ASSIGNMENTS = frozenset({"FROM", "WHERE", "RETURNING"})
_NO = frozenset({"off", "false", "no", "0"})
_WRITTEN = "SELECT pg_catalog.pg_dsql_written()"
_INDEXES = "SELECT pg_catalog.pg_dsql_indexes_of({}, ARRAY[{}]::pg_catalog.text[])"


@dataclass(frozen=True, slots=True)
class PlanContext:
    """EXPLAIN's options, and the catalog facts that the plan does not contain.

    Attributes:
        is_verbose: EXPLAIN has the option VERBOSE.
        costs_dpu: EXPLAIN has the options ANALYZE and VERBOSE.
        is_multi_region: Writes are billed in a second Region.
        batches: Nested loops are batched.
        columns: Columns of relations and indexes, by name with the schema; may lack some.
        written_bytes: Bytes that the statement has written, each row with its minimum size; `None`
            to estimate them from the plan.
        changed_indexes: Secondary indexes with a column that an UPDATE assigns.
    """

    is_verbose: bool = True
    costs_dpu: bool = False
    is_multi_region: bool = False
    batches: bool = True
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    written_bytes: int | None = None
    changed_indexes: int = 0


class Ask(Protocol):
    """Runs a query on the session's connection without forwarding its rows."""

    def __call__(self, sql: str, /) -> Awaitable[list[tuple[str | None, ...]]]:
        """Return the rows, none if it fails."""
        ...


async def relations_read(
    context: PlanContext, ask: Ask, relations: Iterable[str], *, writes: bool
) -> PlanContext:
    """Return the context, completed from the catalogs for the plan's relations."""
    return replace(
        context,
        columns=await _columns_of(ask, relations),
        written_bytes=await _written_bytes(ask) if writes else None,
        batches=await _batches(ask),
    )


async def changed_indexes(ask: Ask, statement: str, targets: Sequence[str]) -> int:
    """Return the number of secondary indexes on columns that an UPDATE assigns."""
    names = assigned(statement)
    if not names or len(targets) != 1:
        return 0
    rows = await ask(_INDEXES.format(literal(targets[0]), ", ".join(map(literal, names))))
    return int(rows[0][0] or 0) if rows else 0


def assigned(statement: str) -> list[str]:
    """Return the columns that a statement's UPDATE assigns; empty without one."""
    pieces = pieces_of(statement)
    start = next((at for at, one in enumerate(pieces) if one.word == "UPDATE"), len(pieces))
    begin = next((at for at in range(start, len(pieces)) if pieces[at].word == "SET"), len(pieces))
    depth = pieces[begin].depth if begin < len(pieces) else 0
    after_set = pieces[begin + 1 :]
    ends = (
        at
        for at, one in enumerate(after_set)
        if one.depth < depth or (one.depth == depth and one.word in _AFTER_ASSIGNMENTS)
    )
    end = next(ends, len(after_set))
    names: list[str] = []
    for assignment in listed(after_set[:end]):
        targets = inside(assignment, 0) if assignment[0].word == "(" else assignment[:1]
        names += [folded(one.text) for one in targets if one.is_name]
    return names


async def _columns_of(ask: Ask, relations: Iterable[str]) -> dict[str, list[str]]:
    """Return the columns of relations and indexes, in order, as a plan spells them."""
    columns: dict[str, list[str]] = {}
    if relations:
        for name, column in await ask(_COLUMNS.format(", ".join(map(literal, relations)))):
            columns.setdefault(name or "", []).append(column or "")
    return columns


async def _written_bytes(ask: Ask) -> int:
    """Return the bytes written by the last writing statement; each row has a minimum size."""
    rows = await ask(_WRITTEN)
    return int(rows[0][0] or 0) if rows else 0


async def _batches(ask: Ask) -> bool:
    """Return whether batched nested loops are enabled in the session."""
    rows = await ask(_BATCHES)
    return not rows or (rows[0][0] or "").lower() not in _NO
