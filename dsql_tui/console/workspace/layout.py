"""Where things are on the screen: focus, folding, maximising, tabs."""

from __future__ import annotations

from dsql_tui.console.workspace.base import PANES, WorkspaceBase


class Layout(WorkspaceBase):
    """Moves the focus and the frames; classes on the screen do the rest."""

    def action_toggle_sidebar(self) -> None:
        """Fold the sidebar; in one column, show the clusters or go back."""
        if self.has_class("-narrow"):
            self.action_focus_pane("editor" if self.only == "clusters" else "clusters")
        else:
            self.only = ""
            self.toggle_class("-folded")
            if self.has_class("-folded") and not self._focus_is_in("#work"):
                self._editor.focus_content()

    def action_toggle_maximize(self) -> None:
        """Give the focused pane the screen, or take it back."""
        self.only = "" if self.only else self._focused_pane()

    def action_focus_pane(self, pane: str) -> None:
        """Show a pane and put the focus into it."""
        sidebar = pane in {"clusters", "schema"}
        if self.has_class("-narrow"):
            self.only = pane if sidebar or self.has_class("-short") else ""
        else:
            self.only = pane if self.only else ""
            self.set_class(self.has_class("-folded") and not sidebar, "-folded")
        self._pane(pane).focus_content()

    def action_next_tab(self, step: int) -> None:
        """Step through the tabs of the pane that has the focus."""
        pane = "results" if self._focused_pane() == "results" else "editor"
        frame = self._desk.results if pane == "results" else self._editor
        frame.step_tab(step)
        self._pane(pane).focus_content()

    def watch_only(self, only: str) -> None:
        """Classes do the layout."""
        for pane in PANES:
            self.set_class(pane == only, f"-only-{pane}")
