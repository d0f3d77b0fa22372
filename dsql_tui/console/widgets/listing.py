"""A tree with the keys of lists; labels are shown literally, never as markup."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from rich.style import Style
from rich.text import Text
from textual.binding import BindingType
from textual.widgets import Tree

from dsql_tui.console.shared.keys import bindings_of
from dsql_tui.console.widgets.cells import inert

Data = TypeVar("Data")


class ListTree(Tree[Data]):
    """A Tree with a hidden root; `l` expands a node, `h` collapses it or goes to its parent."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of("list.down", "list.up", "list.bottom"),
        *bindings_of("list.fold", "list.unfold", "list.toggle"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "list-tree--muted",
        "list-tree--good",
        "list-tree--warning",
        "list-tree--bad",
        "list-tree--accent",
    }

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__("", id=id)
        self.show_root = False
        self.guide_depth = 2
        self.show_guides = False
        self.auto_expand = False

    def paint(self, name: str) -> Style:
        """Return the foreground of one of the component classes: `muted`, `good`, `bad` …"""
        return self.get_component_rich_style(f"list-tree--{name}", partial=True)

    def action_fold(self) -> None:
        """Collapse the node, or go to its parent if it is collapsed."""
        node = self.cursor_node
        if node is None:
            return
        if node.allow_expand and node.is_expanded:
            node.collapse()
        elif node.parent is not None and node.parent is not self.root:
            self.move_cursor(node.parent)

    def action_unfold(self) -> None:
        """Expand the node."""
        if self.cursor_node is not None and self.cursor_node.allow_expand:
            self.cursor_node.expand()


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Return `text` on one line of exactly `width` cells, without control characters."""
    if text.isascii() and text.isprintable() and len(text) <= width:
        return text.rjust(width) if right else text.ljust(width)
    fitted = Text(text if text.isprintable() else inert(" ".join(text.split())))
    if right and fitted.cell_len < width:
        fitted.pad_left(width - fitted.cell_len)
    fitted.truncate(max(width, 1), overflow="ellipsis", pad=True)
    return fitted.plain
