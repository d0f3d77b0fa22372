"""The way from the editor to scripts and batches, and what quitting would leave behind."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dsql_tui.config import Config
from dsql_tui.console.dialogs.parameters import ParametersDialog
from dsql_tui.console.memory import Memory
from dsql_tui.console.panes.editor import EditorPane
from dsql_tui.console.panes.schema import SchemaPane
from dsql_tui.console.services import Services
from dsql_tui.console.sessions import SessionPair
from dsql_tui.console.workspace.statements import Statements
from dsql_tui.errors import InputError
from dsql_tui.sql.batch import Key, batch_target
from dsql_tui.sql.names import qualified
from dsql_tui.sql.params import parameters_of
from dsql_tui.sql.split import Statement

if TYPE_CHECKING:
    from dsql_tui.console.longrun.screen import LongRunScreen


class LongRuns(Statements):
    """Opens the screens of scripts and batches; they have sessions of their own."""

    _long_run: LongRunScreen | None = None

    def __init__(self, services: Services, config: Config, memory: Memory) -> None:
        super().__init__(services, config, memory)
        self._places: dict[tuple[str, str], Key] = {}
        """How far batches got, by ARN and statement."""

    def action_run_script(self) -> None:
        """Show the steps of the tab's script; F5 there runs them."""
        from dsql_tui.console.longrun.jobs import Connector
        from dsql_tui.console.longrun.script import ScriptScreen

        editor = self.query_one(EditorPane).current
        if reason := self._cannot_write():
            self._warn(reason)
        elif not editor.text.strip():
            self._warn("There is no script in this tab.")
        elif self._pair is not None and self._cluster is not None:
            pair, arn, production = self._pair, self._cluster.arn, self.session.production
            connect = Connector(self.services, pair.endpoint, pair.settings)
            screen = ScriptScreen(connect, editor.text, editor.path, arn, production=production)
            self._show_long_run(screen)

    def action_run_batches(self) -> None:
        """Show how the statement at the cursor is cut into batches; F5 there runs them."""
        found = self.query_one(EditorPane).current.statements_at_cursor()
        if reason := self._cannot_write():
            self._warn(reason)
        elif len(found) != 1:
            self._warn("One statement is run in batches: put the cursor on it.")
        elif names := parameters_of(found[0].text):
            dialog = ParametersDialog(names, self._values)
            self.app.push_screen(dialog, partial(self._bind_batches, found[0]))
        else:
            self._open_batches(found[0].text)

    def _cannot_write(self) -> str:
        if self._pair is None:
            return "Open a cluster first: F2, then enter."
        if self.session.discipline.read_only:
            return "The session is read-only; switch read-only mode off first."
        return ""

    def _bind_batches(self, statement: Statement, values: dict[str, str | None] | None) -> None:
        if values is None:
            return
        self._values.update(values)
        try:
            bound = self.query_one(EditorPane).bind((statement,), self._values)
        except InputError as error:
            self._warn(error.message)
        else:
            self._open_batches(bound[0].text)

    def _open_batches(self, statement: str) -> None:
        from dsql_tui.console.longrun.batches import BatchScreen
        from dsql_tui.console.longrun.jobs import Connector

        pair, cluster = self._pair, self._cluster
        if pair is None or cluster is None:
            return
        try:
            table = qualified(batch_target(statement).relation)
        except InputError as error:
            self._warn(error.message)
            return
        name = (cluster.arn, statement)

        def reached(key: Key | None) -> None:
            self._places.pop(name, None) if key is None else self._places.update({name: key})

        screen = BatchScreen(
            Connector(self.services, pair.endpoint, pair.settings),
            statement,
            self.query_one(SchemaPane).estimate_of(table),
            self._places.get(name),
            reached,
            production=self.session.production,
        )
        self._show_long_run(screen)

    def _show_long_run(self, screen: LongRunScreen) -> None:
        def left(was_run: bool | None) -> None:
            self._long_run = None
            if was_run:
                self.action_refresh_schema()

        self._long_run = screen
        self.app.push_screen(screen, left)

    def _losses(self) -> str:
        screen = self._long_run
        if screen is None or not screen.running:
            return super()._losses()
        return (
            f"{screen.TITLE_WORDS} is going on. What is committed stays; the transaction at hand "
            "may or may not."
        )

    def release(self) -> list[SessionPair]:
        """Give up the sessions; what goes on stops at the next chance."""
        if self._long_run is not None:
            self._long_run.halt()
        return super().release()
