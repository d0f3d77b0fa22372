"""Renames of tables and columns: asked of a person, never guessed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from dsql_tui.errors import InputError, StatementError
from dsql_tui.pg.session import Session
from dsql_tui.schema.build import build
from dsql_tui.schema.catalogs import Selection
from dsql_tui.schema.change import ChangeKind, DefinitionChange, Phase
from dsql_tui.schema.definitions import Database, ObjectKind, ObjectName, TableDefinition
from dsql_tui.schema.dump import dump_text
from dsql_tui.schema.read import read_database
from dsql_tui.sql.lexing.names import name_at, pieces_of, quoted


@dataclass(frozen=True, slots=True, order=True)
class Rename:
    """A table or a column with its other name.

    Attributes:
        table: The table, by its former name.
        column: The column, by its former name; empty if the table is renamed.
        name: The other name, unquoted.
    """

    table: ObjectName
    column: str
    name: str

    @property
    def former(self) -> str:
        """What is renamed, as written in SQL."""
        return f"{self.table.sql}.{quoted(self.column)}" if self.column else self.table.sql

    @property
    def option(self) -> str:
        """The rename as `--rename` takes it."""
        return f"{self.former}={quoted(self.name)}"

    @property
    def question(self) -> str:
        """The question whether it is one."""
        what = "column" if self.column else "table"
        return f"Is {what} {self.former} renamed to {quoted(self.name)}?"

    @property
    def statement(self) -> str:
        """The statement for it."""
        what = f" COLUMN {quoted(self.column)}" if self.column else ""
        return f"ALTER TABLE {self.table.sql} RENAME{what} TO {quoted(self.name)}"

    @property
    def change(self) -> DefinitionChange:
        """The difference that it is."""
        part = f"column {quoted(self.column)}, " if self.column else ""
        return DefinitionChange(
            ChangeKind.CHANGED,
            self.table,
            (self.statement,),
            part=f"{part}renamed to {quoted(self.name)}",
            phase=Phase.RENAME,
        )

    def is_open(self, database: Database) -> bool:
        """Whether a database still has the former name."""
        table = database.find(self.table)
        if not isinstance(table, TableDefinition):
            return False
        return not self.column or self.column in {each.name for each in table.columns}

    def excludes(self, other: Rename) -> bool:
        """Whether both cannot be: they concern the same former or the same other name."""
        place = (self.table.schema, self.table.name if self.column else "", bool(self.column))
        others = (other.table.schema, other.table.name if other.column else "", bool(other.column))
        same = (self.table, self.column) == (other.table, other.column)
        return same or (place == others and self.name == other.name)


def rename_of(text: str) -> Rename:
    """Return the rename that `schema.table=name` or `schema.table.column=name` states.

    Raises:
        InputError: It is neither.
    """
    pieces = pieces_of(text)
    former, behind = name_at(pieces, 0)
    name, end = name_at(pieces, behind + 1)
    is_complete = len(name) == 1 and end == len(pieces) and pieces[behind].text == "="
    if not is_complete or len(former) not in {2, 3}:
        raise InputError(
            f"{text!r} is no rename: write schema.table=name or schema.table.column=name."
        )
    table = ObjectName(ObjectKind.TABLE, former[0], former[1])
    return Rename(table, former[2] if len(former) == 3 else "", name[0])


def possible_renames(first: Database, second: Database) -> list[Rename]:
    """Return what may be a rename of a table or a column, which a person must confirm.

    A table that goes and one that comes have the same columns, or a column that goes and one that
    comes in the same table have the same type.
    """
    before = {each.key: each for each in first.tables()}
    after = {each.key: each for each in second.tables()}
    renames = [
        Rename(old.key, "", new.name)
        for old in before.values()
        if old.key not in after
        for new in after.values()
        if new.key not in before and (old.schema, old.columns) == (new.schema, new.columns)
    ]
    for key in before.keys() & after.keys():
        renames += _renamed_columns(before[key], after[key])
    return sorted(renames)


def _renamed_columns(former: TableDefinition, table: TableDefinition) -> Iterator[Rename]:
    held = {each.name: each.type_name for each in former.columns}
    wanted = {each.name: each.type_name for each in table.columns}
    for old in held.keys() - wanted.keys():
        for new in wanted.keys() - held.keys():
            if held[old] == wanted[new]:
                yield Rename(table.key, old, new)


def after_renames(session: Session, database: Database, renames: Collection[Rename]) -> Database:
    """Return a database as it is when tables and columns are renamed.

    Args:
        session: Of an empty database, on which the definitions are made and renamed.
        database: The definitions.
        renames: What is renamed.

    Raises:
        InputError: One is not possible.
    """
    build(session, {"definitions.sql": dump_text(database)})
    for rename in in_order(renames):
        try:
            session.fetch(rename.statement)
        except StatementError as error:
            raise InputError(f"{rename.option} was refused: {error.message}") from None
    return read_database(session, Selection(with_access=database.access is not None))


def in_order(renames: Collection[Rename]) -> Sequence[Rename]:
    """Return renames with those of columns first, which name the table as it was."""
    return sorted(renames, key=lambda rename: (not rename.column, rename))
