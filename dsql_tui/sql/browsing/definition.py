"""What a name in a statement means: a relation, a function, or a query of WITH."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dsql_tui.model.catalog import CatalogSnapshot
from dsql_tui.sql.lexing.names import Piece, folded, pieces_of
from dsql_tui.sql.statements.scope import Relations, RowSource, Scope


class NamedKind(StrEnum):
    """The kinds of things that a name can mean."""

    RELATION = "relation"
    FUNCTION = "function"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class NamedThing:
    """What a name means.

    Attributes:
        kind: A relation, also for an alias and a column of it; a function; a query of WITH.
        name: Schema and name of a relation or function, unquoted.
        offset: Where a query of WITH is named, in code points of the statement.
    """

    kind: NamedKind
    name: tuple[str, str] = ("", "")
    offset: int = 0


def thing_at(statement: str, offset: int, names: CatalogSnapshot) -> NamedThing | None:
    """Return what the name at an offset means, as the database would resolve it there.

    Args:
        statement: One statement.
        offset: Code points before the cursor; the name may begin or end there.
        names: The names of the database.
    """
    pieces = pieces_of(statement)
    at = next((n for n, each in enumerate(pieces) if _is_at(each, offset)), None)
    if at is None:
        return None
    first = at
    while first >= 2 and pieces[first - 1].word == "." and pieces[first - 2].is_name:
        first -= 2
    parts = tuple(folded(piece.text) for piece in pieces[first : at + 1 : 2])
    relations = Relations(names)
    scope = Scope.at(pieces[:first], pieces[at + 1 :], relations)
    return (
        _query(parts, scope, pieces)
        or _source(parts, Scope.at(pieces[: at + 1], pieces[at + 1 :], relations))
        or _relation(parts, relations)
        or _function(parts, names)
    )


def _is_at(piece: Piece, offset: int) -> bool:
    return piece.is_name and piece.start <= offset <= piece.end


def _query(parts: tuple[str, ...], scope: Scope, pieces: Sequence[Piece]) -> NamedThing | None:
    """Return the query of WITH that a name means; an alias of the same name comes before it."""
    if len(parts) > 1 or parts[0] not in scope.ctes:
        return None
    named = [at for at, each in enumerate(pieces) if each.is_name and folded(each.text) == parts[0]]
    defined = (at for at in named if _is_defined_at(pieces, at))
    return NamedThing(NamedKind.QUERY, offset=pieces[next(defined, named[0])].start)


def _is_defined_at(pieces: Sequence[Piece], at: int) -> bool:
    """Whether the name at a position is that of a query of WITH: `WITH x AS (`, `, x (a) AS (`."""
    before = pieces[at - 1].word if at else ""
    after = pieces[at + 1].word if at + 1 < len(pieces) else ""
    if before not in {"WITH", "RECURSIVE", ","} or after not in {"AS", "("}:
        return False
    level = pieces[at].depth
    opens = next((p for p in pieces[at + 1 :] if p.word == "AS" and p.depth == level), None)
    return opens is not None


def _source(parts: tuple[str, ...], scope: Scope) -> NamedThing | None:
    """Return the relation of an alias, or the one that has a column."""
    if len(parts) == 1:
        named = [source for source in scope.sources if source.name == parts[0]]
    else:
        named = [source for source in scope.sources if source.name == parts[-2]]
    named = named or [source for source in scope.sources if _has(source, parts[-1])]
    relation = next((source.relation for source in named if source.relation), None)
    return NamedThing(NamedKind.RELATION, relation) if relation else None


def _has(source: RowSource, column: str) -> bool:
    return any(each.name == column for each in source.columns)


def _relation(parts: tuple[str, ...], relations: Relations) -> NamedThing | None:
    found = relations.find(parts)
    return NamedThing(NamedKind.RELATION, (found.schema, found.name)) if found else None


def _function(parts: tuple[str, ...], names: CatalogSnapshot) -> NamedThing | None:
    for each in names.functions:
        schemas = parts[-2:-1] or names.search_path
        if each.name == parts[-1] and each.schema in schemas:
            return NamedThing(NamedKind.FUNCTION, (each.schema, each.name))
    return None
