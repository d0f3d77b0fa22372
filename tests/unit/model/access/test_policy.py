"""IAM policies: the least that is needed, in a shape that IAM reads."""

from __future__ import annotations

import json

import pytest

from dsql_tui.model.access.policy import (
    block_public_access_policy,
    connect_policy,
    console_policy,
    policy_problems,
    tag_connect_policy,
)
from tests.support.fakes import SHOP


@pytest.mark.parametrize(
    "document",
    [
        connect_policy(SHOP, "app_ro"),
        connect_policy(SHOP, "admin"),
        tag_connect_policy("111122223333", "app_ro", "env", "prod"),
        console_policy(SHOP, "admin"),
        block_public_access_policy(),
    ],
)
def test_every_policy_that_is_written_has_the_shape_of_one(document: str) -> None:
    assert policy_problems(document) == ()


def test_connecting_needs_one_action_on_every_endpoint_of_the_cluster() -> None:
    (statement,) = json.loads(connect_policy(SHOP, "app_ro"))["Statement"]
    assert statement["Action"] == "dsql:DbConnect"
    assert statement["Resource"] == [SHOP.arn, *SHOP.peer_arns]
    (statement,) = json.loads(connect_policy(SHOP, "admin"))["Statement"]
    assert statement["Action"] == "dsql:DbConnectAdmin"


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("{", "line 1: it is not JSON"),
        ("[]", "it is not a JSON object"),
        ('{"Version": "2012-10-17"}', "it has no Statement"),
        ('{"Version": "2020-01-01", "Statement": [{}]}', "its Version is not 2012-10-17"),
        ('{"Version": "2012-10-17", "Statement": [7]}', "statement 1: it is not an object"),
        (
            '{"Version": "2012-10-17", "Statement": {"Effect": "allow"}}',
            "statement 1: Effect is neither Allow nor Deny",
        ),
        (
            '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "DbConnect",'
            ' "Resource": "*"}}',
            "statement 1: 'DbConnect' is not service:Action",
        ),
        (
            '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "dsql:*",'
            ' "Resource": "cluster/x"}}',
            "statement 1: 'cluster/x' is not an ARN",
        ),
    ],
)
def test_a_policy_that_the_service_would_refuse_is_reported(document: str, problem: str) -> None:
    assert any(told.startswith(problem) for told in policy_problems(document))
