"""The line below the grid for the text to find or to filter by."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Input

from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings, with_keys


class Purpose(StrEnum):
    """The purpose of the prompt; the value is its label."""

    FIND = "find"
    FILTER = "filter rows"


class Prompt(Input):
    """An input line that is hidden when not in use."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.PROMPT)]
    DEFAULT_CSS = """
    Prompt { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    Prompt.-asked { display: block; }
    Prompt:focus { border: none; }
    """

    class Answered(Message):
        """Posted when enter was pressed; an empty text clears."""

        def __init__(self, purpose: Purpose, text: str, *, regex: bool, column_only: bool) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text
            self.regex = regex
            self.column_only = column_only

    class Left(Message):
        """Posted when the line was closed without an answer."""

    def __init__(self) -> None:
        super().__init__(compact=True)
        self.purpose = Purpose.FIND
        self.regex = False
        self.column_only = False
        self._column = ""

    def ask(self, purpose: Purpose, column: str) -> None:
        """Show and focus the line.

        Args:
            purpose: What for.
            column: Name of the column under the cursor, for `ctrl+o`.
        """
        self.purpose = purpose
        self.column_only = False
        self._column = column
        self.value = ""
        self.add_class("-asked")
        self._label()
        self.focus()

    def _label(self) -> None:
        where = f" in {self._column}" if self.column_only else ""
        how = "matching a regular expression" if self.regex else "containing text"
        keys = with_keys("{prompt.regex} regex")
        if self.purpose is Purpose.FILTER:
            keys += with_keys(" · {prompt.column} this column")
        self.placeholder = f"{self.purpose}{where} {how}… · {keys}"

    def action_toggle_regex(self) -> None:
        """Toggle regular expressions."""
        self.regex = not self.regex
        self._label()

    def action_toggle_column(self) -> None:
        """Toggle between the column under the cursor and all columns."""
        self.column_only = self.purpose is Purpose.FILTER and not self.column_only
        self._label()

    async def action_submit(self) -> None:
        """Post the text."""
        self.remove_class("-asked")
        answer = self.Answered(
            self.purpose, self.value, regex=self.regex, column_only=self.column_only
        )
        self.post_message(answer)

    def action_leave(self) -> None:
        """Close without posting a text."""
        self.remove_class("-asked")
        self.post_message(self.Left())
