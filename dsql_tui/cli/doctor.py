"""`dsql-tui doctor`: why a cluster cannot be reached, a layer at a time."""

from __future__ import annotations

import click

from dsql_tui.aws.session import AwsSession
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.target import Target, named, profile_of, target_options
from dsql_tui.doctor import examine
from dsql_tui.model.cells import inert
from dsql_tui.model.checkup import CheckResult, Verdict
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.model.span import duration

_MARKS = {Verdict.OK: "✓", Verdict.WARNING: "!", Verdict.FAILED: "✗", Verdict.SKIPPED: "·"}


@click.command("doctor")
@click.argument("cluster", required=False)
@click.option("--role", default=ADMIN_ROLE, show_default=True, help="Database role to become.")
@target_options
def command(cluster: str | None, role: str, target: Target) -> int:
    """Examine everything between this machine and the first row of CLUSTER.

    Credentials, identity, API, cluster, DNS, network, TLS, token, role, first query: each with its
    time, a verdict and what to do. Nothing is changed.
    """
    failed = False
    with profile_of(target) as profile:
        aws, name = AwsSession(profile), named(cluster, target)
        for finding in examine(aws, name, role, role_for=target.role_for):
            click.echo(_line(finding))
            failed = failed or finding.verdict is Verdict.FAILED
    return ExitCode.CONNECT if failed else ExitCode.OK


def _line(finding: CheckResult) -> str:
    head = f"{_MARKS[finding.verdict]} {finding.step:<17}{finding.verdict:<8}"
    took = "" if finding.verdict is Verdict.SKIPPED else f"{duration(finding.elapsed_ms):>8}  "
    remedy = finding.remedy.replace("\n", "\n    ")
    return f"{head}{took}{inert(finding.detail)}" + (f"\n    → {remedy}" if remedy else "")
