"""Replaces a table with a new one, for what ALTER TABLE of DSQL cannot do.

A new table gets the rows in transactions within the limits of DSQL, its indexes and the name of the
former one. Each copying statement finds by the rows that are in the new table which ones are left,
so a run that was interrupted resumes with the same statement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from dsql_tui.errors import InputError
from dsql_tui.schema.definitions import (
    ColumnDefinition,
    ConstraintDefinition,
    ConstraintKind,
    TableDefinition,
)
from dsql_tui.schema.print import object_sql
from dsql_tui.sql.dsql.script_plan import REPEAT_MARK
from dsql_tui.sql.lexing.names import qualified, quoted
from dsql_tui.sql.lexing.string_constants import literal

BATCH_ROWS = 1_000
"""Rows of one copying transaction; entries of indexes count too, so the limit is not used up."""
BATCH_BYTES = 4 * 1024 * 1024
"""Bytes after which a copying transaction takes no further row; a row has 2 MiB at most."""
_NAME_BYTES_MAX = 63
_INTEGERS = ("smallint", "integer", "bigint")
_FAMILIES = (
    frozenset({*_INTEGERS, "numeric", "real", "double precision"}),
    frozenset({"date", "timestamp without time zone", "timestamp with time zone"}),
    frozenset({"time without time zone", "time with time zone", "interval"}),
    frozenset({"json", "jsonb"}),
    frozenset({"boolean", "integer"}),
)
"""Types between which PostgreSQL has casts; text casts to and from every type."""
_STRINGS = frozenset({"text", "character varying", "character", "name"})
_KNOWN = frozenset().union(*_FAMILIES, {"uuid", "bytea"})
_FIXED = frozenset(
    {*_INTEGERS, "real", "double precision", "boolean", "uuid", "date", "interval"}
    | {"timestamp without time zone", "timestamp with time zone", "time without time zone"}
)
"""Types whose values are small, so their bytes are not summed up."""


def copy_statements(
    former: TableDefinition, table: TableDefinition, taken: Collection[str]
) -> tuple[str, ...]:
    """Return the statements that give a table another definition, foreign keys left out.

    Nothing may refer to the table but its own foreign keys. Statistics, foreign keys and
    privileges are lost.

    Args:
        former: As it is.
        table: As it is to be.
        taken: Names of relations that exist in its schema.

    Raises:
        InputError: Its rows cannot be copied, and why.
    """
    fresh_name = _free_name(f"{table.name}__new", taken)
    renames = _renames(table, {*taken, fresh_name})
    fresh = replace(
        table,
        name=fresh_name,
        constraints=tuple(_renamed(each, renames) for each in _kept(table)),
        indexes=tuple(
            replace(each, name=renames[each.name]) for each in table.indexes if each.is_valid
        ),
        statistics=(),
    )
    printed = object_sql(fresh)
    return (
        *printed.create,
        *_copies(former, fresh),
        *_positions(former, fresh),
        _count_check(former, fresh),
        *printed.add,
        *_swap(former, fresh, {*taken, fresh_name, *renames.values()}),
        *_renaming(table, renames),
    )


def _kept(table: TableDefinition) -> Iterator[ConstraintDefinition]:
    return (each for each in table.constraints if each.kind is not ConstraintKind.FOREIGN_KEY)


def _has_index(constraint: ConstraintDefinition) -> bool:
    return constraint.kind in {ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE}


def _renames(table: TableDefinition, taken: Collection[str]) -> dict[str, str]:
    """Return the names of its indexes → those that they have until the swap."""
    renames: dict[str, str] = {}
    names = [each.name for each in _kept(table) if _has_index(each)]
    for name in (*names, *(each.name for each in table.indexes if each.is_valid)):
        renames[name] = _free_name(f"{name}__new", {*taken, *renames.values()})
    return renames


def _renamed(constraint: ConstraintDefinition, renames: Mapping[str, str]) -> ConstraintDefinition:
    if not _has_index(constraint):
        return constraint
    return replace(constraint, name=renames[constraint.name])


def _free_name(wanted: str, taken: Collection[str]) -> str:
    """Return a name that fits and is not taken."""
    name, number = _cut(wanted, ""), 1
    while name in taken:
        number += 1
        name = _cut(wanted, str(number))
    return name


def _cut(name: str, ending: str) -> str:
    head, mark, tail = name.rpartition("__")
    ending = f"{mark}{tail}{ending}"
    kept = head.encode()[: _NAME_BYTES_MAX - len(ending.encode())]
    return kept.decode(errors="ignore") + ending


def _copies(former: TableDefinition, fresh: TableDefinition) -> Iterator[str]:
    """Yield the statements that copy the rows."""
    key = _key(former)
    held = {each.name: each for each in former.columns}
    wanted = {each.name: each for each in fresh.columns}
    copied = [each for each in fresh.columns if each.name in held and not each.is_generated]
    for column in fresh.columns:
        _check_filled(column, held)
    for name in key:
        if name not in wanted or wanted[name].is_generated:
            raise InputError(f"Column {quoted(name)} of its key is dropped.")
    values = [_value(held[each.name], each) for each in copied]
    if _keeps_order(key, held, wanted):
        columns = ", ".join(quoted(name) for name in key)
        last = ", ".join(f"{quoted(name)} DESC" for name in key)
        position = f"SELECT {columns} FROM {fresh.key.sql} ORDER BY {last} LIMIT 1"
        conditions = [
            f"NOT EXISTS (SELECT 1 FROM {fresh.key.sql})",
            f"({columns}) > ({position})",
        ]
    else:
        matches = " AND ".join(
            f"copied.{quoted(name)} = {_value(held[name], wanted[name], 'former.')}" for name in key
        )
        conditions = [f"NOT EXISTS (SELECT 1 FROM {fresh.key.sql} AS copied WHERE {matches})"]
    is_given = any(each.identity == "ALWAYS" for each in copied)
    head = (
        f"INSERT {REPEAT_MARK} INTO {fresh.key.sql}"
        f" ({', '.join(quoted(each.name) for each in copied)})"
        f"{' OVERRIDING SYSTEM VALUE' if is_given else ''}"
    )
    for condition in conditions:
        yield f"{head}\n{_batch(former, key, values, condition)}"


def _batch(
    former: TableDefinition, key: Sequence[str], values: Sequence[str], condition: str
) -> str:
    """Return the query of the next rows, within the limits of a transaction."""
    columns = ", ".join(quoted(name) for name in key)
    select = f"SELECT {', '.join(values)}"
    rows = (
        f"FROM {former.key.sql} AS former WHERE {condition} ORDER BY {columns} LIMIT {BATCH_ROWS}"
    )
    sizes = [
        f"coalesce(octet_length(former.{quoted(each.name)}::text), 0)"
        for each in former.columns
        if _without_precision(each.type_name) not in _FIXED
    ]
    if not sizes:
        return f"{select} {rows}"
    size = _free_name("bytes__before", [each.name for each in former.columns])
    before = (
        f"sum({' + '.join(sizes)})"
        f" OVER (ORDER BY {columns} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )
    return (
        f"{select}\nFROM (SELECT former.*, {before} AS {size}\n  FROM (SELECT former.* {rows})"
        f" AS former) AS former\nWHERE coalesce({size}, 0) < {BATCH_BYTES}"
    )


def _key(former: TableDefinition) -> tuple[str, ...]:
    """Return columns that identify a row.

    Raises:
        InputError: It has none.
    """
    required = {each.name for each in former.columns if each.not_null}
    for constraint in former.constraints:
        if (
            _has_index(constraint)
            and constraint.is_valid
            and required.issuperset(constraint.columns)
        ):
            return constraint.columns
    raise InputError(
        "Its rows cannot be copied in batches: it has neither a primary key nor a UNIQUE"
        " constraint over columns that are NOT NULL."
    )


def _check_filled(column: ColumnDefinition, held: Mapping[str, ColumnDefinition]) -> None:
    """Check that a column has a value for each copied row.

    Raises:
        InputError: It has none, or its values cannot be cast.
    """
    former = held.get(column.name)
    if former is None:
        is_filled = column.default or column.is_generated or column.identity
        if column.not_null and not is_filled:
            raise InputError(
                f"Its rows have no value for column {quoted(column.name)}: give it a DEFAULT."
            )
    elif not column.is_generated and not _has_cast(former.type_name, column.type_name):
        raise InputError(f"No cast makes {column.type_name} of {former.type_name}.")


def _has_cast(former: str, wanted: str) -> bool:
    """Whether there is a cast; one of another type, such as a domain, is left to the server."""
    pair = {_without_precision(each) for each in (former, wanted)}
    if len(pair) == 1 or pair & _STRINGS or pair - _KNOWN:
        return True
    return any(pair <= family for family in _FAMILIES)


def _without_precision(type_name: str) -> str:
    """Return a type without its modifier: `timestamp(3) with time zone` has it inside."""
    head, bracket, rest = type_name.partition("(")
    return head.rstrip() + rest.partition(")")[2] if bracket else type_name


def _keeps_order(
    key: Sequence[str],
    held: Mapping[str, ColumnDefinition],
    wanted: Mapping[str, ColumnDefinition],
) -> bool:
    """Whether the key's values have the same order in the new table."""
    return all(
        held[name].type_name == wanted[name].type_name
        or {held[name].type_name, wanted[name].type_name} <= set(_INTEGERS)
        for name in key
    )


def _value(former: ColumnDefinition, column: ColumnDefinition, qualifier: str = "") -> str:
    name = f"{qualifier}{quoted(column.name)}"
    if former.type_name == column.type_name:
        return name
    return f"CAST({name} AS {column.type_name})"


def _positions(former: TableDefinition, fresh: TableDefinition) -> Iterator[str]:
    """Yield what sets identity columns to continue after the values that were copied."""
    held = {each.name for each in former.columns}
    for column in fresh.columns:
        options = column.sequence
        if not column.identity or column.name not in held or options is None:
            continue
        name = quoted(column.name)
        last = f"{'max' if options.increment > 0 else 'min'}({name})"
        sequence = f"pg_get_serial_sequence({literal(fresh.key.sql)}, {literal(column.name)})"
        yield (
            f"SELECT setval({sequence}, {last}) FROM {fresh.key.sql}"
            f" HAVING {last} BETWEEN {options.minimum} AND {options.maximum}"
        )


def _count_check(former: TableDefinition, fresh: TableDefinition) -> str:
    """Return a query that is refused if the tables have not as many rows."""
    return (
        f"SELECT CASE WHEN former.n = copied.n THEN 'equal' ELSE"
        f" ({literal(f'{former.key.sql} has ')} || former.n || ' rows, its copy ' || copied.n)"
        f"::integer::text END AS copied\nFROM (SELECT count(*) AS n FROM {former.key.sql}) AS"
        f" former, (SELECT count(*) AS n FROM {fresh.key.sql}) AS copied"
    )


def _swap(former: TableDefinition, fresh: TableDefinition, taken: Collection[str]) -> Iterator[str]:
    old = _free_name(f"{former.name}__former", taken)
    yield f"ALTER TABLE {former.key.sql} RENAME TO {quoted(old)}"
    yield f"ALTER TABLE {fresh.key.sql} RENAME TO {quoted(former.name)}"
    yield f"DROP TABLE {qualified([former.schema, old])}"


def _renaming(table: TableDefinition, renames: Mapping[str, str]) -> Iterator[str]:
    """Yield what gives indexes their names, which the former table had until it was dropped."""
    for constraint in _kept(table):
        if _has_index(constraint):
            held, name = quoted(renames[constraint.name]), quoted(constraint.name)
            yield f"ALTER TABLE {table.key.sql} RENAME CONSTRAINT {held} TO {name}"
    for index in table.indexes:
        if index.is_valid:
            held = qualified([table.schema, renames[index.name]])
            yield f"ALTER INDEX {held} RENAME TO {quoted(index.name)}"
