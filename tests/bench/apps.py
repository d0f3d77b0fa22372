"""The programs the terminal runs: a result pane, a widget of constant text, an empty screen.

usage: python -m tests.bench.apps NAME ARGUMENTS, where NAME ARGUMENTS is one of
  grid CONNINFO STATEMENT [SPILL_MIB] | editor FILE | cell | floor | minimal
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static

ROWS = 1_000_000


class ConstantText(ScrollView, can_focus=True):
    """The floor of painting: every line is the same text."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("pagedown", "page", "Page down", show=False)]

    def on_mount(self) -> None:
        self.virtual_size = Size(200, ROWS + 1)
        self.focus()

    def render_line(self, y: int) -> Strip:
        return Strip([Segment(f"{self.scroll_offset.y + y:>8} " + "x" * (self.size.width - 9))])

    def action_page(self) -> None:
        self.scroll_to(y=self.scroll_offset.y + self.size.height, animate=False)


class FloorApp(App[None]):
    def compose(self) -> ComposeResult:
        yield ConstantText()


class MinimalApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("minimal-is-here")


def editor_app(path: Path) -> App[None]:
    """Return a program with the console's editor over a script, the cursor in its middle."""
    from dsql_tui.console.app.themes import DARK, themes, variable_defaults
    from dsql_tui.console.editor.sql_editor import SqlEditor

    class EditorApp(App[None]):
        def get_theme_variable_defaults(self) -> dict[str, str]:
            return variable_defaults(themes()[0])

        def compose(self) -> ComposeResult:
            yield SqlEditor()

        def on_mount(self) -> None:
            for theme in themes():
                self.register_theme(theme)
            self.theme = DARK
            editor = self.query_one(SqlEditor)
            editor.load_text(path.read_text(encoding="utf-8"))
            editor.move_cursor((editor.document.line_count // 2, 0))
            editor.focus()

    return EditorApp()


def cell_app() -> App[None]:
    """Return a program with a result of which `E` edits the first cell."""
    from tests.bench.row_editing import show_orders
    from tests.support.grid_app import PaneApp

    class CellApp(PaneApp):
        def on_mount(self) -> None:
            super().on_mount()
            show_orders(self.pane, 1_000)

    return CellApp()


def main() -> None:
    """Run the program that was asked for."""
    name, *arguments = sys.argv[1:]
    if name == "floor":
        FloorApp().run()
    elif name == "cell":
        cell_app().run()
    elif name == "minimal":
        MinimalApp().run()
    elif name == "editor":
        editor_app(Path(arguments[0])).run()
    else:
        conninfo, statement, *spill = arguments
        # Imported late: it is not part of the floor's start.
        from tests.bench.grid_app import GridApp

        GridApp(conninfo, statement, int(spill[0]) if spill else 512).run()


if __name__ == "__main__":
    main()
