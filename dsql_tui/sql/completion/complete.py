"""Completion of SQL from a snapshot of the catalog, without I/O.

A `Completer` belongs to one snapshot; a call takes a few milliseconds at most with 10,000 names.
Suggestions are ranked by whether they fit the context, then by how well they match the typed
characters, then by how often this user has chosen them.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from dsql_tui.model.catalog import CatalogSnapshot, NamedRelation
from dsql_tui.model.relation import RelationKind
from dsql_tui.sql.completion import vocabulary
from dsql_tui.sql.completion.context import Context
from dsql_tui.sql.completion.grammar_places import Wish
from dsql_tui.sql.completion.joins import common_columns, conditions, conditions_behind, joins
from dsql_tui.sql.completion.suggestions import (
    LIMIT,
    Completion,
    CompletionKind,
    Completions,
    Names,
    Row,
    built_in,
    columns_of,
    named,
    relation_row,
)
from dsql_tui.sql.lexing.lexer import TokenKind, significant
from dsql_tui.sql.lexing.names import folded, qualified, quoted
from dsql_tui.sql.statements.builtin_functions import BUILT_IN, SYS
from dsql_tui.sql.statements.scope import Relations, Scope
from dsql_tui.sql.text.fuzzy import fit

__all__ = ["Completer", "Completion", "CompletionKind", "Completions"]

TEXT_MAX = 20_000
"""Code points of a statement that is still read on a key, in about 20 ms."""


class Completer:
    """Suggests completions for a position in a statement.

    Args:
        snapshot: The names of the database.
        usage: How often each word was used, in lower case; `learn` adds to it.
    """

    def __init__(self, snapshot: CatalogSnapshot, usage: Counter[str] | None = None) -> None:
        self._snapshot = snapshot
        self._relations = Relations(snapshot)
        self.usage: Counter[str] = Counter() if usage is None else usage
        self._fixed: dict[tuple[Wish, bool], Names] = {}

    def learn(self, statement: str) -> None:
        """Count the words of a statement that was run, to rank them higher."""
        for token in significant(statement):
            if token.kind in {TokenKind.WORD, TokenKind.QUOTED_IDENTIFIER}:
                self.usage[folded(token.of(statement)).lower()] += 1

    def complete(self, text: str, offset: int) -> Completions:
        """Return suggestions at `offset` of `text`, a statement or a short enough script."""
        if len(text) > TEXT_MAX:
            return Completions(offset)
        context = Context.at(text, offset)
        if context is None:
            return Completions(offset)
        expansion = self._expansion(context)
        if expansion is not None:
            return expansion
        groups = self._qualified(context) if context.qualifier else self._plain(context)
        items = self._ranked(context, groups)
        return Completions(context.start, tuple(items))

    def _ranked(self, context: Context, groups: Iterable[Iterable[Row]]) -> list[Completion]:
        prefix = context.prefix.lower()
        ranked: dict[str, tuple[tuple[object, ...], Completion]] = {}
        for number, group in enumerate(groups):
            for order, (key, item) in enumerate(group):
                how = fit(prefix, key) if prefix else (0, 0)
                if how is None or item.text in ranked:
                    continue
                used = -self.usage.get(key, 0)
                rank = (how[0], number, used, how[1], order if not prefix else 0, key)
                ranked[item.text] = (rank, item)
        best = heapq.nsmallest(LIMIT, ranked.values(), key=lambda row: row[0])
        items = [item for _, item in best]
        if len(items) == 1 and items[0].text == context.prefix and not context.is_quoted:
            return []  # it is already typed completely
        return [_requoted(item) for item in items] if context.is_quoted else items

    def _plain(self, context: Context) -> Iterator[Iterable[Row]]:
        scope = Scope.at(context.before, context.after, self._relations)
        references = self._snapshot.references
        prefix = context.prefix.lower()
        for wish in context.wishes:
            match wish:
                case Wish.COLUMNS:
                    yield self._columns(scope, prefix)
                case Wish.TARGET_COLUMNS:
                    relation = self._relations.find(context.target) if context.target else None
                    yield columns_of(relation.columns if relation else ())
                case Wish.COMMON_COLUMNS:
                    yield common_columns(scope)
                case Wish.CONDITIONS:
                    yield conditions(scope, references)
                case Wish.SOURCES:
                    yield _sources(scope)
                case Wish.JOINS:
                    yield joins(scope, references, self._relations, self._spelled)
                case Wish.RELATIONS | Wish.TABLES | Wish.VIEWS | Wish.SEQUENCES:
                    yield _ctes(scope)
                    yield self._names(wish).matching(prefix)
                    yield self._names(wish, elsewhere=True).matching(prefix)
                case _:
                    yield self._names(wish).matching(prefix)
        yield _phrases(context)

    def _columns(self, scope: Scope, wanted: str) -> Iterable[Row]:
        """Visible columns, qualified if two sources have a column of that name."""
        if not scope.sources:
            return self._names(Wish.COLUMNS).matching(wanted) if wanted else ()
        name_counts = Counter(column.name for row in scope.sources for column in row.columns)
        return [
            (
                column.name.lower(),
                Completion(
                    qualified([source.name, column.name])
                    if name_counts[column.name] > 1
                    else quoted(column.name),
                    CompletionKind.COLUMN,
                    column.type_name or source.name,
                ),
            )
            for source in scope.sources
            for column in source.columns
        ]

    def _qualified(self, context: Context) -> Iterator[Iterable[Row]]:
        """What follows `alias.`, `schema.` or `schema.table.`."""
        scope = Scope.at(context.before, context.after, self._relations)
        references = self._snapshot.references
        name = context.qualifier[-1]
        sources = [source for source in scope.sources if source.name == name]
        if len(context.qualifier) > 1:
            relation = self._relations.find(context.qualifier)
            yield columns_of(relation.columns if relation else ())
            return
        if sources:
            if Wish.CONDITIONS in context.wishes:
                yield conditions_behind(name, conditions(scope, references))
            yield columns_of(sources[0].columns)
            return
        yield self._in_schema(name, context.wishes)
        if Wish.COLUMNS in context.wishes:
            relation = self._relations.find(context.qualifier)
            yield columns_of(relation.columns if relation else ())

    def _in_schema(self, schema: str, wishes: Sequence[Wish]) -> Iterator[Row]:
        kinds = _KINDS_WISHED.get(
            next((wish for wish in wishes if wish in _KINDS_WISHED), Wish.RELATIONS)
        )
        for relation in self._snapshot.relations:
            if relation.schema == schema and (kinds is None or relation.kind in kinds):
                yield relation_row(relation, quoted(relation.name))
        for function in self._snapshot.functions:
            if function.schema == schema:
                text = f"{quoted(function.name)}("
                yield (
                    function.name.lower(),
                    Completion(text, CompletionKind.FUNCTION, function.signature),
                )
        if schema == "sys":
            for built_in in sorted(SYS):
                yield built_in, Completion(f"{built_in}(", CompletionKind.FUNCTION)

    def _expansion(self, context: Context) -> Completions | None:
        """Offer the columns in place of a `*` directly before the cursor."""
        if not context.before or context.prefix or context.qualifier or context.is_quoted:
            return None
        star = context.before[-1]
        if star.word != "*" or star.end != context.start:
            return None
        lead = context.before[-2].word if len(context.before) > 1 else ""
        if lead not in {"SELECT", "DISTINCT", ",", ".", "RETURNING"}:
            return None
        start, wanted = star.start, ""
        if lead == "." and len(context.before) > 2:
            start, wanted = context.before[-3].start, folded(context.before[-3].text)
        scope = Scope.at(context.before, context.after, self._relations)
        sources = [
            row for row in scope.sources if not row.is_outer and (not wanted or row.name == wanted)
        ]
        several = bool(wanted) or len(sources) > 1
        names = [
            qualified([row.name, column.name]) if several else quoted(column.name)
            for row in sources
            for column in row.columns
        ]
        if not names:
            return None
        item = Completion(", ".join(names), CompletionKind.COLUMNS, f"{len(names)} columns")
        return Completions(start, (item,))

    def _spelled(self, relation: NamedRelation) -> str:
        if self._relations.find((relation.name,)) is relation:
            return quoted(relation.name)
        return qualified([relation.schema, relation.name])

    def _names(self, wish: Wish, *, elsewhere: bool = False) -> Names:
        """Return a group of names that does not depend on the position, built on first use.

        Args:
            wish: The group of names.
            elsewhere: Return only relations that must be qualified with their schema.
        """
        if (wish, elsewhere) not in self._fixed:
            kinds = _KINDS_WISHED.get(wish)
            rows = self._every_relation(kinds, elsewhere) if kinds else self._all(wish)
            self._fixed[wish, elsewhere] = Names(rows)
        return self._fixed[wish, elsewhere]

    def _all(self, wish: Wish) -> Iterable[Row]:
        match wish:
            case Wish.COLUMNS:
                return self._every_column()
            case Wish.SCHEMAS:
                return named(self._snapshot.schemas, CompletionKind.SCHEMA)
            case Wish.ROLES:
                return named(self._snapshot.roles, CompletionKind.ROLE)
            case Wish.TYPES:
                return [(name, Completion(name, CompletionKind.TYPE)) for name in vocabulary.TYPES]
            case Wish.ROW_FUNCTIONS:
                return [*built_in(vocabulary.SET_RETURNING), *self._own_functions()]
            case Wish.FUNCTIONS:
                return [*self._own_functions(), *built_in(sorted(BUILT_IN))]
            case Wish.OWN_FUNCTIONS:
                return self._own_functions()
        return ()

    def _every_relation(self, kinds: set[RelationKind], elsewhere: bool) -> Iterator[Row]:
        for relation in self._snapshot.relations:
            near = self._relations.find((relation.name,)) is relation
            if relation.kind in kinds and near != elsewhere:
                yield relation_row(relation, self._spelled(relation))

    def _own_functions(self) -> Iterator[Row]:
        for function in self._snapshot.functions:
            near = function.schema in self._snapshot.search_path
            parts = [function.name] if near else [function.schema, function.name]
            text = f"{qualified(parts)}("
            yield function.name, Completion(text, CompletionKind.FUNCTION, function.signature)

    def _every_column(self) -> Iterator[Row]:
        where: dict[str, list[str]] = {}
        for relation in self._snapshot.relations:
            for column in relation.columns:
                where.setdefault(column.name, []).append(relation.name)
        for name, tables in where.items():
            more = f" and {len(tables) - 1} more" if len(tables) > 1 else ""
            yield name, Completion(quoted(name), CompletionKind.COLUMN, tables[0] + more)


_KINDS_WISHED = {
    Wish.TABLES: {RelationKind.TABLE},
    Wish.RELATIONS: {RelationKind.TABLE, RelationKind.VIEW},
    Wish.VIEWS: {RelationKind.VIEW},
    Wish.SEQUENCES: {RelationKind.SEQUENCE},
}


def _sources(scope: Scope) -> list[Row]:
    return [
        (
            row.name.lower(),
            Completion(quoted(row.name), CompletionKind.SOURCE, ".".join(row.relation or ())),
        )
        for row in scope.sources
        if row.name
    ]


def _ctes(scope: Scope) -> list[Row]:
    return [
        (name.lower(), Completion(quoted(name), CompletionKind.TABLE, "WITH"))
        for name in scope.ctes
    ]


def _phrases(context: Context) -> Iterator[Row]:
    """Keywords in the case that the user types: that of the word, or of the previous one."""
    typed = context.prefix and not context.is_quoted
    upper = context.typed_upper if typed else _last_is_upper(context)
    for phrase in dict.fromkeys(context.phrases):
        yield phrase, Completion(phrase.upper() if upper else phrase, CompletionKind.KEYWORD)


def _last_is_upper(context: Context) -> bool:
    for piece in reversed(context.before):
        if piece.kind is TokenKind.WORD and len(piece.text) > 1:
            return piece.text.isupper()
    return False


def _requoted(item: Completion) -> Completion:
    """Quote a name whose opening quote has been typed."""
    if item.text.startswith('"') or item.kind is CompletionKind.KEYWORD:
        return item
    return Completion(f'"{item.text}"', item.kind, item.detail)
