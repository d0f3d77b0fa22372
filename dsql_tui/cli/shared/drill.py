"""`dsql-tui bench --drill`: a failover on purpose, with its steps on stderr."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from dsql_tui.bench.drill import DrillPhase, DrillPlan, DrillReport, drill
from dsql_tui.bench.report import drill_facts
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.json_output import camel_case, print_json
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.terminal import echo_line, narrate

if TYPE_CHECKING:
    from dsql_tui.bench.side import BenchSide
    from dsql_tui.model.endpoint import Profile

_PHASE_TEXTS = {
    DrillPhase.BEFORE: "{sessions} sessions write through {here}.",
    DrillPhase.DOWN: "Taking {here} down.",
    DrillPhase.BACK: "Bringing {here} back.",
    DrillPhase.OVER: "Every acknowledged row was looked up in both Regions.",
}


def run_drill(
    profile: Profile,
    sides: Sequence[BenchSide],
    plan: DrillPlan,
    chosen: str,
) -> int:
    """Run a drill and write its results; Ctrl-C restores the Region, too.

    Raises:
        click.UsageError: Its Regions cannot be taken down, or the cluster has one endpoint.
    """
    if profile.region_down is None:
        raise click.UsageError(
            "--drill takes a Region down, which only the local DSQL allows. Add --local."
        )
    if len(sides) != 2:
        raise click.UsageError("--drill needs both endpoints of a multi-Region cluster.")
    latest: DrillReport | None = None
    code: int = ExitCode.OK
    with closing(drill(sides[0], sides[1], profile.region_down, plan)) as reports:
        try:
            for report in reports:
                if latest is None or report.phase is not latest.phase:
                    words = _PHASE_TEXTS[report.phase]
                    narrate(words.format(sessions=report.sessions, here=report.here))
                latest = report
        except KeyboardInterrupt:
            narrate("Stopping; bringing the Region back and dropping the scratch schema …")
            code = INTERRUPTION.exit_code
    if latest is None:
        return code
    if chosen == "json":
        print_json(camel_case(asdict(latest)))
    else:
        click.echo(_text(latest, chosen))
    if latest.problem:
        echo_line(f"Last error: {latest.problem}", err=True)
    return ExitCode.NO if latest.lost else code


def _text(report: DrillReport, chosen: str) -> str:
    facts = drill_facts(report)
    if chosen == "markdown":
        return "\n".join(["| | |", "|---|---|", *(f"| {name} | {fact} |" for name, fact in facts)])
    if chosen == "csv":
        values = asdict(report)
        cells = ["" if value is None else str(value) for value in values.values()]
        return f"{','.join(values)}\n{','.join(cells)}"
    width = max(len(name) for name, _ in facts)
    return "\n".join(f"{name:<{width}}  {fact}" for name, fact in facts)
