"""A table whose columns a result shows, as far as its rows can be edited."""

from __future__ import annotations

from dataclasses import dataclass

JSON_OID = 114
"""`pg_type.oid` of json, whose values cannot be compared; jsonb has an equality."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a table.

    Attributes:
        number: `pg_attribute.attnum`.
        name: Unquoted.
        type_name: As SQL writes it, a domain with its schema.
        type_oid: `pg_type.oid` of the type; of a domain, of the type below it.
        is_nullable: Whether NULL is allowed.
        default: The expression of its default, or empty.
        is_computed: Its values are generated, or those of an identity.
        may_update: The role may change it.
        may_insert: The role may give it a value in a new row.
    """

    number: int
    name: str
    type_name: str
    type_oid: int
    is_nullable: bool = True
    default: str = ""
    is_computed: bool = False
    may_update: bool = True
    may_insert: bool = True


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A relation that columns of a result come from.

    Attributes:
        oid: `pg_class.oid`.
        schema: Unquoted.
        name: Unquoted.
        is_table: Whether it is a table; views and others cannot be edited.
        columns: In the table's order, without dropped ones.
        keys: Attribute numbers of each key: the primary key first, then unique indexes that are
            valid, whole and over columns without NULL.
        may_delete: The role may delete rows.
    """

    oid: int
    schema: str
    name: str
    is_table: bool = True
    columns: tuple[TableColumn, ...] = ()
    keys: tuple[tuple[int, ...], ...] = ()
    may_delete: bool = True

    def column(self, number: int) -> TableColumn | None:
        """Return a column by its number, `None` if there is none."""
        return next((column for column in self.columns if column.number == number), None)
