"""`dsql-tui doctor`: diagnose why a cluster cannot be reached, layer by layer."""

from __future__ import annotations

import click

from dsql_tui.aws.session import AwsSession
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.target import Target, named, profile_of, target_options
from dsql_tui.cli.shared.values.options import cluster_argument, role_option
from dsql_tui.doctor import as_text, examine
from dsql_tui.model.checkup import CheckResult, Verdict
from dsql_tui.model.cluster import Cluster


@click.command("doctor")
@cluster_argument()
@role_option()
@json_option()
@output_option
@target_options
def command(cluster: str | None, role: str | None, as_json: bool, target: Target) -> int:
    """Diagnose why CLUSTER cannot be reached.

    Checks credentials, identity, the DSQL API, the cluster, DNS, network, TLS, token, role, a first
    query and WebSockets, in this order, and says what to do about those that fail. A check is
    skipped only if one that it needs has failed. The last one says whether the whole Region is
    down. Nothing is changed. Ends with 1 if a check fails.
    """
    findings: list[CheckResult] = []

    def role_of(resolved: Cluster | None) -> str:
        return target.role_for(resolved, role)

    with profile_of(target) as profile:
        for finding in examine(AwsSession(profile), named(cluster, target), role_of):
            findings.append(finding)
            if not as_json:
                click.echo(as_text(finding))
    if as_json:
        print_json({"checks": [_fields(each) for each in findings]})
    failed = any(each.verdict is Verdict.FAILED for each in findings)
    return ExitCode.NO if failed else ExitCode.OK


def _fields(finding: CheckResult) -> dict[str, object]:
    return {
        "check": finding.step.value,
        "verdict": finding.verdict.value,
        "detail": finding.detail,
        "remedy": finding.remedy or None,
        "elapsedMs": round(finding.elapsed_ms, 1),
    }
