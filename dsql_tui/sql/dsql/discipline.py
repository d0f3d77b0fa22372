"""How statements are run: in transactions of the person's own, or of one that may only read.

Read-only mode is `BEGIN READ ONLY` around every statement: DSQL refuses the settings that would
make a session read-only (user guide, working-with-postgresql-compatibility).
"""

from __future__ import annotations

from dataclasses import dataclass

from dsql_tui.sql.statements.classify import StatementClass, StatementKind


@dataclass(frozen=True, slots=True)
class Discipline:
    """How statements are run.

    Attributes:
        manual: A transaction is begun before the first statement and stays open until COMMIT.
        read_only: Every statement runs in a transaction that the server lets read only.
    """

    manual: bool = False
    read_only: bool = False

    def opening(self, found: StatementClass, *, idle: bool) -> str:
        """Return what is sent before a statement, or empty.

        Args:
            found: What the statement is.
            idle: Whether no transaction is open.
        """
        outside = {StatementKind.TRANSACTION, StatementKind.SESSION, StatementKind.EMPTY}
        if not idle or found.kind in outside:
            return ""
        return "BEGIN READ ONLY" if self.read_only else "BEGIN" if self.manual else ""

    def wording(self, text: str, found: StatementClass) -> str:
        """Return what is sent in place of a statement: in read-only mode every BEGIN is."""
        begins = found.command in {"BEGIN", "START TRANSACTION"}
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


def reason_it_writes(found: StatementClass, text: str = "") -> str:
    """Return why a statement writes or may write, as `DELETE writes`; empty if it only reads.

    What cannot be told from the words counts as writing. So does a SET that could let a read-only
    transaction write.

    Args:
        found: What the statement is.
        text: The statement; only a SET is looked at.
    """
    name = "EXPLAIN ANALYZE" if "EXPLAIN ANALYZE" in found.verbs else found.command
    called = next(iter(found.unknown_effects), "")
    if called and called != name:
        return f"{name} calls {called}, which may write"
    if found.is_write and not called:
        return f"{name} writes"
    if found.locks_rows:
        return f"{name} locks rows"
    if _lifts_read_only(found, text.lower()):
        return f"{name} may lift read-only mode"
    if not called and (found.kind in _READING_KINDS or found.command in _READING_COMMANDS):
        return ""
    return f"{name} may write"


def _lifts_read_only(found: StatementClass, text: str) -> bool:
    return found.command == "SET TRANSACTION" or (
        found.command.startswith("SET") and ("read_only" in text or "characteristics" in text)
    )
