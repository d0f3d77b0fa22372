"""Quitting: the confirmation, saving the tabs, closing the sessions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.ui import Ui
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.console.workspace.files import Files
from dsql_tui.console.workspace.long_runs import LongRuns
from dsql_tui.console.workspace.open_tabs import OpenTabs


class HasSessions(Protocol):
    """What opens a screen with further sessions."""

    def release(self) -> list[SessionPair]:
        """Return the sessions of the open screen; the caller closes them."""
        ...


class Quitting:
    """Ends the workspace.

    Args:
        ui: Shows dialogs.
        tabs: Have sessions and open transactions.
        files: Knows which texts are unsaved.
        long_runs: Runs scripts and batches.
        screens: What opens screens with further sessions, which are released too.
    """

    def __init__(
        self,
        ui: Ui,
        tabs: OpenTabs,
        files: Files,
        long_runs: LongRuns,
        screens: Sequence[HasSessions],
    ) -> None:
        self._ui = ui
        self._tabs = tabs
        self._files = files
        self._long_runs = long_runs
        self._screens = screens

    def quit(self, then: Callable[[], None]) -> None:
        """Ask once if quitting would lose something, naming each tab, then call `then`."""
        self._ui.start(self._quit(then))

    async def _quit(self, then: Callable[[], None]) -> None:
        losses = [*self._long_runs.losses, *self._tabs.losses, *self._files.losses()]
        if losses:
            answer = await self._ui.ask(ConfirmDialog("Quit?", "\n".join(losses), verb="Quit"))
            if not answer:
                return
            self._tabs.discard_staged()
        then()

    def save_tabs(self) -> None:
        """Save the open tabs before the program ends."""
        self._files.keep_now()

    def release(self) -> list[SessionPair]:
        """Stop long runs and return every session; the caller closes them."""
        self._long_runs.halt()
        return [
            *self._tabs.release(),
            *(pair for each in self._screens for pair in each.release()),
        ]
