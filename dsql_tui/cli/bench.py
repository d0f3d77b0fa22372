"""`dsql-tui bench`: latencies of a cluster under load, and consistency between its Regions.

stdout is the report, stderr the progress. What it creates lives in one scratch schema that is
dropped at the end, after Ctrl-C too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.lifecycle import find_sides
from dsql_tui.aws.session import AwsSession
from dsql_tui.bench.workload import DEFAULT_WORKLOAD, EXPLAINED, parse_workload
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.table import table
from dsql_tui.cli.shared.target import (
    Target,
    allow_writes_option,
    named,
    profile_of,
    target_options,
)
from dsql_tui.cli.shared.terminal import echo_line, redraw_line
from dsql_tui.errors import InputError
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import ADMIN_ROLE

if TYPE_CHECKING:
    from dsql_tui.bench.run import BenchPlan, Snapshot
    from dsql_tui.bench.side import BenchSide

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)?")
_UNITS = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0}
_EPILOG = "Operations: " + "; ".join(f"{each}: {text}" for each, text in EXPLAINED.items()) + "."
_PROBE_HEADER = (
    *("direction", "rounds", "stale reads", "commit p50", "commit p95"),
    *("read p50", "read p95", "conflicts/races"),
)
BUSY = 0.9
"""Cores of CPU from which on a latency is partly this client's own queue."""


@click.command("bench", epilog=_EPILOG)
@click.argument("cluster", required=False)
@click.option("--sessions", type=int, help="Sessions in each Region: 30, of a drill 4.")
@click.option("--duration", help="How long: 500ms, 2m; 30s, and 5s that a drill's Region is down.")
@click.option(
    "--workload",
    default=",".join(DEFAULT_WORKLOAD),
    show_default=True,
    help="Operations, separated by commas.",
)
@click.option("--one-region", is_flag=True, help="Of a pair, only the endpoint that is named.")
@click.option("--role", default=ADMIN_ROLE, show_default=True, help="Database role to become.")
@click.option(
    "--format",
    "chosen",
    type=click.Choice(["table", "markdown", "csv", "json"]),
    default="table",
    show_default=True,
    help="How the report is written.",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="File for the report."
)
@click.option("--probe", is_flag=True, help="Of a pair: probe consistency instead of latency.")
@click.option("--drill", is_flag=True, help="Of a local pair: take its Region down under load.")
@click.option("--rounds", default=100, show_default=True, help="With --probe: writes a direction.")
@click.option("--clean", is_flag=True, help="Only drop what killed runs have left behind.")
@allow_writes_option
@target_options
def command(
    cluster: str | None,
    sessions: int | None,
    duration: str | None,
    workload: str,
    one_region: bool,
    role: str,
    chosen: str,
    output: Path | None,
    probe: bool,
    drill: bool,
    rounds: int,
    clean: bool,
    target: Target,
) -> int:
    """Measure CLUSTER: latency percentiles per operation, conflicts, retries.

    Both endpoints of a multi-Region cluster are measured side by side. Statements cost DPU and
    connects count against the cluster's rate; nothing outside a scratch schema is touched.
    """
    from dsql_tui.bench.drill import DrillPlan
    from dsql_tui.bench.run import BenchPlan
    from dsql_tui.bench.side import side_of
    from dsql_tui.cli.shared.sessions import require_writable

    if probe and drill:
        raise click.UsageError("--probe and --drill are two measurements; choose one.")
    plan = BenchPlan(sessions or 30, _seconds(duration or "30s"), parse_workload(workload))
    rehearsal = DrillPlan(sessions or 4, down_s=_seconds(duration or "5s"))
    (rehearsal if drill else plan).check()
    with profile_of(target) as profile:
        aws = AwsSession(profile)
        found_cluster = find_cluster(aws, aws.regions, named(cluster, target))
        ends = (found_cluster,) if one_region else find_sides(aws, found_cluster)
        require_writable(ends, target, "bench writes in a scratch schema")
        sides = [side_of(aws, each.endpoint(profile, target.role_for(each, role))) for each in ends]
        if clean:
            return _clean(sides[0])
        write = _writer(output)
        if drill:
            from dsql_tui.cli.shared.drill import run_drill

            return run_drill(profile, sides, rehearsal, chosen, write)
        if probe:
            return _probe(sides, rounds, chosen, write)
        return _measure(sides, plan, found_cluster, chosen, write)


def _measure(
    sides: list[BenchSide],
    plan: BenchPlan,
    cluster: Cluster,
    chosen: str,
    write: Callable[[str], None],
) -> int:
    from dsql_tui.bench.run import run

    latest: Snapshot | None = None
    code: int = ExitCode.OK
    snapshots = run(sides, plan)
    try:
        for latest in snapshots:
            _tell(latest)
    except KeyboardInterrupt:
        click.echo("\nStopping; dropping the scratch schema …", err=True)
        code = INTERRUPTION.exit_code
    finally:
        snapshots.close()  # type: ignore[attr-defined]  # a generator; cleans up before it returns
    click.echo("", err=True)
    if latest is None:
        return code
    write(_report(latest, plan, cluster, chosen))
    if latest.client_busy > BUSY:
        echo_line(
            f"This client used {latest.client_busy:.1f} cores of CPU; part of every latency is "
            "its own queue. Fewer sessions show the cluster's more truly.",
            err=True,
        )
    if latest.problem:
        echo_line(f"The last error met: {latest.problem}", err=True)
    return code


def _probe(sides: list[BenchSide], rounds: int, chosen: str, write: Callable[[str], None]) -> int:
    from dsql_tui.bench.consistency import probe

    if len(sides) != 2:
        raise InputError("A consistency probe needs both endpoints of a multi-Region cluster.")
    findings = {}
    rounds_seen = probe(sides[0], sides[1], rounds)
    try:
        for finding in rounds_seen:
            findings[finding.direction] = finding
            redraw_line(f"{finding.direction}: {finding.rounds}/{rounds}  ")
    finally:
        rounds_seen.close()  # type: ignore[attr-defined]  # a generator; cleans up
    rows = [
        (
            each.direction,
            f"{each.rounds:,}",
            f"{each.stale:,}",
            _ms(each.commit_p50_ms),
            _ms(each.commit_p95_ms),
            _ms(each.read_p50_ms),
            _ms(each.read_p95_ms),
            f"{each.conflicts:,}/{each.races:,}",
        )
        for each in findings.values()
    ]
    if chosen == "json":
        import json

        write(json.dumps([asdict(each) for each in findings.values()], indent=2))
    else:
        write(table(_PROBE_HEADER, rows, right=range(1, len(_PROBE_HEADER))))
    return ExitCode.OK


def _clean(side: BenchSide) -> int:
    from dsql_tui.bench.side import drop, left_over

    with closing(side.open()) as session:
        schemas = left_over(session)
        for schema in schemas:
            drop(session, schema)
            echo_line(f"Dropped {schema}.", err=True)
    echo_line(f"{len(schemas)} scratch schemas were left over.", err=True)
    return ExitCode.OK


def _report(snapshot: Snapshot, plan: BenchPlan, cluster: Cluster, chosen: str) -> str:
    from dsql_tui.bench import report

    if chosen == "markdown":
        return report.as_markdown(snapshot)
    if chosen == "csv":
        return report.as_csv(snapshot)
    if chosen == "json":
        about = {
            "cluster": cluster.name,
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "sessions_per_region": plan.sessions,
            "duration_s": plan.duration_s,
        }
        return report.as_json(snapshot, about)
    return table(
        report.HEADER,
        [report.cells(row) for row in snapshot.rows],
        right=range(2, len(report.HEADER)),
    )


def _writer(output: Path | None) -> Callable[[str], None]:
    """Return what writes the report; a file is opened now, before anything is measured."""
    if output is None:
        return click.echo
    try:
        stream = output.open("w", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{output} cannot be written: {error.strerror}.") from None

    def write(text: str) -> None:
        with stream:
            stream.write(text + "\n")

    return write


def _tell(snapshot: Snapshot) -> None:
    rate = sum(row.per_second for row in snapshot.rows)
    conflicts = sum(row.conflicts for row in snapshot.rows)
    redraw_line(
        f"{snapshot.elapsed_s:5.1f}/{snapshot.duration_s:.0f} s  {rate:,.0f} a second  "
        f"{conflicts:,} conflicts   "
    )


def _seconds(text: str) -> float:
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{text!r} is not a duration.", remedy="Write 500ms, 30s or 2m.")
    return float(match[1]) * _UNITS[match[2]]


def _ms(latency: float | None) -> str:
    return "–" if latency is None else f"{latency:,.2f} ms"
