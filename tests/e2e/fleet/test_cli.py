"""Every operation of the API from the command line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.errors import DeletionProtected, InputError, NotConfirmed, ResourceConflict
from dsql_tui.model.access.policy import block_public_access_policy
from tests.e2e.fleet.conftest import CommandLine
from tests.support.control_plane import Aws
from tests.support.program import program

CREATE = ("clusters", "create", "shop", "--no-protect", "--region", "us-east-1")
PAIR = (*CREATE, "--region", "us-east-2", "--witness", "us-west-2")


def test_a_cluster_is_created_listed_shown_changed_and_deleted(aws: Aws, cli: CommandLine) -> None:
    [made] = cli.json(*CREATE, "--tag", "team=web", "--statement-statistics")["clusters"]
    assert made["status"] == "ACTIVE"
    assert made["tags"] == {"Name": "shop", "team": "web"}
    assert [each["identifier"] for each in cli.json("clusters")["clusters"]] == [made["identifier"]]
    assert made["identifier"] in cli("clusters").stdout

    changed = cli.json("clusters", "update", "shop", "--protect", "--kms-key", "alias/mine")
    assert changed["deletionProtection"]
    assert changed["encryption"]["kmsKeyArn"].endswith("alias/mine")

    shown = cli.json("clusters", "get", "shop")
    assert shown["metricGroups"] == ["STATEMENT_STATISTICS"]
    assert shown["psql"].startswith(f"psql host={made['endpoint']} ")
    assert made["endpoint"] in cli("clusters", "get", "shop").stdout

    refused = cli("clusters", "delete", "shop", "--yes")
    assert isinstance(refused.exception, DeletionProtected)
    cli.json("clusters", "delete", "shop", "--yes", "--lift-protection")
    assert cli.json("clusters", "list") == {"clusters": []}


def test_a_pair_is_created_and_deleted_in_one_command_each(aws: Aws, cli: CommandLine) -> None:
    made = cli.json(*PAIR)["clusters"]
    assert [each["region"] for each in made] == ["us-east-1", "us-east-2"]
    assert made[0]["peerArns"] == [made[1]["arn"]]
    assert {each["status"] for each in made} == {"ACTIVE"}
    both = ("--region", "us-east-1", "--region", "us-east-2")
    listed = cli.json("clusters", "list", *both)["clusters"]
    assert {each["region"]: each["roundTripMs"] for each in listed} == {
        "us-east-1": 1.25,
        "us-east-2": None,
    }
    cli.json("clusters", "delete", "shop@us-east-2", "--yes")
    assert not aws.state.clusters()


def test_an_unfinished_pair_is_completed_or_deleted(aws: Aws, cli: CommandLine) -> None:
    for command in (("resume", "--peer-region", "us-east-2"), ("undo", "--yes")):
        half = aws.client().create_cluster(multiRegionProperties={"witnessRegion": "us-west-2"})
        cli.json("clusters", command[0], half["identifier"], *command[1:])
    assert aws.active() == len(aws.state.clusters()) == 2


def test_a_wait_ends_when_the_cluster_is_ready_or_gone(aws: Aws, cli: CommandLine) -> None:
    cli(*CREATE, "--no-wait")
    assert cli.json("clusters", "wait", "shop")["clusters"][0]["status"] == "ACTIVE"
    cli("clusters", "delete", "shop", "--yes", "--no-wait")
    assert cli.json("clusters", "wait", "shop", "--for", "deleted") == {"clusters": []}


def test_tags_are_set_listed_and_removed(aws: Aws, cli: CommandLine) -> None:
    cli(*CREATE)
    assert cli.json("clusters", "tag", "shop", "team=web", "empty=")["tags"] == {
        "Name": "shop",
        "team": "web",
        "empty": "",
    }
    assert cli.json("clusters", "untag", "shop", "team", "empty") == {"tags": {"Name": "shop"}}
    assert cli("clusters", "tags", "shop").stdout == "Name=shop\n"
    for refused in ("nonsense", "aws:x=1"):
        assert cli("clusters", "tag", "shop", refused).exit_code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("kind", "head", "witness"),
    [
        ("cloudformation", "ShopCluster:\n  Type: AWS::DSQL::Cluster", "WitnessRegion: us-west-2"),
        ("terraform", 'resource "aws_dsql_cluster" "shop"', 'witness_region = "us-west-2"'),
        ("cdk", 'new dsql.CfnCluster(this, "Shop"', 'witnessRegion: "us-west-2"'),
    ],
)
def test_a_cluster_is_printed_as_infrastructure_code(
    aws: Aws, cli: CommandLine, kind: str, head: str, witness: str
) -> None:
    made = cli.json(*PAIR)["clusters"]
    text = cli("clusters", "stanza", "shop@us-east-1", "--as", kind).stdout
    assert text.startswith(head)
    assert witness in text
    assert made[1]["arn"] in text


def test_options_in_front_of_a_command_are_refused_not_ignored(cli: CommandLine) -> None:
    assert cli("clusters", "--region", "us-east-2", "get", "shop").exit_code == 2


def test_quotas_show_the_number_of_clusters(aws: Aws, cli: CommandLine) -> None:
    cli(*CREATE)
    uses = cli.json("clusters", "quotas", "--region", "us-east-1")["quotas"]
    assert [(use["used"], use["limit"]) for use in uses] == [(1, 20), (0, 5)]


def test_deleting_without_a_terminal_needs_yes(aws: Aws, cli: CommandLine) -> None:
    cli(*CREATE)
    refused = cli("clusters", "delete", "shop").exception
    assert isinstance(refused, NotConfirmed)
    assert "--yes" in refused.remedy
    assert aws.active() == 1


def test_regions_that_do_not_go_together_are_refused_before_any_call(
    aws: Aws, cli: CommandLine
) -> None:
    result = cli(*CREATE, "--region", "eu-west-1", "--witness", "us-west-2")
    assert result.exit_code == ExitCode.USAGE
    assert "different sets (Europe, North America)" in result.stderr
    assert not aws.state.clusters()


def test_a_read_only_iam_role_gets_the_name_of_the_missing_action(
    aws: Aws, cli: CommandLine
) -> None:
    cli(*CREATE)
    assert cli.json("clusters", "--profile", "dsql-local-reader")["clusters"]
    result = subprocess.run(
        [*program(), *CREATE, "--profile", "dsql-local-reader"],
        env=cli.environment | {"PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 4
    assert "Allow dsql:CreateCluster in the identity's IAM policy." in result.stderr
    assert result.stdout == ""


def test_a_policy_is_put_in_the_version_that_was_seen(
    aws: Aws, cli: CommandLine, tmp_path: Path
) -> None:
    cli(*CREATE)
    assert cli.json("clusters", "policy", "get", "shop")["policy"] is None
    file = tmp_path / "policy.json"
    file.write_text(cli("clusters", "policy", "block-public-access").stdout)
    put = ("clusters", "policy", "put", "shop", str(file), "--yes")
    first = cli.json(*put, "--bypass-lockout-check")
    assert first["policy"] == json.loads(block_public_access_policy())
    assert cli.json("clusters", "policy", "get", "shop") == first
    stale = cli(*put, "--bypass-lockout-check", "--expected-version", "nonsense")
    assert isinstance(stale.exception, ResourceConflict)
    cli(
        "clusters",
        "policy",
        "delete",
        "shop",
        "--yes",
        "--expected-version",
        first["policyVersion"],
    )
    assert cli.json("clusters", "policy", "get", "shop")["policy"] is None


def test_a_policy_that_is_not_one_is_refused_before_any_call(aws: Aws, cli: CommandLine) -> None:
    cli(*CREATE)
    put = ("clusters", "policy", "put", "shop", "-", "--yes")
    for text in ("not json", "{}", '{"Statement": [{"Effect": "Perhaps"}]}'):
        assert isinstance(cli(*put, stdin=text).exception, InputError)


def test_streams_are_created_listed_shown_and_deleted(aws: Aws, cli: CommandLine) -> None:
    cli(*CREATE)
    made = cli.json(
        "clusters", "stream", "create", "shop",
        "--kinesis-arn", "arn:aws:kinesis:us-east-1:000000000000:stream/orders",
        "--role-arn", "arn:aws:iam::000000000000:role/writer",
    )  # fmt: skip
    assert made["status"] == "ACTIVE"
    shown = cli.json("clusters", "stream", "get", "shop", made["identifier"])
    assert shown["kinesisArn"].endswith("stream/orders")
    listed = cli.json("clusters", "stream", "list", "shop")["streams"]
    assert [each["identifier"] for each in listed] == [made["identifier"]]
    gone = cli("clusters", "stream", "delete", "shop", made["identifier"], "--yes")
    assert gone.exception is None
    assert cli.json("clusters", "stream", "list", "shop") == {"streams": []}


def test_the_vpc_endpoint_service_is_named(aws: Aws, cli: CommandLine) -> None:
    [made] = cli.json(*CREATE)["clusters"]
    access = cli.json("clusters", "vpc-endpoint", "shop")
    assert access["serviceName"].startswith("com.amazonaws.us-east-1.dsql")
    assert access["host"].startswith(made["identifier"])
