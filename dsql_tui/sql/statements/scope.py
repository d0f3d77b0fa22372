"""The tables that are visible at a position in a statement, and their names.

It reads pieces instead of using a grammar, so it works on incomplete statements. `Scope.at` finds
the query block at a position, its sources and the sources of the enclosing blocks; CTEs and
subqueries have the columns of their select lists that have names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from dsql_tui.model.catalog import CatalogSnapshot, NamedColumn, NamedRelation
from dsql_tui.sql.lexing.keywords import RESERVED
from dsql_tui.sql.lexing.lexer import TokenKind
from dsql_tui.sql.lexing.names import Piece, folded, name_at
from dsql_tui.sql.statements.builtin_functions import AGGREGATES

_QUERY_STARTS = frozenset({"SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "MERGE"})
_SET_OPERATIONS = frozenset({"UNION", "INTERSECT", "EXCEPT"})
_AFTER_SELECT_LIST = _SET_OPERATIONS | frozenset(
    {"FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR"}
)
_INTRODUCE = frozenset({"FROM", "JOIN", "UPDATE", "INTO", "USING", "TABLE", "ANALYZE", "COPY"})
_VALUE_WORDS = frozenset({"NULL", "TRUE", "FALSE", "END"})
_NOT_ALIASES = frozenset({"SET", "VALUES", "FROM", "TO", "DEFAULT", "OVERRIDING", "ADD", "ALTER"})
EXCLUDED = "excluded"
"""The name of the row that INSERT … ON CONFLICT could not insert."""
_DEPTH_MAX = 16
"""Nested subqueries whose columns are worked out."""


@dataclass(frozen=True, slots=True)
class RowSource:
    """A source of rows.

    Attributes:
        name: What columns can be qualified with: the alias, else the relation's own name.
        columns: Its columns, empty if they are not known.
        relation: (schema, name) of a relation of the catalog, `None` for anything else.
        is_outer: It belongs to an outer query.
    """

    name: str
    columns: tuple[NamedColumn, ...] = ()
    relation: tuple[str, str] | None = None
    is_outer: bool = False


class Relations:
    """Relations of a snapshot by name, resolved with a search path."""

    def __init__(self, snapshot: CatalogSnapshot) -> None:
        self.search_path = snapshot.search_path
        self.by_name: dict[tuple[str, str], NamedRelation] = {
            (relation.schema, relation.name): relation for relation in snapshot.relations
        }

    def find(self, parts: Sequence[str]) -> NamedRelation | None:
        """Return the relation of a name with or without a schema."""
        if len(parts) > 1:
            return self.by_name.get((parts[-2], parts[-1]))
        for schema in self.search_path:
            relation = self.by_name.get((schema, parts[-1]))
            if relation:
                return relation
        return None


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that are visible at a position.

    Attributes:
        sources: Those of its own block first, in the order of the text, then the outer ones.
        last_joined: The source that the nearest JOIN before the place brought in.
        ctes: Names defined by WITH around the place.
        outputs: The columns of its block's select list.
        groupable: Those of them that GROUP BY can name: no aggregates.
    """

    sources: tuple[RowSource, ...]
    last_joined: RowSource | None
    ctes: Mapping[str, tuple[NamedColumn, ...]]
    outputs: tuple[NamedColumn, ...] = ()
    groupable: tuple[NamedColumn, ...] = ()

    @classmethod
    def at(cls, before: Sequence[Piece], after: Sequence[Piece], relations: Relations) -> Scope:
        """Return the scope of the position between two sequences of tokens."""
        pieces = _closed([*before, *after], len(before))
        blocks = _blocks(pieces, len(before))
        reader = _ScopeReader(relations)
        for start, end, level in reversed(blocks):  # outer CTEs are seen by inner ones
            reader.define_ctes(pieces[start:end], level)
        sources: list[RowSource] = []
        last_joined: RowSource | None = None
        outputs: tuple[NamedColumn, ...] = ()
        groupable: tuple[NamedColumn, ...] = ()
        for number, (start, end, level) in enumerate(blocks):
            arm = _Arm.around(pieces, start, end, level, len(before))
            own_sources = reader.sources([*arm.before, *arm.after], level)
            if not number:
                joined = reader.sources(arm.before, level)
                last_joined = joined[-1] if joined else None
                if arm.is_conflict and own_sources:
                    own_sources.append(RowSource(EXCLUDED, own_sources[0].columns))
                block = pieces[start : len(before)]
                outputs = reader.columns_of(block, level)
                groupable = reader.columns_of(arm.before, level, is_grouped=True)
            sources += [
                RowSource(row.name, row.columns, row.relation, is_outer=number > 0)
                for row in own_sources
            ]
        return cls(tuple(sources), last_joined, reader.ctes, outputs, groupable)


def _closed(pieces: list[Piece], at: int) -> list[Piece]:
    """Read `sum(| from t` as if its parenthesis ended at `at`, where somebody is still typing."""
    opened: list[int] = []
    for index, piece in enumerate(pieces):
        if piece.word == "(":
            opened.append(index)
        elif piece.word == ")" and opened:
            opened.pop()
    for opening in reversed(opened):
        level = pieces[opening].depth + 1
        is_query = opening + 1 < at and pieces[opening + 1].word in _QUERY_STARTS
        behind = pieces[at:] if opening < at and not is_query else []
        if any(piece.word == "FROM" and piece.depth == level for piece in behind):
            lifted = [piece._replace(depth=piece.depth - 1) for piece in behind]
            pieces = [*pieces[:at], *lifted]
    return pieces


def _blocks(pieces: Sequence[Piece], at: int) -> list[tuple[int, int, int]]:
    """Return (start, end, level) of the query blocks around position `at`, the innermost first."""
    opened: list[int] = []
    for index in range(at):
        if pieces[index].word == "(":
            opened.append(index)
        elif pieces[index].word == ")" and opened:
            opened.pop()
    blocks: list[tuple[int, int, int]] = []
    for level in range(len(opened), -1, -1):
        start = opened[level - 1] + 1 if level else 0
        first = pieces[start].word if start < len(pieces) else ""
        if level and first not in _QUERY_STARTS:
            continue
        end = at
        while end < len(pieces) and pieces[end].depth >= level:
            end += 1
        blocks.append((start, end, level))
    return blocks


class _Arm(NamedTuple):
    """The part of a query block whose sources are visible at a position.

    Attributes:
        before: Its pieces before the position.
        after: Those after it.
        is_conflict: The position is in ON CONFLICT DO UPDATE, where EXCLUDED is visible.
    """

    before: Sequence[Piece]
    after: Sequence[Piece]
    is_conflict: bool = False

    @classmethod
    def around(cls, pieces: Sequence[Piece], start: int, end: int, level: int, at: int) -> _Arm:
        """Return the arm of a UNION, INTERSECT or EXCEPT, or the part of an INSERT, around `at`."""
        own = {
            index: pieces[index].word for index in range(start, end) if pieces[index].depth == level
        }
        heads = [index for index, word in own.items() if index < at and word == "INSERT"]
        tails = [index for index in own if heads and heads[0] < index < at and _is_tail(own, index)]
        if tails:
            query = (i for i, word in own.items() if i > heads[0] and word in {"SELECT", "VALUES"})
            written = pieces[start : min(next(query, tails[0]), tails[0])]
            in_conflict = own[tails[-1]] != "RETURNING"
            is_update = any(own.get(i) == "DO" for i in range(tails[-1], at))
            return cls(
                [*written, *pieces[tails[0] : at]], pieces[at:end], in_conflict and is_update
            )
        first, last = start, end
        for index, word in own.items():
            if index < at and (word in _SET_OPERATIONS or word == "SELECT"):
                first = index + (word in _SET_OPERATIONS)
            elif index >= at and word in _SET_OPERATIONS:
                last = index
                break
        return cls(pieces[first:at], pieces[at:last])


def _is_tail(own: Mapping[int, str], index: int) -> bool:
    """Whether the part of an INSERT after its rows begins at `index`."""
    return own[index] == "RETURNING" or (own[index] == "ON" and own.get(index + 1) == "CONFLICT")


class _ScopeReader:
    """Finds sources and works out the columns of queries; remembers CTEs."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self.ctes: dict[str, tuple[NamedColumn, ...]] = {}
        self._nested = 0

    def define_ctes(self, pieces: Sequence[Piece], level: int) -> None:
        """Remember every `name [(columns)] AS [NOT MATERIALIZED] (query)` of a block."""
        if not any(piece.word == "WITH" and piece.depth == level for piece in pieces):
            return
        for index, piece in enumerate(pieces):
            if piece.word != "AS" or piece.depth != level:
                continue
            opening = index + 1
            while opening < len(pieces) and pieces[opening].word in {"NOT", "MATERIALIZED"}:
                opening += 1
            if opening >= len(pieces) or pieces[opening].word != "(" or not index:
                continue
            name, renamed = _name_before(pieces, index)
            if name:
                inner = pieces[opening + 1 : _closing(pieces, opening)]
                self.ctes[name] = _renamed(self.columns_of(inner, level + 1), renamed)

    def sources(self, pieces: Sequence[Piece], level: int) -> list[RowSource]:
        """Return what the FROM, JOIN, INTO, UPDATE … of one block bring in."""
        sources: list[RowSource] = []
        index = 0
        while index < len(pieces):
            piece = pieces[index]
            index += 1
            if piece.depth != level or not _introduces(pieces, index - 1):
                continue
            while True:
                read, behind = self._source(pieces, index, level)
                sources += read
                index = max(behind, index)
                lists = piece.word in {"FROM", "USING"} and read
                if not lists or index >= len(pieces) or pieces[index].word != ",":
                    break
                index += 1
        return sources

    def _source(
        self, pieces: Sequence[Piece], index: int, level: int
    ) -> tuple[list[RowSource], int]:
        while index < len(pieces) and pieces[index].word in {"ONLY", "LATERAL", "IF", "EXISTS"}:
            index += 1
        if index >= len(pieces):
            return [], index
        if pieces[index].word == "(":
            return self._parenthesised(pieces, index, level)
        if not _is_name(pieces[index]):
            return [], index
        parts, index = name_at(pieces, index)
        relation = self._relations.find(parts)
        columns = relation.columns if relation else ()
        if len(parts) == 1 and parts[0] in self.ctes:
            relation, columns = None, self.ctes[parts[0]]
        if index < len(pieces) and pieces[index].word == "(":
            index = _closing(pieces, index) + 1  # arguments of a function, columns of an INSERT
        alias, renamed, index = _alias(pieces, index)
        key = (relation.schema, relation.name) if relation else None
        return [RowSource(alias or parts[-1], _renamed(columns, renamed), key)], index

    def _parenthesised(
        self, pieces: Sequence[Piece], index: int, level: int
    ) -> tuple[list[RowSource], int]:
        closing = _closing(pieces, index)
        inner = pieces[index + 1 : closing]
        alias, renamed, behind = _alias(pieces, closing + 1)
        if inner and inner[0].word in _QUERY_STARTS:
            columns = self.columns_of(inner, level + 1)
            return ([RowSource(alias, _renamed(columns, renamed))] if alias else []), behind
        if self._nested >= _DEPTH_MAX or not inner:
            return [], behind
        self._nested += 1
        source, _ = self._source(inner, 0, level + 1)
        source += self.sources(inner, level + 1)
        self._nested -= 1
        return source, behind

    def columns_of(
        self, pieces: Sequence[Piece], level: int, *, is_grouped: bool = False
    ) -> tuple[NamedColumn, ...]:
        """Return the columns a query answers with, those without a name left out.

        Args:
            pieces: The query.
            level: Its depth.
            is_grouped: Leave out aggregates as well.
        """
        if self._nested >= _DEPTH_MAX:
            return ()
        self._nested += 1
        self.define_ctes(pieces, level)
        own = [index for index, piece in enumerate(pieces) if piece.depth == level]
        starts = [i for i in own if pieces[i].word in {"SELECT", "RETURNING"}]
        columns: list[NamedColumn] = []
        if starts:
            start = starts[0] + 1
            ends = [i for i in own if i > start and _ends_select_list(pieces, i)]
            sources = self.sources(_first_arm(pieces, level), level)
            for item in _split(pieces[start : ends[0] if ends else len(pieces)], level):
                if not (is_grouped and _is_aggregate(item)):
                    columns += _item_columns(item, sources)
        self._nested -= 1
        return tuple(columns)


def _ends_select_list(pieces: Sequence[Piece], index: int) -> bool:
    is_operator = pieces[index].word == "FROM" and pieces[index - 1].word == "DISTINCT"
    return pieces[index].word in _AFTER_SELECT_LIST and not is_operator


def _introduces(pieces: Sequence[Piece], index: int) -> bool:
    """Whether a source follows the word at `index`."""
    word = pieces[index].word
    before = pieces[index - 1].word if index else ""
    if word == "ON":  # CREATE INDEX … ON t, but not a join's
        return (
            bool(pieces)
            and pieces[0].word == "CREATE"
            and "INDEX" in {piece.word for piece in pieces[:4]}
        )
    if word not in _INTRODUCE or before in {"FOR", "DO"}:
        return False
    if before == "DISTINCT" and index > 1 and pieces[index - 2].word in {"IS", "NOT"}:
        return False
    if word == "USING":
        return pieces[0].word in {"DELETE", "MERGE"}
    return True


def _is_name(piece: Piece) -> bool:
    if piece.kind is TokenKind.QUOTED_IDENTIFIER:
        return True
    return piece.kind is TokenKind.WORD and piece.text.lower() not in RESERVED


def _alias(pieces: Sequence[Piece], index: int) -> tuple[str, list[str], int]:
    """Read `[AS] alias [(columns)]`."""
    explicit = index < len(pieces) and pieces[index].word == "AS"
    at = index + explicit
    if at >= len(pieces) or not _is_name(pieces[at]):
        return "", [], at
    if not explicit and pieces[at].word in _NOT_ALIASES:
        return "", [], index
    alias = folded(pieces[at].text)
    at += 1
    if at < len(pieces) and pieces[at].word == "(":
        closing = _closing(pieces, at)
        names = [folded(p.text) for p in pieces[at + 1 : closing] if p.is_name]
        return alias, names, closing + 1
    return alias, [], at


def _name_before(pieces: Sequence[Piece], index: int) -> tuple[str, list[str]]:
    """Return the name in front of `index`, with its list of columns if it has one."""
    names: list[str] = []
    at = index - 1
    if pieces[at].word == ")":
        depth = pieces[at].depth
        at -= 1
        while at >= 0 and pieces[at].depth > depth:
            names.insert(0, folded(pieces[at].text)) if pieces[at].is_name else None
            at -= 1
        at -= 1
    return (folded(pieces[at].text) if at >= 0 and pieces[at].is_name else ""), names


def _closing(pieces: Sequence[Piece], opening: int) -> int:
    """Return the position of the parenthesis that closes the one at `opening`, or the end."""
    depth = pieces[opening].depth
    index = opening + 1
    while index < len(pieces) and pieces[index].depth > depth:
        index += 1
    return index


def _renamed(columns: tuple[NamedColumn, ...], names: Sequence[str]) -> tuple[NamedColumn, ...]:
    if not names:
        return columns
    types = [column.type_name for column in columns] + [""] * len(names)
    renamed = tuple(NamedColumn(name, kind) for name, kind in zip(names, types, strict=False))
    return renamed + columns[len(names) :]


def _first_arm(pieces: Sequence[Piece], level: int) -> Sequence[Piece]:
    for index, piece in enumerate(pieces):
        if piece.depth == level and piece.word in _SET_OPERATIONS:
            return pieces[:index]
    return pieces


def _split(pieces: Sequence[Piece], level: int) -> list[list[Piece]]:
    items: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece.word == "," and piece.depth == level:
            items.append([])
        else:
            items[-1].append(piece)
    return items


def _item_columns(item: Sequence[Piece], sources: Sequence[RowSource]) -> list[NamedColumn]:
    """Return the columns one item of a select list makes: `*` makes many, some make none."""
    if not item:
        return []
    if item[-1].word == "*":
        qualifier = folded(item[-3].text) if len(item) > 2 and item[-2].word == "." else ""
        rows = [source for source in sources if not qualifier or source.name == qualifier]
        return [column for source in rows for column in source.columns]
    name, kept = _output_name(item)
    known = (column for source in sources for column in source.columns if column.name == name)
    if not name:
        return []
    return [next(known, NamedColumn(name)) if kept else NamedColumn(name)]


def _output_name(item: Sequence[Piece]) -> tuple[str, bool]:
    """Return the name of a select item's column, and whether it is a column as it is."""
    last, before = item[-1], item[-2] if len(item) > 1 else None
    parts, end = name_at(item, 0)
    if parts and end == len(item):
        return parts[-1], True
    if before is not None and last.is_name and (before.word == "AS" or _ends_value(before)):
        return (folded(last.text), False) if last.word != "END" else ("", False)
    if parts and end < len(item) and item[end].word == "(" and last.word == ")":
        return (parts[-1] if _closing(item, end) == len(item) - 1 else ""), False
    if parts and end < len(item) and item[end].word == "::":
        return parts[-1], False
    return "", False


def _ends_value(piece: Piece) -> bool:
    """Whether a value may end with a piece, so that a name after it is its alias."""
    if piece.kind is TokenKind.WORD:
        return piece.text.lower() not in RESERVED or piece.word in _VALUE_WORDS
    return piece.kind is not TokenKind.OPERATOR and piece.word not in {"(", ",", ".", "[", "::"}


def _is_aggregate(item: Sequence[Piece]) -> bool:
    return any(
        piece.text.lower() in AGGREGATES and following.word == "("
        for piece, following in pairwise(item)
    )
