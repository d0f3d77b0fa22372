"""`dsql-tui clusters get`: everything about one cluster."""

from __future__ import annotations

import click

from dsql_tui.aws import policies, streams
from dsql_tui.cli.clusters.shared import (
    cluster_json,
    cluster_of,
    json_option,
    policy_json,
    print_fields,
    print_json,
    stream_json,
)
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.model.endpoint import conninfo


@click.command("get")
@click.argument("cluster", required=False)
@json_option()
@target_options
def command(cluster: str | None, as_json: bool, target: Target) -> None:
    """Show everything about CLUSTER: settings, peers, policy, streams, how to connect."""
    with cluster_of(target, cluster) as (session, found):
        psql = "psql " + conninfo(found.endpoint(session.profile))
        present = policies.get_policy(session, found)
        found_streams = streams.list_streams(session, found)
    described = cluster_json(found)
    if as_json:
        print_json(
            described
            | policy_json(present)
            | {"streams": [stream_json(each) for each in found_streams], "psql": psql}
        )
        return
    print_fields(
        described
        | {
            "peerArns": ", ".join(found.peer_arns),
            "encryption": " · ".join(
                filter(None, (found.encryption_type, found.encryption_status, found.kms_key_arn))
            ),
            "metricGroups": ", ".join(found.metric_groups),
            "tags": ", ".join(f"{key}={value}" for key, value in found.tags.items()),
            "policy": f"version {present.version}" if present else "none",
            "streams": ", ".join(f"{each.identifier} {each.status}" for each in found_streams),
            "psql": psql,
        }
    )
