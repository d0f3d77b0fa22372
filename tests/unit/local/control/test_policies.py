"""Resource policies: versions, the lock-out check, and what a denial denies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dsql_tui.local.iam.identity import Caller
from dsql_tui.local.iam.policy import PolicyInvalid, PolicyRequest, denies, statements
from tests.support.control_plane import NOWHERE, Aws, refusal

APP = "arn:aws:iam::000000000000:role/app-rw"
SESSION = Caller("arn:aws:sts::000000000000:assumed-role/app-rw/s")
CLUSTER = "arn:aws:dsql:us-east-1:000000000000:cluster/" + NOWHERE


def policy(effect: str = "Deny", action: str = "dsql:DbConnect", **fields: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": "*", **fields}
    if not {"Principal", "NotPrincipal"} & set(statement):
        statement["Principal"] = {"AWS": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class TestAPolicyOfACluster:
    @pytest.fixture
    def cluster(self, aws: Aws) -> str:
        return str(aws.create()["identifier"])

    def test_counts_its_versions_and_never_gives_one_twice(self, aws: Aws, cluster: str) -> None:
        client = aws.client()
        first = client.put_cluster_policy(identifier=cluster, policy=policy())
        second = client.put_cluster_policy(identifier=cluster, policy=policy("Allow"))
        found = client.get_cluster_policy(identifier=cluster)
        assert json.loads(found["policy"])["Statement"][0]["Effect"] == "Allow"
        assert found["policyVersion"] == second["policyVersion"] != first["policyVersion"]
        deleted = client.delete_cluster_policy(identifier=cluster)
        assert deleted["policyVersion"] == second["policyVersion"]
        third = client.put_cluster_policy(identifier=cluster, policy=policy())
        assert third["policyVersion"] not in {first["policyVersion"], second["policyVersion"]}

    def test_is_changed_only_from_the_version_expected(self, aws: Aws, cluster: str) -> None:
        client = aws.client()
        version = client.put_cluster_policy(identifier=cluster, policy=policy())["policyVersion"]
        for call, more in (
            (client.put_cluster_policy, {"policy": policy()}),
            (client.delete_cluster_policy, {}),
        ):
            response = refusal(call, identifier=cluster, expectedPolicyVersion="99", **more)
            assert response["Error"]["Code"] == "ConflictException"
        client.delete_cluster_policy(identifier=cluster, expectedPolicyVersion=version)

    def test_that_is_not_there_is_404(self, aws: Aws, cluster: str) -> None:
        for call in (aws.client().get_cluster_policy, aws.client().delete_cluster_policy):
            assert refusal(call, identifier=cluster)["resourceType"] == "policy"

    def test_that_would_lock_the_caller_out_needs_the_bypass(self, aws: Aws, cluster: str) -> None:
        locked = {"identifier": cluster, "policy": policy(action="dsql:*")}
        response = refusal(aws.client().put_cluster_policy, **locked)
        assert "in the future" in response["Error"]["Message"]
        aws.client().put_cluster_policy(**locked, bypassPolicyLockoutSafetyCheck=True)
        denied = refusal(aws.client().delete_cluster_policy, identifier=cluster)
        assert denied["Error"]["Code"] == "AccessDeniedException"

    def test_denies_the_operations_it_names(self, aws: Aws, cluster: str) -> None:
        aws.client().put_cluster_policy(
            identifier=cluster, policy=policy(action="dsql:DeleteCluster")
        )
        response = refusal(aws.client().delete_cluster, identifier=cluster)
        assert response["Error"]["Code"] == "AccessDeniedException"
        assert response["Error"]["Message"].endswith(
            "with an explicit deny in a resource-based policy"
        )
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 403

    def test_can_come_with_the_cluster(self, aws: Aws) -> None:
        created = aws.create(policy=policy())
        response = aws.client().get_cluster_policy(identifier=created["identifier"])
        assert response["policyVersion"] == "1"

    def test_that_is_no_policy_is_refused_by_field(self, aws: Aws, cluster: str) -> None:
        response = refusal(aws.client().put_cluster_policy, identifier=cluster, policy="not json")
        assert response["fieldList"][0]["name"] == "policy"


@pytest.mark.parametrize(
    "document",
    [
        "not json",
        "[]",
        "{}",
        '{"Statement": 1}',
        '{"Version": "1999-01-01", "Statement": [{}]}',
        policy("Maybe"),
        policy(action="DbConnect"),
        policy(NotAction="dsql:X"),
        policy(Principal="me"),
        policy(Principal={"AWS": 1}),
        policy(Principal={"Dog": "x"}),
        policy(Resource=[]),
        policy(Condition=[]),
        policy(Condition={"Null": []}),
        policy(Condition={"NumericLessThan": {"a": "1"}}),
        "[" * 100_000,
    ],
)
def test_a_document_that_is_not_a_policy_is_recognized(document: str) -> None:
    with pytest.raises(PolicyInvalid):
        statements(document)


class TestADenialSpeaksOf:
    def denied(self, document: str, action: str = "dsql:DbConnect", **keys: str) -> bool:
        return denies(document, PolicyRequest(SESSION, action, CLUSTER, keys))

    def test_everybody(self) -> None:
        assert self.denied(policy())
        assert self.denied(policy(Principal="*"))
        assert self.denied(policy(Principal={"AWS": "000000000000"}))
        assert self.denied(policy(Principal={"AWS": "arn:aws:iam::000000000000:root"}))

    def test_a_role_by_its_own_arn_and_its_sessions(self) -> None:
        assert self.denied(policy(Principal={"AWS": APP}))
        assert self.denied(policy(Principal={"AWS": [SESSION.arn]}))
        assert not self.denied(policy(Principal={"AWS": APP + "-other"}))
        assert not self.denied(policy(Principal={"Service": "x.amazonaws.com"}))
        assert not self.denied(policy(Principal={}).replace("{}", '{"AWS": "x"}'))

    def test_everybody_else(self) -> None:
        assert not self.denied(policy(NotPrincipal={"AWS": APP}))
        assert self.denied(policy(NotPrincipal={"AWS": "arn:aws:iam::000000000000:user/local"}))

    def test_actions_by_wildcard_in_any_case(self) -> None:
        assert self.denied(policy(action="DSQL:dbconnect*"), "dsql:DbConnectAdmin")
        assert self.denied(policy(action="dsql:DbConnec?"))
        assert not self.denied(policy(action="dsql:DbConnec?"), "dsql:DbConnectAdmin")

    def test_resources_by_wildcard(self) -> None:
        assert self.denied(policy(Resource="arn:aws:dsql:*:000000000000:cluster/*"))
        assert not self.denied(policy(Resource="arn:aws:dsql:us-east-2:*"))

    def test_the_documented_way_to_block_public_access(self) -> None:
        blocked = policy(Condition={"Null": {"aws:SourceVpc": "true"}})
        assert self.denied(blocked)
        assert not self.denied(blocked, **{"aws:sourcevpc": "vpc-1"})

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ({"StringEquals": {"aws:PrincipalAccount": "000000000000"}}, True),
            ({"StringEquals": {"aws:PrincipalAccount": ["1", "2"]}}, False),
            ({"StringNotEquals": {"aws:PrincipalAccount": "000000000000"}}, False),
            ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, True),
            ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, False),
            ({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}, True),
            ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app-*"}}, True),
            ({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app-*"}}, False),
            ({"StringEqualsIgnoreCase": {"aws:PrincipalArn": APP.upper()}}, True),
            ({"Bool": {"aws:SecureTransport": False}}, False),
            (
                {
                    "StringLike": {"aws:PrincipalAccount": "0*"},
                    "Null": {"aws:SourceVpc": "false"},
                },
                False,
            ),
        ],
    )
    def test_conditions(self, condition: dict[str, Any], expected: bool) -> None:
        assert self.denied(policy(Condition=condition)) is expected

    def test_nothing_when_it_allows_or_is_absent(self) -> None:
        assert not self.denied(policy("Allow"))
        assert not self.denied("")


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("**a", "a", True),
        ("a*c", "abcbc", True),
        ("a*c", "abcb", False),
        ("?", "", False),
        ("a?c*", "abc", True),
        ("[ab]", "a", False),
        ("*a" * 40 + "b", "a" * 200, False),
    ],
)
def test_wildcards_match_as_in_iam_and_always_end(pattern: str, text: str, matches: bool) -> None:
    document = policy(action="dsql:x" + pattern)
    assert denies(document, PolicyRequest(SESSION, "dsql:x" + text, CLUSTER)) is matches
