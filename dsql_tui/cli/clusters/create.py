"""`dsql-tui clusters create`: a cluster in one Region or two."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from dsql_tui.aws.checks import check_new_cluster
from dsql_tui.aws.lifecycle import create as create_cluster
from dsql_tui.aws.waiting import Pace
from dsql_tui.cli.clusters.shared import (
    client_token_option,
    follow,
    parse_tags,
    print_endpoints,
    read_text,
    session_of,
    timeout_option,
    wait_option,
)
from dsql_tui.cli.shared.json_output import json_option
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.values.checked import refused_as_usage
from dsql_tui.cli.shared.values.types import CLUSTER_NAME, FILE_OR_STDIN, KMS_KEY, REGION, TAG
from dsql_tui.model.lifecycle import NAME_TAG, STATEMENT_STATISTICS, NewCluster


@click.command("create")
@click.argument("name", required=False, type=CLUSTER_NAME)
@click.option(
    "--witness",
    default=None,
    type=REGION,
    metavar="REGION",
    help="Witness Region of a multi-Region cluster; needs two --region.",
)
@click.option(
    "--tag",
    "tags",
    multiple=True,
    type=TAG,
    metavar="KEY=VALUE",
    help="Tag to set; may be repeated.",
)
@click.option(
    "--protect/--no-protect",
    default=True,
    show_default=True,
    help="Turn deletion protection on or off.",
)
@click.option(
    "--kms-key",
    "kms_keys",
    multiple=True,
    type=KMS_KEY,
    metavar="[REGION=]KEY",
    help="Customer-managed KMS key; each Region of a multi-Region cluster needs its own.",
)
@click.option(
    "--policy",
    "policy_file",
    type=FILE_OR_STDIN,
    metavar="FILE",
    help="File with a resource policy; - is standard input.",
)
@click.option("--bypass-lockout-check", is_flag=True, help="Accept a policy that locks you out.")
@click.option(
    "--statement-statistics", is_flag=True, help="Turn the metric group of statements on."
)
@wait_option("Wait until the cluster is ready.")
@timeout_option()
@client_token_option()
@json_option()
@target_options
def command(
    name: str | None,
    witness: str | None,
    tags: tuple[str, ...],
    protect: bool,
    kms_keys: tuple[str, ...],
    policy_file: Path | None,
    bypass_lockout_check: bool,
    statement_statistics: bool,
    wait: bool,
    timeout: float,
    client_token: str,
    as_json: bool,
    target: Target,
) -> None:
    """Create a cluster, with NAME as its Name tag.

    One --region creates a single-Region cluster. Two --region and a --witness of the same Region
    set create a multi-Region cluster: both sides are created, peered and waited for.

    Examples:
      dsql-tui clusters create shop --region us-east-1
      dsql-tui clusters create shop --region us-east-1 --region us-east-2 --witness us-west-2
    """
    with session_of(target) as session:
        regions = target.regions or session.regions
        if len(regions) > 1 and not witness:
            raise click.UsageError("Name one --region, or two and a --witness.")
        wish = NewCluster(
            regions=regions,
            client_token=client_token,
            witness_region=witness or "",
            tags=({NAME_TAG: name} if name else {}) | parse_tags(tags),
            deletion_protection=protect,
            kms_keys=_keys(kms_keys, regions),
            policy=read_text(policy_file) if policy_file else "",
            bypass_lockout_check=bypass_lockout_check,
            metric_groups=(STATEMENT_STATISTICS,) if statement_statistics else (),
        )
        with refused_as_usage():
            check_new_cluster(replace(wish, policy=""))
        created = follow(create_cluster(session, wish, wait=wait, pace=Pace(timeout_s=timeout)))
    print_endpoints(list(created.values()), as_json=as_json)


def _keys(assignments: tuple[str, ...], regions: tuple[str, ...]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for text in assignments:
        region, separator, key = text.partition("=")
        if not separator:
            if len(regions) > 1:
                raise click.UsageError("With two Regions write --kms-key REGION=KEY.")
            region, key = regions[0], text
        keys[region] = key
    return keys
