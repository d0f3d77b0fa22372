"""`dsql-tui clusters create`: a cluster in one Region or two."""

from __future__ import annotations

from pathlib import Path

import click

from dsql_tui.aws.lifecycle import create as create_cluster
from dsql_tui.aws.waiting import Pace
from dsql_tui.cli.clusters.shared import (
    client_token_option,
    follow,
    json_option,
    parse_tags,
    print_endpoints,
    read_text,
    session_of,
)
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.model.lifecycle import NAME_TAG, STATEMENT_STATISTICS, NewCluster


@click.command("create")
@click.argument("name", required=False)
@click.option("--witness", default="", help="Witness Region; makes two --region a pair.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Tag; may be repeated.")
@click.option(
    "--protect/--no-protect", default=True, show_default=True, help="Deletion protection."
)
@click.option(
    "--kms-key",
    "kms_keys",
    multiple=True,
    metavar="[REGION=]KEY",
    help="Customer-managed key; each side of a pair needs its own.",
)
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    help="File with a resource policy; - is stdin.",
)
@click.option("--bypass-lockout-check", is_flag=True, help="Accept a policy that locks you out.")
@click.option("--statement-statistics", is_flag=True, help="Switch that metric group on.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until it is ready.")
@click.option("--timeout", default=600.0, show_default=True, help="Seconds to wait at most.")
@client_token_option()
@json_option()
@target_options
def command(
    name: str | None,
    witness: str,
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
    """Create a cluster called NAME.

    One --region makes a single-Region cluster. Two and a --witness of the same Region set make a
    multi-Region pair: both sides are created, peered, and awaited.
    """
    with session_of(target) as session:
        regions = target.regions or session.regions
        if len(regions) > 1 and not witness:
            raise click.UsageError("Name one --region, or two and a --witness.")
        wish = NewCluster(
            regions=regions,
            client_token=client_token,
            witness_region=witness,
            tags=({NAME_TAG: name} if name else {}) | parse_tags(tags),
            deletion_protection=protect,
            kms_keys=_keys(kms_keys, regions),
            policy=read_text(policy_file) if policy_file else "",
            bypass_lockout_check=bypass_lockout_check,
            metric_groups=(STATEMENT_STATISTICS,) if statement_statistics else (),
        )
        seen = follow(create_cluster(session, wish, wait=wait, pace=Pace(timeout_s=timeout)))
    print_endpoints(list(seen.values()), as_json=as_json)


def _keys(given: tuple[str, ...], regions: tuple[str, ...]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for text in given:
        region, separator, key = text.partition("=")
        if not separator:
            if len(regions) > 1:
                raise click.UsageError("With two Regions write --kms-key REGION=KEY.")
            region, key = regions[0], text
        keys[region] = key
    return keys
