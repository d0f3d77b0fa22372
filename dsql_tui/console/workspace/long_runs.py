"""Opens scripts and batches from the editor, and reports those that run at quitting."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dsql_tui.console.editor.sql_editor import SqlEditor
from dsql_tui.console.run.parts import Schemas
from dsql_tui.console.run.tab import Tab
from dsql_tui.console.shared.ui import Ui
from dsql_tui.console.workspace.open_tabs import OpenTabs
from dsql_tui.errors import InputError
from dsql_tui.sql.dsql.batch_plan import batch_target
from dsql_tui.sql.lexing.names import qualified
from dsql_tui.sql.statements.sources import psql_command_in

if TYPE_CHECKING:
    from dsql_tui.console.long_runs.screen import LongRunScreen

READ_ONLY = "The session is read-only. Switch read-only mode off first."


class LongRuns:
    """Opens the screens of scripts and batches, which have their own sessions.

    Args:
        ui: Shows dialogs and notifications.
        tabs: The active tab determines where they run.
        schemas: Provides estimates of the rows of a relation.
        editor: Returns the text of the active tab.
        done: Called after one has run something.
    """

    def __init__(
        self,
        ui: Ui,
        tabs: OpenTabs,
        schemas: Schemas,
        *,
        editor: Callable[[], SqlEditor],
        done: Callable[[], object],
    ) -> None:
        self._ui = ui
        self._tabs = tabs
        self._schemas = schemas
        self._editor = editor
        self._done = done
        self._screen: LongRunScreen | None = None

    async def run_script(self) -> None:
        """Show the steps of the tab's script; F5 there runs them."""
        from dsql_tui.console.long_runs.script import ScriptScreen
        from dsql_tui.console.long_runs.workers import Connector

        tab, editor = self._tabs.front, self._editor()
        if not editor.text.strip():
            self._ui.warn("The tab has no statements to run.")
            return
        if not await tab.connection.cluster_known() or not self._may_write(tab):
            return
        pair, cluster = tab.state.pair, tab.state.cluster
        if pair is None or cluster is None:
            return
        connect = Connector(pair.services, pair.endpoint, pair.settings)
        production = tab.state.session.production
        text, path = editor.text, editor.path
        await self._show(ScriptScreen(connect, text, path, cluster.arn, production=production))

    async def run_batches(self) -> None:
        """Show how the statement at the cursor is run in batches; F5 there runs them."""
        tab, statements = self._tabs.front, self._editor().statements_at_cursor()
        if len(statements) != 1:
            self._ui.warn("Put the cursor on one statement to run it in batches.")
            return
        if command := psql_command_in(statements[0].text):
            self._ui.warn(f"{command} is a command of psql, not SQL.")
            return
        bound = await tab.runner.with_values(statements)
        if bound is None or not await tab.connection.cluster_known() or not self._may_write(tab):
            return
        await self._show_batches(tab, bound[0].text)

    async def run_batches_of(self, statement: str) -> None:
        """Show how a statement is run in batches on the active tab's cluster."""
        tab = self._tabs.front
        if await tab.connection.cluster_known() and self._may_write(tab):
            await self._show_batches(tab, statement)

    async def _show_batches(self, tab: Tab, statement: str) -> None:
        try:
            screen = self._batches(tab, statement)
        except InputError as error:
            self._ui.warn(error.message)
            return
        if screen is not None:
            await self._show(screen)

    def _batches(self, tab: Tab, statement: str) -> LongRunScreen | None:
        """Return the screen of a statement's batches; they resume where they ended.

        Raises:
            InputError: It cannot be cut into batches.
        """
        from dsql_tui.console.long_runs.batches import BatchScreen
        from dsql_tui.console.long_runs.workers import Connector

        pair = tab.state.pair
        if pair is None:
            return None
        table = qualified(batch_target(statement).relation)
        return BatchScreen(
            Connector(pair.services, pair.endpoint, pair.settings),
            statement,
            self._schemas.estimate_of(pair.endpoint, table),
            production=tab.state.session.production,
        )

    def _may_write(self, tab: Tab) -> bool:
        if tab.state.session.discipline.read_only:
            self._ui.warn(READ_ONLY)
            return False
        return True

    async def _show(self, screen: LongRunScreen) -> None:
        self._screen = screen
        was_run = await self._ui.ask(screen)
        self._screen = None
        if was_run:
            self._done()

    @property
    def losses(self) -> list[str]:
        """The unfinished runs that quitting would stop, as sentences."""
        if self._screen is None or not self._screen.running:
            return []
        return [
            f"{self._screen.TITLE_WORDS} is in progress. Committed changes are kept; the current "
            "transaction may or may not be committed."
        ]

    def halt(self) -> None:
        """Stop the runs as soon as possible."""
        if self._screen is not None:
            self._screen.halt()
