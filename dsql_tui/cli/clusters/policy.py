"""`dsql-tui clusters policy`: get, put, delete, and the template that keeps the internet out."""

from __future__ import annotations

import json
from pathlib import Path

import click

from dsql_tui.aws import policies
from dsql_tui.cli.clusters.create import read_text
from dsql_tui.cli.clusters.shared import (
    client_token_option,
    cluster_of,
    confirm,
    json_option,
    print_json,
    yes_option,
)
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.model.cells import inert
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.policy import block_public_access_policy
from dsql_tui.model.stream import ResourcePolicy

_VERSION_HELP = "Only if the policy still has this version (see `policy get --json`)."


@click.group("policy")
def policy() -> None:
    """Get, put or delete the resource policy; each side of a pair has its own."""


@policy.command("get")
@click.argument("cluster", required=False)
@json_option()
@target_options
def get(cluster: str | None, as_json: bool, target: Target) -> None:
    """Print the policy of CLUSTER; with --json, its version too."""
    with cluster_of(target, cluster) as (session, found):
        present = policies.get_policy(session, found)
    if as_json:
        print_json(policy_json(present))
    elif present is None:
        echo_line(f"{found.name} has no resource policy.", err=True)
    else:
        click.echo(present.document)


@policy.command("put")
@click.argument("cluster")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True))
@click.option("--expected-version", default="", help=_VERSION_HELP)
@click.option("--bypass-lockout-check", is_flag=True, help="Accept a policy that locks you out.")
@yes_option()
@client_token_option()
@json_option()
@target_options
def put(
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
    with cluster_of(target, cluster) as (session, found):
        _confirm(found, "This replaces who may connect to", yes=yes)
        changed = policies.put_policy(
            session,
            found,
            document,
            client_token=client_token,
            expected_version=expected_version,
            bypass_lockout_check=bypass_lockout_check,
        )
    if as_json:
        print_json(policy_json(changed))


@policy.command("delete")
@click.argument("cluster", required=False)
@click.option("--expected-version", default="", help=_VERSION_HELP)
@yes_option()
@client_token_option()
@target_options
def delete(
    cluster: str | None, expected_version: str, yes: bool, client_token: str, target: Target
) -> None:
    """Take the policy of CLUSTER away."""
    with cluster_of(target, cluster) as (session, found):
        _confirm(found, "This removes the resource policy of", yes=yes)
        policies.delete_policy(
            session, found, client_token=client_token, expected_version=expected_version
        )


@policy.command("block-public-access")
@click.argument("cluster", required=False)
@click.option("--put", "apply", is_flag=True, help="Put it; without this it is only printed.")
@yes_option()
@client_token_option()
@target_options
def block_public_access(
    cluster: str | None, apply: bool, yes: bool, client_token: str, target: Target
) -> None:
    """Print, or put, the policy that refuses connections from outside a VPC.

    AWS's own query editor stops working then; so does this console outside the VPC.
    """
    document = block_public_access_policy()
    if apply:
        with cluster_of(target, cluster) as (session, found):
            _confirm(found, "This locks everybody outside a VPC out of", yes=yes)
            policies.put_policy(session, found, document, client_token=client_token)
    else:
        click.echo(document)


def policy_json(present: ResourcePolicy | None) -> dict[str, object]:
    """Return what `--json` says of a policy; both `null` when there is none."""
    if present is None:
        return {"policy": None, "policyVersion": None}
    return {"policy": json.loads(present.document), "policyVersion": present.version}


def _confirm(cluster: Cluster, question: str, *, yes: bool) -> None:
    confirm(inert(f"{question} {cluster.name} in {cluster.region}."), cluster.name, yes=yes)
