"""Reads all details of one relation or function for the inspector.

The number of queries does not depend on the relation. A catalog that DSQL's documentation lists as
unavailable (`pg_statistic_ext`, `pg_proc`) is optional: without it a note says what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator

from dsql_tui.errors import InputError, OccConflict, StatementError
from dsql_tui.model.access.acl import Acl, Right, default_acl, parse_acl
from dsql_tui.model.access.role import SecurableKind
from dsql_tui.model.inspection import (
    ExtendedStatistics,
    ForeignKey,
    GrantedPrivilege,
    InspectedColumn,
    InspectedConstraint,
    InspectedFunction,
    InspectedIndex,
    Inspection,
)
from dsql_tui.model.relation import Relation, RelationKind
from dsql_tui.pg.catalog import constraint_text, index_text
from dsql_tui.pg.keys import PAIRED_COLUMNS
from dsql_tui.pg.session import Session
from dsql_tui.sql.lexing.names import qualified

Row = tuple[str | None, ...]

_KINDS = {
    "r": (RelationKind.TABLE, SecurableKind.TABLE),
    "v": (RelationKind.VIEW, SecurableKind.VIEW),
    "S": (RelationKind.SEQUENCE, SecurableKind.SEQUENCE),
}
_CONSTRAINT_KINDS = {
    "p": "PRIMARY KEY",
    "u": "UNIQUE",
    "f": "FOREIGN KEY",
    "c": "CHECK",
    "x": "EXCLUDE",
    "t": "TRIGGER",
}
_IDENTITIES = {"a": "ALWAYS", "d": "BY DEFAULT"}

_RELATION = """
SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples, obj_description(c.oid, 'pg_class'),
       o.rolname, c.relacl::text
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles o ON o.oid = c.relowner
WHERE c.relkind IN ('r', 'v', 'S') AND {}
"""
_BY_NAME, _BY_OID = "n.nspname = $1 AND c.relname = $2", "c.oid = $1::oid"

_COLUMNS = """
SELECT a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated,
       col_description(a.attrelid, a.attnum),
       has_column_privilege(a.attrelid, a.attnum, 'SELECT'), a.attacl::text
FROM pg_catalog.pg_attribute a
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""

_CONSTRAINTS = """
SELECT con.conname, con.contype, pg_get_constraintdef(con.oid), con.convalidated,
       obj_description(con.oid, 'pg_constraint'), con.conkey::text
FROM pg_catalog.pg_constraint con
WHERE con.conrelid = $1::oid
ORDER BY array_position(ARRAY['p', 'u', 'f', 'c'], con.contype::text), con.conname
"""

_INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid), i.indisunique, i.indisprimary, i.indisvalid,
       (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.place)
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
        WHERE k.place > i.indnkeyatts)
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = $1::oid
ORDER BY NOT i.indisprimary, c.relname
"""

_FOREIGN_KEYS = f"""
SELECT con.oid, con.conname, con.convalidated, c.oid, n.nspname, c.relname, k.own, a.attname,
       f.oid, fn.nspname, f.relname, k.target, fa.attname
{PAIRED_COLUMNS}
WHERE con.contype = 'f' AND (con.conrelid = $1::oid OR con.confrelid = $1::oid)
ORDER BY n.nspname, c.relname, con.conname, con.oid, k.place
"""

_STATISTICS = """
SELECT s.stxname, pg_get_statisticsobjdef(s.oid)
FROM pg_catalog.pg_statistic_ext s
WHERE s.stxrelid = $1::oid
ORDER BY s.stxname
"""

_FUNCTIONS = """
SELECT n.nspname, p.proname,
       '(' || pg_get_function_arguments(p.oid) || ') → ' || format_type(p.prorettype, NULL),
       l.lanname, coalesce(pg_get_function_sqlbody(p.oid), p.prosrc), o.rolname,
       obj_description(p.oid, 'pg_proc'),
       CASE WHEN p.prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid) END
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_roles o ON o.oid = p.proowner
LEFT JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE n.nspname = $1 AND p.proname = $2
ORDER BY 3
"""


def inspect_relation(session: Session, relation: tuple[str, str] | int) -> Inspection:
    """Read a relation by its schema and name, unquoted, or by its `pg_class.oid`.

    Raises:
        InputError: There is no such relation.
        StatementError: A catalog that every cluster has was refused.
        SessionLost: The connection ended.
    """
    if isinstance(relation, int):
        spelled, found = "The table", session.fetch(_RELATION.format(_BY_OID), [relation])
    else:
        spelled, found = qualified(relation), session.fetch(_RELATION.format(_BY_NAME), relation)
    if not found:
        raise InputError(
            f"{spelled} does not exist, or was renamed or dropped.",
            remedy="Refresh the schema.",
        )
    oid_text, schema, name, kind_letter, tuples, comment, owner, acl = found[0]
    kind, securable = _KINDS[kind_letter or "r"]
    oid = int(oid_text or 0)
    estimated = round(float(tuples or -1))
    column_rows = session.fetch(_COLUMNS, [oid])
    constraint_rows = session.fetch(_CONSTRAINTS, [oid])
    columns = tuple(map(_column, column_rows))
    keys = list(foreign_keys(session.fetch(_FOREIGN_KEYS, [oid])))
    statistics, notes = _statistics(session, oid)
    return Inspection(
        relation=Relation(
            oid,
            schema or "",
            name or "",
            kind,
            estimated_rows=estimated if estimated >= 0 else None,
            comment=comment or "",
        ),
        owner=owner or "",
        columns=columns,
        constraints=tuple(map(_constraint, constraint_rows)),
        indexes=tuple(map(_index, session.fetch(_INDEXES, [oid]))),
        references=tuple(key for key in keys if key.oid == oid),
        referred_by=tuple(key for key in keys if key.target_oid == oid),
        privileges=(
            *_privileges(
                parse_acl(acl) if acl is not None else default_acl(securable, owner or "")
            ),
            *(
                each
                for row in column_rows
                for each in _privileges(parse_acl(row[-1]), row[1] or "")
            ),
        ),
        statistics=statistics,
        key=_key(constraint_rows, columns),
        notes=notes,
    )


def inspect_functions(session: Session, name: tuple[str, str]) -> tuple[InspectedFunction, ...]:
    """Read the functions of a name, one for each list of arguments.

    Raises:
        InputError: There is no such function.
        StatementError: DSQL does not let this role read `pg_proc`.
        SessionLost: The connection ended.
    """
    functions = tuple(
        InspectedFunction(*(value or "" for value in row))
        for row in session.fetch(_FUNCTIONS, name)
    )
    if not functions:
        raise InputError(f"The function {qualified(name)} does not exist.")
    return functions


def _column(row: Row) -> InspectedColumn:
    number, name, type_name, not_null, default, identity, generated, comment, readable, _acl = row
    return InspectedColumn(
        number=int(number or 0),
        name=name or "",
        type_name=type_name or "",
        nullable=not_null != "t",
        default=default or "",
        identity=_IDENTITIES.get(identity or "", ""),
        is_generated=bool(generated),
        comment=comment or "",
        is_readable=readable == "t",
    )


def _constraint(row: Row) -> InspectedConstraint:
    name, kind, definition, validated, comment, _numbers = row
    return InspectedConstraint(
        name=name or "",
        kind=_CONSTRAINT_KINDS.get(kind or "", kind or ""),
        definition=constraint_text(definition),
        is_validated=validated == "t",
        comment=comment or "",
    )


def _index(row: Row) -> InspectedIndex:
    name, definition, unique, primary, valid, included = row
    is_primary = primary == "t"
    text = index_text(definition)
    if is_primary:
        # Every primary key of DSQL includes all other columns; that tells nobody anything.
        text, included = text.partition(" INCLUDE (")[0], None
    return InspectedIndex(
        name=name or "",
        definition=text,
        is_unique=unique == "t",
        is_primary=is_primary,
        is_valid=valid == "t",
        included=tuple((included or "").split(", ")) if included else (),
    )


def _key(constraint_rows: list[Row], columns: tuple[InspectedColumn, ...]) -> tuple[str, ...]:
    """Return the names of the primary key's columns, in its order."""
    names = {column.number: column.name for column in columns}
    numbers = next((row[-1] for row in constraint_rows if row[1] == "p"), None)
    return tuple(
        names[int(number)] for number in (numbers or "{}").strip("{}").split(",") if number
    )


def foreign_keys(rows: list[Row]) -> Iterator[ForeignKey]:
    """Yield the foreign keys of rows with one pair of columns each, ordered by key and place."""
    by_key: dict[str, list[Row]] = {}
    for row in rows:
        by_key.setdefault(row[0] or "", []).append(row)
    for pairs in by_key.values():
        _, name, validated, oid, schema, table, _, _, target_oid, target_schema, target, _, _ = (
            pairs[0]
        )
        yield ForeignKey(
            name=name or "",
            oid=int(oid or 0),
            relation=(schema or "", table or ""),
            numbers=tuple(int(pair[6] or 0) for pair in pairs),
            columns=tuple(pair[7] or "" for pair in pairs),
            target_oid=int(target_oid or 0),
            target=(target_schema or "", target or ""),
            target_numbers=tuple(int(pair[11] or 0) for pair in pairs),
            target_columns=tuple(pair[12] or "" for pair in pairs),
            is_validated=validated == "t",
        )


def _privileges(acl: Acl, column: str = "") -> Iterator[GrantedPrivilege]:
    for item in acl:
        yield GrantedPrivilege(
            grantee=item.grantee,
            grantor=item.grantor,
            privileges=tuple(right.value for right in Right if right in item.rights),
            grantable=tuple(right.value for right in Right if right in item.grantable),
            column=column,
        )


def _statistics(
    session: Session, oid: int
) -> tuple[tuple[ExtendedStatistics, ...], tuple[str, ...]]:
    try:
        rows = session.fetch(_STATISTICS, [oid])
    except OccConflict:
        raise
    except StatementError as error:
        return (), (f"Statistics objects cannot be read: {error.message}.",)
    return tuple(ExtendedStatistics(name or "", text or "") for name, text in rows), ()
