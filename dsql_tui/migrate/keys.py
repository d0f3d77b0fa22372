"""Constraints and indexes of a table in DSQL."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Final

from dsql_tui.migrate.columns import NewColumn
from dsql_tui.migrate.expressions import first_word_of, referenced_columns
from dsql_tui.migrate.report import Outcome, ReportEntry
from dsql_tui.migrate.scope import MigrationScope
from dsql_tui.migrate.source import SourceIndex, SourceKey
from dsql_tui.schema.definitions import (
    ConstraintDefinition,
    ConstraintKind,
    IndexDefinition,
    TableDefinition,
)
from dsql_tui.sql.dsql.limits import INDEXES_PER_TABLE, KEY_COLUMNS
from dsql_tui.sql.lexing.names import qualified, quoted
from dsql_tui.sql.lexing.string_constants import literal

_NAME_BYTES_MAX: Final = 63
_DEFERRABLE: Final = re.compile(r" (NOT )?DEFERRABLE| INITIALLY (DEFERRED|IMMEDIATE)")
_CHECK_SUFFIXES: Final = re.compile(r"( NO INHERIT| NOT ENFORCED)+$")
_ORDERED: Final = frozenset({"btree", "hash"})
_INSTEAD: Final[Mapping[str, str]] = {
    "gin": "DSQL has no index for documents, arrays and text search: store what is searched in a"
    " column and index that, or search in another service.",
    "gist": "Index the columns that are compared one by one, or search in another service.",
    "spgist": "Index the columns that are compared one by one, or search in another service.",
    "brin": "Where ranges are read, create an index: CREATE INDEX ASYNC ON table (column).",
}


@dataclass(frozen=True, slots=True)
class NewKeys:
    """The constraints and indexes of a table, and what is reported about them."""

    constraints: tuple[ConstraintDefinition, ...] = ()
    indexes: tuple[IndexDefinition, ...] = ()
    entries: tuple[ReportEntry, ...] = ()


class Keys:
    """Converts the constraints and indexes of one table, but its foreign keys.

    Args:
        table: The table as it was.
        columns: Its columns as they have become.
        scope: The database.
    """

    def __init__(
        self, table: TableDefinition, columns: Sequence[NewColumn], scope: MigrationScope
    ) -> None:
        self._table = table
        self._columns = {each.column.name: each for each in columns}
        self._changed = {name for name, each in self._columns.items() if not each.is_alike}
        self._scope = scope
        self._entries: list[ReportEntry] = []

    def converted(self) -> NewKeys:
        """Return them."""
        constraints = [*self._constraints(), *self._labels()]
        own = sum(each.kind is not ConstraintKind.CHECK for each in constraints)
        indexes = list(self._indexes(INDEXES_PER_TABLE - own))
        return NewKeys(tuple(constraints), tuple(indexes), tuple(self._entries))

    def _constraints(self) -> Iterator[ConstraintDefinition]:
        for constraint in self._table.constraints:
            if constraint.kind is ConstraintKind.CHECK:
                made = self._check(constraint)
            elif constraint.kind is not ConstraintKind.FOREIGN_KEY:
                made = self._key(constraint)
            else:
                continue
            if made is not None:
                yield made

    def _key(self, constraint: ConstraintDefinition) -> ConstraintDefinition | None:
        place = (self._table.schema, self._table.name, constraint.name)
        traits = self._scope.source.constraints.get(place)
        definition = traits.definition if traits else constraint.definition
        obstacle = self._key_obstacle(constraint.columns)
        if "WITHOUT OVERLAPS" in definition:
            obstacle = "WITHOUT OVERLAPS is not supported"
        if obstacle:
            action = "Make the key of other columns: the primary key of a table cannot be changed."
            self._lose(constraint.kind.lower(), constraint.name, obstacle, action, definition)
            return None
        if traits and traits.is_deferrable:
            self._note(
                constraint.kind.lower(),
                constraint.name,
                "it is checked at once: only foreign keys can be deferrable",
                "Change values in an order that keeps them unique at each statement.",
            )
        return replace(constraint, definition=_DEFERRABLE.sub("", constraint.definition))

    def _check(self, constraint: ConstraintDefinition) -> ConstraintDefinition | None:
        definition = self._scope.expression(constraint.definition)
        expression = _CHECK_SUFFIXES.sub("", definition)
        obstacle = self._obstacle(expression.removeprefix("CHECK "))
        if definition.endswith("NOT ENFORCED"):
            obstacle = "NOT ENFORCED is not supported"
        if obstacle:
            action = "Rewrite the check, or check in the application."
            self._lose("check", constraint.name, obstacle, action, constraint.definition)
            return None
        return replace(constraint, definition=expression)

    def _labels(self) -> Iterator[ConstraintDefinition]:
        """Yield the checks that allow the labels of enums."""
        used = {constraint.name for constraint in self._table.constraints}
        for name, each in self._columns.items():
            if each.labels:
                check = _free_name(f"{self._table.name}_{name}_check", used)
                used.add(check)
                labels = ", ".join(literal(label) for label in each.labels)
                definition = f"CHECK ({quoted(name)} IN ({labels}))"
                yield ConstraintDefinition(check, ConstraintKind.CHECK, definition)

    def _indexes(self, room: int) -> Iterator[IndexDefinition]:
        place = (self._table.schema, self._table.name)
        made = 0
        for index in self._scope.source.indexes.get(place, ()):
            obstacle, action = self._index_obstacle(index)
            if not obstacle and made >= room:
                obstacle = f"a table has {INDEXES_PER_TABLE} indexes at most, keys included"
                action = "Drop an index that is not used, and create this one."
            if obstacle:
                self._lose("index", index.name, obstacle, action, index.definition)
                continue
            made += 1
            yield self._index(index)

    def _index_obstacle(self, index: SourceIndex) -> tuple[str, str]:
        """Return why an index is not possible and what to do; two empty texts if it is."""
        if index.method not in _ORDERED:
            reason = f"{index.method} indexes are not supported"
            return reason, _INSTEAD.get(index.method, "Search in another service.")
        if not index.is_valid:
            return "it is not valid in PostgreSQL", "Create it again if it is needed."
        if len(index.keys) > KEY_COLUMNS:
            return (
                f"an index has {KEY_COLUMNS} key columns at most",
                "Leave columns out, or INCLUDE them.",
            )
        expressions = [*(key.sql for key in index.keys), *index.included, index.predicate]
        for sql in filter(None, expressions):
            if obstacle := self._obstacle(self._scope.expression(sql), keys=index.keys):
                return obstacle, "Index another column or expression."
        columns = [_column_of(key) for key in index.keys if key.is_column]
        if obstacle := self._key_obstacle(columns, most=None):
            return obstacle, "Index another column or expression."
        for key in index.keys:
            kind = self._scope.types.new_type(key.type_name)
            if not key.is_column and not self._scope.types.is_key_type(kind.type_name):
                return f"{kind.type_name} cannot be part of a key", "Index another expression."
        return "", ""

    def _index(self, index: SourceIndex) -> IndexDefinition:
        keys = [self._index_key(key) for key in index.keys]
        parts = [f"({', '.join(keys)})"]
        parts += [f"INCLUDE ({', '.join(index.included)})"] if index.included else []
        parts += ["NULLS NOT DISTINCT"] if index.nulls_not_distinct else []
        if index.predicate:
            parts.append(f"WHERE {self._scope.expression(index.predicate)}")
        changes = list(_index_changes(index))
        if changes:
            self._note("index", index.name, "; ".join(changes))
        return IndexDefinition(index.name, index.is_unique, " ".join(parts), comment=index.comment)

    def _index_key(self, key: SourceKey) -> str:
        """Return a key; one that was descending is read backwards, its NULLs where they were."""
        sql = self._scope.expression(key.sql)
        nulls_first = key.nulls_first != key.is_descending
        return f"{sql} NULLS FIRST" if nulls_first else sql

    def _obstacle(self, sql: str, *, keys: Collection[SourceKey] = ()) -> str | None:
        """Return why an expression over the table's columns is not possible."""
        if any(key.is_column and key.sql == sql for key in keys):
            return None
        changed = first_word_of(sql, self._changed)
        if changed is not None:
            return f"it uses the column {quoted(changed)}, whose type is another one"
        return self._scope.obstacle(sql)

    def _key_obstacle(self, columns: Sequence[str], most: int | None = KEY_COLUMNS) -> str | None:
        """Return why columns cannot be a key."""
        if most is not None and len(columns) > most:
            return f"a key has {most} columns at most"
        for name in columns:
            each = self._columns.get(name)
            if each and not self._scope.types.is_key_type(each.column.type_name):
                return f"{each.column.type_name} cannot be part of a key ({quoted(name)})"
        return None

    def _note(self, kind: str, name: str, reason: str, action: str = "") -> None:
        label = f"{quoted(name)} on {self._table.key.sql}"
        self._entries.append(ReportEntry(kind, label, Outcome.REWRITTEN, reason, action))

    def _lose(self, kind: str, name: str, reason: str, action: str, definition: str) -> None:
        label = f"{quoted(name)} on {self._table.key.sql}"
        self._entries.append(ReportEntry(kind, label, Outcome.LOST, reason, action, definition))


def foreign_keys(
    table: TableDefinition,
    old: TableDefinition,
    tables: Mapping[tuple[str, str], TableDefinition],
    lost: Mapping[tuple[str, str], str],
) -> tuple[list[ConstraintDefinition], list[ReportEntry]]:
    """Return the foreign keys of a table, and what is reported about those that are not possible.

    Args:
        table: The table as it has become.
        old: The table as it was.
        tables: All tables as they have become.
        lost: Relations that are not carried over → why.
    """
    kept: list[ConstraintDefinition] = []
    entries: list[ReportEntry] = []
    for key in old.constraints:
        if key.kind is not ConstraintKind.FOREIGN_KEY:
            continue
        obstacle = _foreign_key_obstacle(key, table, tables, lost)
        if obstacle is None:
            kept.append(key)
            continue
        label = f"{quoted(key.name)} on {table.key.sql}"
        action = "Check the reference in the application."
        entries.append(
            ReportEntry("foreign key", label, Outcome.LOST, obstacle, action, key.definition)
        )
    return kept, entries


def _foreign_key_obstacle(
    key: ConstraintDefinition,
    table: TableDefinition,
    tables: Mapping[tuple[str, str], TableDefinition],
    lost: Mapping[tuple[str, str], str],
) -> str | None:
    name = (key.target[0], key.target[1])
    target = tables.get(name)
    if target is None:
        return f"it refers to {qualified(name)}, which is {lost.get(name, 'not carried over')}"
    if "PERIOD" in key.definition.partition("REFERENCES")[2].partition(")")[0]:
        return "PERIOD is not supported"
    if key.definition.endswith("NOT ENFORCED"):
        return "NOT ENFORCED is not supported"
    columns = referenced_columns(key.definition)
    if not any(set(unique) == set(columns) for unique in _unique_columns(target)):
        return f"{qualified(name)} has no key of the columns that it refers to"
    types = {each.name: each.type_name for each in table.columns}
    others = {each.name: each.type_name for each in target.columns}
    pairs = zip(key.columns, columns, strict=False)
    if any((types[one] == "uuid") != (others[other] == "uuid") for one, other in pairs):
        return f"its columns and those of {qualified(name)} are of different types"
    return None


def _unique_columns(table: TableDefinition) -> Iterator[tuple[str, ...]]:
    for constraint in table.constraints:
        if constraint.kind in {ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE}:
            yield constraint.columns
    for index in table.indexes:
        if index.is_unique and " WHERE " not in index.definition:
            keys = index.definition[1:].partition(")")[0]
            yield tuple(part.strip().strip('"') for part in keys.split(","))


def _index_changes(index: SourceIndex) -> Iterator[str]:
    if index.method == "hash":
        yield "a hash index becomes one in order"
    if any(key.is_descending for key in index.keys):
        is_mixed = len({key.is_descending for key in index.keys}) > 1
        yield (
            "DESC is left out; queries with its mixed order sort"
            if is_mixed
            else "DESC is left out; the index is read backwards"
        )
    classes = sorted({key.operator_class for key in index.keys if key.operator_class})
    if classes:
        yield f"{', '.join(classes)} is left out; the order is that of the bytes"


def _column_of(key: SourceKey) -> str:
    return key.sql[1:-1].replace('""', '"') if key.sql.startswith('"') else key.sql


def _free_name(name: str, used: Collection[str]) -> str:
    """Return a constraint's name that a table does not have, cut to what PostgreSQL keeps."""
    numbers = chain([""], map(str, count(1)))
    candidates = (
        name.encode()[: _NAME_BYTES_MAX - len(number)].decode(errors="ignore") + number
        for number in numbers
    )
    return next(each for each in candidates if each not in used)
