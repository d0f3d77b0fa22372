"""`dsql-tui bench --drill`: a failover on purpose, told step by step on stderr."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from dsql_tui.bench.drill import DrillPhase, DrillPlan, DrillReport, drill
from dsql_tui.bench.report import drill_facts
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.errors import InputError

if TYPE_CHECKING:
    from dsql_tui.bench.side import BenchSide
    from dsql_tui.model.endpoint import Profile

_TOLD = {
    DrillPhase.BEFORE: "{sessions} sessions write through {here}.",
    DrillPhase.DOWN: "{here} goes down.",
    DrillPhase.BACK: "{here} comes back.",
    DrillPhase.OVER: "Every row whose commit was answered was looked for in both Regions.",
}


def run_drill(
    profile: Profile,
    sides: Sequence[BenchSide],
    plan: DrillPlan,
    chosen: str,
    write: Callable[[str], None],
) -> int:
    """Carry out a drill and write what it has shown; Ctrl-C brings the Region back too.

    Raises:
        InputError: Nobody can take this profile's Regions down, or the cluster has one endpoint.
    """
    if profile.region_down is None:
        raise InputError(
            "A drill takes a Region down on purpose; only the local DSQL lets us.",
            remedy="Rehearse it there: dsql-tui bench shop --local --drill.",
        )
    if len(sides) != 2:
        raise InputError("A drill needs both endpoints of a multi-Region cluster.")
    latest: DrillReport | None = None
    code: int = ExitCode.OK
    with closing(drill(sides[0], sides[1], profile.region_down, plan)) as reports:
        try:
            for report in reports:
                if latest is None or report.phase is not latest.phase:
                    words = _TOLD[report.phase]
                    click.echo(words.format(sessions=report.sessions, here=report.here), err=True)
                latest = report
        except KeyboardInterrupt:
            click.echo("\nStopping; the Region comes back, the scratch schema goes …", err=True)
            code = INTERRUPTION.exit_code
    if latest is None:
        return code
    write(_text(latest, chosen))
    if latest.problem:
        echo_line(f"The last error met: {latest.problem}", err=True)
    return ExitCode.STATEMENT_FAILED if latest.lost else code


def _text(report: DrillReport, chosen: str) -> str:
    if chosen == "json":
        return json.dumps(asdict(report), indent=2)
    facts = drill_facts(report)
    if chosen == "markdown":
        return "\n".join(["| | |", "|---|---|", *(f"| {name} | {fact} |" for name, fact in facts)])
    if chosen == "csv":
        values = asdict(report)
        cells = ["" if value is None else str(value) for value in values.values()]
        return f"{','.join(values)}\n{','.join(cells)}"
    width = max(len(name) for name, _ in facts)
    return "\n".join(f"{name:<{width}}  {fact}" for name, fact in facts)
