"""Transaction modes: autocommit, manual commit and read-only.

Read-only mode is `BEGIN READ ONLY` around every statement: DSQL refuses the settings that would
make a session read-only (user guide, working-with-postgresql-compatibility).
"""

from __future__ import annotations

from dataclasses import dataclass

from dsql_tui.sql.statements.classify import StatementClass, StatementKind


@dataclass(frozen=True, slots=True)
class Discipline:
    """The transaction mode of statements.

    Attributes:
        manual: A transaction is begun before the first statement and stays open until COMMIT.
        read_only: Every statement runs in a read-only transaction.
    """

    manual: bool = False
    read_only: bool = False

    def opening(self, statement_class: StatementClass, *, idle: bool) -> str:
        """Return the statement to send before a statement, or an empty string.

        Args:
            statement_class: What the statement is.
            idle: Whether no transaction is open.
        """
        outside = {StatementKind.TRANSACTION, StatementKind.SESSION, StatementKind.EMPTY}
        if not idle or statement_class.kind in outside:
            return ""
        return "BEGIN READ ONLY" if self.read_only else "BEGIN" if self.manual else ""

    def wording(self, text: str, statement_class: StatementClass) -> str:
        """Return the statement to send instead: in read-only mode, BEGIN becomes read-only."""
        begins = statement_class.command in {"BEGIN", "START TRANSACTION"}
        return "BEGIN READ ONLY" if self.read_only and begins else text


_READING_KINDS = frozenset({StatementKind.EMPTY, StatementKind.QUERY, StatementKind.CALL})
"""Kinds that change nothing unless the classifier says so."""
_READING_COMMANDS = frozenset(
    {
        *("BEGIN", "START TRANSACTION", "COMMIT", "END", "ROLLBACK", "ABORT"),
        *("SAVEPOINT", "RELEASE", "ROLLBACK TO"),
        *("SHOW", "SET", "SET LOCAL", "SET SESSION", "SET ROLE", "RESET"),
    }
)


def reason_it_writes(statement_class: StatementClass, text: str = "") -> str:
    """Return why a statement writes or may write, as `DELETE writes`; empty if it only reads.

    A statement whose effects cannot be determined from its text counts as writing. So does a SET
    that could make a read-only transaction writable.

    Args:
        statement_class: What the statement is.
        text: The statement; used only if it is a SET.
    """
    name = (
        "EXPLAIN ANALYZE" if "EXPLAIN ANALYZE" in statement_class.verbs else statement_class.command
    )
    called = next(iter(statement_class.unknown_effects), "")
    if called and called != name:
        return f"{name} calls {called}, which may write"
    if statement_class.is_write and not called:
        return f"{name} writes"
    if statement_class.locks_rows:
        return f"{name} locks rows"
    if _lifts_read_only(statement_class, text.lower()):
        return f"{name} may lift read-only mode"
    if not called and (
        statement_class.kind in _READING_KINDS or statement_class.command in _READING_COMMANDS
    ):
        return ""
    return f"{name} may write"


def _lifts_read_only(statement_class: StatementClass, text: str) -> bool:
    return statement_class.command == "SET TRANSACTION" or (
        statement_class.command.startswith("SET")
        and ("read_only" in text or "characteristics" in text)
    )
