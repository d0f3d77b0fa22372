"""The field in which a cell is edited in its place."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.widget import Widget
from textual.widgets import Input

from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings, with_keys
from dsql_tui.rows.staged import DEFAULT, Value

MIN_WIDTH = 24
HINT = "{field.null} NULL · {field.default} DEFAULT"


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """What was entered.

    Attributes:
        value: The value.
        step: The column that is edited next, counted from this one to the right; 0 for none.
        larger: The dialog with several lines was asked for instead.
    """

    value: Value
    step: int = 0
    larger: bool = False


class CellField(Input):
    """An input over a cell; it is hidden while no cell is edited."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.CELL_FIELD)]
    DEFAULT_CSS = """
    CellField {
        display: none; position: absolute; overlay: screen; height: 1;
        border: none; padding: 0 1; background: $panel;
    }
    CellField:focus { border: none; background-tint: $accent 20%; }
    CellField.-refused { color: $text-error; }
    """

    def __init__(self) -> None:
        super().__init__(compact=True, select_on_focus=False)
        self._answer: asyncio.Future[FieldAnswer | None] | None = None

    async def ask(self, value: Value, cell: Region, *, refused: bool = False) -> FieldAnswer | None:
        """Show the field over a cell and return what was entered; `None` for no change.

        The field stays until `close`, so that a refused value can be corrected.

        Args:
            value: The value to begin with.
            cell: The cell's place on the screen.
            refused: Whether it is the value that was entered before, and cannot be stored.
        """
        self._answer = asyncio.get_running_loop().create_future()
        self.set_class(refused, "-refused")
        self.placeholder = with_keys(HINT)
        if not refused:
            self.value = value if isinstance(value, str) else ""
            self.cursor_position = len(self.value)
        self._place(cell)
        self.display = True
        self.focus()
        return await self._answer

    def _place(self, cell: Region) -> None:
        parent = self.parent
        if not isinstance(parent, Widget):
            return
        room = parent.content_region
        width = min(max(cell.width, MIN_WIDTH), room.width)
        left = max(room.x, min(cell.x, room.right - width))
        self.styles.width = width
        self.styles.offset = (left - room.x, cell.y - room.y)

    def close(self) -> None:
        """Hide the field."""
        self.display = False
        self.value = ""

    def _give(self, entry: FieldAnswer | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(entry)

    async def action_submit(self) -> None:
        """Answer with the text."""
        self._give(FieldAnswer(self.value))

    def action_stage_and_step(self, step: int) -> None:
        """Answer with the text, and that the next column is edited then."""
        self._give(FieldAnswer(self.value, step=step))

    def action_give_null(self) -> None:
        """Answer with NULL."""
        self._give(FieldAnswer(None))

    def action_give_default(self) -> None:
        """Answer with DEFAULT."""
        self._give(FieldAnswer(DEFAULT))

    def action_open_larger(self) -> None:
        """Answer that the dialog with several lines is to be opened on the text."""
        self._give(FieldAnswer(self.value, larger=True))

    def action_leave(self) -> None:
        """Answer that nothing is changed."""
        self._give(None)

    def on_blur(self, _event: events.Blur) -> None:
        """Answer that nothing is changed when the focus is elsewhere now."""
        if self.screen.focused is not self:
            self._give(None)
