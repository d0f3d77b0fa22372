"""`dsql-tui clusters get`: show all details of one cluster."""

from __future__ import annotations

import click

from dsql_tui.aws import policies, streams
from dsql_tui.cli.clusters.shared import (
    cluster_json,
    cluster_of,
    policy_json,
    print_fields,
    stream_json,
)
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.values.options import cluster_argument
from dsql_tui.model.endpoint import conninfo


@click.command("get")
@cluster_argument()
@json_option()
@output_option
@target_options
def command(cluster: str | None, as_json: bool, target: Target) -> None:
    """Show everything about CLUSTER: settings, peers, policy, streams and how to connect."""
    with cluster_of(target, cluster) as (session, found_cluster):
        psql = "psql " + conninfo(found_cluster.endpoint(session.profile))
        present = policies.get_policy(session, found_cluster)
        found_streams = streams.list_streams(session, found_cluster)
    described = cluster_json(found_cluster)
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
            "peerArns": ", ".join(found_cluster.peer_arns),
            "encryption": " · ".join(
                filter(
                    None,
                    (
                        found_cluster.encryption_type,
                        found_cluster.encryption_status,
                        found_cluster.kms_key_arn,
                    ),
                )
            ),
            "metricGroups": ", ".join(found_cluster.metric_groups),
            "tags": ", ".join(f"{key}={value}" for key, value in found_cluster.tags.items()),
            "policy": f"version {present.version}" if present else "none",
            "streams": ", ".join(f"{each.identifier} {each.status}" for each in found_streams),
            "psql": psql,
        }
    )
