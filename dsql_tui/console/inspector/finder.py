"""A fuzzy search over every relation and function of every schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from dsql_tui.console.shared.keys import bindings_of
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.listing import fit
from dsql_tui.model.catalog import CatalogSnapshot
from dsql_tui.model.span import count
from dsql_tui.sql.browsing.definition import NamedKind, NamedThing
from dsql_tui.sql.text import fuzzy

SHOWN_MAX = 200
"""Matches that are listed; a longer list helps nobody."""
KIND_WIDTH = 10


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object in the list.

    Attributes:
        thing: What it is.
        kind: In words: `table`, `view`, `sequence`, `function`.
    """

    thing: NamedThing
    kind: str

    @property
    def label(self) -> str:
        """Schema and name as they are searched."""
        return ".".join(self.thing.name)


def objects_of(names: CatalogSnapshot) -> list[ListedObject]:
    """Return every relation and function, by name."""
    relations = [
        ListedObject(NamedThing(NamedKind.RELATION, (each.schema, each.name)), each.kind.value)
        for each in names.relations
    ]
    functions = {
        ListedObject(NamedThing(NamedKind.FUNCTION, (each.schema, each.name)), "function")
        for each in names.functions
    }
    return sorted([*relations, *functions], key=lambda each: each.thing.name[::-1])


def matching(objects: Sequence[ListedObject], pattern: str) -> list[ListedObject]:
    """Return the objects whose name, with or without the schema, fits, the best first."""
    wanted = pattern.strip().lower()
    if not wanted:
        return [*objects]
    ranked: list[tuple[tuple[int, int], int]] = []
    for number, each in enumerate(objects):
        searched = each.label.lower() if "." in wanted else each.thing.name[1].lower()
        if (rank := fuzzy.fit(wanted, searched)) is not None:
            ranked.append((rank, number))
    return [objects[number] for _, number in sorted(ranked)]


class FinderDialog(Dialog[NamedThing]):
    """Returns the object that was selected.

    Args:
        objects: All objects, in the order in which they are shown before something is typed.
    """

    HEADING = "Find a table, view or function"
    VERB = "Open"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("help.up", "help.down")]
    HINTS: ClassVar[tuple[str, ...]] = ("{help.up} {help.down} choose",)

    def __init__(self, objects: Sequence[ListedObject]) -> None:
        super().__init__()
        self._objects = objects
        self._found = list(objects)
        self._list = OptionList(markup=False, id="finder-list")
        self._note = Static("", classes="dialog-note", markup=False)

    def body(self) -> ComposeResult:
        """Yield the query and the matching objects."""
        yield Input(placeholder="Name, or schema.name; letters in order are enough", compact=True)
        yield self._list
        yield self._note

    def on_mount(self) -> None:
        """Focus the query; the list is laid out after the first layout."""
        self._list.can_focus = False
        self.query_one(Input).focus()
        self.call_after_refresh(self._search)

    @on(Input.Changed)
    def _search(self) -> None:
        self._found = matching(self._objects, self.query_one(Input).value)
        width = self._list.scrollable_content_region.width
        self._list.clear_options()
        self._list.add_options(Option(_row(each, width)) for each in self._found[:SHOWN_MAX])
        self._list.highlighted = 0 if self._found else None
        self._note.update(count(len(self._found), "object"))

    @on(Input.Submitted)
    def _choose(self) -> None:
        number = self._list.highlighted
        if number is not None and number < len(self._found):
            self.dismiss(self._found[number].thing)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._found[event.option_index].thing)

    def action_move(self, step: int) -> None:
        """Move through the list while the query has the focus."""
        shown = min(len(self._found), SHOWN_MAX)
        if shown:
            self._list.highlighted = ((self._list.highlighted or 0) + step) % shown


def _row(listed: ListedObject, width: int) -> Content:
    name = fit(listed.label, max(width - KIND_WIDTH, 1))
    return Content.assemble((name, "$text"), (f"{listed.kind:>{KIND_WIDTH}}", "$muted"))
