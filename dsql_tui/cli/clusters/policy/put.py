"""`dsql-tui clusters policy put`: replace the resource policy."""

from __future__ import annotations

from pathlib import Path

import click

from dsql_tui.aws import policies
from dsql_tui.cli.clusters.policy.shared import VERSION_HELP, confirm_change
from dsql_tui.cli.clusters.shared import (
    client_token_option,
    cluster_of,
    json_option,
    policy_json,
    print_json,
    read_text,
    yes_option,
)
from dsql_tui.cli.shared.target import Target, target_options


@click.command("put")
@click.argument("cluster")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True))
@click.option("--expected-version", default="", help=VERSION_HELP)
@click.option("--bypass-lockout-check", is_flag=True, help="Accept a policy that locks you out.")
@yes_option()
@client_token_option()
@json_option()
@target_options
def command(
    cluster: str,
    file: Path,
    expected_version: str,
    bypass_lockout_check: bool,
    yes: bool,
    client_token: str,
    as_json: bool,
    target: Target,
) -> None:
    """Put the policy in FILE (- is stdin) in place of the present one."""
    document = read_text(file)
    with cluster_of(target, cluster) as (session, found_cluster):
        confirm_change(found_cluster, "This replaces who may connect to", yes=yes)
        changed = policies.put_policy(
            session,
            found_cluster,
            document,
            client_token=client_token,
            expected_version=expected_version,
            bypass_lockout_check=bypass_lockout_check,
        )
    if as_json:
        print_json(policy_json(changed))
