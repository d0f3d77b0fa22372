"""Completion of SQL from a snapshot of the catalog, without I/O.

A `Completer` belongs to one snapshot; a call takes a few milliseconds at most with 10,000 names.
Suggestions are ranked by whether they fit the context, then by how well they match the typed
characters, then by how often this user has chosen them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dsql_tui.model.catalog import CatalogSnapshot, NamedColumn, NamedRelation
from dsql_tui.model.relation import RelationKind
from dsql_tui.sql.completion import vocabulary
from dsql_tui.sql.completion.context import Context
from dsql_tui.sql.completion.grammar_places import Wish
from dsql_tui.sql.completion.joins import (
    common_columns,
    conditions,
    conditions_behind,
    joins,
    partners,
)
from dsql_tui.sql.completion.ranking import Group, ranked
from dsql_tui.sql.completion.suggestions import (
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
from dsql_tui.sql.completion.written import written
from dsql_tui.sql.lexing.lexer import TokenKind, significant
from dsql_tui.sql.lexing.names import folded, qualified, quoted
from dsql_tui.sql.statements.builtin_functions import BUILT_IN, SYS
from dsql_tui.sql.statements.scope import Relations, Scope

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
        self._by_schema: dict[tuple[Wish, str], Names] = {}

    def at(self, search_path: tuple[str, ...]) -> Completer:
        """Return suggestions for a session with another search path; usage is shared."""
        if search_path == self._snapshot.search_path:
            return self
        return Completer(replace(self._snapshot, search_path=search_path), self.usage)

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
        if context.is_alias:
            return Completions(offset)
        expansion = self._expansion(context)
        if expansion is not None:
            return expansion
        groups = self._qualified(context) if context.qualifier else self._plain(context)
        items = self._ranked(context, groups)
        return Completions(context.start, tuple(items))

    def _ranked(self, context: Context, groups: Iterable[Group]) -> list[Completion]:
        items = ranked(context.prefix.lower(), groups, self.usage)
        if len(items) == 1 and items[0].text == context.prefix and not context.is_quoted:
            return []  # it is already typed completely
        return [_requoted(item) for item in items] if context.is_quoted else items

    def _plain(self, context: Context) -> Iterator[Group]:
        scope = Scope.at(context.before, context.after, self._relations)
        prefix = context.prefix.lower()
        for wish in context.wishes:
            if wish in _FROM_SCOPE:
                yield Group(self._from_scope(wish, scope, context))
            elif wish in _KINDS_WISHED:
                yield Group(_ctes(scope))
                yield Group(self._names(wish).matching(prefix))
                yield Group(self._names(wish, elsewhere=True).matching(prefix))
            else:
                yield Group(self._names(wish).matching(prefix), wish in _VOCABULARY)
        yield Group(_phrases(context), is_vocabulary=True)

    def _from_scope(self, wish: Wish, scope: Scope, context: Context) -> Iterable[Row]:
        """Return what depends on the tables that are visible at the position."""
        references = self._snapshot.references
        match wish:
            case Wish.COLUMNS:
                return self._columns(scope, context.prefix.lower())
            case Wish.TARGET_COLUMNS:
                return columns_of(self._target_columns(context))
            case Wish.WRITTEN:
                return written(scope, context.before, self._target_columns(context))
            case Wish.COMMON_COLUMNS:
                return common_columns(scope)
            case Wish.CONDITIONS:
                return conditions(scope, references, context.before)
            case Wish.PARTNERS:
                pairs = partners(scope, references, context.before)
                return [_qualified_column(source, column) for source, column in pairs]
            case Wish.OUTPUTS:
                return columns_of(scope.outputs)
            case Wish.GROUPABLE:
                return columns_of(scope.groupable)
            case Wish.JOINS:
                return joins(scope, references, self._relations, self._spelled)
        return _sources(scope)

    def _target_columns(self, context: Context) -> tuple[NamedColumn, ...]:
        relation = self._relations.find(context.target) if context.target else None
        return relation.columns if relation else ()

    def _columns(self, scope: Scope, wanted: str) -> Iterable[Row]:
        """Visible columns, qualified if two sources have a column of that name."""
        if not scope.sources:
            return self._names(Wish.COLUMNS).matching(wanted) if wanted else ()
        name_counts = Counter(column.name for row in scope.sources for column in row.columns)
        return [
            _qualified_column(source.name if name_counts[column.name] > 1 else "", column)
            for source in scope.sources
            for column in source.columns
        ]

    def _qualified(self, context: Context) -> Iterator[Group]:
        """What follows `alias.`, `schema.` or `schema.table.`."""
        scope = Scope.at(context.before, context.after, self._relations)
        name = context.qualifier[-1]
        sources = [source for source in scope.sources if source.name == name]
        if len(context.qualifier) > 1:
            relation = self._relations.find(context.qualifier)
            yield Group(columns_of(relation.columns if relation else ()))
            return
        if sources:
            yield Group(self._of_source(name, scope, context))
            yield Group(columns_of(sources[0].columns))
            return
        fitting = (wish for wish in context.wishes if wish in _KINDS_WISHED)
        for wish in (next(fitting, Wish.RELATIONS), Wish.OWN_FUNCTIONS):
            yield Group(self._in_schema(wish, name).matching(context.prefix.lower()))
        if Wish.COLUMNS in context.wishes:
            relation = self._relations.find(context.qualifier)
            yield Group(columns_of(relation.columns if relation else ()))

    def _of_source(self, name: str, scope: Scope, context: Context) -> Iterable[Row]:
        """Return what is likelier after `alias.` than its other columns."""
        references = self._snapshot.references
        if Wish.CONDITIONS in context.wishes:
            return conditions_behind(name, conditions(scope, references, context.before))
        if Wish.PARTNERS in context.wishes:
            pairs = partners(scope, references, context.before)
            return columns_of([column for source, column in pairs if source == name])
        if Wish.WRITTEN in context.wishes:
            return written(scope, context.before, self._target_columns(context), source=name)
        return ()

    def _in_schema(self, wish: Wish, schema: str) -> Names:
        """Return what a schema holds of one kind, built on first use."""
        if (wish, schema) not in self._by_schema:
            relations = _KINDS_WISHED.get(wish)
            rows = (
                self._relations_in(relations, schema) if relations else self._functions_in(schema)
            )
            self._by_schema[wish, schema] = Names(rows)
        return self._by_schema[wish, schema]

    def _relations_in(self, kinds: set[RelationKind], schema: str) -> Iterator[Row]:
        for relation in self._snapshot.relations:
            if relation.schema == schema and relation.kind in kinds:
                yield relation_row(relation, quoted(relation.name))

    def _functions_in(self, schema: str) -> Iterator[Row]:
        for function in self._snapshot.functions:
            if function.schema == schema:
                text = f"{quoted(function.name)}("
                yield function.name, Completion(text, CompletionKind.FUNCTION, function.signature)
        if schema == "sys":
            yield from built_in(sorted(SYS))

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
                return built_in(vocabulary.SET_RETURNING)
            case Wish.FUNCTIONS:
                return built_in(sorted(BUILT_IN))
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


_FROM_SCOPE = frozenset(
    {
        Wish.COLUMNS,
        Wish.TARGET_COLUMNS,
        Wish.WRITTEN,
        Wish.COMMON_COLUMNS,
        Wish.CONDITIONS,
        Wish.PARTNERS,
        Wish.OUTPUTS,
        Wish.GROUPABLE,
        Wish.JOINS,
        Wish.SOURCES,
    }
)
_VOCABULARY = frozenset({Wish.FUNCTIONS, Wish.ROW_FUNCTIONS, Wish.TYPES})
_KINDS_WISHED = {
    Wish.TABLES: {RelationKind.TABLE},
    Wish.RELATIONS: {RelationKind.TABLE, RelationKind.VIEW},
    Wish.VIEWS: {RelationKind.VIEW},
    Wish.SEQUENCES: {RelationKind.SEQUENCE},
}


def _qualified_column(source: str, column: NamedColumn) -> Row:
    text = qualified([source, column.name]) if source else quoted(column.name)
    item = Completion(text, CompletionKind.COLUMN, column.type_name or source)
    return column.name.lower(), item


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
