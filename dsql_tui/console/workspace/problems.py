"""Notifications of problems with the history, the saved tabs and the state file."""

from __future__ import annotations

from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.ui import Ui
from dsql_tui.console.workspace.open_tabs import ActiveServices


class Problems:
    """Reports each problem once.

    Args:
        ui: Warns.
        services: Report problems with the history.
        preferences: Reports problems with saved tabs and state.
    """

    def __init__(self, ui: Ui, services: ActiveServices, preferences: Preferences) -> None:
        self._ui = ui
        self._services = services
        self._preferences = preferences
        self._reported: set[str] = set()

    def report(self) -> None:
        """Report what has not been reported yet."""
        problems = (self._services.current.history_problem, *self._preferences.problems)
        for words in filter(None, problems):
            if words not in self._reported:
                self._reported.add(words)
                self._ui.warn(words)
