from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from botocore import exceptions as boto

from dsql_tui.aws.certificates import ca_bundle
from dsql_tui.aws.regions import REGIONS, RegionSet
from dsql_tui.aws.session import AwsSession, translated
from dsql_tui.errors import (
    AccessDenied,
    AwsError,
    ConfigError,
    CredentialsExpired,
    CredentialsMissing,
    DeletionProtected,
    InputError,
    InvalidRequest,
    QuotaExceeded,
    RegionUnreachable,
    ResourceConflict,
    ServiceBusy,
)
from dsql_tui.model.endpoint import Profile

CONFIG = """
[profile base]
region = eu-west-1
[profile ops]
role_arn = arn:aws:iam::111122223333:role/ops
source_profile = hop
[profile hop]
role_arn = arn:aws:iam::111122223333:role/hop
source_profile = base
[profile guarded]
role_arn = arn:aws:iam::111122223333:role/guarded
source_profile = base
mfa_serial = arn:aws:iam::111122223333:mfa/ada
[profile work]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = ops
[profile work-prod]
role_arn = arn:aws:iam::111122223333:role/prod
source_profile = work
[sso-session corp]
sso_region = us-east-1
sso_start_url = https://example.awsapps.com/start
[profile on-ec2]
role_arn = arn:aws:iam::111122223333:role/there
credential_source = Ec2InstanceMetadata
[profile loop]
role_arn = arn:aws:iam::111122223333:role/loop
source_profile = loop
"""
CREDENTIALS = "[base]\naws_access_key_id = AKIDEXAMPLE1234\naws_secret_access_key = s3cr3t\n"


@pytest.fixture
def profile_files(tmp_path: Path) -> tuple[Path, Path]:
    config, credentials = tmp_path / "config", tmp_path / "credentials"
    config.write_text(CONFIG)
    credentials.write_text(CREDENTIALS)
    return config, credentials


def session(files: tuple[Path, Path], name: str, regions: tuple[str, ...] = ()) -> AwsSession:
    config, credentials = files
    return AwsSession(
        Profile(
            name, aws_profile=name, config_file=config, credentials_file=credentials,
            regions=regions,
        )
    )  # fmt: skip


def client_error(code: str, message: str = "no") -> boto.ClientError:
    return boto.ClientError({"Error": {"Code": code, "Message": message}}, "GetCluster")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (boto.NoCredentialsError(), CredentialsMissing),
        (boto.PartialCredentialsError(provider="env", cred_var="x"), CredentialsMissing),
        (boto.UnauthorizedSSOTokenError(), CredentialsExpired),
        (boto.CredentialRetrievalError(provider="p", error_msg="e"), CredentialsExpired),
        (client_error("ExpiredTokenException"), CredentialsExpired),
        (client_error("AccessDenied", "MultiFactorAuthentication failed …"), CredentialsExpired),
        (boto.RefreshWithMFAUnsupportedError(), CredentialsExpired),
        (boto.ParamValidationError(report="parameter TokenCode, value: 0"), CredentialsExpired),
        (client_error("AccessDeniedException"), AccessDenied),
        (client_error("UnrecognizedClientException"), AwsError),
        (client_error("ThrottlingException"), ServiceBusy),
        (client_error("InternalServerException"), ServiceBusy),
        (client_error("ServiceQuotaExceededException"), QuotaExceeded),
        (client_error("ConflictException"), ResourceConflict),
        (client_error("ValidationException"), InvalidRequest),
        (boto.EndpointConnectionError(endpoint_url="https://x"), RegionUnreachable),
        (boto.ConnectTimeoutError(endpoint_url="https://x"), RegionUnreachable),
        (boto.SSLError(endpoint_url="https://x", error="e"), RegionUnreachable),
        (boto.ParamValidationError(report="r"), AwsError),
    ],
)
def test_every_kind_of_botocore_error_becomes_one_of_ours(
    error: Exception, kind: type[AwsError]
) -> None:
    with pytest.raises(kind), translated("us-east-1"):
        raise error


def test_a_signature_refused_for_its_time_reports_the_clock_skew() -> None:
    error = client_error("SignatureDoesNotMatch", "Signature expired: …")
    an_hour_ago = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    error.response["ResponseMetadata"] = {"HTTPHeaders": {"date": an_hour_ago}}
    with pytest.raises(AwsError, match=r"clock is off by \+3[56]\d\d s") as caught, translated("r"):
        raise error
    assert caught.value.remedy.startswith("Set this machine's clock")


def test_a_denial_names_the_missing_action_in_the_words_of_aws() -> None:
    message = "User: arn:aws:iam::1:user/x is not authorized to perform: dsql:ListClusters on …"
    with pytest.raises(AccessDenied) as caught, translated("us-east-1"):
        raise client_error("AccessDeniedException", message)
    assert caught.value.action == "dsql:ListClusters"


def test_a_translated_error_has_no_foreign_cause_to_leak_from() -> None:
    with pytest.raises(AwsError) as caught, translated("us-east-1"):
        raise client_error("ThrottlingException")
    assert caught.value.__suppress_context__


def test_an_unknown_profile_names_those_that_exist(profile_files: tuple[Path, Path]) -> None:
    with pytest.raises(ConfigError, match="nope") as caught:
        _ = session(profile_files, "nope").regions
    assert "base" in caught.value.remedy


def test_regions_are_the_given_ones_before_the_configured_one(
    profile_files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert session(profile_files, "base").regions == ("eu-west-1",)
    assert session(profile_files, "base", ("us-east-1",)).regions == ("us-east-1",)
    assert session(profile_files, "ops").regions == tuple(REGIONS)


def test_credentials_show_their_source_and_hide_their_key(
    profile_files: tuple[Path, Path],
) -> None:
    found = session(profile_files, "base").credentials()
    assert (found.source, found.last_four) == ("shared-credentials-file", "1234")
    assert "AKID" not in repr(found)


def test_a_chain_of_roles_is_followed_to_its_source(profile_files: tuple[Path, Path]) -> None:
    assert session(profile_files, "ops").role_chain() == (
        "arn:aws:iam::111122223333:role/ops",
        "ops",
        "arn:aws:iam::111122223333:role/hop",
        "hop",
        "base",
    )
    assert session(profile_files, "base").role_chain() == ()
    assert session(profile_files, "on-ec2").role_chain() == (
        "arn:aws:iam::111122223333:role/there",
        "on-ec2",
        "Ec2InstanceMetadata",
    )


def test_a_profile_that_names_itself_ends_the_chain(profile_files: tuple[Path, Path]) -> None:
    assert session(profile_files, "loop").role_chain() == (
        "arn:aws:iam::111122223333:role/loop",
        "loop",
    )


def test_an_mfa_code_is_asked_of_the_console_and_not_of_the_terminal(
    profile_files: tuple[Path, Path],
) -> None:
    prompts: list[str] = []

    def give_up(prompt: str) -> str:
        prompts.append(prompt)
        raise InputError("no code")

    config, credentials = profile_files
    profile = Profile(
        "guarded", aws_profile="guarded", config_file=config, credentials_file=credentials
    )
    with pytest.raises(InputError):
        AwsSession(profile, give_up).credentials()
    assert "arn:aws:iam::111122223333:mfa/ada" in prompts[0]


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("work", ("aws", "sso", "login", "--profile", "work")),
        ("work-prod", ("aws", "sso", "login", "--profile", "work")),
        ("base", ()),
        ("loop", ()),
    ],
)
def test_the_way_to_sign_in_again_is_that_of_the_profile_at_the_chains_end(
    profile_files: tuple[Path, Path], name: str, command: tuple[str, ...]
) -> None:
    assert session(profile_files, name).sso_login() == command


def test_the_profiles_of_the_configuration_are_named(profile_files: tuple[Path, Path]) -> None:
    assert {"base", "ops", "work"} <= set(session(profile_files, "base").profile_names())


def test_every_region_peers_within_one_set() -> None:
    assert len(REGIONS) == 20
    assert sum(members is RegionSet.SINGLE_ONLY for members in REGIONS.values()) == 4


def test_the_root_certificates_of_the_sdk_hold_amazons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    assert "Amazon Root CA 1" in ca_bundle().read_text(encoding="utf-8")


def test_a_refused_value_is_reported_field_by_field() -> None:
    error = boto.ClientError(
        {
            "Error": {"Code": "ValidationException", "Message": "no"},
            "reason": "fieldValidationFailed",
            "fieldList": [{"name": "tags.x", "message": "too long"}],
        },
        "CreateCluster",
    )
    with pytest.raises(InvalidRequest) as refused, translated("us-east-1"):
        raise error
    assert refused.value.fields == (("tags.x", "too long"),)
    assert refused.value.remedy == "tags.x: too long"


def test_deletion_protection_is_an_error_of_its_own() -> None:
    error = boto.ClientError(
        {
            "Error": {"Code": "ValidationException", "Message": "no"},
            "reason": "deletionProtectionEnabled",
        },
        "DeleteCluster",
    )
    with pytest.raises(DeletionProtected), translated("us-east-1"):
        raise error


HERE = "http://127.0.0.1:8484"


def test_a_profile_with_an_endpoint_uses_it_for_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DSQL", "AWS_ENDPOINT_URL_STS"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in (
        *("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"),
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    ):
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    aws = AwsSession(Profile(endpoint_url=HERE, regions=("us-east-1",)))
    for service in ("dsql", "sts", "cloudwatch"):
        assert aws.client(service, "us-east-1").meta.endpoint_url == HERE
    # What botocore assumes a role with is made from the same session.
    of_botocore = aws._core.create_client("sts", region_name="us-east-1")
    assert of_botocore.meta.endpoint_url == HERE


def test_a_profile_without_one_follows_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    aws = AwsSession(Profile(regions=("us-east-1",)))
    assert aws.client("dsql", "us-east-1").meta.endpoint_url == "http://127.0.0.1:1"


def test_a_missing_profile_of_the_environment_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_PROFILE", "prod")
    with pytest.raises(ConfigError, match="no AWS profile named 'prod'"):
        AwsSession(Profile()).profile_names()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:8484/", "Nothing answers at http://127.0.0.1:8484/"),
        ("https://dsql.us-east-1.api.aws/", "AWS in us-east-1 could not be reached"),
    ],
)
def test_an_endpoint_on_this_machine_is_not_called_aws(url: str, message: str) -> None:
    with (
        pytest.raises(RegionUnreachable, match=re.escape(message)) as caught,
        translated("us-east-1"),
    ):
        raise boto.EndpointConnectionError(endpoint_url=url)
    assert ("`dsql-tui local`" in caught.value.remedy) is ("127.0.0.1" in url)


def test_an_endpoint_on_this_machine_that_closes_connections_is_a_region_that_is_down() -> None:
    with (
        pytest.raises(RegionUnreachable, match="AWS in us-east-1 could not") as caught,
        translated("us-east-1"),
    ):
        raise boto.ConnectionClosedError(endpoint_url="http://127.0.0.1:8484/")
    assert "peer" in caught.value.remedy
    assert "Start it again" not in caught.value.remedy
