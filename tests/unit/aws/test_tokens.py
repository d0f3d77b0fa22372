from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

import pytest

from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.errors import ConfigError
from dsql_tui.model.endpoint import Endpoint, Profile
from dsql_tui.model.token import TokenAction

HOST = "abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws"


@pytest.fixture
def aws(tmp_path: Path) -> AwsSession:
    credentials = tmp_path / "credentials"
    credentials.write_text("[p]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = s3cr3t\n")
    return AwsSession(Profile("p", aws_profile="p", credentials_file=credentials))


@pytest.mark.parametrize(
    ("role", "action"),
    [("admin", TokenAction.CONNECT_ADMIN), ("app_ro", TokenAction.CONNECT)],
)
def test_the_role_decides_the_action_that_is_signed(
    aws: AwsSession, role: str, action: TokenAction
) -> None:
    token = generate_token(aws, Endpoint(HOST, "us-east-1", role=role))
    host, _, query = token.value.partition("/?")
    fields = parse_qs(query)
    assert host == HOST
    assert fields["Action"] == [action] == [token.action]
    assert fields["X-Amz-Expires"] == ["900"]
    assert "/us-east-1/dsql/aws4_request" in fields["X-Amz-Credential"][0]


def test_a_token_shows_the_source_of_its_signature(aws: AwsSession) -> None:
    token = generate_token(aws, Endpoint(HOST, "us-east-1"))
    assert token.signed_by == "shared-credentials-file (p)"


def test_the_token_expires_when_its_signature_does(aws: AwsSession) -> None:
    token = generate_token(aws, Endpoint(HOST, "us-east-1"), lifetime_s=60)
    signed_at = parse_qs(token.value.partition("/?")[2])["X-Amz-Date"][0]
    assert (token.expires_at - token.generated_at).total_seconds() == 60
    assert abs(int(signed_at[-3:-1]) - token.generated_at.second) in {0, 1, 59}


@pytest.mark.parametrize("lifetime_s", [0, -1, 604_801])
def test_a_lifetime_the_service_would_refuse_is_refused_here(
    aws: AwsSession, lifetime_s: int
) -> None:
    with pytest.raises(ConfigError, match=str(lifetime_s)):
        generate_token(aws, Endpoint(HOST, "us-east-1"), lifetime_s=lifetime_s)
