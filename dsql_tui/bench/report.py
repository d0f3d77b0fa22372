"""Formats the results of a measurement as a table, Markdown, CSV or fields."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict

from dsql_tui.bench.drill import DrillReport
from dsql_tui.bench.run import Snapshot
from dsql_tui.model.latency import OperationStats
from dsql_tui.model.span import latency

HEADER = (
    *("operation", "region", "count", "per s", "first", "p50", "p90", "p95", "p99", "max"),
    *("conflicts", "retries", "errors"),
)
"""Latencies in milliseconds."""


def cells(row: OperationStats) -> tuple[str, ...]:
    """Return a row's cells in the order of `HEADER`; unknown values are a dash."""
    latencies = (row.first_ms, row.p50_ms, row.p90_ms, row.p95_ms, row.p99_ms, row.max_ms)
    return (
        row.operation,
        row.side,
        f"{row.count:,}",
        f"{row.per_second:,.1f}" if row.per_second < 100 else f"{row.per_second:,.0f}",
        *map(latency, latencies),
        f"{row.conflicts:,}",
        f"{row.retries:,}",
        f"{row.errors:,}",
    )


def as_markdown(snapshot: Snapshot) -> str:
    """Return a Markdown table."""
    lines = [HEADER, ("---", "---", *["---:"] * (len(HEADER) - 2)), *map(cells, snapshot.rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def as_csv(snapshot: Snapshot) -> str:
    """Return CSV with a header; milliseconds with three decimals, empty if unknown."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    rows = [fields_of(row) for row in snapshot.rows]
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow("" if value is None else value for value in row.values())
    return out.getvalue().rstrip("\n")


def fields_of(row: OperationStats) -> dict[str, object]:
    """Return an operation's numbers by name; latencies in milliseconds, `None` if unknown."""
    return {
        ("region" if name == "side" else name): (
            round(value, 3) if isinstance(value, float) else value
        )
        for name, value in asdict(row).items()
        if name != "bars"
    }


def drill_facts(report: DrillReport) -> list[tuple[str, str]]:
    """Return the results of a drill, one a line; unknown values are a dash."""
    here, there = report.here, report.there
    cut, moved = _after(report.cut_ms), _after(report.moved_ms)
    known = report.in_doubt and report.in_doubt_kept is not None
    committed = f", {report.in_doubt_kept:,} of them committed" if known else ""
    return [
        ("now", report.phase),
        ("Region taken down", here),
        ("sessions closed", f"{report.cut} of {report.sessions}, the last {cut}"),
        (f"{there} committed", f"first {_after(report.peer_ms)}, for every session {moved}"),
        (
            "commits confirmed",
            f"{report.committed_here:,} in {here}, {report.committed_there:,} in {there}",
        ),
        ("outcomes unknown", f"{report.in_doubt:,}{committed}"),
        (f"{here} available", _after(report.back_ms)),
        ("committed rows lost", "–" if report.lost is None else f"{report.lost:,}"),
    ]


def _after(elapsed_ms: float | None) -> str:
    return "–" if elapsed_ms is None else f"after {elapsed_ms:,.0f} ms"
