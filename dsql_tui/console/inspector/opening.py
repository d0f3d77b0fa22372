"""Opens the inspector of a relation, and follows references from results."""

from __future__ import annotations

from collections.abc import Callable

from dsql_tui.console.messages.catalog import InspectRequested
from dsql_tui.console.results.result_choices import ResultChoices
from dsql_tui.console.results.result_pane import ResultPane
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.ui import Ui


class Inspecting:
    """Shows relations of the active tab's database.

    Args:
        ui: Shows the inspector.
        pair: Returns the sessions of the active tab, or `None` without a cluster.
        choices: How values are shown.
        insert: Puts SQL into the editor.
    """

    def __init__(
        self,
        ui: Ui,
        pair: Callable[[], SessionPair | None],
        choices: ResultChoices,
        insert: Callable[[str], object],
    ) -> None:
        self._ui = ui
        self._pair = pair
        self._choices = choices
        self._insert = insert

    def requested(self, message: InspectRequested) -> None:
        """Open a relation."""
        self._ui.start(self.inspect(message.relation))

    async def inspect(self, relation: tuple[str, str]) -> None:
        """Open a relation at its rows; insert the SQL that was chosen there into the editor."""
        from dsql_tui.console.inspector.screen import InspectorScreen

        if (pair := self._pair()) is None:
            self._ui.warn("Open a cluster first.")
            return
        sql = await self._ui.ask(InspectorScreen(pair, relation, self._choices))
        if sql:
            self._insert(sql)

    def follow_requested(self, message: ResultPane.FollowRequested) -> None:
        """Follow a reference from a result of the active tab."""
        from dsql_tui.console.inspector.following import Following

        following = Following(self._ui, self._pair)
        self._ui.start(following.follow(message.pane, referring=message.referring))
