"""Folding, maximising and one column, without a screen."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from dsql_tui.console.workspace.panes.layout import PANES, PaneLayout

WIDE, NARROW, SHORT = {"-wide"}, {"-narrow"}, {"-narrow", "-short"}


@dataclass
class View:
    """Panes that are only names."""

    classes: set[str]
    focused_pane: str = "editor"
    only: str = ""
    given: list[str] = field(default_factory=list)

    def has_class(self, *names: str) -> bool:
        return self.classes >= {*names}

    def set_class(self, add: bool, *names: str) -> None:
        self.classes = self.classes | {*names} if add else self.classes - {*names}

    def give_focus(self, pane: str) -> None:
        self.given.append(pane)
        self.focused_pane = pane

    @property
    def folded(self) -> bool:
        return "-folded" in self.classes


@pytest.mark.parametrize("pane", PANES)
def test_a_requested_pane_is_visible_and_has_the_focus(pane: str) -> None:
    sidebar = pane in {"clusters", "schema"}
    for shape, only in ((WIDE, ""), (NARROW, pane if sidebar else ""), (SHORT, pane)):
        view = View(shape)
        PaneLayout(view).focus(pane)
        assert (view.only, view.given) == (only, [pane])


@pytest.mark.parametrize("pane", PANES)
def test_a_folded_sidebar_unfolds_for_its_own_panes(pane: str) -> None:
    view = View(WIDE | {"-folded"})
    PaneLayout(view).focus(pane)
    assert view.folded == (pane in {"editor", "results"})


@pytest.mark.parametrize("pane", PANES)
def test_another_pane_takes_all_the_room_from_the_one_that_had_it(pane: str) -> None:
    view = View(WIDE, only="results")
    PaneLayout(view).focus(pane)
    assert view.only == pane


@pytest.mark.parametrize(
    ("focused", "given"),
    [("clusters", ["editor"]), ("schema", ["editor"]), ("", ["editor"])]
    + [(pane, []) for pane in ("editor", "results", "welcome")],
)
def test_a_collapsed_sidebar_does_not_keep_the_focus(focused: str, given: list[str]) -> None:
    view = View(WIDE, focused, only="results")
    PaneLayout(view).toggle_sidebar()
    assert (view.folded, view.only, view.given) == (True, "", given)
    PaneLayout(view).toggle_sidebar()
    assert (view.folded, view.given) == (False, given)


def test_in_one_column_the_sidebar_is_the_clusters_and_the_way_back() -> None:
    view = View(SHORT)
    layout = PaneLayout(view)
    layout.toggle_sidebar()
    assert (view.only, view.focused_pane, view.folded) == ("clusters", "clusters", False)
    layout.toggle_sidebar()
    assert (view.only, view.focused_pane, view.folded) == ("editor", "editor", False)


@pytest.mark.parametrize(
    ("focused", "only"), [*zip(PANES, PANES, strict=True), ("welcome", "editor"), ("", "editor")]
)
def test_the_focused_pane_takes_all_the_room_and_gives_it_back(focused: str, only: str) -> None:
    view = View(WIDE, focused)
    layout = PaneLayout(view)
    layout.toggle_maximize()
    assert view.only == only
    layout.toggle_maximize()
    assert view.only == ""
