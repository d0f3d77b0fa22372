"""Joins from foreign keys: tables with their conditions, and conditions alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from dsql_tui.model.catalog import NamedRelation, Reference
from dsql_tui.sql.completion.suggestions import Completion, CompletionKind, Row, columns_of
from dsql_tui.sql.lexing.names import qualified, quoted
from dsql_tui.sql.statements.scope import Relations, Scope


def conditions(scope: Scope, references: Sequence[Reference]) -> list[Row]:
    """Return conditions between the last joined source and the others, foreign keys first."""
    joined = scope.last_joined
    if joined is None:
        return []
    others = [row for row in scope.sources if not row.is_outer and row.name != joined.name]
    texts: dict[str, str] = {}
    for other in others:
        for reference in references:
            for left, right in ((joined, other), (other, joined)):
                if reference.relation == left.relation and reference.target == right.relation:
                    texts.setdefault(_condition(reference, left.name, right.name), "foreign key")
    for other in others:
        names = {column.name for column in other.columns}
        for column in joined.columns:
            if column.name in names and column.name.endswith("_id"):
                own = qualified([joined.name, column.name])
                texts.setdefault(f"{own} = {qualified([other.name, column.name])}", "same name")
    return [
        (text.lower(), Completion(text, CompletionKind.CONDITION, why))
        for text, why in texts.items()
    ]


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
