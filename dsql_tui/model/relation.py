"""Schemas, relations and their details in the schema pane."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RelationKind(StrEnum):
    """`pg_class.relkind`, in words."""

    TABLE = "table"
    VIEW = "view"
    SEQUENCE = "sequence"


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, view or sequence.

    Attributes:
        oid: `pg_class.oid`.
        schema: Schema name, unquoted.
        name: Relation name, unquoted.
        kind: What it is.
        estimated_rows: `reltuples`; `None` until the table was analysed. Never an exact count.
        comment: COMMENT ON text, or empty.
    """

    oid: int
    schema: str
    name: str
    kind: RelationKind
    estimated_rows: int | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A column of a relation.

    Attributes:
        name: Unquoted.
        type_name: As `format_type` prints it.
        nullable: Whether NULL is allowed.
        default: Default or generation expression, or empty.
        is_primary_key: Part of the primary key.
        references: `schema.table(column)` of a foreign key this column is part of, or empty.
    """

    name: str
    type_name: str
    nullable: bool
    default: str = ""
    is_primary_key: bool = False
    references: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """An index; an invalid one is being built or has failed, and still enforces uniqueness."""

    name: str
    definition: str
    is_unique: bool
    is_primary: bool
    is_valid: bool


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint; `is_validated` is false for NOT VALID ones."""

    name: str
    definition: str
    is_validated: bool


@dataclass(frozen=True, slots=True)
class RelationDetails:
    """All details of a relation in the schema pane."""

    attributes: tuple[Attribute, ...]
    indexes: tuple[Index, ...]
    constraints: tuple[Constraint, ...]
