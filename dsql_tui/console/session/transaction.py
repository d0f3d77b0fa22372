"""The size of an open transaction against DSQL's limits.

The limits are the service's (user guide, CHAP_quotas; measured, September 2026). Rows are
counted as the server reports them; bytes are an estimate, because the server does not report them
before COMMIT, and are shown as an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from dsql_tui.sql.dsql.limits import TRANSACTION_AGE_S, TRANSACTION_BYTES, TRANSACTION_ROWS
from dsql_tui.sql.lexing.split import Statement
from dsql_tui.sql.statements.classify import StatementClass, StatementKind, classify, may_destroy

ROW_GUESS_BYTES = 100
"""Estimated size of a changed row whose values are not in the statement itself."""
STATEMENTS_KEPT = 200
"""Statements remembered for running a lost transaction again."""
NEAR, CLOSE = 0.80, 0.95
"""Shares of a limit from which on it is amber, and red."""


class Strain(StrEnum):
    """How close a transaction is to its limits."""

    FINE = "fine"
    NEAR = "near the limit"
    CLOSE = "at the limit"


@dataclass(frozen=True, slots=True)
class OpenTransaction:
    """The statements, rows and time of an open transaction.

    Attributes:
        began_at: When its BEGIN was answered, aware UTC.
        read_only: Begun READ ONLY.
        statements: What ran in it, oldest first; the last `STATEMENTS_KEPT`.
        is_whole: `statements` is all that ran; only then can it be run again.
        rows_changed: As the server's tags say.
        bytes_changed: A guess.
        ddl: The command of its one DDL statement, or empty.
    """

    began_at: datetime
    read_only: bool = False
    statements: tuple[str, ...] = ()
    is_whole: bool = True
    rows_changed: int = 0
    bytes_changed: int = 0
    ddl: str = ""

    def after(
        self, text: str, statement_class: StatementClass, rows_affected: int | None
    ) -> OpenTransaction:
        """Return it after a statement has succeeded."""
        rows = rows_affected or 0
        written = max(len(text.encode()), rows * ROW_GUESS_BYTES) if rows else 0
        return replace(
            self,
            statements=(*self.statements, text)[-STATEMENTS_KEPT:],
            is_whole=self.is_whole and len(self.statements) < STATEMENTS_KEPT,
            rows_changed=self.rows_changed + rows,
            bytes_changed=self.bytes_changed + written,
            ddl=statement_class.command if statement_class.kind is StatementKind.DDL else self.ddl,
        )

    def share(self, now: datetime) -> float:
        """Return the largest used share of a limit; 1 is the limit."""
        age = (now - self.began_at).total_seconds() / TRANSACTION_AGE_S
        return max(
            age,
            self.rows_changed / TRANSACTION_ROWS,
            self.bytes_changed / TRANSACTION_BYTES,
        )

    def strain(self, now: datetime) -> Strain:
        """Return how close it is to its limits."""
        share = self.share(now)
        return Strain.CLOSE if share >= CLOSE else Strain.NEAR if share >= NEAR else Strain.FINE


@dataclass(frozen=True, slots=True)
class Danger:
    """A statement that needs a confirmation before it runs.

    Attributes:
        text: The statement.
        hazard: The destructive effect, as a command: `Drop table orders`.
        targets: The objects that it affects.
        can_be_looked_at: Whether its effect can be inspected before COMMIT.
    """

    text: str
    hazard: str
    targets: tuple[str, ...] = field(default=())
    can_be_looked_at: bool = False


_HEAD_CHARACTERS = 2_000
"""Enough of a statement to classify it; classifying a whole megabyte takes a second."""


def is_ddl(statement: Statement) -> bool:
    """Return whether a statement is DDL, by its first words."""
    return classify(statement.text[:_HEAD_CHARACTERS]).is_ddl


def dangers_of(statements: tuple[Statement, ...], *, can_look: bool) -> tuple[Danger, ...]:
    """Return the statements that need a confirmation.

    Args:
        statements: The statements to run.
        can_look: Whether the effect can be inspected in a transaction before COMMIT; with DDL
            among the statements it cannot.
    """
    dangers: list[Danger] = []
    can_look = can_look and not any(is_ddl(statement) for statement in statements)
    for statement in statements:
        if not may_destroy(statement.text):
            continue
        statement_class = classify(statement.text)
        if statement_class.is_destructive:
            looks = can_look and statement_class.kind is StatementKind.DML
            dangers.append(
                Danger(statement.text, statement_class.hazard, statement_class.targets, looks)
            )
    return tuple(dangers)
