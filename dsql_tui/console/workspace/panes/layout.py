"""Visible panes and focus: hiding, maximizing, one column on narrow terminals."""

from __future__ import annotations

from typing import Protocol

from textual.geometry import Size

PANES = ("clusters", "schema", "editor", "results")
WELCOME = "welcome"
"""Stands where the editor is."""
SIDEBAR = {"clusters", "schema"}
WIDTHS, HEIGHTS = [(0, "-narrow"), (100, "-wide")], [(0, "-short"), (20, "-tall")]
"""Style classes by the cells a terminal has at least."""


def shape(size: Size) -> list[str]:
    """Return the CSS classes of a terminal's size, one for its width and one for its height."""
    return [
        [name for least, name in classes if least <= cells][-1]
        for classes, cells in ((WIDTHS, size.width), (HEIGHTS, size.height))
    ]


class PaneView(Protocol):
    """The view with the panes; its classes `-narrow` and `-short` follow the terminal's size.

    Attributes:
        only: The pane that has all the room, or empty.
    """

    only: str

    def has_class(self, *names: str) -> bool:
        """Return whether the view has all of these classes."""
        ...

    def set_class(self, add: bool, *names: str) -> object:
        """Add or remove classes."""
        ...

    @property
    def focused_pane(self) -> str:
        """The name of the focused pane, which may be the welcome page, or empty."""
        ...

    def give_focus(self, pane: str) -> None:
        """Focus a pane."""
        ...


class PaneLayout:
    """Sets the classes by which the style sheet lays out the panes."""

    def __init__(self, view: PaneView) -> None:
        self._view = view

    @property
    def focused_pane(self) -> str:
        """The name of the focused pane, which may be the welcome page, or empty."""
        return self._view.focused_pane

    def toggle_sidebar(self) -> None:
        """Hide or show the sidebar; in one column, show the clusters or return."""
        view = self._view
        if view.has_class("-narrow"):
            self.focus("editor" if view.only == "clusters" else "clusters")
            return
        folded = not view.has_class("-folded")
        focused = view.focused_pane
        view.only = ""
        view.set_class(folded, "-folded")
        if folded and (not focused or focused in SIDEBAR):
            view.give_focus("editor")

    def widen_sidebar(self) -> None:
        """Make the sidebar wider, or as wide as before."""
        self._view.set_class(not self._view.has_class("-broad"), "-broad")

    def toggle_maximize(self) -> None:
        """Maximize or restore the focused pane."""
        focused = self._view.focused_pane
        pane_name = focused if focused in PANES else "editor"
        self._view.only = "" if self._view.only else pane_name

    def focus(self, pane: str) -> None:
        """Show and focus a pane."""
        view = self._view
        sidebar = pane in SIDEBAR
        if view.has_class("-narrow"):
            view.only = pane if sidebar or view.has_class("-short") else ""
        else:
            view.only = pane if view.only else ""
            view.set_class(view.has_class("-folded") and not sidebar, "-folded")
        view.give_focus(pane)
