"""Reads a database's definitions: catalog rows become values.

The number of statements does not depend on the number of objects (`catalogs.py`). What PostgreSQL
prints as a whole statement is cut after the name, which is known, so that two objects of different
names can be compared.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from dsql_tui.model.access.role import SecurableKind
from dsql_tui.model.access.snapshot import AccessSnapshot, Securable
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.pg.access import read_access
from dsql_tui.pg.session import ServerSession, Session
from dsql_tui.schema import catalogs
from dsql_tui.schema.catalogs import Catalog, CatalogRows, Row, Selection, read_catalogs
from dsql_tui.schema.definitions import (
    ColumnDefinition,
    ConstraintDefinition,
    ConstraintKind,
    Database,
    Definition,
    DomainDefinition,
    FunctionDefinition,
    IndexDefinition,
    RelationDefinition,
    SchemaDefinition,
    SequenceDefinition,
    SequenceOptions,
    StatisticsDefinition,
    TableDefinition,
    ViewDefinition,
)
from dsql_tui.schema.dependencies import Node, required_objects
from dsql_tui.schema.exclude import without
from dsql_tui.sql.lexing.names import qualified, quoted

T = TypeVar("T")

_CLASS, _CONSTRAINT, _NAMESPACE = "pg_class", "pg_constraint", "pg_namespace"
_STORAGES = {"p": "PLAIN", "e": "EXTERNAL", "x": "EXTENDED", "m": "MAIN"}
_IDENTITIES = {"a": "ALWAYS", "d": "BY DEFAULT"}
_CONSTRAINTS = {
    "p": ConstraintKind.PRIMARY_KEY,
    "u": ConstraintKind.UNIQUE,
    "c": ConstraintKind.CHECK,
    "f": ConstraintKind.FOREIGN_KEY,
}
_NO_SEQUENCES = "CACHE 65536 is written for sequences and identity columns."


def read_database(session: Session, selection: Selection | None = None) -> Database:
    """Read a database's definitions, all or those selected, as the session's role sees them.

    The session must be idle: the catalogs are read in one transaction.

    Raises:
        StatementError: A catalog without which nothing can be said was refused.
        InputError: The definitions are larger than `catalogs.SIZE_MAX_BYTES`.
        SessionLost: The connection ended.
    """
    chosen = selection or Selection()
    database = read_definitions(session, chosen)
    if chosen.with_access:
        database = replace(database, access=_chosen_access(read_access(session), chosen))
    return without(database, chosen.exclude)


def read_definitions(
    session: ServerSession, selection: Selection, *, unread: Collection[Catalog] = ()
) -> Database:
    """Read definitions without privileges, of any PostgreSQL server; see `read_database`.

    Args:
        session: It must be idle.
        selection: Which schemas and tables.
        unread: Catalogs to leave out.
    """
    read = read_catalogs(session, selection, unread=unread)
    assembly = _Assembly(read, selection)
    objects = tuple(sorted(assembly.objects(), key=lambda each: each.key))
    return Database(
        objects=objects,
        requires=required_objects(assembly.keys, assembly.skipped, read.of(catalogs.DEPENDENCIES)),
        is_partial=selection.is_partial,
        notes=(*read.notes, *assembly.notes),
    )


def read_relation(session: Session, schema: str, name: str) -> RelationDefinition | None:
    """Read one table, view or sequence, without privileges; `None` if there is none.

    Raises:
        StatementError: A catalog without which nothing can be said was refused.
        SessionLost: The connection ended.
    """
    selection = Selection(tables=((schema, name),), with_access=False)
    return read_database(session, selection).relation(schema, name)


def _chosen_access(access: AccessSnapshot, selection: Selection) -> AccessSnapshot:
    """Return the access to what is selected; roles are kept, they belong to the cluster."""
    if not selection.is_partial:
        return access
    schemas = [] if selection.tables else selection.schemas
    return replace(
        access,
        objects=tuple(each for each in access.objects if _is_chosen(each, selection)),
        default_privileges=tuple(
            each for each in access.default_privileges if each.schema in schemas
        ),
    )


def _is_chosen(securable: Securable, selection: Selection) -> bool:
    if securable.kind in {SecurableKind.SCHEMA, SecurableKind.FUNCTION}:
        return not selection.tables and securable.schema in selection.schemas
    return selection.includes(securable.schema, securable.follows or securable.name)


class _Assembly:
    """Makes values of catalog rows.

    Attributes:
        keys: Catalog and oid of each object → what identifies it.
        skipped: Objects whose dependencies do not count: they are created after the others.
        notes: What cannot be written as SQL, a sentence each.
    """

    def __init__(self, read: CatalogRows, selection: Selection) -> None:
        self._read = read
        self._selection = selection
        self.keys: dict[Node, Definition] = {}
        self.skipped: set[Node] = set()
        self.notes: list[str] = []
        self._comments = {
            (_text(catalog), _text(oid), _text(number)): _text(text)
            for catalog, oid, number, text in read.of(catalogs.COMMENTS)
        }

    def objects(self) -> Iterator[Definition]:
        """Yield every object."""
        for catalog, oid, made in self._made():
            self.keys[(catalog, oid)] = made
            yield made

    def _made(self) -> Iterator[tuple[str, str, Definition]]:
        for oid, name, owner in self._read.of(catalogs.SCHEMAS):
            is_named = self._selection.with_access and owner != ADMIN_ROLE and name != "public"
            owner = _text(owner) if is_named else ""
            schema = SchemaDefinition(_text(name), owner, self._comment(_NAMESPACE, oid))
            yield _NAMESPACE, _text(oid), schema
        sequences, identities = self._sequences()
        yield from sequences
        yield from self._relations(identities)
        yield from self._domains()
        yield from self._functions()

    def _comment(self, catalog: str, oid: str | None, number: str | None = "0") -> str:
        return self._comments.get((catalog, _text(oid), _text(number)), "")

    def _relations(
        self, identities: Mapping[tuple[str, str], SequenceOptions]
    ) -> Iterator[tuple[str, str, Definition]]:
        columns: dict[str, tuple[ColumnDefinition, ...]] = {}
        numbers: dict[str, dict[str, str]] = {}
        for oid, *lists in self._read.of(catalogs.COLUMNS):
            rows = list(zip(*(json.loads(_text(values)) for values in lists), strict=True))
            columns[_text(oid)] = tuple(self._column(_text(oid), row, identities) for row in rows)
            numbers[_text(oid)] = {str(number): name for number, name, *_ in rows}
        constraints = _grouped(self._read.of(catalogs.TABLE_CONSTRAINTS), 1)
        indexes = _grouped(self._read.of(catalogs.INDEXES), 1)
        statistics = _grouped(self._read.of(catalogs.STATISTICS), 1)
        for oid, schema, name, kind, query, options in self._read.of(catalogs.RELATIONS):
            if not self._selection.includes(_text(schema), _text(name)):
                continue
            key, place = _text(oid), (_text(schema), _text(name))
            comment = self._comment(_CLASS, oid)
            if kind == "v":
                text = _text(query).strip().removesuffix(";")
                check = _check_option(_text(options))
                yield (
                    _CLASS,
                    key,
                    ViewDefinition(*place, text, columns.get(key, ()), check, comment),
                )
                continue
            table = TableDefinition(
                *place,
                columns=columns.get(key, ()),
                constraints=_in_order(
                    self._constraint(row, numbers[key]) for row in constraints.get(key, ())
                ),
                indexes=_by_name(
                    self._index(row, place, numbers[key]) for row in indexes.get(key, ())
                ),
                statistics=_by_name(self._statistics(row) for row in statistics.get(key, ())),
                comment=comment,
            )
            self._note_what_is_lost(table)
            yield _CLASS, key, table

    def _note_what_is_lost(self, table: TableDefinition) -> None:
        name = qualified([table.schema, table.name])
        for index in table.indexes:
            if not index.is_valid:
                self.notes.append(f"Index {quoted(index.name)} of {name} is not valid.")
        for column in table.columns:
            if column.collation:
                self.notes.append(
                    f"Column {quoted(column.name)} of {name} has collation"
                    f" {quoted(column.collation)}, which DSQL does not support."
                )

    def _column(
        self, oid: str, row: Sequence[Any], identities: Mapping[tuple[str, str], SequenceOptions]
    ) -> ColumnDefinition:
        number, name, type_name, not_null, default, is_generated, identity, *rest = row
        storage, collation = rest
        return ColumnDefinition(
            name=name,
            type_name=type_name,
            not_null=not_null,
            default=default or "",
            is_generated=is_generated,
            identity=_IDENTITIES.get(identity, ""),
            sequence=identities.get((oid, str(number))) if identity else None,
            storage=_STORAGES.get(storage, ""),
            collation=collation or "",
            comment=self._comment(_CLASS, oid, str(number)),
        )

    def _constraint(self, row: Row, numbers: Mapping[str, str]) -> ConstraintDefinition:
        oid, _table, name, kind, valid, definition, keys, index, schema, target = row
        # A check of the whole row has column number 0.
        listed = _text(keys).strip("{}").split(",") if kind != "c" else ()
        columns = tuple(numbers[key] for key in listed)
        is_key = kind in {"p", "u"}
        if kind == "p":
            definition = f"PRIMARY KEY ({', '.join(quoted(column) for column in columns)})"
        if kind == "f":
            self.skipped.add((_CONSTRAINT, _text(oid)))
        return ConstraintDefinition(
            name=_text(name),
            kind=_CONSTRAINTS[_text(kind)],
            definition=_text(definition).removesuffix(" NOT VALID" if valid != "t" else ""),
            is_valid=valid == "t",
            columns=columns,
            target=(_text(schema), _text(target)) if kind == "f" else (),
            comment=self._comment(_CONSTRAINT, oid),
            index_comment=self._comment(_CLASS, index) if is_key else "",
        )

    def _index(
        self, row: Row, table: tuple[str, str], numbers: Mapping[str, str]
    ) -> IndexDefinition:
        oid, _table, name, unique, valid, definition, *plain = row
        self.skipped.add((_CLASS, _text(oid)))
        if definition is None:
            keys = _plain_keys(*map(_text, plain), numbers=numbers)
        else:
            kind = "UNIQUE INDEX" if unique == "t" else "INDEX"
            head = f"CREATE {kind} {quoted(_text(name))} ON {qualified(table)} USING "
            _method, _, keys = definition.removeprefix(head).partition(" ")
        return IndexDefinition(
            name=_text(name),
            is_unique=unique == "t",
            definition=keys,
            is_valid=valid == "t",
            comment=self._comment(_CLASS, oid),
        )

    def _statistics(self, row: Row) -> StatisticsDefinition:
        oid, _table, schema, name, definition, target = row
        head = f"CREATE STATISTICS {qualified([_text(schema), _text(name)])} "
        number = int(target or -1)
        return StatisticsDefinition(
            schema=_text(schema),
            name=_text(name),
            definition=_text(definition).removeprefix(head),
            target=None if number < 0 else number,
            comment=self._comment("pg_statistic_ext", oid),
        )

    def _sequences(
        self,
    ) -> tuple[
        list[tuple[str, str, Definition]],
        dict[tuple[str, str], SequenceOptions],
    ]:
        """Return the sequences, and those of identity columns by table and column number."""
        made: list[tuple[str, str, Definition]] = []
        identities: dict[tuple[str, str], SequenceOptions] = {}
        if any(catalogs.SEQUENCES.subject in note for note in self._read.notes):
            self.notes.append(_NO_SEQUENCES)
        for row in self._read.of(catalogs.SEQUENCES):
            oid, schema, name, *numbers = row[:8]
            cycles, dependence, table, column, *owner = row[8:]
            start, increment, minimum, maximum, cache = (int(each or 0) for each in numbers)
            options = SequenceOptions(cache, start, increment, minimum, maximum, cycles == "t")
            if dependence == "i":
                identities[(_text(table), _text(column))] = options
                continue
            owned_by = tuple(_text(part) for part in owner) if dependence == "a" else ()
            chosen = self._selection.includes(_text(schema), _text(name))
            if chosen or (owned_by and self._selection.includes(*owned_by[:2])):
                comment = self._comment(_CLASS, oid)
                sequence = SequenceDefinition(
                    _text(schema), _text(name), options, owned_by, comment
                )
                made.append((_CLASS, _text(oid), sequence))
        return made, identities

    def _domains(self) -> Iterator[tuple[str, str, Definition]]:
        constraints = _grouped(self._read.of(catalogs.DOMAIN_CONSTRAINTS), 1)
        for row in self._read.of(catalogs.DOMAINS):
            oid, schema, name, type_name, not_null, default, has_acl = row
            checks = (
                ConstraintDefinition(
                    name=_text(check),
                    kind=ConstraintKind.CHECK,
                    definition=_text(definition).removesuffix(" NOT VALID" if valid != "t" else ""),
                    is_valid=valid == "t",
                    comment=self._comment(_CONSTRAINT, number),
                )
                for number, _domain, check, valid, definition in constraints.get(_text(oid), ())
            )
            domain = DomainDefinition(
                schema=_text(schema),
                name=_text(name),
                type_name=_text(type_name),
                not_null=not_null == "t",
                default=_text(default),
                constraints=_by_name(checks),
                comment=self._comment("pg_type", oid),
            )
            if has_acl == "t":
                self.notes.append(f"The privileges on {domain.key.label} are not read.")
            yield "pg_type", _text(oid), domain

    def _functions(self) -> Iterator[tuple[str, str, Definition]]:
        for row in self._read.of(catalogs.FUNCTIONS):
            oid, schema, name, arguments, definition, result, body = row
            comment = self._comment("pg_proc", oid)
            yield (
                "pg_proc",
                _text(oid),
                FunctionDefinition(
                    schema=_text(schema),
                    name=_text(name),
                    arguments=_text(arguments),
                    definition=_text(definition).strip(),
                    result=_text(result),
                    body=_text(body),
                    comment=comment,
                ),
            )


def _text(value: str | None) -> str:
    return value or ""


def _grouped(rows: Sequence[Row], column: int) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[_text(row[column])].append(row)
    return groups


def _plain_keys(
    columns: str, count: str, nulls_not_distinct: str, *, numbers: Mapping[str, str]
) -> str:
    """Return the keys of an index over columns as pg_get_indexdef prints them."""
    names = [quoted(numbers[number]) for number in columns.split()]
    keys, included = names[: int(count)], names[int(count) :]
    text = f"({', '.join(keys)})"
    text += f" INCLUDE ({', '.join(included)})" if included else ""
    return text + (" NULLS NOT DISTINCT" if nulls_not_distinct == "t" else "")


def _in_order(constraints: Iterable[ConstraintDefinition]) -> tuple[ConstraintDefinition, ...]:
    kinds = list(ConstraintKind)
    return tuple(sorted(constraints, key=lambda each: (kinds.index(each.kind), each.name)))


def _by_name(values: Iterable[T]) -> tuple[T, ...]:
    """Sort values of the same class that have a name."""
    return tuple(sorted(values, key=lambda each: (getattr(each, "schema", ""), each.name)))  # type: ignore[attr-defined]


def _check_option(options: str) -> str:
    """Return a view's check option from the text of its `reloptions`."""
    for option in options.strip("{}").split(","):
        name, _, value = option.partition("=")
        if name == "check_option":
            return value.upper()
    return ""
