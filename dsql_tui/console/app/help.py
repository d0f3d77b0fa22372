"""The help: every key as bound now, those that work where the focus is first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from dsql_tui.console.app.action_list import Rows
from dsql_tui.console.shared.key import Key, Place, written_keys
from dsql_tui.console.shared.keys import BY_ID, bindings, keys_of
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.listing import fit

KEY_WIDTH, LABEL_WIDTH = 22, 23
KEY_WIDTH_NARROW, NARROW_BELOW = 16, 90
NOTHING = "No key found."


class HelpDialog(Dialog[None]):
    """Lists the keys in groups; typing filters them.

    Args:
        near: The keys that work where the focus is, by place.
        others: Those of other places.

    Attributes:
        near: As given.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.HELP)]
    HEADING = "Keys"

    def __init__(self, near: Mapping[Place, Rows], others: Mapping[Place, Rows]) -> None:
        super().__init__()
        self.near, self._others = near, others

    def hints(self) -> tuple[str, ...]:
        """Return the keys; one of them opens the manual."""
        # The filter takes keys that are characters, such as `?`.
        onward = [key for key in written_keys(keys_of(BY_ID["app.help"])) if len(key) > 1]
        manual = (f"{onward[0]} manual",) if onward else ()
        return "type to filter", "{help.up} {help.down} scroll", *manual

    def body(self) -> ComposeResult:
        """Yield the filter and the matching groups."""
        yield Input(placeholder="Filter by key or name", compact=True)
        with VerticalScroll(classes="help-keys", can_focus=False):
            yield Static("", id="help-groups", markup=False)

    def on_mount(self) -> None:
        """Focus the filter; the lines are laid out after the first layout."""
        self.query_one(Input).focus()
        self.call_after_refresh(self._show)

    def on_resize(self) -> None:
        """Lay out the lines for the new width."""
        self.call_after_refresh(self._show)

    @on(Input.Changed)
    def _show(self) -> None:
        words = self.query_one(Input).value.casefold().split()
        width = self.query_one(VerticalScroll).scrollable_content_region.width
        lines = [
            *_lines(self.near, words, width, "bold $text-accent"),
            *_lines(self._others, words, width, "bold $text-muted"),
        ]
        body = Content("\n").join(lines[:-1]) if lines else Content.styled(NOTHING, "$muted")
        self.query_one("#help-groups", Static).update(body)
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def action_move(self, step: int) -> None:
        """Scroll by lines while the filter has the focus."""
        self.query_one(VerticalScroll).scroll_relative(y=step, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by pages while the filter has the focus."""
        keys = self.query_one(VerticalScroll)
        keys.scroll_relative(y=pages * max(keys.size.height - 1, 1), animate=False)


def _lines(
    groups: Mapping[Place, Rows], words: list[str], width: int, heading: str
) -> list[Content]:
    """Return the lines of the groups with matching keys, each followed by a blank line."""
    lines: list[Content] = []
    for place, rows in groups.items():
        shown = [
            _line(key, keys, width) for key, keys in rows if _is_wanted(place, key, keys, words)
        ]
        if shown:
            lines += [Content.styled(place, heading), *shown, Content("")]
    return lines


def _line(key: Key, keys: tuple[str, ...], width: int) -> Content:
    key_width = KEY_WIDTH_NARROW if width < NARROW_BELOW else KEY_WIDTH
    room = max(width - key_width - LABEL_WIDTH - 4, 1)
    return Content.assemble(
        (f"  {fit(', '.join(written_keys(keys)), key_width)}", "bold $text"),
        (f" {fit(key.label, LABEL_WIDTH)} ", "$text"),
        (fit(key.description, room), "$muted"),
    )


def _is_wanted(place: Place, key: Key, keys: tuple[str, ...], words: list[str]) -> bool:
    names = " ".join((*written_keys(keys), place, key.label, key.description, key.synonyms))
    return all(each in names.casefold() for each in words)
