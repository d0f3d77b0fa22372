"""Joins from foreign keys: tables with their conditions, and conditions alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from dsql_tui.model.catalog import NamedColumn, NamedRelation, Reference
from dsql_tui.sql.completion.suggestions import Completion, CompletionKind, Row, columns_of
from dsql_tui.sql.lexing.names import Piece, name_at, qualified, quoted
from dsql_tui.sql.statements.scope import Relations, RowSource, Scope


def conditions(scope: Scope, references: Sequence[Reference], before: Sequence[Piece]) -> list[Row]:
    """Return conditions between the last joined source and the others, foreign keys first.

    Those that are written in `before` are left out.
    """
    joined = scope.last_joined
    if joined is None:
        return []
    texts: dict[str, str] = {}
    for other in _others(scope, joined):
        for reference in references:
            for left, right in ((joined, other), (other, joined)):
                if reference.relation == left.relation and reference.target == right.relation:
                    texts.setdefault(_condition(reference, left.name, right.name), "foreign key")
    for other in _others(scope, joined):
        names = {column.name for column in other.columns}
        for column in joined.columns:
            if column.name in names and is_join_column(column.name):
                own = qualified([joined.name, column.name])
                texts.setdefault(f"{own} = {qualified([other.name, column.name])}", "same name")
    written = "".join(piece.text for piece in before)
    return [
        (text.lower(), Completion(text, CompletionKind.CONDITION, why))
        for text, why in texts.items()
        if not _is_written(text, written)
    ]


def _is_written(condition: str, written: str) -> bool:
    left, _, right = condition.partition(" = ")
    return f"{left}={right}" in written or f"{right}={left}" in written


def partners(
    scope: Scope, references: Sequence[Reference], before: Sequence[Piece]
) -> list[tuple[str, NamedColumn]]:
    """Return the columns that a foreign key connects with the one before a comparison.

    Args:
        scope: The visible sources.
        references: Foreign keys.
        before: The pieces up to the operator.

    Returns:
        Names of sources, with a column of each.
    """
    start = len(before) - 2
    while start >= 2 and before[start - 1].word == ".":
        start -= 2
    name, _ = name_at(before, max(start, 0))
    if not name:
        return []
    compared = [
        source
        for source in scope.sources
        if (len(name) == 1 or source.name == name[-2]) and _has(source, name[-1])
    ]
    return [
        (other.name, column)
        for source in compared[:1]
        for other in _others(scope, source)
        for reference in references
        for column in other.columns
        if (source.relation, name[-1], other.relation, column.name) in _pairs(reference)
    ]


def _others(scope: Scope, source: RowSource) -> list[RowSource]:
    return [row for row in scope.sources if not row.is_outer and row.name != source.name]


def _has(source: RowSource, name: str) -> bool:
    return any(column.name == name for column in source.columns)


def _pairs(reference: Reference) -> set[tuple[object, str, object, str]]:
    """Return a foreign key's pairs of columns, in both directions."""
    own, target = reference.relation, reference.target
    pairs = [*zip(reference.columns, reference.target_columns, strict=False)]
    return {(own, a, target, b) for a, b in pairs} | {(target, b, own, a) for a, b in pairs}


def is_join_column(name: str) -> bool:
    """Whether columns of this name probably mean the same in two tables without a foreign key."""
    return name.endswith("_id")


def conditions_behind(source: str, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rest of those conditions that start with `source.`, which has been typed."""
    typed = f"{quoted(source)}."
    for _, item in rows:
        rest = ""
        left, _, right = item.text.partition(" = ")
        if item.text.startswith(typed):
            rest = item.text[len(typed) :]
        elif right.startswith(typed) and " and " not in right:
            rest = f"{right[len(typed) :]} = {left}"
        if rest:
            yield rest.lower(), Completion(rest, item.kind, item.detail)


def joins(
    scope: Scope,
    references: Sequence[Reference],
    relations: Relations,
    spelled: Callable[[NamedRelation], str],
) -> Iterator[Row]:
    """Yield the tables that a foreign key connects to a visible source, with the condition."""
    taken = {source.name for source in scope.sources}
    for source in scope.sources:
        for reference in references:
            for mine, other in (
                (reference.relation, reference.target),
                (reference.target, reference.relation),
            ):
                relation = relations.by_name.get(other)
                if source.is_outer or source.relation != mine or relation is None:
                    continue
                alias = _fresh_name(relation.name, taken)
                refers = mine == reference.relation
                sides = (source.name, alias) if refers else (alias, source.name)
                name = spelled(relation) + (f" {quoted(alias)}" if alias != relation.name else "")
                text = f"{name} on {_condition(reference, *sides)}"
                item = Completion(text, CompletionKind.CONDITION, "foreign key")
                yield relation.name.lower(), item


def common_columns(scope: Scope) -> list[Row]:
    """Return the columns that the last joined source shares with an earlier one."""
    joined = scope.last_joined
    if joined is None:
        return []
    others = {
        column.name
        for source in scope.sources
        if not source.is_outer and source.name != joined.name
        for column in source.columns
    }
    return columns_of([column for column in joined.columns if column.name in others])


def _condition(reference: Reference, left: str, right: str) -> str:
    pairs = zip(reference.columns, reference.target_columns, strict=False)
    return " and ".join(f"{qualified([left, a])} = {qualified([right, b])}" for a, b in pairs)


def _fresh_name(name: str, taken: set[str]) -> str:
    """Return `name`, with a number if a source of that name is already visible."""
    number = 2
    fresh = name
    while fresh in taken:
        fresh = f"{name}{number}"
        number += 1
    return fresh
