"""The text area of one SQL buffer: highlights, marks and finds statements line by line.

Work on a key is proportional to the lines that changed and the lines on the screen, never to the
length of the script.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Protocol

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.document._document_navigator import DocumentNavigator
from textual.document._edit import Edit
from textual.strip import Strip
from textual.widgets.text_area import EditResult, Selection, TextAreaTheme

from dsql_tui.console.editor.document import SqlDocument
from dsql_tui.console.editor.drawn_lines import LONGEST_MEASURED, DrawnLines, DrawnRow
from dsql_tui.console.editor.key_burst import KeyBurst
from dsql_tui.console.editor.line_edits import LineEdits
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.shared.tab_contents import digest
from dsql_tui.console.widgets.cells import visible, with_invisible
from dsql_tui.sql.editing.brackets import PARTNERS, partner
from dsql_tui.sql.editing.highlight import Syntax, highlight
from dsql_tui.sql.lexing.lexer import LineState
from dsql_tui.sql.lexing.split import Location, Statement, StatementIndex, is_private, split
from dsql_tui.sql.text.lines import CR, LF, with_endings

STRIPS_KEPT = 256
"""Drawn lines kept for the next key: a few screens of them."""
COMPLETED_ROWS = 300
"""Maximum number of lines before and after the cursor that completion reads."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A glyph in front of a line number.

    Attributes:
        glyph: One cell wide.
        style: Component class that colours it: `error`, `warning`, `note`.
        words: Its meaning, in words.
    """

    glyph: str
    style: str
    words: str


class Suggestions(Protocol):
    """The completion popup as the editor uses it."""

    @property
    def is_open(self) -> bool:
        """Whether the popup is open."""
        ...

    def take_key(self, key: str) -> bool:
        """Handle a key; return whether it was handled."""
        ...


class SqlEditor(LineEdits):
    """One buffer. Locations are in code points; rows and columns count from 0."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Place.EDITOR),
        *bindings(Place.WORKSPACE),  # so that they come before those of TextArea
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"sql-editor--{syntax}" for syntax in Syntax),
        "sql-editor--bracket",
        "sql-editor--mark-error",
        "sql-editor--mark-warning",
        "sql-editor--mark-note",
    }

    def __init__(
        self,
        text: str = "",
        *,
        id: str | None = None,  # noqa: A002
        soft_wrap: bool = False,
    ) -> None:
        self._text_kept: str | None = None
        self.index = StatementIndex([])
        self._syntax_styles = dict.fromkeys(Syntax, Style())
        self._bracket_style = Style()
        self._advice: Mapping[int, Mark] = {}
        self._error: dict[int, Mark] = {}
        self._pair: tuple[Location, Location] | None = None
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(STRIPS_KEPT)
        self._burst = KeyBurst()
        self._shows_invisible = False
        self.suggestions: Suggestions | None = None
        self.path: Path | None = None
        self.saved_text: str | None = None
        self.saved_digest = ""
        self._is_typing = False
        """Whether the current key writes or deletes a character."""
        self.was_typed = False
        """Whether the last change came from such a key."""
        super().__init__(
            text,
            id=id,
            soft_wrap=soft_wrap,
            tab_behavior="indent",
            show_line_numbers=True,
            max_checkpoints=200,
        )
        self.indent_width = 2
        self.match_cursor_bracket = False  # `get_line` draws the pair, also behind the cursor

    def on_mount(self) -> None:
        """Follow the application's theme."""
        self._recolor()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._recolor())

    def on_resize(self) -> None:
        """Paint wrapped lines again: Textual wraps them after it has painted the new size."""
        if self.soft_wrap:
            self.refresh()

    def notify_style_update(self) -> None:
        """Redraw every line in the current colours."""
        super().notify_style_update()
        self._strips.clear()

    def _recolor(self) -> None:
        """Colour only the background of cursor line and selection, so that syntax stays visible."""
        line = self.get_component_rich_style("text-area--cursor-line")
        selected = self.get_component_rich_style("text-area--selection")
        self.register_theme(
            TextAreaTheme(
                "dsql",
                cursor_line_style=Style(bgcolor=line.bgcolor),
                selection_style=Style(bgcolor=selected.bgcolor),
            )
        )
        self._syntax_styles = {
            syntax: self.get_component_rich_style(f"sql-editor--{syntax}", partial=True)
            for syntax in Syntax
        }
        self._bracket_style = self.get_component_rich_style("sql-editor--bracket", partial=True)
        self._strips.clear()
        self.theme = "dsql"

    @property
    def text(self) -> str:
        """The whole text, joined once after each edit."""
        if self._text_kept is None:
            self._text_kept = self.document.text
        return self._text_kept

    @text.setter
    def text(self, value: str) -> None:
        self.load_text(value)

    def keep_saved(self, text: str) -> None:
        """Record the text saved in its file."""
        self.saved_text, self.saved_digest = text, digest(text)

    @property
    def gutter_width(self) -> int:
        """The width of line numbers and marks."""
        return super().gutter_width + 1

    def load_text(self, text: str) -> None:
        """Replace the text and clear the undo history."""
        self._text_kept = None
        super().load_text(text)

    def _set_document(self, text: str, language: str | None) -> None:
        """Load a text unchanged; TextArea would end lines where `str.splitlines` does."""
        del language  # highlighting uses our own lexer
        self.document = SqlDocument(text)
        self.index = StatementIndex(self.document.lines)
        self.wrapped_document = DrawnLines(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self.move_cursor((0, 0))
        self._rewrap_and_refresh_virtual_size()

    def edit(self, edit: Edit) -> EditResult:
        """Perform an edit; inserted lines get the ending of the line they start in."""
        edit.text = self.document.adapted(edit.text, edit.top[0])
        return self._perform(edit)

    def replace_exactly(self, text: str, start: Location, end: Location) -> None:
        """Replace text, keeping the line endings of the new text; one undo step.

        The cursor keeps its position, or its character if that is after the replaced text.
        """
        self._perform(Edit(text, start, end, maintain_selection_offset=True))

    def _perform(self, edit: Edit) -> EditResult:
        """Perform an edit as it is and read the lines it changed."""
        self._text_kept = None
        self.was_typed, self._is_typing = self._is_typing, False
        result = super().edit(edit)
        self._reindex()
        return result

    async def _on_paste(self, event: events.Paste) -> None:
        """Read each CR as the end of a line: many terminals send it for LF.

        TextArea's own handler runs next and inserts the text.
        """
        event.text = with_endings(event.text, CR).replace(CR, LF)

    def undo(self) -> None:
        """Undo, and highlight the changed lines."""
        self._text_kept = None
        super().undo()
        self._reindex()

    def redo(self) -> None:
        """Redo, and highlight the changed lines."""
        self._text_kept = None
        super().redo()
        self._reindex()

    def get_line(self, line_index: int) -> Text:
        """Return a highlighted line."""
        plain = self.document.get_line(line_index)
        shown = visible(plain)
        if self._shows_invisible:
            shown = with_invisible(shown)
        line = Text(shown, end="", no_wrap=True)
        if len(line) > LONGEST_MEASURED:
            return line
        for start, end, syntax in _highlighted(plain, self.index.state_before(line_index)):
            line.stylize(self._syntax_styles[syntax], start, end)
        for row, column in self._pair or ():
            if row == line_index:
                line.stylize(self._bracket_style, column, column + 1)
        return line

    def find_matching_bracket(self, bracket: str, search_from: Location) -> Location | None:
        """Find the partner of the bracket under the cursor, or of the one just before it.

        Textual asks whenever the cursor moves, with the character under it.
        """
        row, column = search_from
        before = self.document.get_line(row)[:column][-1:]
        self._pair = None
        if bracket in PARTNERS or before in PARTNERS:
            self._reindex()  # in the midst of an edit the lines are not read yet
            at = search_from if bracket in PARTNERS else (row, column - 1)
            other = partner(self.document.lines, self.index.state_before, at)
            self._pair = (at, other) if other is not None else None
        return self._pair[1] if self._pair else None

    def render_line(self, y: int) -> Strip:
        """Draw a row of a line, with the line's mark in its first row."""
        row = self.wrapped_document.row_at(self.scroll_offset.y + y)
        if row is None:
            return super().render_line(y)
        strip = self._strip(y, row)
        mark = self.marks.get(row.line)
        if mark is None or row.section or not self.show_line_numbers:
            return strip
        style = self.get_component_rich_style(f"sql-editor--mark-{mark.style}")
        return Strip.join([Strip([Segment(mark.glyph, style)], 1), strip.crop(1)])

    def _strip(self, y: int, row: DrawnRow) -> Strip:
        """Draw a row, or return it as it was drawn: a key changes little but the cursor's line."""
        line = self.document.get_line(row.line)
        widest = len(line) if self.soft_wrap else self.virtual_size.width
        if widest > LONGEST_MEASURED and self.wrapped_document.is_simple(row.line):
            return self._visible_part(row)
        special = {self.cursor_location[0], *(line for line, _ in self._pair or ())}
        if self.soft_wrap or row.line in special or not self.selection.is_empty:
            return super().render_line(y)
        state, scroll_x = self.index.state_before(row.line), self.scroll_offset.x
        key = (row.line, line, state, scroll_x, self.size.width, self.gutter_width)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = super().render_line(y)
        return strip

    def _visible_part(self, row: DrawnRow) -> Strip:
        """Draw the visible part of a line; Textual draws each line in the width of the longest."""
        width = self.size.width - self.gutter_width
        start = row.start + (0 if self.soft_wrap else self.scroll_offset.x)
        part = self._part(row.line, start, start + (self.wrap_width if self.soft_wrap else width))
        part.pad_right(width - len(part))
        theme, is_current = self._theme, self.cursor_location[0] == row.line
        if theme is None:
            return Strip(part.render(self.app.console), width)
        if is_current and theme.cursor_line_style is not None:
            part.stylize_before(theme.cursor_line_style)
        for style, first, last in self._marked_columns(row.line, theme):
            if style is not None and last > start:
                part.stylize(style, max(first - start, 0), last - start)
        number = "" if row.section else row.line + self.line_number_start
        gutter = Segment(
            f"{number:>{self.gutter_width - 2}}  ",
            theme.cursor_line_gutter_style if is_current else theme.gutter_style,
        )
        strip = Strip([gutter, *part.render(self.app.console)], self.size.width)
        return strip.apply_style(theme.base_style or self.rich_style)

    def _part(self, line: int, start: int, stop: int) -> Text:
        """Return some columns of a line, highlighted unless it is long."""
        if len(self.document.get_line(line)) <= LONGEST_MEASURED:
            return self.get_line(line)[start:stop]
        shown = self.document.drawn[line][start:stop]
        return Text(with_invisible(shown) if self._shows_invisible else shown, end="")

    def _marked_columns(
        self, line: int, theme: TextAreaTheme
    ) -> list[tuple[Style | None, int, int]]:
        """Return the columns of a line that are selected or under the cursor, with their style."""
        (top, first), (bottom, last) = sorted(self.selection)
        marked: list[tuple[Style | None, int, int]] = []
        if top <= line <= bottom:
            end = last if bottom == line else len(self.document.get_line(line))
            marked.append((theme.selection_style, first if top == line else 0, end))
        row, column = self.cursor_location
        if row == line and self._draw_cursor:
            marked.append((theme.cursor_style, column, column + 1))
        return marked

    def get_column_width(self, row: int, column: int) -> int:
        """Return the cells before a column."""
        return (
            column
            if self.wrapped_document.is_simple(row)
            else super().get_column_width(row, column)
        )

    def action_toggle_soft_wrap(self) -> None:
        """Toggle soft wrap: long lines take several rows, or scroll sideways."""
        self.soft_wrap = not self.soft_wrap

    @property
    def marks(self) -> Mapping[int, Mark]:
        """Marks by row; a failed statement's mark hides those of the linter."""
        return {**self._advice, **self._error}

    def advise(self, marks: Mapping[int, Mark]) -> None:
        """Show the linter's marks by row."""
        if marks != self._advice:
            self._advice = marks
            self.refresh()

    def action_toggle_invisible(self) -> None:
        """Toggle marks for invisible characters."""
        self._shows_invisible = not self._shows_invisible
        self.notify_style_update()
        self.refresh()

    def mark_error(self, row: int | None, mark: Mark | None = None) -> None:
        """Mark where a statement has failed; `None` removes the mark."""
        self._error = {row: mark} if row is not None and mark is not None else {}
        self.refresh()

    def statements_at_cursor(self) -> tuple[Statement, ...]:
        """Return the selected statements, or the one at the cursor; offsets are into `text`."""
        start, end = sorted(self.selection)
        if start != end:
            base, text = self.offset_of(start), self.text
            return tuple(
                Statement(
                    each.text,
                    base + each.start,
                    base + each.end,
                    is_private(text, base + each.start),
                )
                for each in split(self.selected_text)
            )
        statement_range = self.index.statement_at(*self.cursor_location)
        if statement_range is None:
            return ()
        first, last = self.offset_of(statement_range.start), self.offset_of(statement_range.end)
        return (Statement(self.text[first:last], first, last, is_private(self.text, first)),)

    def all_statements(self) -> tuple[Statement, ...]:
        """Return every statement of the buffer."""
        return tuple(split(self.text))

    def offset_of(self, location: Location) -> int:
        """Return the offset into `text` of a row and column."""
        return self.document.offset_of(location)

    def location_of(self, offset: int) -> Location:
        """Return the row and column of an offset into `text`, at most those of its end."""
        return self.document.location_of(offset)

    def row_of(self, statement: Statement, position: int | None) -> int | None:
        """Return the row where the server reported an error, unless the text has changed.

        Args:
            statement: The statement that was sent.
            position: 1-based character position in it; its start when `None`.

        Returns:
            The row, or `None` when the text has changed since.
        """
        if self.text[statement.start : statement.end] != statement.text:
            return None
        return self._location_in(statement, position)[0]

    def go_to(self, statement: Statement, position: int | None) -> None:
        """Move the cursor to a position in a statement of the text; see `row_of`."""
        self.move_cursor(self._location_in(statement, position), center=False)
        self.scroll_cursor_visible()

    def _location_in(self, statement: Statement, position: int | None) -> tuple[int, int]:
        return self.location_of(statement.start + max((position or 1) - 1, 0))

    def select_range(self, start: int, end: int) -> None:
        """Select the text between two offsets and scroll to it."""
        self.selection = Selection(self.location_of(start), self.location_of(end))
        self.scroll_cursor_visible()

    def on_key(self, event: events.Key) -> None:
        """Pass typed keys to the open popup first, and `escape` to the screen."""
        is_pasted = self._burst.includes(event)
        popup = self.suggestions
        if popup is not None and popup.is_open and not is_pasted and popup.take_key(event.key):
            event.stop()
            event.prevent_default()
            return
        self._is_typing = event.is_printable or event.key == "backspace"
        is_taken = not is_pasted and self.take_line_key(event.key, event.character)
        if is_taken or event.key == "escape":
            event.prevent_default()

    def completion_text(self) -> tuple[str, int, int]:
        """Return the lines around the cursor's statement, the cursor in them, the first row."""
        row, column = self.cursor_location
        statement_range = self.index.statement_at(row, column)
        first, last = row, row
        if statement_range is not None:
            first, last = min(statement_range.start[0], row), max(statement_range.end[0], row)
        first = max(first, row - COMPLETED_ROWS)
        lines = self.document.lines[first : min(last, row + COMPLETED_ROWS) + 1]
        offset = sum(len(line) + 1 for line in lines[: row - first]) + column
        return "\n".join(lines), offset, first

    def _reindex(self) -> None:
        """Have the index read the lines that were edited."""
        for change in self.document.take_changes():
            self.index.replace(*change)


@lru_cache(maxsize=2_000)
def _highlighted(line: str, state: LineState) -> tuple[tuple[int, int, Syntax], ...]:
    """Return a line's parts; cached, for a key redraws all visible lines and changes one."""
    return tuple(highlight(line, state))
