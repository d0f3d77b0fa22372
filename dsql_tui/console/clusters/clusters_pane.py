"""Clusters by Region; rows appear as responses arrive, and a failing Region is one row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static
from textual.widgets.tree import TreeNode

from dsql_tui.console.messages.clusters import ClusterChosen, ClustersRefreshRequested
from dsql_tui.console.shared.cluster_board import Board, ClusterRow, RegionRows
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings, bindings_of, with_keys
from dsql_tui.console.shared.words import explanation, short_region, status_glyph
from dsql_tui.console.widgets.listing import ListTree, fit
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.cluster import Cluster, ClusterFailed, ClusterStatus, ListingEvent
from dsql_tui.model.span import age, count

WIDE_FROM = 60
"""From this width on a row has columns for identifier, status, peers and age."""
_IDENTIFIER, _STATUS, _PEERS, _AGE = 26, 10, 13, 6
NodeData = RegionRows | ClusterRow


class ClusterTree(ListTree[NodeData]):
    """The tree of Regions and their clusters."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Place.CLUSTERS),
        *bindings_of("list.top", "list.filter", "list.refresh"),
    ]

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(id="cluster-tree")
        self._now = now

    def action_filter(self) -> None:
        """Show the filter of the pane."""
        self.query_ancestor(ClustersPane).open_filter()

    def action_refresh_list(self) -> None:
        """List the clusters again."""
        self.post_message(ClustersRefreshRequested())

    def render_label(self, node: TreeNode[NodeData], _base: Style, style: Style) -> Text:
        """Return a row as wide as the tree."""
        data = node.data
        if data is None:
            return Text("", style)
        if not isinstance(data, RegionRows):
            return self._cluster_row(data, style)
        if data.error is not None:
            label = Text().append("✗ ", style + self.paint("bad"))
            label.append(fit(f"{data.region}: {data.error.message}", self.size.width - 3), style)
            return label
        arrow = self.ICON_NODE_EXPANDED if node.is_expanded else self.ICON_NODE
        return Text(arrow + data.region, style + self.paint("muted"))

    def _cluster_row(self, row: ClusterRow, style: Style) -> Text:
        width = max(self.size.width - 5, 8)
        muted = style + self.paint("muted")
        if isinstance(row, ClusterFailed):
            label = Text().append("✗ ", style + self.paint("bad"))
            return label.append(fit(f"{row.identifier} {row.error.message}", width), muted)
        if not isinstance(row, Cluster):
            return (
                Text()
                .append("◌ ", style + self.paint("warning"))
                .append(fit(f"{row.identifier} …", width), muted)
            )
        glyph, paint = status_glyph(row.status)
        label = Text().append(f"{glyph} ", style + self.paint(paint))
        side = self._columns(row) if self.size.width >= WIDE_FROM else _short_side(row)
        label.append(fit(row.name, max(width - cell_len(side) - 1, 6)), style)
        return label.append(" " + side, muted)

    def _columns(self, row: Cluster) -> str:
        return "  ".join(
            (
                fit(row.identifier, _IDENTIFIER),
                fit(row.status.lower(), _STATUS),
                fit(_peers(row) or "single-Region", _PEERS),
                fit(age(row.created_at, self._now()), _AGE, right=True),
            )
        )


class ClustersPane(Vertical):
    """The tree, with a filter above it and details of the row under the cursor below."""

    BORDER_TITLE = "Clusters"

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(id="clusters")
        self._now = now
        self._filter = Input(placeholder="name, id or status", id="cluster-filter", compact=True)
        self._tree = ClusterTree(now)
        self._card = Static("", id="cluster-card", markup=False)
        self._listing_id = 0
        self._listing_error: DsqlTuiError | None = None
        self.board = Board()

    def compose(self) -> ComposeResult:
        """Yield the filter, the tree and the details."""
        yield self._filter
        yield self._tree
        yield self._card

    def on_mount(self) -> None:
        """Show that the clusters are being listed."""
        self._filter.display = False
        self._say("Loading clusters…")

    def begin(self, listing_id: int, regions: tuple[str, ...]) -> None:
        """Start a listing of these Regions, unless it was already started."""
        if listing_id == self._listing_id:
            return
        self._listing_id = listing_id
        self._listing_error = None
        self.board = Board(regions)
        self._rebuild()
        self._draw_title()

    def take_up(
        self, listing_id: int, regions: tuple[str, ...], answers: Sequence[ListingEvent]
    ) -> None:
        """Start with the responses a listing has already received, if any."""
        if answers:
            self.begin(listing_id, regions)
            for event in answers:
                self.apply(listing_id, event)

    def apply(self, listing_id: int, event: ListingEvent) -> None:
        """Show one response; responses of an older listing are ignored."""
        if listing_id == self._listing_id:
            was_signed_out = self.board.sign_in_error is not None
            rows = self.board.apply(event)
            if was_signed_out and self.board.sign_in_error is None:
                self._rebuild()
            else:
                self._place_region(rows)
            self._draw_title()
            self._draw_card()

    def end(self, error: DsqlTuiError | None) -> None:
        """End the listing, which may have failed with `error`."""
        self._listing_error = error
        self._draw_title()
        self._draw_card()

    def open_filter(self) -> None:
        """Show and focus the filter."""
        self._filter.display = True
        self._filter.focus()

    def close_filter(self) -> None:
        """Clear the filter and show every row."""
        self._filter.value = ""
        self._filter.display = False
        self._tree.focus()

    def focus_content(self) -> None:
        """Focus the tree."""
        self._tree.focus()

    @on(Input.Changed, "#cluster-filter")
    def _narrow(self) -> None:
        self._rebuild()
        self._draw_card()

    @on(Input.Submitted, "#cluster-filter")
    def _leave_filter(self) -> None:
        self._tree.focus()

    def key_escape(self) -> None:
        """Close the filter."""
        if self._filter.display:
            self.close_filter()

    @on(ClusterTree.NodeSelected)
    def _choose(self, event: ClusterTree.NodeSelected[NodeData]) -> None:
        data = event.node.data
        if isinstance(data, Cluster):
            self.post_message(ClusterChosen(data))
        elif isinstance(data, RegionRows):
            event.node.toggle()

    @on(ClusterTree.NodeHighlighted)
    def _highlighted(self) -> None:
        self._draw_card()

    def _rebuild(self) -> None:
        self._tree.clear()
        for rows in self.board.regions.values():
            self._place_region(rows)

    def _place_region(self, rows: RegionRows) -> None:
        """Bring one Region's node up to date, keeping the cursor where it is."""
        shown = rows.matching(self._filter.value)
        node = self._region_node(rows.region)
        # Without credentials no Region can be listed: the card says it once for all.
        has_own_error = rows.error is not None and self.board.sign_in_error is None
        if not shown and (self._filter.value or not has_own_error):
            if node is not None:
                node.remove()
            return
        if node is None:
            node = self._add_region(rows)
        known = [
            child.data.identifier for child in node.children if isinstance(child.data, ClusterRow)
        ]
        if known != [row.identifier for row in shown]:
            node.remove_children()
            for row in shown:
                node.add_leaf(row.identifier, row)
        else:
            for child, row in zip(node.children, shown, strict=True):
                child.data = row
                child.refresh()
        node.data = rows
        node.allow_expand = bool(shown)
        if self._tree.cursor_line < 0 or isinstance(self._cursor_data(), RegionRows | None):
            self.call_after_refresh(self._to_first_cluster)

    def _add_region(self, rows: RegionRows) -> TreeNode[NodeData]:
        """Add a Region in the order in which the Regions were queried."""
        root = self._tree.root
        rank = list(self.board.regions).index
        before = sum(
            rank(each.data.region) < rank(rows.region) for each in root.children if each.data
        )
        return root.add(
            rows.region, rows, before=before if before < len(root.children) else None, expand=True
        )

    def _region_node(self, region: str) -> TreeNode[NodeData] | None:
        return next(
            (node for node in self._tree.root.children if node.data and node.data.region == region),
            None,
        )

    def _cursor_data(self) -> NodeData | None:
        node = self._tree.cursor_node
        return node.data if node is not None else None

    def _to_first_cluster(self) -> None:
        """Put the cursor on a cluster unless the person has moved it to one."""
        for region in self._tree.root.children:
            if region.children and not isinstance(self._cursor_data(), Cluster):
                self._tree.move_cursor(region.children[0])
                return

    def _draw_title(self) -> None:
        listed, pending = len(self.board.clusters), self.board.pending
        self.border_title = f"Clusters {listed or ''}".rstrip()
        total = len(self.board.regions)
        waiting = f"{total - pending} of {count(total, 'Region')}" if pending else ""
        self.border_subtitle = waiting if self._listing_error is None else ""

    def _draw_card(self) -> None:
        data = self._cursor_data()
        if self._listing_error is not None:
            self._say(self._listing_error.message, *explanation(self._listing_error))
        elif (error := self.board.sign_in_error) is not None:
            self._say(error.message, *explanation(error))
        elif not self.board.regions or (self.board.pending and not self.board.clusters):
            self._say("Loading clusters…")
        elif not self._tree.root.children:
            self._say(*self._nothing())
        elif isinstance(data, Cluster):
            self._card.update(_card(data, self._now()))
        elif isinstance(data, RegionRows | ClusterFailed) and data.error is not None:
            self._say(data.error.message, *explanation(data.error))
        else:
            self._say("")

    def _nothing(self) -> list[str]:
        if self._filter.value:
            return [f"No clusters match “{self._filter.value}”.", "Press esc to clear the filter."]
        total = count(len(self.board.regions), "Region")
        return [f"No clusters in {total}.", with_keys("Press {list.refresh} to refresh.")]

    def _say(self, *lines: str) -> None:
        self._card.update(Content("\n".join(lines)))


def _peers(row: Cluster) -> str:
    return " ".join(f"⇄ {short_region(region)}" for region in row.peer_regions)


def _short_side(row: Cluster) -> str:
    return _peers(row) if row.status is ClusterStatus.ACTIVE else f"{row.status.lower()}…"


def _card(cluster: Cluster, now: datetime) -> Content:
    """Return three lines about a cluster, as wide as its identifier of 26 characters."""
    protected = " · protected" if cluster.deletion_protection else ""
    peers = ", ".join(cluster.peer_regions)
    lines = [
        cluster.identifier,
        f"{cluster.status.lower()} · {age(cluster.created_at, now)}{protected}",
        f"multi-Region ⇄ {peers}" if peers else "single-Region",
    ]
    return Content("\n".join(lines))
