"""Base class of a tab's runner and explainer, which share the tab's session."""

from __future__ import annotations

from dsql_tui.console.run.connection import Connection
from dsql_tui.console.run.parts import TabResults, TabText
from dsql_tui.console.run.state import TabState
from dsql_tui.console.shared.ui import Post, Ui


class OnSession:
    """Works on one tab's session.

    Args:
        tab: The state of the tab.
        ui: Shows dialogs and notifications.
        post: Delivers what workers report.
        connection: The tab's session.
        text: The editor.
        results: The pane that shows results.
    """

    def __init__(
        self,
        tab: TabState,
        ui: Ui,
        post: Post,
        connection: Connection,
        *,
        text: TabText,
        results: TabResults,
    ) -> None:
        self._tab = tab
        self._ui = ui
        self._post = post
        self._connection = connection
        self._text = text
        self._results = results
