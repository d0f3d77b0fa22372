"""Two databases as one tree of two columns: the first on the left, the second on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text
from textual import events
from textual.widgets.tree import TreeNode

from dsql_tui.console.widgets.listing import ListTree, fit
from dsql_tui.model.span import count
from dsql_tui.schema.change import ChangeKind
from dsql_tui.schema.outline import LinePair, OutlineEntry, OutlineGroup

SAME = "The definitions are the same."
_MARKS = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "-", ChangeKind.CHANGED: "~", None: " "}
_PAINTS = {
    ChangeKind.ADDED: "good",
    ChangeKind.REMOVED: "bad",
    ChangeKind.CHANGED: "warning",
    None: "muted",
}


@dataclass(frozen=True, slots=True)
class Everything:
    """The first line: every difference."""

    words: str


Item = Everything | OutlineGroup | OutlineEntry | LinePair


class DefinitionsTree(ListTree[Item]):
    """The tree; an object's lines are compared when it is unfolded."""

    def __init__(self) -> None:
        super().__init__(id="definitions-tree")

    def fill(self, groups: Sequence[OutlineGroup], *, with_same: bool) -> None:
        """Show two databases, schemas unfolded.

        Args:
            groups: Their objects.
            with_same: Show the objects too that are the same on both sides.
        """
        self.clear()
        self.root.add_leaf("", Everything(summary(groups)))
        for group in groups:
            shown = [each for each in group.entries if with_same or each.kind is not None]
            if not shown:
                continue
            branch = self.root.add("", group, expand=True)
            for entry in shown:
                if entry.first is None and entry.second is None:
                    branch.add_leaf("", entry)
                else:
                    branch.add("", entry)
        self.call_after_refresh(self.move_cursor_to_line, 0)

    @property
    def selected(self) -> OutlineGroup | OutlineEntry | None:
        """The schema or object under the cursor; `None` for everything."""
        node = self.cursor_node
        if node is not None and isinstance(node.data, LinePair):
            node = node.parent
        data = node.data if node is not None else None
        return data if isinstance(data, (OutlineGroup, OutlineEntry)) else None

    def on_tree_node_expanded(self, event: ListTree.NodeExpanded[Item]) -> None:
        """Compare an object's lines when it is unfolded first."""
        node = event.node
        if isinstance(node.data, OutlineEntry) and not node.children:
            for pair in node.data.lines():
                node.add_leaf("", pair)

    def on_resize(self, _event: events.Resize) -> None:
        """Lay the columns out again."""
        self._invalidate()

    def render_label(self, node: TreeNode[Item], _base: Style, style: Style) -> Text:
        """Return a line of two columns, each cropped with `…`."""
        if node.data is None:
            return Text("", style)
        depth = _depth(node)
        width = max(self.size.width - self.guide_depth * depth - 3, 8)
        muted = style + self.paint("muted")
        match node.data:
            case Everything(words=words):
                return Text(fit(words, width), style)
            case OutlineGroup(title=title):
                arrow = self.ICON_NODE_EXPANDED if node.is_expanded else self.ICON_NODE
                return Text().append(arrow, muted).append(fit(title, width - 2), style)
            case OutlineEntry() as entry:
                return self._entry(node, entry, width, depth, style)
            case LinePair() as pair:
                return self._lines(pair, width, depth, style)
        return Text("", style)

    def _entry(
        self, node: TreeNode[Item], entry: OutlineEntry, width: int, depth: int, style: Style
    ) -> Text:
        arrow = "  "
        if node.allow_expand:
            arrow = self.ICON_NODE_EXPANDED if node.is_expanded else self.ICON_NODE
        paint = style + self.paint(_PAINTS[entry.kind])
        left, right = entry.label, entry.label
        if entry.kind is ChangeKind.ADDED:
            left = ""
        elif entry.kind is ChangeKind.REMOVED:
            right = ""
        room = self._left_width(width, depth) - 4
        row = Text().append(arrow, style + self.paint("muted"))
        row.append(f"{_MARKS[entry.kind]} ", paint).append(fit(left, room), paint)
        row.append(" │ ", style + self.paint("muted"))
        return row.append(fit(right, max(width - room - 7, 1)), paint)

    def _lines(self, pair: LinePair, width: int, depth: int, style: Style) -> Text:
        muted = style + self.paint("muted")
        room = self._left_width(width, depth) - 4
        first, second = (muted, muted)
        mark = " "
        if not pair.is_same:
            first, second = style + self.paint("bad"), style + self.paint("good")
            mark = "~" if pair.first and pair.second else "-" if pair.second is None else "+"
        row = Text().append("  ", style).append(f"{mark} ", muted)
        row.append(fit(pair.first or "", room), first).append(" │ ", muted)
        return row.append(fit(pair.second or "", max(width - room - 7, 1)), second)

    def _left_width(self, width: int, depth: int) -> int:
        """Return the width of the left column, so that the line between both is straight."""
        return max((self.size.width - 3) // 2 - self.guide_depth * depth, width // 4)


def summary(groups: Sequence[OutlineGroup]) -> str:
    """Return in words how much differs: `1 added · 2 removed · 3 changed · 40 the same`."""
    kinds = [entry.kind for group in groups for entry in group.entries]
    if not any(kinds):
        return f"{SAME} {count(len(kinds), 'object')}."
    parts = [f"{kinds.count(kind):,} {kind.value}" for kind in ChangeKind if kind in kinds]
    same = kinds.count(None)
    return " · ".join([*parts, *([f"{same:,} the same"] if same else [])])


def _depth(node: TreeNode[Item]) -> int:
    depth = 0
    while node.parent is not None:
        node, depth = node.parent, depth + 1
    return depth
