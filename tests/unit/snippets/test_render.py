"""Snippets, filled in."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dsql_tui.model.cluster import Cluster, ClusterStatus
from dsql_tui.model.endpoint import Profile
from dsql_tui.snippets import Language, render

CLUSTER = Cluster(
    identifier="4iabtwnq2j55iez4j4bkykghgm",
    arn="arn:aws:dsql:us-east-1:111122223333:cluster/4iabtwnq2j55iez4j4bkykghgm",
    region="us-east-1",
    status=ClusterStatus.ACTIVE,
    endpoint_host="4iabtwnq2j55iez4j4bkykghgm.dsql.us-east-1.on.aws",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    deletion_protection=False,
)
AWS = Profile(root_certificate=Path("/ours/cacert.pem"))
STAND_IN = Profile(
    aws_profile="stand-in",
    config_file=Path("/data/aws config"),
    credentials_file=Path("/data/aws-credentials"),
    root_certificate=Path("/data/ca.pem"),
    hostaddr="127.0.0.1",
    port=15432,
)
PYTHONS = (Language.PYTHON, Language.PYTHON_CONNECTOR, Language.LAMBDA)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("profile", [AWS, STAND_IN], ids=["aws", "stand-in"])
@pytest.mark.parametrize("role", ["admin", "app_ro"])
def test_nothing_of_the_template_is_left_in_a_snippet(
    language: Language, profile: Profile, role: str
) -> None:
    text = render(language, CLUSTER, role, profile)[0].text
    assert "{{" not in text.replace("dsql.Config{{", "")
    assert CLUSTER.endpoint_host in text
    assert role in text
    assert "/ours" not in text


@pytest.mark.parametrize("language", PYTHONS)
def test_a_python_snippet_is_python_whatever_the_role_is_called(language: Language) -> None:
    for role in ("admin", 'o"neill\\', "Ünïcode role"):
        ast.parse(render(language, CLUSTER, role, STAND_IN)[0].text)


@pytest.mark.parametrize("language", [Language.PSQL, Language.PYTHON, Language.LAMBDA])
def test_only_admin_gets_an_admin_token(language: Language) -> None:
    def words(role: str) -> str:
        return render(language, CLUSTER, role, AWS)[0].text.replace("-", "_")

    assert "connect_admin_auth_token" in words("admin")
    assert "connect_auth_token" in words("app_ro")
    assert "connect_admin_auth_token" not in words("app_ro")


def test_what_the_default_chain_finds_is_left_out() -> None:
    text = render(Language.PYTHON, CLUSTER, "app_ro", AWS)[0].text
    assert "profile_name" not in text
    assert "AWS_CONFIG_FILE" not in text
    assert "hostaddr" not in text


def test_a_shell_gets_its_own_quotes() -> None:
    text = render(Language.PSQL, CLUSTER, "o'neill", STAND_IN)[0].text
    assert "export AWS_CONFIG_FILE='/data/aws config'" in text
    assert "--role 'o'\"'\"'neill' --profile stand-in)" in text
    assert "--profile" not in render(Language.PSQL, CLUSTER, "app_ro", AWS)[0].text


@pytest.mark.parametrize("language", [each for each in Language if each is not Language.LAMBDA])
def test_a_snippet_signs_as_the_identity_that_its_role_is_mapped_to(language: Language) -> None:
    """What runs in Lambda signs as the function's role."""
    profile = replace(STAND_IN, role_profiles={"app_ro": "reader"})
    assert "reader" in render(language, CLUSTER, "app_ro", profile)[0].text
    assert "stand-in" in render(language, CLUSTER, "admin", profile)[0].text


def test_a_lambda_comes_with_the_least_policy_and_its_mapping() -> None:
    program, policy = render(Language.LAMBDA, CLUSTER, "app_ro", AWS)
    assert "AWS IAM GRANT app_ro TO 'arn:aws:iam::111122223333:role/<function-role>';" in (
        program.text
    )
    (statement,) = json.loads(policy.text)["Statement"]
    assert statement["Action"] == "dsql:DbConnect"
    assert statement["Resource"] == [CLUSTER.arn]


def test_a_url_escapes_the_role_in_it() -> None:
    assert "postgres://a%20b%40c@" in render(Language.RUST, CLUSTER, "a b@c", AWS)[0].text
