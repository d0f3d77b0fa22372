"""Change streams: list, get, create, delete and wait."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from dsql_tui.aws.checks import check_tags
from dsql_tui.aws.session import AwsSession, translated
from dsql_tui.aws.waiting import Pace
from dsql_tui.errors import AwsError, LifecycleFailed
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.stream import Stream


def list_streams(session: AwsSession, cluster: Cluster) -> list[Stream]:
    """Return the streams of a cluster, without the targets and tags that ListStreams omits.

    Raises:
        AwsError: The call failed.
    """
    with translated(cluster.region):
        pages = (
            session.client("dsql", cluster.region)
            .get_paginator("list_streams")
            .paginate(clusterIdentifier=cluster.identifier)
        )
        return [_stream(item, cluster.region) for page in pages for item in page["streams"]]


def get_stream(session: AwsSession, cluster: Cluster, identifier: str) -> Stream:
    """Return one stream with its target, its problem and its tags.

    Raises:
        AwsError: The call failed.
    """
    with translated(cluster.region):
        answer = session.client("dsql", cluster.region).get_stream(
            clusterIdentifier=cluster.identifier, streamIdentifier=identifier
        )
    return _stream(answer, cluster.region)


def create_stream(
    session: AwsSession,
    cluster: Cluster,
    *,
    target_arn: str,
    role_arn: str,
    client_token: str,
    tags: Mapping[str, str] | None = None,
) -> Stream:
    """Create a stream to a Kinesis data stream; the API supports only JSON and UNORDERED.

    Raises:
        InputError: A tag is over a limit; nothing was called.
        QuotaExceeded: The cluster has as many streams as it may.
        AwsError: The call failed.
    """
    check_tags(tags or {})
    with translated(cluster.region):
        answer = session.client("dsql", cluster.region).create_stream(
            clusterIdentifier=cluster.identifier,
            targetDefinition={"kinesis": {"streamArn": target_arn, "roleArn": role_arn}},
            ordering="UNORDERED",
            format="JSON",
            clientToken=client_token,
            **({"tags": dict(tags)} if tags else {}),
        )
    return _stream(answer, cluster.region)


def delete_stream(
    session: AwsSession, cluster: Cluster, identifier: str, *, client_token: str
) -> str:
    """Delete a stream and return the status in the response.

    Raises:
        AwsError: The call failed.
    """
    with translated(cluster.region):
        answer = session.client("dsql", cluster.region).delete_stream(
            clusterIdentifier=cluster.identifier,
            streamIdentifier=identifier,
            clientToken=client_token,
        )
    return str(answer["status"])


def wait_for_stream(
    session: AwsSession, cluster: Cluster, identifier: str, *, deleted: bool, pace: Pace
) -> Iterator[Stream]:
    """Yield the stream at each change of its status, until it is ACTIVE or deleted.

    Raises:
        LifecycleFailed: It has failed, or time is up.
        AwsError: The API could not be asked.
    """
    deadline = time.monotonic() + pace.timeout_s
    status = ""
    while time.monotonic() < deadline:
        try:
            stream = get_stream(session, cluster, identifier)
        except AwsError as error:
            if deleted and error.code == "ResourceNotFoundException":
                return
            raise
        if stream.status != status:
            status = stream.status
            yield stream
        if status == ("DELETED" if deleted else "ACTIVE"):
            return
        if status == "FAILED":
            raise LifecycleFailed(
                f"The stream {identifier} has failed ({stream.problem or 'no reason given'}).",
                made=(stream.arn,),
            )
        pace.pause(pace.first_s)
    raise LifecycleFailed(
        f"The stream {identifier} is {status} after {pace.timeout_s:.0f} s.",
        remedy="The operation continues. Check again later.",
    )


def _stream(answer: Mapping[str, Any], region: str) -> Stream:
    target = (answer.get("targetDefinition") or {}).get("kinesis") or {}
    return Stream(
        identifier=answer["streamIdentifier"],
        cluster=answer["clusterIdentifier"],
        arn=answer["arn"],
        region=region,
        status=answer["status"],
        created_at=answer["creationTime"],
        ordering=answer.get("ordering", ""),
        format=answer.get("format", ""),
        target_arn=target.get("streamArn", ""),
        role_arn=target.get("roleArn", ""),
        problem=(answer.get("statusReason") or {}).get("error", ""),
        tags=answer.get("tags") or {},
    )
