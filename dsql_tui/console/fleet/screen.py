"""The board (F2 twice): every cluster of every Region, filled in as the Regions respond."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from dsql_tui.console.fleet import messages as m
from dsql_tui.console.fleet import workers
from dsql_tui.console.fleet.dialogs.create import CreateDialog
from dsql_tui.console.fleet.operations import Operations
from dsql_tui.console.fleet.rows import (
    Beside,
    BoardArrangement,
    FleetRow,
    RegionOf,
    Sort,
    arranged,
    rows_of,
    tag_keys,
)
from dsql_tui.console.fleet.table import FleetTable
from dsql_tui.console.shared.cluster_board import Board
from dsql_tui.console.shared.fleet_services import Fleet, SettingsOf
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings, with_keys
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.widgets.footer import KeyLine
from dsql_tui.errors import DsqlTuiError, ServiceBusy
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.lifecycle import NewCluster
from dsql_tui.model.span import count

REFRESH_S = 30.0
REFRESH_MAX_S = 480.0
"""Refreshing backs off to this while the API throttles."""
DRAW_S = 0.1
"""The board is drawn at most ten times a second; the first response is drawn immediately."""

Open = Callable[[Cluster], object]


class FleetScreen(Operations):
    """The board.

    Args:
        fleet: The source of clusters and their details.
        preferences: Favourites and arrangement, saved between starts.
        settings: Returns the settings that apply to a cluster.
        open_session: Opens a session on a cluster, on the screen below.
    """

    CSS_PATH = "../style/fleet.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.FLEET_SCREEN)]

    def __init__(
        self, fleet: Fleet, preferences: Preferences, settings: SettingsOf, open_session: Open
    ) -> None:
        super().__init__(fleet, id="fleet-screen")
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
        self._preferences, self._settings, self._open = preferences, settings, open_session
        self.board = Board()
        self._beside = Beside()
        self._arrangement = BoardArrangement(favourites=preferences.favourites())
        self._listing_id = 0
        self._fresh: Board | None = None
        self._error: DsqlTuiError | None = None
        self._drawing: Timer | None = None
        self._next_s = REFRESH_S
        self._refreshing: Timer | None = None
        self._table = FleetTable(fleet.now)
        self._filter = Input(
            placeholder="name, id, Region, status or tag", id="fleet-filter", compact=True
        )

    def compose(self) -> ComposeResult:
        """Yield the filter, the table and the problems of the listing."""
        with Vertical(id="fleet-frame") as frame:
            frame.border_title = "Fleet"
            yield self._filter
            yield self._table
            yield Static("", id="fleet-note", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """List every Region."""
        self._filter.display = False
        self._table.focus()
        self.action_refresh_list()

    def refresh_after_change(self) -> None:
        """List the clusters again after a change."""
        self.action_refresh_list()

    def action_refresh_list(self) -> None:
        """List every Region again, and measure the round-trip time to each again."""
        self._list(measured=())

    def _list(self, *, measured: Collection[RegionOf]) -> None:
        """List every Region; the board stays unchanged until all have responded."""
        if self._refreshing is not None:
            self._refreshing.stop()
        self._listing_id += 1
        job = partial(workers.list_fleet, self.fleet, self._listing_id, measured, self.post_message)
        self.run_worker(job, thread=True, group="fleet")

    def on_fleet_begun(self, message: m.FleetBegun) -> None:
        """Start a listing: show the first one as it arrives, later ones when they are complete."""
        if message.listing_id == self._listing_id:
            self._fresh = Board(message.regions)
            if not self.board.clusters:
                self.board = self._fresh
            self._draw_soon()

    def on_fleet_advanced(self, message: m.FleetAdvanced) -> None:
        """Add the rows that have arrived."""
        if message.listing_id == self._listing_id and self._fresh is not None:
            for event in message.events:
                self._fresh.apply(event)
                if isinstance(event, Cluster) and (name := self.fleet.profile_of(event)):
                    self._beside.profiles[event.identifier] = name
            if self._fresh is self.board:
                self._draw_soon()

    def on_fleet_ended(self, message: m.FleetEnded) -> None:
        """Complete the listing; the busier the API is, the later the next one."""
        if message.listing_id != self._listing_id:
            return
        self._error = message.error
        if message.error is None and self._fresh is not None:
            self.board = self._fresh
        failures = [region.error for region in self.board.regions.values() if region.error]
        busy = any(isinstance(error, ServiceBusy) for error in (*failures, message.error))
        self._next_s = min(self._next_s * 2, REFRESH_MAX_S) if busy else REFRESH_S
        self._refreshing = self.set_timer(self._next_s, self._refresh_in_front)
        self._draw_soon()

    def on_activity_arrived(self, message: m.ActivityArrived) -> None:
        """Show the sparklines of a Region."""
        if message.listing_id == self._listing_id:
            self._beside.activity.update(message.activity)
            self._draw_soon()

    def on_round_trip_measured(self, message: m.RoundTripMeasured) -> None:
        """Show the round-trip time to a Region."""
        if message.listing_id == self._listing_id:
            self._beside.round_trips[message.region_of] = message.round_trip_ms
            self._draw_soon()

    def on_extras_arrived(self, message: m.ExtrasArrived) -> None:
        """Show the policy and change streams of a cluster."""
        if message.listing_id == self._listing_id:
            self._beside.extras[message.identifier] = message.extras
            self._draw_soon()

    def on_resize(self) -> None:
        """Select the columns that fit."""
        self._draw_soon()

    def _refresh_in_front(self) -> None:
        """Refresh, or try again later while another screen is active."""
        if self.is_current:
            self._list(measured=set(self._beside.round_trips))
        else:
            self._refreshing = self.set_timer(self._next_s, self._refresh_in_front)

    def _draw_soon(self) -> None:
        if self._drawing is None:
            self._drawing = self.set_timer(DRAW_S, self._draw)
            if not self._table.row_count:
                self.call_after_refresh(self._draw_now)

    def _draw(self) -> None:
        self._drawing = None
        self._draw_now()

    def _draw_now(self) -> None:
        rows = rows_of(self.board)
        groups = arranged(rows, self._arrangement, self._beside)
        self._table.show(
            groups,
            self._beside,
            set(self._arrangement.favourites),
            self._arrangement.group_by,
        )
        self._draw_words(rows)

    def _draw_words(self, rows: list[FleetRow]) -> None:
        frame = self.query_one("#fleet-frame")
        pending = self.board.pending
        region_count = len(self.board.regions)
        answered = (
            f"{region_count - pending} of {region_count} Regions"
            if pending
            else count(region_count, "Region")
        )
        frame.border_title = Content(f"Fleet  {count(len(rows), 'cluster')} · {answered}")
        how = [f"by {self._arrangement.sort}"]
        if self._arrangement.group_by:
            how.append(f"grouped by {self._arrangement.group_by}")
        if self._next_s > REFRESH_S:
            how.append(f"throttled, refreshing every {self._next_s:.0f} s")
        frame.border_subtitle = Content(" · ".join(how))
        self.query_one("#fleet-note", Static).update("\n".join(self._problems(rows)))

    def _problems(self, rows: list[FleetRow]) -> list[str]:
        """Return the failures, and the reason for an empty board, a line for each."""
        error = self._error or self.board.sign_in_error
        if error is not None:
            return [f"✗ {error.message} {error.remedy}"]
        lines = [f"✗ {regions}: {error.message}" for regions, error in self.board.failures()]
        if rows and not self._table.row_count:
            lines.append(
                f"No clusters match “{self._arrangement.text}”."
                + with_keys(" Press {fleet.back} to clear the filter.")
            )
        elif not rows and not self.board.pending and self.board.regions and not lines:
            lines.append(with_keys("No clusters. Press {fleet.new} to create one."))
        return lines

    # What the keys do

    def action_filter(self) -> None:
        """Show and focus the filter."""
        self._filter.display = True
        self._filter.focus()

    @on(Input.Changed, "#fleet-filter")
    def _narrow(self) -> None:
        self._arrange(replace(self._arrangement, text=self._filter.value))

    @on(Input.Submitted, "#fleet-filter")
    def _leave_filter(self) -> None:
        self._table.focus()

    def action_back(self) -> None:
        """Close the filter, or return to the workspace."""
        if self._filter.display:
            self._filter.value = ""
            self._filter.display = False
            self._table.focus()
        else:
            self.dismiss()

    def action_sort(self) -> None:
        """Sort by the next column."""
        sorts = list(Sort)
        following = sorts[(sorts.index(self._arrangement.sort) + 1) % len(sorts)]
        self._arrange(replace(self._arrangement, sort=following))

    def action_group(self) -> None:
        """Group by the next tag, or by none after the last one."""
        keys = ["", *tag_keys(rows_of(self.board))]
        at = keys.index(self._arrangement.group_by) if self._arrangement.group_by in keys else 0
        self._arrange(replace(self._arrangement, group_by=keys[(at + 1) % len(keys)]))

    def action_favourite(self) -> None:
        """Toggle whether this cluster is listed first."""
        if (row := self._table.row_under_cursor) is not None and row.sides:
            favourites = set(self._arrangement.favourites) ^ {row.key}
            self._preferences.keep_favourites(favourites)
            self._arrange(replace(self._arrangement, favourites=favourites))

    def _arrange(self, arrangement: BoardArrangement) -> None:
        self._arrangement = arrangement
        self._draw_now()

    def action_new_cluster(self) -> None:
        """Ask for a new cluster's settings and create it."""

        def create(wish: NewCluster | None) -> None:
            if wish is not None:
                heading = f"Create cluster in {' and '.join(wish.regions)}"
                self.operate(
                    heading, lambda token: self.fleet.create(replace(wish, client_token=token))
                )

        own = (each for each in self.board.regions if not self.fleet.is_beside(each))
        self.app.push_screen(CreateDialog(tuple(own)), create)

    def action_update_cluster(self) -> None:
        """Change the cluster that represents the row."""
        if (cluster := self._cluster()) is not None:
            self.change_cluster(cluster)

    def action_delete_cluster(self) -> None:
        """Delete the cluster and its peer."""
        row = self._table.row_under_cursor
        if row is not None and row.sides:
            self.delete_cluster(row.sides)

    def action_open_session(self) -> None:
        """Open a session on the workspace."""
        if (cluster := self._cluster()) is not None:
            self.dismiss()
            self._open(cluster)

    @on(FleetTable.RowSelected)
    def action_show_details(self) -> None:
        """Show the details of the cluster under the cursor."""
        from dsql_tui.console.fleet.details import DetailsScreen

        row = self._table.row_under_cursor
        if row is None or not row.sides:
            return
        if row.is_unfinished:
            self.finish_setup(row.sides)
        else:
            self.app.push_screen(DetailsScreen(self.fleet, row.sides[0], self._settings))

    def action_show_metrics(self) -> None:
        """Show metrics of the cluster under the cursor."""
        from dsql_tui.console.fleet.metrics_screen import MetricsScreen

        row = self._table.row_under_cursor
        if row is not None and row.sides:
            self.app.push_screen(MetricsScreen(self.fleet, row.sides, self._settings))

    def action_show_latency(self) -> None:
        """Measure the cluster under the cursor."""
        from dsql_tui.console.fleet.bench_screen import BenchScreen

        row = self._table.row_under_cursor
        if row is not None and row.sides:
            self.app.push_screen(BenchScreen(self.fleet, row.sides, self._settings))

    def _cluster(self) -> Cluster | None:
        row = self._table.row_under_cursor
        return row.first if row else None
