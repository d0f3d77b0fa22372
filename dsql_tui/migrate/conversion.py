"""What a PostgreSQL database becomes, as values: definitions, and how rows are read."""

from __future__ import annotations

from dataclasses import dataclass

from dsql_tui.migrate.columns import SerialAs
from dsql_tui.migrate.report import ReportEntry
from dsql_tui.schema.definitions import Database


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person has chosen.

    Attributes:
        serial: What serial and identity columns become.
        cache: The smallest cache of sequences: 1 or 65536.
        number: The type of `numeric` without a precision.
    """

    serial: SerialAs = SerialAs.IDENTITY
    cache: int = 65_536
    number: str = "numeric(38,12)"


@dataclass(frozen=True, slots=True)
class ColumnMove:
    """How one column's values are read from PostgreSQL.

    Attributes:
        name: Its name, unquoted, in both databases.
        read: SQL that reads it so that it fits the new type.
        type_name: The new type.
        is_rescaled: It is a number whose scale has become fixed.
    """

    name: str
    read: str
    type_name: str
    is_rescaled: bool = False


@dataclass(frozen=True, slots=True)
class TableMove:
    """How the rows of one table are read.

    Attributes:
        schema: Unquoted.
        name: Unquoted.
        columns: In their order, without generated ones.
        has_children: Tables inherit from it, whose rows are not its own.
        rows: An estimate of their number.
        is_readable: The role may read them.
    """

    schema: str
    name: str
    columns: tuple[ColumnMove, ...]
    has_children: bool = False
    rows: int = 0
    is_readable: bool = True

    @property
    def rescaled(self) -> tuple[int, ...]:
        """The positions of numbers whose scale has become fixed."""
        return tuple(at for at, each in enumerate(self.columns) if each.is_rescaled)


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a PostgreSQL database becomes.

    Attributes:
        database: The definitions in DSQL.
        moves: How the rows of its tables are read.
        entries: What becomes of each object.
    """

    database: Database
    moves: tuple[TableMove, ...]
    entries: tuple[ReportEntry, ...]

    @property
    def readable(self) -> tuple[TableMove, ...]:
        """The tables that have rows which can be read."""
        return tuple(move for move in self.moves if move.is_readable and move.columns)
