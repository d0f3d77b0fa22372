"""What to offer for a lost statement: retry it, or check whether it was committed.

Nothing runs automatically: an offer is shown as its SQL, and runs once it is confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass

from dsql_tui.console.session.transaction import OpenTransaction
from dsql_tui.errors import DsqlTuiError, OccConflict, SessionLost


@dataclass(frozen=True, slots=True)
class Offer:
    """Statements that run once they are confirmed.

    Attributes:
        question: The question.
        statements: In order, BEGIN and COMMIT among them.
        verb: The label of the button that runs them.
        only_checks: They only check whether a write was committed; nothing is retried.
    """

    question: str
    statements: tuple[str, ...]
    verb: str = "Retry"
    only_checks: bool = False

    @property
    def script(self) -> str:
        """The statements as SQL text."""
        return "".join(f"{each};\n" for each in self.statements).rstrip("\n")


def offer_after(error: DsqlTuiError, statement: str, work: OpenTransaction | None) -> Offer | None:
    """Return what to offer after an error; a transaction is retried as a whole or not at all.

    Args:
        error: What ended the statement.
        statement: The statement; empty when none was sent.
        work: What the transaction around it held, `None` when none was open.
    """
    held = _as_begun(work)
    if isinstance(error, OccConflict) and work is not None:
        lost = (*held, "COMMIT")
        return Offer("Retry the transaction?", lost) if held else None
    if not isinstance(error, SessionLost):
        return None
    if error.outcome_unknown:
        if not error.check:
            return None
        return Offer("Check whether it was committed?", (error.check,), "Check", only_checks=True)
    if work is not None:
        if not held:
            return None
        again = (*held, *((statement,) if statement else ()))
        return Offer("Retry what was rolled back? It stays uncommitted.", again)
    return Offer("Retry the statement?", (statement,)) if statement else None


def _as_begun(work: OpenTransaction | None) -> tuple[str, ...]:
    """Return a transaction's statements with its BEGIN; nothing when not all of them are known."""
    if work is None or not work.is_whole:
        return ()
    return ("BEGIN READ ONLY" if work.read_only else "BEGIN", *work.statements)
