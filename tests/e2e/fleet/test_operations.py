"""Every operation of the API from the command line: which command calls which."""

from __future__ import annotations

from pathlib import Path

from dsql_tui.model.access.policy import block_public_access_policy
from tests.e2e.fleet.conftest import CommandLine
from tests.support.control_plane import Aws
from tests.support.operations import OPERATIONS, operations_of

COMMANDS = (
    ("CreateCluster", "create shop --no-protect --region us-east-1"),
    ("ListClusters", ""),
    ("GetCluster", "get shop"),
    ("UpdateCluster", "update shop --statement-statistics"),
    ("TagResource", "tag shop team=web"),
    ("ListTagsForResource", "tags shop"),
    ("UntagResource", "untag shop team"),
    ("PutClusterPolicy", "policy put shop POLICY --yes --bypass-lockout-check"),
    ("GetClusterPolicy", "policy get shop"),
    ("DeleteClusterPolicy", "policy delete shop --yes"),
    ("CreateStream", "stream create shop --kinesis-arn KINESIS --role-arn ROLE"),
    ("ListStreams", "stream list shop"),
    ("GetStream", "stream get shop STREAM"),
    ("DeleteStream", "stream delete shop STREAM --yes"),
    ("GetVpcEndpointServiceName", "vpc-endpoint shop"),
    ("DeleteCluster", "delete shop --yes"),
)


def test_every_operation_has_a_command_that_calls_it(
    aws: Aws, cli: CommandLine, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(block_public_access_policy())
    words = {
        "POLICY": str(policy),
        "KINESIS": "arn:aws:kinesis:us-east-1:000000000000:stream/orders",
        "ROLE": "arn:aws:iam::000000000000:role/writer",
    }
    for operation, command in COMMANDS:
        aws.wire.asked.clear()
        done = cli("clusters", *(words.get(word, word) for word in command.split()))
        assert done.exception is None, (command, done.output)
        assert operation in operations_of(aws.wire.asked), command
        if operation == "CreateStream":
            [cluster] = aws.state.clusters()
            [stream] = aws.state.streams(cluster.identifier)
            words["STREAM"] = stream.identifier
    assert {operation for operation, _ in COMMANDS} == OPERATIONS
