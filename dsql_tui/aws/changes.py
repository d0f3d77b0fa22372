"""Changes a cluster's settings: deletion protection, key, metric groups, tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dsql_tui.aws.checks import check_tags
from dsql_tui.aws.session import AwsSession, translated
from dsql_tui.errors import InputError
from dsql_tui.model.cluster import Cluster, ClusterStatus
from dsql_tui.model.lifecycle import ClusterChange


def update_cluster(
    session: AwsSession, cluster: Cluster, change: ClusterChange, *, client_token: str
) -> ClusterStatus:
    """Change properties of one cluster and return the status in the response.

    Raises:
        InputError: Nothing is to be changed.
        AwsError: The call failed.
    """
    request: dict[str, Any] = {}
    if change.deletion_protection is not None:
        request["deletionProtectionEnabled"] = change.deletion_protection
    if change.kms_key is not None:
        request["kmsEncryptionKey"] = change.kms_key
    if change.metric_groups is not None:
        request["metricGroups"] = [{"metricGroup": group} for group in change.metric_groups]
    if not request:
        raise InputError("There is nothing to change.")
    with translated(cluster.region):
        answer = session.client("dsql", cluster.region).update_cluster(
            identifier=cluster.identifier, clientToken=client_token, **request
        )
    return ClusterStatus(answer["status"])


def list_tags(session: AwsSession, region: str, arn: str) -> dict[str, str]:
    """Return the tags of a cluster or a stream.

    Raises:
        AwsError: The call failed.
    """
    with translated(region):
        answer = session.client("dsql", region).list_tags_for_resource(resourceArn=arn)
    return dict(answer.get("tags") or {})


def tag(session: AwsSession, region: str, arn: str, tags: Mapping[str, str]) -> None:
    """Set tags; other tags stay.

    Raises:
        InputError: A tag is over a limit.
        AwsError: The call failed.
    """
    check_tags(tags)
    with translated(region):
        session.client("dsql", region).tag_resource(resourceArn=arn, tags=dict(tags))


def untag(session: AwsSession, region: str, arn: str, keys: Sequence[str]) -> None:
    """Remove tags; a missing tag is no error.

    Raises:
        AwsError: The call failed.
    """
    with translated(region):
        session.client("dsql", region).untag_resource(resourceArn=arn, tagKeys=list(keys))
