"""Transactions in sight: manual commit, read-only, COMMIT and ROLLBACK, running again."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from dsql_tui.console.desk import Desk
from dsql_tui.console.dialogs.again import AgainDialog
from dsql_tui.console.offers import Offer
from dsql_tui.console.transaction import Discipline
from dsql_tui.console.workspace.statements import Statements
from dsql_tui.sql.split import Statement


class Transactions(Statements):
    """Switches and the two ways out of a transaction."""

    def action_commit(self) -> None:
        """COMMIT the open transaction."""
        self._end_with("COMMIT")

    def action_roll_back(self) -> None:
        """ROLLBACK the open transaction."""
        self._end_with("ROLLBACK")

    def _end_with(self, command: str) -> None:
        desk = self._desk
        if not desk.session.in_transaction:
            self._warn("No transaction is open.")
        elif desk.run_state.running:
            self._warn("A statement is running; esc cancels it.")
        else:
            statement = Statement(command, 0, len(command))
            self._start_run(desk, (statement,), desk.session.discipline, quiet=True)

    def action_run_again(self) -> None:
        """Show what was lost, then run it again after a yes."""
        self._ask_offer(looks=False)

    def action_show_outcome(self) -> None:
        """Show the query that tells whether a write completed, then run it after a yes."""
        self._ask_offer(looks=True)

    def _ask_offer(self, *, looks: bool) -> None:
        desk = self._desk
        if (offer := desk.offer) is None or offer.looks is not looks:
            self._warn("Nothing was lost.")
            return
        self.app.push_screen(
            AgainDialog(offer), lambda answer: self._take(desk, offer) if answer else None
        )

    def _take(self, desk: Desk, offer: Offer) -> None:
        statements = tuple(Statement(each, 0, len(each)) for each in offer.statements)
        self._start_run(desk, statements, replace(desk.session.discipline, manual=False))

    def action_toggle_manual(self) -> None:
        """Autocommit, or transactions that stay open until COMMIT."""
        desk = self._desk
        manual = not desk.session.discipline.manual
        self._discipline(desk, replace(desk.session.discipline, manual=manual))
        self.notify(
            "Manual commit: alt+c commits, alt+z rolls back."
            if manual
            else "Autocommit: every statement stands alone.",
            markup=False,
        )

    def action_toggle_read_only(self) -> None:
        """Let the server refuse writes, or allow them; on a production cluster only after a yes."""
        desk = self._desk
        session, discipline = desk.session, desk.session.discipline
        changed = replace(discipline, read_only=not discipline.read_only)
        if session.in_transaction:
            self._warn("A transaction is open: commit or roll back first.")
        elif session.production and discipline.read_only and session.endpoint:
            name = session.endpoint.cluster_name
            self._ask(
                "Allow writes?",
                f"{name} is marked as production.",
                partial(self._discipline, desk, changed),
                yes=f"Write on {name}",
            )
        else:
            self._discipline(desk, changed)

    def _discipline(self, desk: Desk, discipline: Discipline) -> None:
        self._put(desk, session=replace(desk.session, discipline=discipline))
