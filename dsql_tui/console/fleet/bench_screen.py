"""Latency and consistency, measured live, as a table and a histogram."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import DataTable, Static

from dsql_tui.console.fleet import messages as m
from dsql_tui.console.fleet import workers
from dsql_tui.console.fleet.latency_table import (
    FigureTable,
    bars,
    latency_cells,
    latency_columns,
    right,
)
from dsql_tui.console.shared.fleet_services import Fleet, SettingsOf
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings, with_keys
from dsql_tui.console.shared.words import explanation
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.console.widgets.footer import KeyLine
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.span import latency

if TYPE_CHECKING:
    from dsql_tui.bench.consistency import ProbeResult
    from dsql_tui.bench.drill import DrillReport
    from dsql_tui.bench.run import Snapshot

SESSIONS, DURATION_S, ROUNDS = 10, 30.0, 100
_PROBE = (
    "direction",
    "rounds",
    "stale",
    "commit p50",
    "commit p95",
    "read p50",
    "read p95",
    "races",
)
_DRILL = ("failover drill", "")
_IDLE = (
    "{latency.bench}  measures the latency of inserts, selects and connects.\n"
    "{latency.probe}  checks the consistency between the two Regions of a pair.\n"
    "{latency.drill}  takes one Region of a local pair down under load.\n"
    "Each runs in a scratch schema that is dropped afterwards; you pay for the statements."
)


class BenchScreen(Screen[None]):
    """Measures one cluster.

    Args:
        fleet: Runs it.
        sides: The endpoints to measure side by side.
        settings: Returns the settings that apply to a cluster.
    """

    CSS_PATH = "../style/fleet.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.LATENCY)]

    def __init__(self, fleet: Fleet, sides: tuple[Cluster, ...], settings: SettingsOf) -> None:
        super().__init__(id="bench-screen")
        self._fleet, self._sides, self._settings = fleet, sides, settings
        self._stop: Event | None = None
        self._snapshot: Snapshot | None = None
        self._findings: dict[str, ProbeResult] = {}
        self._report: DrillReport | None = None
        self._table = FigureTable(id="bench-table", cursor_type="row")

    def compose(self) -> ComposeResult:
        """Yield the table, the histogram of the row under the cursor and the progress."""
        with Vertical(id="bench-table-frame") as frame:
            frame.border_title = Content(f"Latency of {self._sides[0].name}")
            yield self._table
        with Vertical(id="bench-histogram") as below:
            below.border_title = "Histogram"
            yield Static("", id="bench-bars", markup=False)
        yield Static(with_keys(_IDLE), id="bench-note", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Set up the table; nothing is measured yet."""
        self.add_class("-idle")
        self._table.focus()

    def on_unmount(self) -> None:
        """Stop the measurement when the screen closes; it is cleaned up."""
        if self._stop is not None:
            self._stop.set()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the probe without a second Region, and stopping when nothing runs."""
        if action == "probe":
            return len(self._sides) == 2 and self._stop is None
        if action == "drill":
            return len(self._sides) == 2 and self._stop is None and self._fleet.can_drill
        if action == "bench":
            return self._stop is None
        if action == "stop":
            return self._stop is not None
        return super().check_action(action, parameters)

    def action_bench(self) -> None:
        """Measure latencies, after a confirmation on a cluster that opens read-only."""
        self._if_writable(self._bench)

    def _if_writable(self, begin: Callable[[], None]) -> None:
        """Begin at once; where a cluster opens read-only, only after a yes."""
        protected = [each for each in self._sides if self._settings(each).opens_read_only]
        if not protected:
            begin()
            return

        def answered(is_sure: bool | None) -> None:
            if is_sure:
                begin()

        name = protected[0].name
        words = (
            f"{name} opens read-only. A scratch schema is created there, and dropped afterwards."
        )
        dialog = ConfirmDialog("Allow writes?", words, verb="Allow writes")
        self.app.push_screen(dialog, answered)

    def _bench(self) -> None:
        from dsql_tui.bench.run import BenchPlan

        self.begin_bench()
        plan = BenchPlan(sessions=SESSIONS, duration_s=DURATION_S)
        self._start(partial(workers.run_bench, self._fleet, self._sides, plan))

    def begin_bench(self) -> None:
        """Clear the table for a latency measurement."""
        self.remove_class("-idle")
        self._table.show_columns(latency_columns("Region"))
        self._snapshot, self._findings, self._report = None, {}, None
        self._say("Creating the scratch schema and opening sessions…")

    def action_probe(self) -> None:
        """Probe consistency, after a confirmation on a cluster that opens read-only."""
        self._if_writable(self._probe)

    def _probe(self) -> None:
        self._table.show_columns(_PROBE)
        self._snapshot, self._findings, self._report = None, {}, None
        self.query_one("#bench-bars", Static).update("")
        self._say("Writing in one Region, reading in the other…")
        self._start(partial(workers.run_probe, self._fleet, self._sides, ROUNDS))

    def action_drill(self) -> None:
        """Take the first Region down under load, after a confirmation."""
        self._if_writable(self._ask_drill)

    def _ask_drill(self) -> None:
        from dsql_tui.bench.drill import DrillPlan

        here, there = (each.region for each in self._sides)

        def begin(sure: bool | None) -> None:
            if sure:
                self._table.show_columns(_DRILL)
                self._snapshot, self._findings, self._report = None, {}, None
                self.query_one("#bench-bars", Static).update("")
                self._say(f"Creating the scratch schema and opening sessions in {here}…")
                self._start(partial(workers.run_drill, self._fleet, self._sides))

        words = (
            f"For {DrillPlan().down_s:.0f} seconds all sessions in {here} are closed, including "
            f"yours, and new ones are refused. The drill's sessions continue in {there} and count "
            f"lost rows. {here} comes back at the end, or when you stop the drill."
        )
        self.app.push_screen(ConfirmDialog(f"Take {here} down?", words, verb="Start drill"), begin)

    def action_stop(self) -> None:
        """Stop the measurement."""
        if self._stop is not None:
            self._stop.set()
            self._say("Stopping. Dropping the scratch schema…")

    def action_back(self) -> None:
        """Return to the previous screen."""
        self.dismiss()

    def _start(self, job: partial[None]) -> None:
        self.remove_class("-idle")
        self._stop = Event()
        self.run_worker(partial(job, self._stop, self.post_message), thread=True, group="measuring")
        self.refresh_bindings()

    def on_bench_advanced(self, message: m.BenchAdvanced) -> None:
        """Draw the progress."""
        self._snapshot = message.snapshot
        cells = [latency_cells(row) for row in message.snapshot.rows]
        self._rows(
            cells, f"{message.snapshot.elapsed_s:.0f} of {message.snapshot.duration_s:.0f} s"
        )
        self._draw_bars()
        self._say(_progress_text(message.snapshot))

    def on_probe_advanced(self, message: m.ProbeAdvanced) -> None:
        """Draw the latencies measured so far."""
        self._findings[message.finding.direction] = message.finding
        cells = [_probe_cells(each) for each in self._findings.values()]
        self._rows(cells, f"{message.finding.rounds} of {ROUNDS} rounds")

    def on_drill_advanced(self, message: m.DrillAdvanced) -> None:
        """Draw the probe's results so far."""
        from dsql_tui.bench.report import drill_facts

        self._report = message.report
        facts = drill_facts(message.report)
        self._rows([[Text(name), Text(fact)] for name, fact in facts], message.report.phase)
        self._say(message.report.problem)

    def on_measuring_ended(self, message: m.MeasuringEnded) -> None:
        """Show the outcome."""
        self._stop = None
        self.refresh_bindings()
        if message.error is not None:
            self._say("\n".join((message.error.message, *explanation(message.error))))
        elif self._report is not None:
            self._say(_drill_end(self._report))
        elif self._findings:
            stale = sum(each.stale for each in self._findings.values())
            self._say(
                "No stale reads: every commit was visible in the other Region at once."
                if not stale
                else f"{stale} stale reads, for up to "
                f"{max(each.stale_ms for each in self._findings.values()):.0f} ms."
            )
        elif self._snapshot is not None:
            self._say(_progress_text(self._snapshot) + " The scratch schema was dropped.")

    @on(DataTable.RowHighlighted)
    def _draw_bars(self) -> None:
        if self._snapshot is None or not self._snapshot.rows:
            return
        row = self._snapshot.rows[min(max(self._table.cursor_row, 0), len(self._snapshot.rows) - 1)]
        self.query_one("#bench-histogram").border_title = Content(f"{row.operation} in {row.side}")
        self.query_one("#bench-bars", Static).update(bars(row))

    def _rows(self, cells: list[list[Text]], how_far: str) -> None:
        self._table.show_rows(cells)
        self.query_one("#bench-table-frame").border_subtitle = Content(how_far)

    def _say(self, words: str) -> None:
        self.query_one("#bench-note", Static).update(Content(words))


def _probe_cells(finding: ProbeResult) -> list[Text]:
    times = (
        finding.commit_p50_ms,
        finding.commit_p95_ms,
        finding.read_p50_ms,
        finding.read_p95_ms,
    )
    numbers = [f"{finding.rounds:,}", f"{finding.stale:,}", *map(latency, times)]
    races = f"{finding.conflicts}/{finding.races}"
    return [Text(finding.direction), *(right(number) for number in numbers), right(races)]


def _drill_end(report: DrillReport) -> str:
    if report.lost is None:
        return f"Stopped. {report.here} is available again."
    if report.lost:
        return f"{report.lost:,} committed rows were lost."
    return f"No committed rows were lost. Sessions continued in {report.there}."


def _progress_text(snapshot: Snapshot) -> str:
    rate = sum(row.per_second for row in snapshot.rows)
    words = f"Milliseconds, {SESSIONS} sessions in each Region, {rate:,.0f} operations a second."
    if snapshot.client_busy > 0.9:
        words += f" This client used {snapshot.client_busy:.1f} cores, which adds to the latency."
    if snapshot.problem:
        words += f" Last error: {snapshot.problem}"
    return words
