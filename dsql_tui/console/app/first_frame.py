"""The first frame: the workspace's outline, painted before the workspace is imported.

The panes, the SQL lexer and their style sheets cost about as much to load as Textual itself. So the
outline is drawn by one widget first. It shows the clusters listed in the meantime; keys typed in
the meantime wait in the application's input queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import set_cell_size
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

if TYPE_CHECKING:
    from dsql_tui.model.cluster import Cluster, ListingEvent

from dsql_tui.console.shared.key import display_key
from dsql_tui.console.shared.keys import BY_ID, keys_of

SIDEBAR_WIDTH = 30
NARROW_BELOW = 100
KEYS = ("run.statement", "session.open", "roles.show")
ALWAYS = ("app.palette", "app.help")
"""Actions that the footer shows on the left and on the right."""
PATIENCE_S = 0.25
"""The workspace is loaded after this time, whatever has been listed."""
NETWORK_S = 0.06
"""The workspace is also loaded this long after the requests to AWS were sent: quick responses are
shown in the first frame, slower ones arrive while the workspace is loaded."""


class Outline(Widget):
    """Frames and titles of the panes, and the clusters that were listed so far."""

    regions: tuple[str, ...] = ()
    clusters: reactive[tuple[Cluster, ...]] = reactive(())

    def render(self) -> Content:
        """Draw the outline for the terminal's size."""
        width, height = self.size
        listed = self._listed()
        if width < NARROW_BELOW:
            body = _box("Clusters", width, max(height - 3, 2), listed)
        else:
            upper = (height - 2) * 2 // 5
            sidebar = _box("Clusters", SIDEBAR_WIDTH, upper, listed)
            sidebar += _box("Schema", SIDEBAR_WIDTH, height - 2 - upper)
            work = _box("query 1 ┊ +", width - SIDEBAR_WIDTH, upper)
            work += _box("Results ┊ Messages", width - SIDEBAR_WIDTH, height - 2 - upper)
            body = [left + right for left, right in zip(sidebar, work, strict=True)]
        top = [" ◌ starting…".ljust(width)] + ([" "] if width < NARROW_BELOW else [])
        left = f" {_footer(KEYS)}"
        footer = left + f"{_footer(ALWAYS)} ".rjust(max(width - len(left), 0))
        rows = [*top, *body, footer[:width]]
        content = Content("\n".join(rows))
        first = len(top) + 1
        for row in range(first, min(first + len(listed), len(rows) - 2)):
            start = sum(len(above) + 1 for above in rows[:row]) + 1
            content = content.stylize("$foreground", start, start + SIDEBAR_WIDTH - 2)
        return content

    def _listed(self) -> list[str]:
        """Return a line for each cluster below its Region, as the pane will have them."""
        from dsql_tui.console.shared.words import status_glyph
        from dsql_tui.console.widgets.cells import inert

        lines: list[str] = []
        for region in self.regions:
            here = [cluster for cluster in self.clusters if cluster.region == region]
            names = [
                f"  {status_glyph(cluster.status)[0]} {inert(cluster.name)}"
                for cluster in sorted(here, key=lambda cluster: cluster.name)
            ]
            lines += [f"▾ {region}", *names] if names else []
        return lines


class FirstFrame(Screen[None]):
    """Shows the outline, and posts a message once the workspace can replace it."""

    DEFAULT_CSS: ClassVar[str] = "Outline { width: 1fr; height: 1fr; color: $frame; }"

    class Enough(Message):
        """Posted when the workspace can be shown."""

    def __init__(self) -> None:
        super().__init__(id="first-frame")
        self._is_enough = False

    def compose(self) -> list[Widget]:
        """Yield one widget, which is the fastest to paint."""
        return [Outline()]

    def on_mount(self) -> None:
        """Set a limit on how long the outline is shown."""
        self.set_timer(PATIENCE_S, self._enough)

    # Called from the listing's thread.

    def asked(self, regions: tuple[str, ...]) -> None:
        """Set the Regions that are being listed."""
        self.call_later(self._await, regions)

    def heard(self, event: ListingEvent) -> None:
        """Draw a cluster or a failure that arrived."""
        self.call_later(self._show, event)

    def ended(self) -> None:
        """Draw the complete listing."""
        self.call_later(self._enough)

    def _await(self, regions: tuple[str, ...]) -> None:
        self.query_one(Outline).regions = regions
        self.set_timer(NETWORK_S, self._enough)

    def _show(self, event: ListingEvent) -> None:
        from dsql_tui.model.cluster import Cluster

        if isinstance(event, Cluster):
            outline = self.query_one(Outline)
            outline.clusters = (*outline.clusters, event)

    def _enough(self) -> None:
        """Post `Enough` once, when the last answer is painted."""
        if not self._is_enough:
            self._is_enough = True
            self.call_after_refresh(self.post_message, self.Enough())


def _box(title: str, width: int, height: int, lines: list[str] | None = None) -> list[str]:
    inner = width - 2
    top = f"─ {title} ".ljust(inner, "─")[:inner]
    rows = [set_cell_size(line, inner) for line in (lines or ())][: max(height - 2, 0)]
    rows += [" " * inner] * max(height - 2 - len(rows), 0)
    return [f"╭{top}╮", *(f"│{row}│" for row in rows), f"╰{'─' * inner}╯"]


def _footer(names: Sequence[str]) -> str:
    """Return actions with their keys as the footer shows them."""
    keys = ((keys_of(BY_ID[name]), BY_ID[name].label) for name in names)
    return "  ".join(f"{display_key(own[0])} {label}" for own, label in keys if own)
