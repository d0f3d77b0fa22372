"""Every operation of botocore's model of dsql, asked once and answered as the model has it.

What the answers hold is checked by `check_by_model` of `conftest`, here and in every other test.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from dsql_tui.local.control.protocol.models import service_model
from tests.support.control_plane import NOWHERE, Aws
from tests.unit.local.control.test_wire import call

POLICY = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}'
TARGET = {
    "kinesis": {
        "streamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/changes",
        "roleArn": "arn:aws:iam::000000000000:role/changes",
    }
}
KEY = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"


def test_every_operation_is_there_and_answers_by_the_model(aws: Aws) -> None:
    asked = set()

    def ask(name: str, **params: Any) -> dict[str, Any]:
        asked.add(name)
        client = aws.client()
        method = next(m for m, op in client.meta.method_to_api_mapping.items() if op == name)
        answer: dict[str, Any] = getattr(client, method)(**params)
        aws.plane.settle()
        return answer

    made = ask(
        "CreateCluster",
        kmsEncryptionKey=KEY,
        tags={"Name": "all"},
        policy=POLICY,
        metricGroups=[{"metricGroup": "STATEMENT_STATISTICS"}],
        deletionProtectionEnabled=False,
    )
    cluster, arn = {"identifier": made["identifier"]}, made["arn"]
    of_cluster = {"clusterIdentifier": made["identifier"]}
    described = ask("GetCluster", **cluster)
    assert described["encryptionDetails"]["kmsKeyArn"] == KEY
    assert ask("ListClusters", maxResults=1)["clusters"] == [{**cluster, "arn": arn}]
    ask("GetVpcEndpointServiceName", **cluster)
    ask("PutClusterPolicy", **cluster, policy=POLICY, expectedPolicyVersion="1")
    assert ask("GetClusterPolicy", **cluster)["policyVersion"] == "2"
    ask("DeleteClusterPolicy", **cluster, expectedPolicyVersion="2")
    ask("TagResource", resourceArn=arn, tags={"env": "test"})
    ask("UntagResource", resourceArn=arn, tagKeys=["Name"])
    assert ask("ListTagsForResource", resourceArn=arn)["tags"] == {"env": "test"}
    stream = ask(
        "CreateStream", **of_cluster, targetDefinition=TARGET, ordering="UNORDERED", format="JSON"
    )
    of_stream = {**of_cluster, "streamIdentifier": stream["streamIdentifier"]}
    ask("GetStream", **of_stream)
    assert ask("ListStreams", **of_cluster)["streams"][0]["arn"] == stream["arn"]
    ask("DeleteStream", **of_stream)
    ask("UpdateCluster", **cluster, kmsEncryptionKey="AWS_OWNED_KMS_KEY", metricGroups=[])
    ask("DeleteCluster", **cluster)
    assert asked == set(service_model("dsql").operation_names)


def test_both_sides_of_a_pair_answer_by_the_model(aws: Aws) -> None:
    first = aws.create(multiRegionProperties={"witnessRegion": "us-west-2"})
    linked = {"witnessRegion": "us-west-2", "clusters": [first["arn"]]}
    second = aws.create("us-east-2", multiRegionProperties=linked)
    linked = {"witnessRegion": "us-west-2", "clusters": [second["arn"]]}
    aws.client().update_cluster(identifier=first["identifier"], multiRegionProperties=linked)
    aws.plane.settle()
    response = aws.client().get_cluster(identifier=first["identifier"])
    assert response["multiRegionProperties"]["clusters"] == [first["arn"], second["arn"]]


REQUIRED_IN_BODY = {
    "CreateStream": ["targetDefinition", "ordering", "format"],
    "PutClusterPolicy": ["policy"],
    "TagResource": ["tags"],
}


@pytest.mark.parametrize("name", sorted(service_model("dsql").operation_names))
def test_what_is_required_is_required_in_the_body_of_these(name: str) -> None:
    shape = service_model("dsql").operation_model(name).input_shape
    required = [
        member
        for member in shape.required_members
        if "location" not in shape.members[member].serialization
    ]
    assert required == REQUIRED_IN_BODY.get(name, [])


@pytest.mark.parametrize("name", sorted(REQUIRED_IN_BODY))
def test_what_is_missing_is_named(aws: Aws, name: str) -> None:
    """boto3 would not send it; the wire can."""
    model = service_model("dsql").operation_model(name)
    path = model.http["requestUri"].format_map(
        {
            "identifier": NOWHERE,
            "clusterIdentifier": NOWHERE,
            "resourceArn": quote(f"arn:aws:dsql:us-east-1:000000000000:cluster/{NOWHERE}", safe=""),
        }
    )
    status, body, _ = call(aws, "dsql", b"{}", path=path)
    refused = json.loads(body)
    assert status == 400
    assert refused["reason"] == "fieldValidationFailed"
    assert [field["name"] for field in refused["fieldList"]] == REQUIRED_IN_BODY[name]
