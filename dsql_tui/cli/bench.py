"""`dsql-tui bench`: latencies of a cluster under load, and consistency between its Regions.

stdout is the report, stderr the progress. What it creates lives in one scratch schema that is
dropped at the end, after Ctrl-C too.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.lifecycle import find_sides
from dsql_tui.aws.session import AwsSession
from dsql_tui.bench.workload import DEFAULT_WORKLOAD, EXPLAINED, Operation, parse_workload
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.json_output import camel_case, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.table import table
from dsql_tui.cli.shared.target import (
    Target,
    allow_writes_option,
    named,
    profile_of,
    target_options,
)
from dsql_tui.cli.shared.terminal import echo_line, end_progress, narrate, redraw_line
from dsql_tui.cli.shared.values.checked import Reads, refused_as_usage
from dsql_tui.cli.shared.values.options import cluster_argument, role_option
from dsql_tui.cli.shared.values.types import Duration, WholeNumber
from dsql_tui.model.cluster import Cluster

if TYPE_CHECKING:
    from dsql_tui.bench.run import BenchPlan, Snapshot
    from dsql_tui.bench.side import BenchSide

_EPILOG = "Operations: " + "; ".join(f"{each}: {text}" for each, text in EXPLAINED.items()) + "."
_PROBE_HEADER = (
    *("direction", "rounds", "stale reads", "commit p50", "commit p95"),
    *("read p50", "read p95", "conflicts/races"),
)
SESSIONS_MAX = 1_000
DURATION_MAX_S = 3_000.0
"""The most that `bench.run` measures; that module is imported when a measurement starts."""
BUSY = 0.9
"""CPU cores in use above which latencies include waiting in this client."""


@click.command("bench", epilog=_EPILOG)
@cluster_argument()
@click.option(
    "--sessions",
    type=WholeNumber(1, SESSIONS_MAX),
    metavar="NUMBER",
    help="Sessions in each Region.  [default: 30; with --drill 4]",
)
@click.option(
    "--duration",
    "duration_s",
    type=Duration(0.1, DURATION_MAX_S),
    metavar="DURATION",
    help="How long to measure, such as 500ms, 30s or 2m; with --drill, how long the Region is down."
    "  [default: 30s; with --drill 5s]",
)
@click.option(
    "--workload",
    default=",".join(DEFAULT_WORKLOAD),
    show_default=True,
    type=Reads(parse_workload, "operations"),
    metavar="OPERATIONS",
    help="Operations, separated by commas.",
)
@click.option("--one-region", is_flag=True, help="Measure only the endpoint that is named.")
@role_option()
@click.option(
    "--format",
    "chosen",
    type=click.Choice(["table", "markdown", "csv", "json"]),
    default="table",
    show_default=True,
    help="Format of the report.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, as --format json does.")
@click.option(
    "--probe", is_flag=True, help="Test the consistency of a multi-Region cluster instead."
)
@click.option(
    "--drill",
    is_flag=True,
    help="Take one Region of a local multi-Region cluster down under load instead.",
)
@click.option(
    "--rounds",
    default=100,
    show_default=True,
    type=WholeNumber(1, 1_000_000),
    metavar="NUMBER",
    help="With --probe: writes in each direction.",
)
@click.option("--clean", is_flag=True, help="Drop the scratch schemas of runs that were killed.")
@allow_writes_option
@output_option
@target_options
def command(
    cluster: str | None,
    sessions: int | None,
    duration_s: float | None,
    workload: tuple[Operation, ...],
    one_region: bool,
    role: str | None,
    chosen: str,
    as_json: bool,
    probe: bool,
    drill: bool,
    rounds: int,
    clean: bool,
    target: Target,
) -> int:
    """Measure CLUSTER: latency percentiles by operation, conflicts and retries.

    Both endpoints of a multi-Region cluster are measured at the same time. Everything runs in a
    scratch schema that is dropped afterwards. You pay for the statements, and connections count
    against the cluster's connection rate.

    Examples:
      dsql-tui bench shop --sessions 10 --duration 1m
      dsql-tui bench --local --drill
    """
    from dsql_tui.bench.drill import DrillPlan
    from dsql_tui.bench.run import BenchPlan
    from dsql_tui.bench.side import side_of
    from dsql_tui.cli.shared.sessions import require_writable

    if probe and drill:
        raise click.UsageError("--probe and --drill are two measurements; choose one.")
    plan = BenchPlan(sessions or 30, duration_s or 30.0, workload)
    rehearsal = DrillPlan(sessions or 4, down_s=duration_s or 5.0)
    with refused_as_usage():
        (rehearsal if drill else plan).check()
    chosen = "json" if as_json else chosen
    with profile_of(target) as profile:
        aws = AwsSession(profile)
        found_cluster = find_cluster(aws, aws.regions, named(cluster, target))
        ends = (found_cluster,) if one_region else find_sides(aws, found_cluster)
        require_writable(ends, target, "bench writes in a scratch schema")
        sides = [side_of(aws, each.endpoint(profile, target.role_for(each, role))) for each in ends]
        if clean:
            return _clean(sides[0])
        if drill:
            from dsql_tui.cli.shared.drill import run_drill

            return run_drill(profile, sides, rehearsal, chosen)
        if probe:
            return _probe(sides, rounds, chosen)
        return _measure(sides, plan, found_cluster, chosen)


def _measure(sides: list[BenchSide], plan: BenchPlan, cluster: Cluster, chosen: str) -> int:
    from dsql_tui.bench.run import run

    latest: Snapshot | None = None
    code: int = ExitCode.OK
    snapshots = run(sides, plan)
    try:
        for latest in snapshots:
            _draw_progress(latest)
    except KeyboardInterrupt:
        end_progress()
        narrate("Stopping; dropping the scratch schema …")
        code = INTERRUPTION.exit_code
    finally:
        snapshots.close()  # type: ignore[attr-defined]  # a generator; cleans up before it returns
    end_progress()
    if latest is None:
        return code
    _print(latest, plan, cluster, chosen)
    if latest.client_busy > BUSY:
        narrate(
            f"This client used {latest.client_busy:.1f} cores of CPU, which adds to every "
            "latency. Use fewer sessions."
        )
    if latest.problem:
        echo_line(f"Last error: {latest.problem}", err=True)
    return code


def _probe(sides: list[BenchSide], rounds: int, chosen: str) -> int:
    from dsql_tui.bench.consistency import probe

    if len(sides) != 2:
        raise click.UsageError("--probe needs both endpoints of a multi-Region cluster.")
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
        print_json({"directions": [camel_case(asdict(each)) for each in findings.values()]})
    else:
        click.echo(table(_PROBE_HEADER, rows, right=range(1, len(_PROBE_HEADER))))
    return ExitCode.OK


def _clean(side: BenchSide) -> int:
    from dsql_tui.bench.side import drop, left_over

    with closing(side.open()) as session:
        schemas = left_over(session)
        for schema in schemas:
            drop(session, schema)
            narrate(f"Dropped {schema}.")
    narrate(f"{len(schemas)} scratch schemas were left over.")
    return ExitCode.OK


def _print(snapshot: Snapshot, plan: BenchPlan, cluster: Cluster, chosen: str) -> None:
    from dsql_tui.bench import report

    match chosen:
        case "markdown":
            click.echo(report.as_markdown(snapshot))
        case "csv":
            click.echo(report.as_csv(snapshot))
        case "json":
            print_json(
                {
                    "cluster": cluster.name,
                    "measuredAt": datetime.now(UTC).isoformat(timespec="seconds"),
                    "sessionsPerRegion": plan.sessions,
                    "durationS": plan.duration_s,
                    "elapsedS": round(snapshot.elapsed_s, 3),
                    "clientBusy": round(snapshot.client_busy, 3),
                    "problem": snapshot.problem or None,
                    "operations": [camel_case(report.fields_of(row)) for row in snapshot.rows],
                }
            )
        case _:
            rows = [report.cells(row) for row in snapshot.rows]
            click.echo(table(report.HEADER, rows, right=range(2, len(report.HEADER))))


def _draw_progress(snapshot: Snapshot) -> None:
    rate = sum(row.per_second for row in snapshot.rows)
    conflicts = sum(row.conflicts for row in snapshot.rows)
    redraw_line(
        f"{snapshot.elapsed_s:5.1f}/{snapshot.duration_s:.0f} s  {rate:,.0f} a second  "
        f"{conflicts:,} conflicts   "
    )


def _ms(latency: float | None) -> str:
    return "–" if latency is None else f"{latency:,.2f} ms"
