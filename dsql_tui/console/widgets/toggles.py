"""Lists and check boxes whose state is visible without colour."""

from __future__ import annotations

from typing import TypeVar

from rich.segment import Segment
from textual import events
from textual.content import Content, ContentText
from textual.strip import Strip
from textual.widgets import Checkbox, Input, OptionList, SelectionList
from textual.widgets.option_list import Option

Value = TypeVar("Value")
ON, OFF = "[x]", "[ ]"
CURSOR, ELSEWHERE = "▌", " "
NAME_SIGNS = frozenset('_-@."')
"""Characters other than letters and digits that a name can begin with."""


class CheckBox(Checkbox):
    """A check box that shows `[x]` or `[ ]`; Textual's own shows the same in both states."""

    @property
    def _button(self) -> Content:
        mark = ON if self.value else OFF
        return Content.styled(mark, self.get_visual_style("toggle--button"))


class ChoiceList(OptionList):
    """A list with single selection; a bar marks the row under the cursor.

    Args:
        options: Its rows.
        line: Takes the name of a choice that is not in the list, and the focus with it, as soon as
            one is typed; `None` leaves letters to the keys of the dialog.
    """

    def __init__(
        self,
        *options: Option | ContentText | None,
        line: Input | None = None,
        markup: bool = True,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(*options, markup=markup, id=id)
        self._line = line
        if line is not None:
            line.select_on_focus = False  # otherwise the second letter would replace the first

    def on_key(self, event: events.Key) -> None:
        """Type the first character of a name into the line."""
        typed = event.character or ""
        if self._line is not None and (typed.isalnum() or typed in NAME_SIGNS):
            event.stop()
            event.prevent_default()
            self._line.focus()
            self._line.insert_text_at_cursor(typed)

    def render_line(self, y: int) -> Strip:
        """Draw a row with the cursor's bar in its padding."""
        line = super().render_line(y)
        if not _is_under_cursor(self, line):
            return line
        style = next(iter(line)).style
        return Strip([Segment(CURSOR, style), *line.crop(1)])


class CheckList(SelectionList[Value]):
    """A list with multiple selection; each row has a mark, and a bar marks the cursor."""

    def _get_left_gutter_width(self) -> int:
        return len(CURSOR + ON + " ")

    def render_line(self, y: int) -> Strip:
        """Draw a row as Textual does, with marks that differ in characters."""
        line = super().render_line(y)
        number = _option_of(line)
        if number is None:
            return line
        mark = ON if self.get_option_at_index(number).value in self.selected else OFF
        # Textual draws the sides of a mark in the colour of its background.
        side, inner, *_ = line
        cursor = CURSOR if _is_under_cursor(self, line) else ELSEWHERE
        return Strip(
            [Segment(cursor, side.style), Segment(mark, inner.style), *line.crop(len(mark))]
        )


def _option_of(line: Strip) -> int | None:
    """Return the number of the option that a row belongs to."""
    for segment in line:
        if segment.style is not None and "option" in segment.style.meta:
            return int(segment.style.meta["option"])
    return None


def _is_under_cursor(options: OptionList, line: Strip) -> bool:
    number = _option_of(line)
    return options.has_focus and number is not None and number == options.highlighted
