"""`dsql-tui clusters policy put`: replace the resource policy."""

from __future__ import annotations

from pathlib import Path

import click

from dsql_tui.aws import policies
from dsql_tui.cli.clusters.policy.shared import VERSION_HELP, confirm_change
from dsql_tui.cli.clusters.shared import (
    client_token_option,
    cluster_of,
    policy_json,
    read_text,
)
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.values.options import cluster_argument, yes_option
from dsql_tui.cli.shared.values.types import FILE_OR_STDIN, VERSION


@click.command("put")
@cluster_argument(required=True)
@click.argument("file", type=FILE_OR_STDIN)
@click.option("--expected-version", type=VERSION, metavar="VERSION", help=VERSION_HELP)
@click.option("--bypass-lockout-check", is_flag=True, help="Accept a policy that locks you out.")
@yes_option()
@client_token_option()
@json_option()
@target_options
def command(
    cluster: str,
    file: Path,
    expected_version: str | None,
    bypass_lockout_check: bool,
    yes: bool,
    client_token: str,
    as_json: bool,
    target: Target,
) -> None:
    """Replace the resource policy of CLUSTER with the one in FILE; - is standard input."""
    document = read_text(file)
    with cluster_of(target, cluster) as (session, found_cluster):
        confirm_change(found_cluster, "This replaces the resource policy of", yes=yes)
        changed = policies.put_policy(
            session,
            found_cluster,
            document,
            client_token=client_token,
            expected_version=expected_version or "",
            bypass_lockout_check=bypass_lockout_check,
        )
    if as_json:
        print_json(policy_json(changed))
