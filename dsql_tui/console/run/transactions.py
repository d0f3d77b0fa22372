"""Transactions of one tab: manual commit, read-only mode, COMMIT and ROLLBACK, retry."""

from __future__ import annotations

from dataclasses import replace

from dsql_tui.console.run.again import AgainDialog
from dsql_tui.console.run.runner import BUSY, Runner
from dsql_tui.console.run.state import TabState
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.shared.ui import Ui
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.sql.dsql.discipline import Discipline
from dsql_tui.sql.lexing.split import Statement


class TabTransactions:
    """Changes how one tab's statements run, and ends its transaction.

    Args:
        tab: The state of the tab.
        ui: Shows dialogs and notifications.
        runner: Runs what ends a transaction, or does it again.
    """

    def __init__(self, tab: TabState, ui: Ui, runner: Runner) -> None:
        self._tab = tab
        self._ui = ui
        self._runner = runner

    async def commit(self) -> None:
        """Commit the open transaction."""
        await self._end_with("COMMIT")

    async def roll_back(self) -> None:
        """Roll back the open transaction."""
        await self._end_with("ROLLBACK")

    async def _end_with(self, command: str) -> None:
        if not self._tab.session.in_transaction:
            self._ui.warn("No transaction is open.")
        elif self._tab.run_state.running:
            self._ui.warn(with_keys(BUSY))
        else:
            statement = Statement(command, 0, len(command))
            discipline = self._tab.session.discipline
            await self._runner.carry_out((statement,), discipline, quiet=True)

    async def take_offer(self, *, only_checks: bool) -> None:
        """Show the lost statements, or the query that checks for them; run them when confirmed."""
        offer = self._tab.offer
        if offer is None or offer.only_checks is not only_checks:
            self._ui.warn(
                "There is nothing to check." if only_checks else "There is nothing to retry."
            )
        elif await self._ui.ask(AgainDialog(offer)):
            statements = tuple(Statement(each, 0, len(each)) for each in offer.statements)
            discipline = replace(self._tab.session.discipline, manual=False)
            await self._runner.carry_out(statements, discipline)

    def toggle_manual(self) -> None:
        """Toggle between autocommit and manual commit."""
        discipline = self._tab.session.discipline
        manual = not discipline.manual
        self._set(replace(discipline, manual=manual))
        self._ui.notify(
            with_keys(
                "Manual commit: press {transaction.commit} to commit, "
                "{transaction.rollback} to roll back."
            )
            if manual
            else "Autocommit: each statement is its own transaction."
        )

    async def toggle_read_only(self) -> None:
        """Toggle read-only; allowing writes on a production cluster needs a confirmation."""
        session = self._tab.session
        changed = replace(session.discipline, read_only=not session.discipline.read_only)
        if session.in_transaction:
            self._ui.warn("A transaction is open. Commit or roll back first.")
            return
        if session.production and not changed.read_only and session.endpoint:
            name = session.endpoint.cluster_name
            dialog = ConfirmDialog(
                "Allow writes?", f"{name} is a production cluster.", verb="Allow writes"
            )
            if not await self._ui.ask(dialog):
                return
        self._set(changed)

    def _set(self, discipline: Discipline) -> None:
        self._tab.put(session=replace(self._tab.session, discipline=discipline))
