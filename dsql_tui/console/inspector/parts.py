"""The parts of an inspection as tables of text, and as SQL to copy or to edit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dsql_tui.model.access.acl import Right, grantee_name
from dsql_tui.model.access.role import SecurableKind
from dsql_tui.model.inspection import (
    ForeignKey,
    InspectedColumn,
    InspectedConstraint,
    InspectedIndex,
    Inspection,
)
from dsql_tui.sql.access.grants import grant
from dsql_tui.sql.lexing.names import qualified, quoted

Texts = tuple[str | None, ...]
_NOT_VALID = " NOT VALID"
REFERS, REFERRED = "refers to", "referred to by"
"""The directions of a reference, in the first column of their table."""


@dataclass(frozen=True, slots=True)
class Part:
    """A table about a relation.

    Attributes:
        key: Its name in code.
        title: Its name on the screen.
        columns: The names of its columns.
        rows: Its cells; `None` is shown as NULL.
        sql: The same as SQL, to copy or to put into the editor.
    """

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Texts, ...]
    sql: str


def parts_of(inspection: Inspection) -> tuple[Part, ...]:
    """Return the tables of a relation, in the order of their tabs."""
    return tuple(make(inspection) for make in _PARTS)


def referenced(inspection: Inspection, row: int) -> ForeignKey:
    """Return the foreign key of a row of the table of references."""
    return (*inspection.references, *inspection.referred_by)[row]


def _columns(inspection: Inspection) -> Part:
    rows = tuple(
        (
            column.name,
            column.type_name,
            "" if column.nullable else "NOT NULL",
            _default(column),
            column.comment,
        )
        for column in inspection.columns
    )
    names = ",\n       ".join(quoted(column.name) for column in inspection.columns)
    sql = f"SELECT {names}\nFROM {qualified(inspection.name)}\nLIMIT 100;\n"
    return Part("columns", "Columns", ("column", "type", "null", "default", "comment"), rows, sql)


def _default(column: InspectedColumn) -> str:
    if column.identity:
        return f"GENERATED {column.identity} AS IDENTITY"
    if column.is_generated:
        return f"GENERATED ALWAYS AS ({column.default}) STORED"
    return column.default


def _constraints(inspection: Inspection) -> Part:
    rows = tuple(
        (each.name, each.kind, each.definition, _validity(each.is_validated), each.comment)
        for each in inspection.constraints
    )
    statements = (
        statement for each in inspection.constraints for statement in _added(each, inspection)
    )
    sql = _lines(f"{statement};" for statement in statements)
    columns = ("constraint", "kind", "definition", "state", "comment")
    return Part("constraints", "Keys and constraints", columns, rows, sql)


def _added(constraint: InspectedConstraint, inspection: Inspection) -> Iterator[str]:
    """Yield the statements with which DSQL adds a constraint to a table that exists.

    A primary key can only be declared with the table: it is in the definition alone.
    """
    table, name = qualified(inspection.name), quoted(constraint.name)
    add = f"ALTER TABLE {table} ADD CONSTRAINT {name}"
    match constraint.kind:
        case "UNIQUE":
            indexes = (each for each in inspection.indexes if each.name == constraint.name)
            yield from map(_created, indexes)
            yield f"{add} UNIQUE USING INDEX {name}"
        case "FOREIGN KEY" | "CHECK":
            yield f"{add} {constraint.definition.removesuffix(_NOT_VALID)}{_NOT_VALID}"
            if constraint.is_validated:
                yield f"ALTER TABLE ASYNC {table} VALIDATE CONSTRAINT {name}"


def _created(index: InspectedIndex) -> str:
    """Return the statement that creates an index as a job."""
    return index.definition.replace(" INDEX ", " INDEX ASYNC ", 1)


def _validity(is_validated: bool) -> str:
    return "valid" if is_validated else "NOT VALID"


def _indexes(inspection: Inspection) -> Part:
    rows = tuple(
        (
            each.name,
            "primary key" if each.is_primary else "unique" if each.is_unique else "",
            "valid" if each.is_valid else "INVALID",
            ", ".join(each.included),
            each.definition,
        )
        for each in inspection.indexes
    )
    sql = _lines(f"{_created(each)};" for each in inspection.indexes if not each.is_primary)
    statistics = tuple(
        (each.name, "statistics", "valid", "", each.definition) for each in inspection.statistics
    )
    columns = ("index", "kind", "state", "includes", "definition")
    sql += _lines(f"{each.definition};" for each in inspection.statistics)
    return Part("indexes", "Indexes", columns, rows + statistics, sql)


def _references(inspection: Inspection) -> Part:
    def row(key: ForeignKey, direction: str, other: tuple[str, str]) -> Texts:
        own, target = ", ".join(key.columns), ", ".join(key.target_columns)
        pair = (own, target) if direction == REFERS else (target, own)
        state = _validity(key.is_validated)
        return (direction, pair[0], qualified(other), pair[1], key.name, state)

    rows = (
        *(row(key, REFERS, key.target) for key in inspection.references),
        *(row(key, REFERRED, key.relation) for key in inspection.referred_by),
    )
    sql = _lines(
        f"SELECT *\nFROM {qualified(key.relation)} AS r\n"
        f"JOIN {qualified(key.target)} AS t ON {_join(key)}\nLIMIT 100;"
        for key in (*inspection.references, *inspection.referred_by)
    )
    columns = ("direction", "columns", "table", "its columns", "constraint", "state")
    return Part("references", "References", columns, rows, sql)


def _join(key: ForeignKey) -> str:
    pairs = zip(key.columns, key.target_columns, strict=True)
    return " AND ".join(f"r.{quoted(own)} = t.{quoted(target)}" for own, target in pairs)


def _privileges(inspection: Inspection) -> Part:
    rows = tuple(
        (
            grantee_name(each.grantee),
            ", ".join(each.privileges),
            each.column or "whole relation",
            ", ".join(each.grantable),
            each.grantor,
        )
        for each in inspection.privileges
    )
    sql = _lines(f"{statement};" for statement in _grants(inspection))
    columns = ("role", "privileges", "on", "with grant option", "granted by")
    return Part("privileges", "Privileges", columns, rows, sql)


def _grants(inspection: Inspection) -> Iterable[str]:
    """Return the GRANTs to roles other than the owner, who needs none.

    What was granted with grant option is a statement of its own, because the option applies to all
    privileges of a GRANT.
    """
    kind = SecurableKind(inspection.relation.kind.value)
    for each in inspection.privileges:
        if each.grantee == inspection.owner:
            continue
        columns = (each.column,) if each.column else ()
        for grantable in (False, True):
            rights = [
                Right(right) for right in each.privileges if (right in each.grantable) is grantable
            ]
            if rights:
                yield grant(
                    rights,
                    kind,
                    *inspection.name,
                    each.grantee,
                    columns=columns,
                    grantable=grantable,
                )


def _lines(statements: Iterable[str]) -> str:
    return "".join(f"{statement}\n" for statement in statements)


_PARTS: tuple[Callable[[Inspection], Part], ...] = (
    _columns,
    _constraints,
    _indexes,
    _references,
    _privileges,
)
