"""Renaming, commenting on and dropping a relation, and how every change is checked.

A change returns statements without a semicolon, one DDL each, as DSQL wants one per transaction
(user guide, working-with-ddl). What is checked here would be refused by the server, too; the reason
and an alternative are known earlier, before anything is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dsql_tui.errors import InputError
from dsql_tui.model.inspection import ForeignKey, Inspection
from dsql_tui.model.relation import RelationKind
from dsql_tui.sql.dsql.refusals import advice_on_refusal
from dsql_tui.sql.dsql.rules import objections
from dsql_tui.sql.lexing.names import qualified, quoted
from dsql_tui.sql.lexing.split import split
from dsql_tui.sql.lexing.string_constants import literal

NAME_BYTES = 63
"""PostgreSQL cuts longer names off."""
SYSTEM_SCHEMAS = frozenset({"sys", "pg_catalog", "information_schema"})
UNSUPPORTED = "0A000"


class RelationChange(Protocol):
    """A change of a relation."""

    def statements(self, of: Inspection) -> list[str]:
        """Return the statements that perform it on a relation.

        Raises:
            InputError: Something is missing in it.
        """
        ...

    def check(self, of: Inspection) -> None:
        """Check it against the relation's definition.

        Raises:
            InputError: The server would refuse it.
        """
        ...


def check_change(change: RelationChange, of: Inspection) -> None:
    """Check a change by the relation's definition and by the rules for statements.

    Raises:
        InputError: DSQL would refuse it; the message says why and the remedy what to do instead.
    """
    check_changeable(of)
    change.check(of)
    for statement in change.statements(of):
        _check_statement(statement)


def check_changeable(of: Inspection) -> None:
    """Refuse relations that belong to the system.

    Raises:
        InputError: It is one.
    """
    if of.relation.schema in SYSTEM_SCHEMAS:
        raise InputError(f"{qualified(of.name)} belongs to the system and cannot be changed.")


def _check_statement(statement: str) -> None:
    if len(split(statement)) != 1:
        raise InputError(
            "A semicolon would end the statement here.",
            remedy="Enter one type or one expression; put other statements into the editor.",
        )
    for objection in objections(statement):
        if not objection.unsure:
            advice = advice_on_refusal(UNSUPPORTED, objection.message, statement)
            raise InputError(
                f"DSQL refuses it: {objection.message}.", remedy=objection.suggestion or advice
            )


def keyword_of(of: Inspection) -> str:
    """Return the word for a relation in DDL: `TABLE`, `VIEW` or `SEQUENCE`."""
    return of.relation.kind.value.upper()


def check_name(name: str) -> None:
    """Check a new name.

    Raises:
        InputError: It is missing, or the server would cut it off.
    """
    if not name:
        raise InputError("Enter a name.")
    if (size := len(name.encode())) > NAME_BYTES:
        raise InputError(
            f"The name has {size} bytes.", remedy=f"PostgreSQL keeps {NAME_BYTES} of a name."
        )


def check_new_column(name: str, of: Inspection) -> None:
    """Check the name of a new column.

    Raises:
        InputError: It cannot be used, or there is such a column.
    """
    check_name(name)
    if of.column(name) is not None:
        raise InputError(f"{of.relation.name} has a column {name} already.")


def referred_by(key: ForeignKey) -> InputError:
    """Return the refusal to drop what a foreign key of another table refers to."""
    table = qualified(key.relation)
    return InputError(
        f"{table} refers to it by the foreign key {key.name}.",
        remedy=f"Drop that first: ALTER TABLE {table} DROP CONSTRAINT {quoted(key.name)}.",
    )


@dataclass(frozen=True, slots=True)
class RenameRelation:
    """Renames a table, view or sequence."""

    new_name: str

    def statements(self, of: Inspection) -> list[str]:
        """Return ALTER … RENAME TO."""
        check_name(self.new_name)
        target = f"{keyword_of(of)} {qualified(of.name)}"
        return [f"ALTER {target} RENAME TO {quoted(self.new_name)}"]

    def check(self, of: Inspection) -> None:
        """Refuse the present name."""
        if self.new_name == of.relation.name:
            raise InputError("This is the name that it has.")


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """Renames a column of a table or view."""

    column: str
    new_name: str

    def statements(self, of: Inspection) -> list[str]:
        """Return ALTER … RENAME COLUMN."""
        check_name(self.new_name)
        target = f"{keyword_of(of)} {qualified(of.name)}"
        names = f"{quoted(self.column)} TO {quoted(self.new_name)}"
        return [f"ALTER {target} RENAME COLUMN {names}"]

    def check(self, of: Inspection) -> None:
        """Refuse the name of a column that exists."""
        check_new_column(self.new_name, of)


@dataclass(frozen=True, slots=True)
class CommentOn:
    """Sets or removes the comment on a relation or on one of its columns.

    Attributes:
        text: The comment; empty removes it.
        column: The column; empty for the relation.
    """

    text: str
    column: str = ""

    def statements(self, of: Inspection) -> list[str]:
        """Return COMMENT ON."""
        text = literal(self.text) if self.text else "NULL"
        if self.column:
            return [f"COMMENT ON COLUMN {qualified((*of.name, self.column))} IS {text}"]
        return [f"COMMENT ON {keyword_of(of)} {qualified(of.name)} IS {text}"]

    def check(self, of: Inspection) -> None:
        """Refuse the present comment."""
        column = of.column(self.column)
        if self.text == (column.comment if column else of.relation.comment):
            raise InputError("This is the comment that it has.")


@dataclass(frozen=True, slots=True)
class DropRelation:
    """Drops a table, view or sequence, unless something depends on it."""

    def statements(self, of: Inspection) -> list[str]:
        """Return DROP without CASCADE."""
        return [f"DROP {keyword_of(of)} {qualified(of.name)}"]

    def check(self, of: Inspection) -> None:
        """Refuse to drop what foreign keys of other tables refer to."""
        for key in of.referred_by:
            if key.oid != of.relation.oid:
                raise referred_by(key)


def delete_rows(of: Inspection) -> str:
    """Return the statement that deletes every row, for a run in batches; DSQL has no TRUNCATE.

    Raises:
        InputError: It has no rows that can be deleted.
    """
    check_changeable(of)
    if of.relation.kind is not RelationKind.TABLE:
        raise InputError(f"The rows of a {of.relation.kind} cannot be deleted.")
    return f"DELETE FROM {qualified(of.name)}"  # noqa: S608 - the name is quoted
