"""Edits of whole lines in the SQL editor: comments, indentation, line breaks."""

from __future__ import annotations

from collections.abc import Callable

from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from dsql_tui.console.editor.document import SqlDocument
from dsql_tui.console.editor.drawn_lines import DrawnLines
from dsql_tui.sql.editing.brackets import (
    OPENING,
    PARTNERS,
    Location,
    indentation,
    line_break,
    partner,
    shifted,
)
from dsql_tui.sql.lexing.split import StatementIndex
from dsql_tui.sql.text.lines import join_lines

COMMENT = "-- "


class LineEdits(TextArea):
    """A text area with edits of whole lines; each edit is one undo step.

    Attributes:
        index: Which state each line begins in, as of the last edit.
    """

    index: StatementIndex
    document: SqlDocument
    wrapped_document: DrawnLines

    def replace_exactly(self, text: str, start: Location, end: Location) -> None:
        """Replace text, keeping the line endings of the new text; one undo step."""
        raise NotImplementedError

    def take_line_key(self, key: str, character: str | None) -> bool:
        """Handle a key that does more than insert its character; return whether it was handled."""
        row, column = self.cursor_location
        if key == "enter":
            self._break_line()
        elif key == "tab" and not self.selection.is_empty:
            self.action_indent()
        elif character in PARTNERS and character not in OPENING and self.selection.is_empty:
            line = self.document.get_line(row)
            if line[:column].strip(" \t"):
                return False
            self._close_bracket(character)
        else:
            return False
        return True

    def action_toggle_comment(self) -> None:
        """Comment the selected lines, or uncomment them if all are comments."""
        lines = self._selected_lines()
        marked = [line for line in lines if line.strip()]
        uncomment = bool(marked) and all(line.lstrip().startswith("--") for line in marked)
        self._change_lines(_uncommented if uncomment else _commented)

    def action_indent(self) -> None:
        """Indent the selected lines."""
        self._change_lines(lambda line: shifted(line, self.indent_width))

    def action_dedent(self) -> None:
        """Outdent the selected lines."""
        self._change_lines(lambda line: shifted(line, -self.indent_width))

    def action_text_start(self, select: bool = False) -> None:
        """Move the cursor to the start of the text, or select up to it."""
        self.move_cursor((0, 0), select=select)

    def action_text_end(self, select: bool = False) -> None:
        """Move the cursor to the end of the text, or select up to it."""
        self.move_cursor(self.document.end, select=select)

    def _selected_rows(self) -> tuple[int, int]:
        """Return the first and the last row; one that is only touched at its start is out."""
        (first, _), (last, column) = sorted(self.selection)
        return first, last - 1 if last > first and column == 0 else last

    def _selected_lines(self) -> list[str]:
        first, last = self._selected_rows()
        return [self.document.get_line(row) for row in range(first, last + 1)]

    def _change_lines(self, change: Callable[[str], str]) -> None:
        """Change each line; the selection stays on the characters it was on."""
        first, last = self._selected_rows()
        lines = self._selected_lines()
        changed = [change(line) for line in lines]
        if changed == lines:
            return
        grown = [len(new) - len(old) for new, old in zip(changed, lines, strict=True)]

        def moved(location: tuple[int, int]) -> tuple[int, int]:
            row, column = location
            inside = first <= row <= last and (column > 0 or self.selection.is_empty)
            return row, max(column + grown[row - first], 0) if inside else column

        selection = Selection(*map(moved, self.selection))
        endings = [*map(self.document.ending, range(first, last)), ""]
        self.replace_exactly(join_lines(changed, endings), (first, 0), (last, len(lines[-1])))
        self.selection = selection

    def _break_line(self) -> None:
        """Begin an indented line, which replaces the selection."""
        start, end = sorted(self.selection)
        row, column = start
        line = self.document.get_line(row)
        rest = self.document.get_line(end[0])[end[1] :]
        before, behind = line_break(
            line[:column] + rest, column, self.index.state_before(row), self.indent_width
        )
        self.replace(before + behind, start, end, maintain_selection_offset=False)
        if behind:
            self.move_cursor((row + 1, len(before) - 1))

    def _close_bracket(self, bracket: str) -> None:
        """Insert a closing bracket; one that begins its line is indented as its partner's line."""
        row, column = self.cursor_location
        lines = [*self.document.lines]
        lines[row] = lines[row][:column] + bracket + lines[row][column:]
        opened = partner(lines, self.index.state_before, (row, column))
        indent = indentation(lines[opened[0]]) if opened is not None else lines[row][:column]
        self.replace(indent + bracket, (row, 0), (row, column), maintain_selection_offset=False)


def _commented(line: str) -> str:
    body = line.lstrip()
    return f"{line[: len(line) - len(body)]}{COMMENT}{body}" if body else line


def _uncommented(line: str) -> str:
    body = line.lstrip()
    return line[: len(line) - len(body)] + body.removeprefix("--").removeprefix(" ")
