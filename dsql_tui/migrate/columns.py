"""Columns in DSQL: types, defaults, identity and generated columns, and how values are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from dsql_tui.migrate.expressions import constant_of, referenced_columns, sequence_of
from dsql_tui.migrate.report import Outcome, ReportEntry
from dsql_tui.migrate.scope import MigrationScope
from dsql_tui.migrate.types import NewType
from dsql_tui.schema.definitions import (
    ColumnDefinition,
    ConstraintKind,
    Database,
    SequenceDefinition,
    SequenceOptions,
    TableDefinition,
)
from dsql_tui.sql.lexing.names import qualified, quoted
from dsql_tui.sql.lexing.string_constants import literal

ColumnName = tuple[str, str, str]
"""Schema, table and column, unquoted."""
_INTEGERS: Final = frozenset({"smallint", "integer", "bigint"})
_UUID_DEFAULT: Final = "gen_random_uuid()"


class SerialAs(StrEnum):
    """What serial and identity columns become."""

    IDENTITY = "identity"
    UUID = "uuid"


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column in DSQL.

    Attributes:
        column: Its definition.
        was: The type before.
        read: SQL that reads its value from PostgreSQL.
        is_alike: Expressions over the old column work with the new one.
        labels: The labels of an enum.
        entries: What is reported about it.
    """

    column: ColumnDefinition
    was: str
    read: str
    is_alike: bool = True
    labels: tuple[str, ...] = ()
    entries: tuple[ReportEntry, ...] = ()


class Serials:
    """The columns that take their values from a sequence, and those that refer to them.

    Attributes:
        columns: Serial and identity columns → their sequence's options.
        sequences: The sequences that belong to them, as schema and name.
        wide: Columns that become bigint → the column whose values they are.
        uuids: Columns that become uuid → the column whose values they are.
    """

    def __init__(self, database: Database, choice: SerialAs) -> None:
        self._tables = list(database.tables())
        sequences = {
            (each.schema, each.name): each
            for each in database.objects
            if isinstance(each, SequenceDefinition)
        }
        self.columns: dict[ColumnName, SequenceOptions] = {}
        self.sequences: set[tuple[str, str]] = set()
        for table in self._tables:
            for column in table.columns:
                place = (table.schema, table.name, column.name)
                if column.identity:
                    self.columns[place] = column.sequence or SequenceOptions(1)
                    continue
                name = sequence_of(column.default)
                sequence = sequences.get(name) if name and column.type_name in _INTEGERS else None
                if name and sequence and sequence.owned_by:
                    # A table that inherits a column has its parent's sequence.
                    self.columns[place] = sequence.options
                    self.sequences.add(name)
        keys = {
            (table.schema, table.name, table.primary_key[0])
            for table in self._tables
            if len(table.primary_key) == 1
        }
        roots = self.columns.keys() & keys if choice is SerialAs.UUID else set()
        self.uuids = self._spread({each: each for each in roots})
        self.wide = self._spread({each: each for each in self.columns if each not in self.uuids})

    def _spread(self, roots: dict[ColumnName, ColumnName]) -> dict[ColumnName, ColumnName]:
        """Return the columns, and those that refer to them by foreign keys, with their root."""
        links = list(self._links())
        spread = dict(roots)
        is_growing = True
        while is_growing:
            found = {
                column: spread[target]
                for column, target in links
                if target in spread and column not in spread
            }
            spread |= found
            is_growing = bool(found)
        return spread

    def _links(self) -> Iterator[tuple[ColumnName, ColumnName]]:
        for table in self._tables:
            for key in table.constraints:
                if key.kind is ConstraintKind.FOREIGN_KEY:
                    targets = referenced_columns(key.definition)
                    for column, target in zip(key.columns, targets, strict=False):
                        yield (
                            (table.schema, table.name, column),
                            (key.target[0], key.target[1], target),
                        )


def new_column(
    table: TableDefinition, column: ColumnDefinition, scope: MigrationScope
) -> NewColumn:
    """Return what a column becomes."""
    place = (table.schema, table.name, column.name)
    serials = scope.serials
    name = qualified(place)
    if place in serials.uuids:
        return _uuid_column(column, name, serials.uuids[place])
    kind = scope.types.new_type(column.type_name)
    if place in serials.wide and column.type_name in _INTEGERS:
        root = qualified(serials.wide[place])
        reason = f"{column.type_name} becomes bigint, as {root} that it refers to"
        kind = NewType("bigint", "" if place in serials.columns else reason)
    converted = _Converted(column, kind, name, scope)
    if place in serials.columns:
        converted.identity(serials.columns[place])
    elif place in scope.source.virtual_columns or column.is_generated:
        converted.generated(is_virtual=place in scope.source.virtual_columns)
    elif column.default:
        converted.default()
    return converted.result()


def _uuid_column(column: ColumnDefinition, name: str, root: ColumnName) -> NewColumn:
    """Return a uuid column: of a key that was serial, or one that refers to it."""
    is_root = name == qualified(root)
    mark = literal(qualified(root) + ":")
    reason = (
        f"{column.type_name} with a sequence becomes uuid"
        if is_root
        else f"{column.type_name} becomes uuid, as {qualified(root)} that it refers to"
    )
    action = (
        "The same number gives the same uuid everywhere; change what stores or shows numbers."
        if is_root
        else ""
    )
    made = replace(
        column,
        type_name="uuid",
        default=_UUID_DEFAULT if is_root else "",
        identity="",
        sequence=None,
        storage="",
    )
    return NewColumn(
        made,
        was=column.type_name,
        read=f"pg_catalog.md5({mark} || {quoted(column.name)}::text)::uuid",
        is_alike=False,
        entries=(ReportEntry("column", name, Outcome.REWRITTEN, reason, action),),
    )


class _Converted:
    """One column on its way."""

    def __init__(
        self, column: ColumnDefinition, kind: NewType, name: str, scope: MigrationScope
    ) -> None:
        self._old = column
        self._kind = kind
        self._name = name
        self._scope = scope
        is_same = kind.type_name == column.type_name
        self._new = replace(
            column,
            type_name=kind.type_name,
            default="",
            is_generated=False,
            identity="",
            sequence=None,
            storage=column.storage if is_same else "",
            collation="",
        )
        self._entries: list[ReportEntry] = []
        if kind.reason:
            change = f"{column.type_name} becomes {kind.type_name}"
            is_stated = is_same or kind.reason.startswith(change)
            self._note(kind.reason if is_stated else f"{change}: {kind.reason}", kind.action)
        if column.collation and not column.collation.startswith(("C", "POSIX", "ucs_basic")):
            self._note(f"collation {quoted(column.collation)} is left out: DSQL has C alone")

    def result(self) -> NewColumn:
        """Return the column as it has become."""
        return NewColumn(
            self._new,
            was=self._old.type_name,
            read=self._kind.read.format(quoted(self._old.name)),
            is_alike=self._kind.is_alike,
            labels=self._kind.labels,
            entries=tuple(self._entries),
        )

    def identity(self, options: SequenceOptions) -> None:
        """Make it an identity column."""
        how = self._old.identity or "BY DEFAULT"
        cache = self._scope.cache_of(options.cache)
        # An integer's sequence ends where the integer does; this one is of a bigint.
        sequence = SequenceOptions(cache, options.start, options.increment)
        if options.increment < 0:
            sequence = replace(sequence, minimum=-(2**63), maximum=max(-1, options.start))
        self._new = replace(self._new, identity=how, sequence=sequence, not_null=True)
        was = "identity" if self._old.identity else "serial"
        self._note(
            f"{self._old.type_name} ({was}) becomes bigint"
            f" GENERATED {how} AS IDENTITY (CACHE {cache})"
        )

    def generated(self, *, is_virtual: bool) -> None:
        """Keep it generated, or copy its values where its expression is not possible."""
        expression = self._scope.expression(self._old.default)
        obstacle = self._scope.obstacle(expression) or (
            None if self._kind.is_alike else f"{self._old.type_name} becomes {self._kind.type_name}"
        )
        if obstacle is None:
            self._new = replace(self._new, default=expression, is_generated=True)
            if is_virtual:
                self._note("a virtual generated column becomes a stored one")
            return
        self._lose(
            f"its expression cannot be computed: {obstacle}",
            "Its values are copied; compute them in the application.",
            f"GENERATED ALWAYS AS ({self._old.default}) STORED",
        )

    def default(self) -> None:
        """Carry its default over, or leave it out."""
        expression = self._scope.expression(self._old.default)
        obstacle = self._scope.obstacle(expression)
        if obstacle is None and not self._kind.is_alike:
            constant = constant_of(self._old.default)
            expression, obstacle = _constant(constant, self._old.default, self._kind)
        if obstacle is None:
            self._new = replace(self._new, default=expression)
            return
        self._lose(
            f"its default is left out: {obstacle}",
            "Give the value in the application, or set a default.",
            f"DEFAULT {self._old.default}",
        )

    def _note(self, reason: str, action: str = "") -> None:
        self._entries.append(ReportEntry("column", self._name, Outcome.REWRITTEN, reason, action))

    def _lose(self, reason: str, action: str, definition: str) -> None:
        self._entries.append(
            ReportEntry("column", self._name, Outcome.LOST, reason, action, definition)
        )


def _constant(constant: str | None, default: str, kind: NewType) -> tuple[str, str | None]:
    """Return a constant default as one of the new type, or why there is none."""
    if kind.type_name == "text" and constant is not None:
        return f"{literal(constant)}::text", None
    if kind.type_name == "jsonb":
        is_array = default.endswith("[]")
        if constant in {"", "{}"} or default.startswith("ARRAY[]"):
            return ("'[]'::jsonb" if is_array else "'{}'::jsonb"), None
    if kind.type_name.startswith("numeric") and constant is not None:
        digits = constant.replace("$", "").replace(",", "")
        if digits.replace(".", "", 1).lstrip("-").isdigit():
            return digits, None
    return "", f"it is of the former type, not of {kind.type_name}"
