"""The line below the grid in which a person types what to find or to keep."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Input

from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings


class Purpose(StrEnum):
    """What the typed text is for; the value is the prompt."""

    FIND = "find"
    FILTER = "filter rows"


class Prompt(Input):
    """One line, shown only while it is asked for."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.PROMPT)]
    DEFAULT_CSS = """
    Prompt { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    Prompt.-asked { display: block; }
    Prompt:focus { border: none; }
    """

    class Answered(Message):
        """Enter was pressed; an empty text clears."""

        def __init__(self, purpose: Purpose, text: str, *, regex: bool, column_only: bool) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text
            self.regex = regex
            self.column_only = column_only

    class Left(Message):
        """The line was closed without an answer."""

    def __init__(self) -> None:
        super().__init__(compact=True)
        self.purpose = Purpose.FIND
        self.regex = False
        self.column_only = False
        self._column = ""

    def ask(self, purpose: Purpose, column: str) -> None:
        """Show the line and take the keys.

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
        keys = "ctrl+r regex"
        if self.purpose is Purpose.FILTER:
            keys += " · ctrl+o this column"
        self.placeholder = f"{self.purpose}{where} {how}… · {keys}"

    def action_toggle_regex(self) -> None:
        """Read the text as a regular expression, or as it is."""
        self.regex = not self.regex
        self._label()

    def action_toggle_column(self) -> None:
        """Toggle between the column under the cursor and all columns."""
        self.column_only = self.purpose is Purpose.FILTER and not self.column_only
        self._label()

    async def action_submit(self) -> None:
        """Answer with what was typed."""
        self.remove_class("-asked")
        answer = self.Answered(
            self.purpose, self.value, regex=self.regex, column_only=self.column_only
        )
        self.post_message(answer)

    def action_leave(self) -> None:
        """Close without an answer."""
        self.remove_class("-asked")
        self.post_message(self.Left())
