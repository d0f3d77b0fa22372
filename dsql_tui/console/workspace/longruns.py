"""The way from the editor to scripts and batches, and what quitting would leave behind."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dsql_tui.config import Config
from dsql_tui.console.desk import Desk
from dsql_tui.console.memory import Memory
from dsql_tui.console.panes.sql_editor import SqlEditor
from dsql_tui.console.services import Services
from dsql_tui.console.sessions import SessionPair
from dsql_tui.console.workspace.statements import Statements
from dsql_tui.errors import InputError
from dsql_tui.sql.batch import Key, batch_target
from dsql_tui.sql.names import qualified

if TYPE_CHECKING:
    from dsql_tui.console.longrun.screen import LongRunScreen


READ_ONLY = "The session is read-only; switch read-only mode off first."


class LongRuns(Statements):
    """Opens the screens of scripts and batches; they have sessions of their own."""

    _long_run: LongRunScreen | None = None

    def __init__(self, services: Services, config: Config, memory: Memory) -> None:
        super().__init__(services, config, memory)
        self._places: dict[tuple[str, str], Key] = {}
        """How far batches got, by ARN and statement."""

    def action_run_script(self) -> None:
        """Show the steps of the tab's script; F5 there runs them."""
        desk, editor = self._desk, self._editor.current
        if not editor.text.strip():
            self._warn("There is no script in this tab.")
        else:
            self._with_pair(desk, partial(self._open_script, desk, editor))

    def _open_script(self, desk: Desk, editor: SqlEditor) -> None:
        from dsql_tui.console.longrun.jobs import Connector
        from dsql_tui.console.longrun.script import ScriptScreen

        pair, cluster = desk.pair, desk.cluster
        if desk.session.discipline.read_only:
            self._warn(READ_ONLY)
        elif pair is not None and cluster is not None:
            connect = Connector(pair.services, pair.endpoint, pair.settings)
            production = desk.session.production
            text, path = editor.text, editor.path
            screen = ScriptScreen(connect, text, path, cluster.arn, production=production)
            self._show_long_run(screen)

    def action_run_batches(self) -> None:
        """Show how the statement at the cursor is cut into batches; F5 there runs them."""
        desk, found = self._desk, self._editor.current.statements_at_cursor()
        if len(found) != 1:
            self._warn("One statement is run in batches: put the cursor on it.")
        else:
            self._with_values(
                desk,
                found,
                lambda bound: self._with_pair(
                    desk, partial(self._open_batches, desk, bound[0].text)
                ),
            )

    def _open_batches(self, desk: Desk, statement: str) -> None:
        from dsql_tui.console.longrun.batches import BatchScreen
        from dsql_tui.console.longrun.jobs import Connector

        pair, cluster = desk.pair, desk.cluster
        if desk.session.discipline.read_only:
            self._warn(READ_ONLY)
            return
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
            Connector(pair.services, pair.endpoint, pair.settings),
            statement,
            self._schemas.pane(pair.endpoint).estimate_of(table),
            self._places.get(name),
            reached,
            production=desk.session.production,
        )
        self._show_long_run(screen)

    def _show_long_run(self, screen: LongRunScreen) -> None:
        def left(was_run: bool | None) -> None:
            self._long_run = None
            if was_run:
                self.action_refresh_schema()

        self._long_run = screen
        self.app.push_screen(screen, left)

    def _all_losses(self) -> list[str]:
        screen = self._long_run
        if screen is None or not screen.running:
            return super()._all_losses()
        going_on = (
            f"{screen.TITLE_WORDS} is going on. What is committed stays; the transaction at hand "
            "may or may not."
        )
        return [going_on, *super()._all_losses()]

    def release(self) -> list[SessionPair]:
        """Give up the sessions; what goes on stops at the next chance."""
        if self._long_run is not None:
            self._long_run.halt()
        return super().release()
