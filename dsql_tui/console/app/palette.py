"""The command palette: every action of the console with its key, from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from dsql_tui.console.app.action_list import Entry, matching
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.listing import fit
from dsql_tui.model.span import count

LABEL_WIDTH = 24
GAP = 2
NOTHING = "No action found."


class PaletteDialog(Dialog[Entry]):
    """Returns the selected action.

    Args:
        listed: The entries, in the order in which they are shown before something is typed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.HELP)]
    HEADING = "Palette"
    VERB = "Run"
    HINTS: ClassVar[tuple[str, ...]] = ("{help.up} {help.down} choose",)

    def __init__(self, listed: Sequence[Entry]) -> None:
        super().__init__()
        self._listed = listed
        self._found = list(listed)

    def body(self) -> ComposeResult:
        """Yield the query and the matching actions."""
        yield Input(placeholder="Find an action by its name, or another word for it", compact=True)
        yield OptionList(markup=False, id="palette-list")
        yield Static("", id="palette-note", markup=False)

    def on_mount(self) -> None:
        """Focus the query; the list is laid out after the first layout."""
        self.query_one(OptionList).can_focus = False
        self.query_one(Input).focus()
        self.call_after_refresh(self._search)

    def on_resize(self) -> None:
        """Lay out the rows for the new width."""
        self.call_after_refresh(self._search)

    @on(Input.Changed)
    def _search(self) -> None:
        query = self.query_one(Input).value
        self._found = matching(self._listed, query)
        rows = self.query_one(OptionList)
        width = rows.scrollable_content_region.width
        rows.clear_options()
        rows.add_options(Option(row(each, query, width)) for each in self._found)
        rows.highlighted = 0 if self._found else None
        note = count(len(self._found), "action") if self._found else NOTHING
        self.query_one("#palette-note", Static).update(note)

    @on(Input.Submitted)
    def _choose(self) -> None:
        number = self.query_one(OptionList).highlighted
        if number is not None and number < len(self._found):
            self.dismiss(self._found[number])

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._found[event.option_index])

    def action_move(self, step: int) -> None:
        """Move through the list while the query has the focus."""
        rows = self.query_one(OptionList)
        if self._found:
            rows.highlighted = ((rows.highlighted or 0) + step) % len(self._found)

    def action_page(self, pages: int) -> None:
        """Move through the list by pages, stopping at its ends."""
        rows = self.query_one(OptionList)
        if self._found:
            row = (rows.highlighted or 0) + pages * max(rows.size.height - 1, 1)
            rows.highlighted = min(max(row, 0), len(self._found) - 1)


def row(entry: Entry, query: str, width: int) -> Content:
    """Return one line: name, description and, on the right, the key or its screen."""
    right = " ".join(filter(None, (entry.where, entry.shown_key)))
    left = max(width - cell_len(right) - GAP, 1)
    label_width = min(LABEL_WIDTH, left)
    room = left - label_width - GAP
    about = " " * GAP + fit(entry.key.description, room) if room > 0 else ""
    name = fit(entry.key.label, label_width)
    return Content.assemble(
        _marked(Content.styled(name, "$muted" if entry.where else "$text"), query),
        (about.ljust(width - label_width - cell_len(right)), "$muted"),
        (right, "$muted" if entry.where else "bold $text-accent"),
    )


def _marked(name: Content, query: str) -> Content:
    """Mark what was typed in a name."""
    plain = name.plain.casefold()
    for word in query.casefold().split():
        if (at := plain.find(word)) >= 0:
            name = name.stylize("bold underline", at, at + len(word))
    return name
