"""Change streams as the control plane knows them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.control_plane import NOWHERE, Aws, refusal

TARGET = {
    "kinesis": {
        "streamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/changes",
        "roleArn": "arn:aws:iam::000000000000:role/cdc",
    }
}
ASKED: dict[str, Any] = {"targetDefinition": TARGET, "ordering": "UNORDERED", "format": "JSON"}


@pytest.fixture
def cluster(aws: Aws) -> str:
    return str(aws.create()["identifier"])


def test_a_stream_is_created_described_listed_tagged_and_deleted(aws: Aws, cluster: str) -> None:
    client = aws.client()
    created = client.create_stream(clusterIdentifier=cluster, tags={"a": "b"}, **ASKED)
    name = {"clusterIdentifier": cluster, "streamIdentifier": created["streamIdentifier"]}
    assert created["status"] == client.get_stream(**name)["status"] == "CREATING"
    aws.clock.advance(seconds=1)
    found = client.get_stream(**name)
    assert found["status"] == "ACTIVE"
    assert found["targetDefinition"] == TARGET
    assert found["tags"] == {"a": "b"}
    assert found["arn"].endswith(f"cluster/{cluster}/stream/{created['streamIdentifier']}")
    client.tag_resource(resourceArn=found["arn"], tags={"c": "d"})
    tags = client.list_tags_for_resource(resourceArn=found["arn"])["tags"]
    assert tags == {"a": "b", "c": "d"}
    assert client.delete_stream(**name)["status"] == "DELETING"
    assert refusal(client.delete_stream, **name)["Error"]["Code"] == "ConflictException"
    aws.clock.advance(seconds=1)
    assert refusal(client.get_stream, **name)["resourceType"] == "stream"


def test_botos_waiters_see_a_stream_come_and_go(aws: Aws, cluster: str) -> None:
    client = aws.client()
    created = client.create_stream(clusterIdentifier=cluster, **ASKED)
    name = {"clusterIdentifier": cluster, "streamIdentifier": created["streamIdentifier"]}
    aws.clock.advance(seconds=1)
    client.get_waiter("stream_active").wait(**name)
    client.delete_stream(**name)
    aws.clock.advance(seconds=1)
    client.get_waiter("stream_not_exists").wait(**name)


def test_streams_are_listed_page_by_page(aws: Aws, cluster: str) -> None:
    client = aws.client()
    made = [
        client.create_stream(clusterIdentifier=cluster, **ASKED)["streamIdentifier"]
        for _ in range(3)
    ]
    pages = client.get_paginator("list_streams").paginate(
        clusterIdentifier=cluster, PaginationConfig={"PageSize": 2}
    )
    listed = [one["streamIdentifier"] for page in pages for one in page["streams"]]
    assert listed == made


def test_a_sixth_stream_is_refused_with_402(aws: Aws, cluster: str) -> None:
    for _ in range(5):
        aws.client().create_stream(clusterIdentifier=cluster, **ASKED)
    response = refusal(aws.client().create_stream, clusterIdentifier=cluster, **ASKED)
    assert response["Error"]["Message"] == "You have reached the stream limit."
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 402


def test_a_target_in_another_region_is_refused(aws: Aws, cluster: str) -> None:
    kinesis = {**TARGET["kinesis"], "streamArn": "arn:aws:kinesis:us-east-2:000000000000:stream/x"}
    response = refusal(
        aws.client().create_stream,
        clusterIdentifier=cluster,
        **{**ASKED, "targetDefinition": {"kinesis": kinesis}},
    )
    assert response["reason"] == "fieldValidationFailed"


def test_a_stream_needs_a_cluster_that_is_there_and_active(aws: Aws) -> None:
    response = refusal(aws.client().create_stream, clusterIdentifier=NOWHERE, **ASKED)
    assert response["Error"]["Code"] == "ResourceNotFoundException"
    aws.hooks.may_work.clear()
    new = aws.client().create_cluster()["identifier"]
    response = refusal(aws.client().create_stream, clusterIdentifier=new, **ASKED)
    assert response["Error"]["Code"] == "ConflictException"


def test_streams_go_with_their_cluster(aws: Aws, cluster: str) -> None:
    aws.client().create_stream(clusterIdentifier=cluster, **ASKED)
    aws.client().delete_cluster(identifier=cluster)
    aws.plane.settle()
    assert aws.state.streams(cluster) == []
