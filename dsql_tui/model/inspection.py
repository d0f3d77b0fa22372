"""Everything the catalogs say about one relation or function, for the inspector."""

from __future__ import annotations

from dataclasses import dataclass

from dsql_tui.model.relation import Relation, RelationKind


@dataclass(frozen=True, slots=True)
class InspectedColumn:
    """A column.

    Attributes:
        number: `pg_attribute.attnum`, from 1; numbers of dropped columns are left out.
        name: Unquoted.
        type_name: As `format_type` prints it.
        nullable: Whether NULL is allowed.
        default: Default or generation expression, or empty.
        identity: `ALWAYS` or `BY DEFAULT` for an identity column, or empty.
        is_generated: Whether `default` is a generation expression.
        comment: COMMENT ON text, or empty.
        is_readable: Whether the session's role may SELECT it.
    """

    number: int
    name: str
    type_name: str
    nullable: bool
    default: str = ""
    identity: str = ""
    is_generated: bool = False
    comment: str = ""
    is_readable: bool = True


@dataclass(frozen=True, slots=True)
class InspectedConstraint:
    """A constraint of the relation itself.

    Attributes:
        name: Unquoted.
        kind: `PRIMARY KEY`, `UNIQUE`, `FOREIGN KEY`, `CHECK`, `EXCLUDE` or `TRIGGER`.
        definition: As ALTER TABLE … ADD CONSTRAINT takes it.
        is_validated: False for NOT VALID ones.
        comment: COMMENT ON text, or empty.
    """

    name: str
    kind: str
    definition: str
    is_validated: bool
    comment: str = ""


@dataclass(frozen=True, slots=True)
class InspectedIndex:
    """An index.

    Attributes:
        name: Unquoted.
        definition: The CREATE INDEX statement, without the access method that DSQL alone has.
        is_unique: Whether it is unique.
        is_primary: Whether it is the primary key's.
        is_valid: False while it is built and after its build failed.
        included: The columns of INCLUDE; a primary key's list of all others is left out.
    """

    name: str
    definition: str
    is_unique: bool
    is_primary: bool
    is_valid: bool
    included: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key.

    Attributes:
        name: The constraint's name.
        oid: `pg_class.oid` of the referring table.
        relation: The referring table, (schema, name).
        numbers: `attnum` of its columns, in the key's order.
        columns: Their names.
        target_oid: `pg_class.oid` of the referenced table.
        target: The referenced table, (schema, name).
        target_numbers: `attnum` of the referenced columns, in the same order.
        target_columns: Their names.
        is_validated: False for NOT VALID ones.
    """

    name: str
    oid: int
    relation: tuple[str, str]
    numbers: tuple[int, ...]
    columns: tuple[str, ...]
    target_oid: int
    target: tuple[str, str]
    target_numbers: tuple[int, ...]
    target_columns: tuple[str, ...]
    is_validated: bool = True


@dataclass(frozen=True, slots=True)
class GrantedPrivilege:
    """What one role has granted to another.

    Attributes:
        grantee: A role's name, or empty for PUBLIC.
        grantor: The role that granted it.
        privileges: In GRANT's words and order: `SELECT`, `INSERT` …
        grantable: Those of them that were granted with grant option.
        column: The column they are on; empty for the whole relation.
    """

    grantee: str
    grantor: str
    privileges: tuple[str, ...]
    grantable: tuple[str, ...] = ()
    column: str = ""


@dataclass(frozen=True, slots=True)
class ExtendedStatistics:
    """A statistics object made by CREATE STATISTICS."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """A relation with all its details.

    Attributes:
        relation: Name, kind, estimated rows, comment.
        owner: The owning role.
        columns: In their order.
        constraints: The primary key first.
        indexes: The primary key's first.
        references: Foreign keys of this relation to others.
        referred_by: Foreign keys of others, and of itself, to this relation.
        privileges: On the whole relation, then on single columns.
        statistics: Statistics objects; empty where the catalog cannot be read.
        key: The columns of the primary key, in the key's order; empty without one.
        notes: What could not be read, as sentences.
    """

    relation: Relation
    owner: str
    columns: tuple[InspectedColumn, ...] = ()
    constraints: tuple[InspectedConstraint, ...] = ()
    indexes: tuple[InspectedIndex, ...] = ()
    references: tuple[ForeignKey, ...] = ()
    referred_by: tuple[ForeignKey, ...] = ()
    privileges: tuple[GrantedPrivilege, ...] = ()
    statistics: tuple[ExtendedStatistics, ...] = ()
    key: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> tuple[str, str]:
        """The relation's schema and name."""
        return self.relation.schema, self.relation.name

    @property
    def has_rows(self) -> bool:
        """Whether it can be read with SELECT; a sequence is no table."""
        return self.relation.kind is not RelationKind.SEQUENCE

    def column(self, name: str) -> InspectedColumn | None:
        """Return a column by its name."""
        return next((each for each in self.columns if each.name == name), None)


@dataclass(frozen=True, slots=True)
class InspectedFunction:
    """A function of the database.

    Attributes:
        schema: Unquoted.
        name: Unquoted.
        signature: Arguments and result, for display: `(a integer) → text`.
        language: `sql`, the only one that DSQL has, for those made by people.
        source: The body as it was written.
        owner: The owning role.
        comment: COMMENT ON text, or empty.
        definition: Its CREATE FUNCTION statement, or empty for an aggregate.
    """

    schema: str
    name: str
    signature: str
    language: str
    source: str
    owner: str
    comment: str = ""
    definition: str = ""
