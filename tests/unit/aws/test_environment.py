"""The environment changes nothing for a profile with an endpoint of its own."""

from __future__ import annotations

import os
from pathlib import Path

import botocore.session
import pytest

from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.errors import ConfigError
from dsql_tui.model.endpoint import Endpoint, Profile

URL = "http://127.0.0.1:8484"
BEYOND_SETTINGS = (
    *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DSQL", "AWS_ENDPOINT_URL_STS", "AWS_REGION"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
    *("AWS_CREDENTIAL_EXPIRATION", "AWS_ACCOUNT_ID", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME"),
    *("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    *("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_EC2_METADATA_DISABLED", "BOTO_CONFIG"),
    *("AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_EXECUTION_ENV", "AWS_LOGIN_CACHE_DIRECTORY"),
)


def variables_of_botocore() -> set[str]:
    """Return every variable that botocore reads for its settings."""
    named = [each[1] for each in botocore.session.Session.SESSION_VARIABLES.values()]
    return {
        name
        for names in named
        if names is not None
        for name in ([names] if isinstance(names, str) else names)
    }


VARIABLES = sorted(variables_of_botocore() | set(BEYOND_SETTINGS))


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Profile:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    config, credentials = tmp_path / "config", tmp_path / "credentials"
    config.write_text("[profile own]\nregion = us-east-1\n")
    credentials.write_text(
        "[own]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = no secret\n"
    )
    return Profile(
        aws_profile="own",
        regions=("us-east-1",),
        config_file=config,
        credentials_file=credentials,
        endpoint_url=URL,
    )


def seen(profile: Profile) -> tuple[object, ...]:
    """Return what depends on settings: endpoints, Regions, the key that signs."""
    aws = AwsSession(profile)
    token = generate_token(aws, Endpoint("x.dsql.us-east-1.on.aws", "us-east-1"))
    clients = [aws.client(service, "us-east-1") for service in ("dsql", "sts", "cloudwatch")]
    # botocore assumes roles by clients that it makes itself.
    clients.append(aws._core.create_client("sts", region_name="us-east-1"))
    return (
        aws.regions,
        token.access_key_id,
        aws.credentials(),
        [
            (each.meta.endpoint_url, each.meta.region_name, each.meta.config.retries)
            for each in clients
        ],
    )


def test_variables_are_those_of_botocore() -> None:
    assert {"AWS_PROFILE", "AWS_MAX_ATTEMPTS", "AWS_CA_BUNDLE"} < set(VARIABLES)
    assert len(VARIABLES) > 40


KEPT = {"AWS_DEFAULT_PROFILE", "AWS_PROFILE", "AWS_DEFAULT_REGION"}
"""They are read, and count less than the profile and the Region that clients are made with."""


@pytest.mark.parametrize("value", ["hostile", "true", "9"])
def test_no_setting_of_the_local_profile_is_read_from_the_environment(
    profile: Profile, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    def settings() -> dict[str, object]:
        aws = AwsSession(profile)
        aws.profile_names()
        return {each: aws._core.get_config_variable(each) for each in aws._core.SESSION_VARIABLES}

    before = settings()
    for name in variables_of_botocore() - KEPT:
        monkeypatch.setenv(name, value)
    assert settings() == before


def test_all_of_them_at_once_do_not_either(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = seen(profile)
    for name in VARIABLES:
        monkeypatch.setenv(name, "hostile")
    assert seen(profile) == before


@pytest.mark.parametrize(
    "name", ["AWS_METADATA_SERVICE_TIMEOUT", "AWS_METADATA_SERVICE_NUM_ATTEMPTS"]
)
def test_for_aws_a_number_that_is_none_is_an_error_of_settings(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "soon")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    with pytest.raises(ConfigError, match=f"{name}, or .* must be a whole number"):
        AwsSession(Profile(regions=("us-east-1",))).credentials()
