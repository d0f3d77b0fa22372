"""The panes of the workspace, created in one place and found by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual.widget import Widget

from dsql_tui.config import Config
from dsql_tui.console.clusters.clusters_pane import ClustersPane
from dsql_tui.console.clusters.welcome import WelcomePane
from dsql_tui.console.editor.editor_pane import EditorPane
from dsql_tui.console.results.result_choices import choices_of
from dsql_tui.console.results.results_pane import ResultsPane
from dsql_tui.console.run.tab import Tab
from dsql_tui.console.schema.schema_pane import SchemaPane
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.widgets.stack import Stack
from dsql_tui.console.workspace.panes.layout import PANES, WELCOME


class Panes:
    """The panes of the workspace.

    Args:
        now: The current time.
        config: The person's settings.
        preferences: Has the saved tabs.
        offers_local: Whether the welcome page offers to start the local DSQL.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        config: Config,
        preferences: Preferences,
        *,
        offers_local: bool,
    ) -> None:
        choices = choices_of(config)
        self.clusters = ClustersPane(now)
        self.welcome = WelcomePane(offers_local=offers_local)
        self.editor = EditorPane(preferences.buffers, soft_wrap=config.soft_wrap)
        self.schemas: Stack[SchemaPane] = Stack(SchemaPane, None, id="schema")
        self.results: Stack[ResultsPane] = Stack(
            lambda key: ResultsPane(choices, now, id=key),
            self.editor.first,
            id="results",
        )

    def results_of(self, tab: Tab) -> ResultsPane:
        """Return the results of a tab."""
        return self.results.pane(tab.key)

    @staticmethod
    def name_around(widget: Widget | None) -> str:
        """Return the name of the pane that contains a widget, or empty."""
        if widget is None:
            return ""
        names = {*PANES, WELCOME}
        return next((node.id for node in widget.ancestors_with_self if node.id in names), "") or ""

    def pane(self, name: str, tab: Tab) -> ClustersPane | SchemaPane | EditorPane | ResultsPane:
        """Return a pane by its name; results are those of a tab."""
        match name:
            case "clusters":
                return self.clusters
            case "schema":
                return self.schemas.front
            case "results":
                return self.results_of(tab)
            case _:
                return self.editor
