"""Tokens and requests are signed by botocore itself, so what is verified is what clients send."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from dsql_tui.errors import LocalError
from dsql_tui.local.iam.identity import (
    ADMIN_ARN,
    AccessKey,
    KeyRing,
    RefusalKind,
    RequestRefused,
    TokenRejected,
)
from dsql_tui.local.process.profiles import role_arn, write_profiles

HOST = "abcdefghijklmnopqrstuvwxy2.dsql.us-east-1.on.aws"
REGION = "us-east-1"
CLUSTER = "arn:aws:dsql:us-east-1:000000000000:cluster/abcdefghijklmnopqrstuvwxy2"


@pytest.fixture
def keyring() -> KeyRing:
    return KeyRing()


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def token_of(
    key: AccessKey,
    *,
    host: str = HOST,
    region: str = REGION,
    admin: bool = True,
    lifetime_s: int = 900,
    secret: str | None = None,
) -> str:
    client = boto3.client(
        "dsql",
        region_name=region,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=secret or key.secret,
        aws_session_token=key.session_token or None,
    )
    generate: Callable[..., str] = (
        client.generate_db_connect_admin_auth_token
        if admin
        else client.generate_db_connect_auth_token
    )
    return generate(host, region, lifetime_s)


def hint_of(keyring: KeyRing, token: str, now: datetime, **target: str) -> str:
    with pytest.raises(TokenRejected) as refusal:
        keyring.verify_token(
            token,
            **{"host": HOST, "region": REGION, "user": "admin", "cluster_arn": CLUSTER, **target},
            now=now,
        )
    return refusal.value.hint


class TestATokenOpensASession:
    def test_of_the_admin_with_the_users_key(self, keyring: KeyRing, now: datetime) -> None:
        caller = keyring.verify_token(
            token_of(keyring.admin),
            host=HOST,
            region=REGION,
            user="admin",
            cluster_arn=CLUSTER,
            now=now,
        )
        assert caller.arn == caller.principal_arn == ADMIN_ARN
        assert caller.account == "000000000000"

    def test_of_another_role_with_a_roles_temporary_key(
        self, keyring: KeyRing, now: datetime
    ) -> None:
        key = keyring.assume_role(role_arn("app-rw"), "s1", timedelta(hours=1), now)
        caller = keyring.verify_token(
            token_of(key, admin=False),
            host=HOST,
            region=REGION,
            user="app_rw",
            cluster_arn=CLUSTER,
            now=now,
        )
        assert caller.arn == "arn:aws:sts::000000000000:assumed-role/app-rw/s1"
        assert caller.principal_arn == "arn:aws:iam::000000000000:role/app-rw"

    def test_until_its_last_second_and_for_a_week_at_most(
        self, keyring: KeyRing, now: datetime
    ) -> None:
        token = token_of(keyring.admin, lifetime_s=604_800)
        target = {"host": HOST, "region": REGION, "user": "admin", "cluster_arn": CLUSTER}
        late = now + timedelta(days=6, hours=23)
        assert keyring.verify_token(token, **target, now=late).is_admin


class TestATokenIsRejected:
    def test_when_the_action_is_not_the_users(self, keyring: KeyRing, now: datetime) -> None:
        plain = token_of(keyring.admin, admin=False)
        admin = token_of(keyring.admin)
        assert (
            hint_of(keyring, plain, now)
            == "Wrong user to action mapping. user: admin, action: DbConnect"
        )
        assert (
            hint_of(keyring, admin, now, user="app_ro")
            == "Wrong user to action mapping. user: app_ro, action: DbConnectAdmin"
        )

    def test_when_it_has_expired_and_says_since_when(self, keyring: KeyRing, now: datetime) -> None:
        hint = hint_of(keyring, token_of(keyring.admin), now + timedelta(minutes=16))
        assert hint.startswith("Signature expired: ")
        assert " is now earlier than " in hint
        assert hint.endswith(" - 15 min.)")

    def test_when_it_was_signed_in_the_future(self, keyring: KeyRing, now: datetime) -> None:
        hint = hint_of(keyring, token_of(keyring.admin), now - timedelta(minutes=6))
        assert hint.startswith("Signature not yet current: ")

    @pytest.mark.parametrize(
        ("lifetime_s", "hint"),
        [
            (604_801, "X-Amz-Expires must be less than a week (in seconds)"),
            (10**12, "X-Amz-Expires must be less than a week (in seconds)"),
            (0, "X-Amz-Expires must be non-negative"),
            (-1, "X-Amz-Expires must be non-negative"),
            (10**30, "X-Amz-Expires should be a number"),
        ],
    )
    def test_when_its_lifetime_is_not_allowed(
        self, keyring: KeyRing, now: datetime, lifetime_s: int, hint: str
    ) -> None:
        token = token_of(keyring.admin, lifetime_s=lifetime_s)
        assert hint_of(keyring, token, now) == hint

    @pytest.mark.parametrize(
        "host",
        [f"{HOST}:5432", HOST.upper(), HOST.replace("y2", "y3"), "localhost", f"{HOST}."],
    )
    def test_when_it_is_for_another_host(self, keyring: KeyRing, now: datetime, host: str) -> None:
        assert "not for" in hint_of(keyring, token_of(keyring.admin, host=host), now)

    def test_when_its_scope_is_another_region(self, keyring: KeyRing, now: datetime) -> None:
        token = token_of(keyring.admin, region="us-east-2")
        assert "valid region" in hint_of(keyring, token, now)

    def test_when_its_scope_is_another_service(self, keyring: KeyRing, now: datetime) -> None:
        token = token_of(keyring.admin).replace("dsql%2Faws4", "rds-db%2Faws4")
        assert "correct service: 'dsql'" in hint_of(keyring, token, now)

    def test_when_signed_with_another_secret(self, keyring: KeyRing, now: datetime) -> None:
        token = token_of(keyring.admin, secret="x" * 40)
        assert hint_of(keyring, token, now).startswith("The request signature we calculated")

    def test_when_any_part_was_changed_after_signing(self, keyring: KeyRing, now: datetime) -> None:
        token = token_of(keyring.admin, admin=False)
        forged = token.replace("Action=DbConnect&", "Action=DbConnectAdmin&")
        longer = token.replace("X-Amz-Expires=900", "X-Amz-Expires=9000")
        wrong = "The request signature we calculated"
        assert hint_of(keyring, forged, now).startswith(wrong)
        assert hint_of(keyring, longer, now, user="app_rw").startswith(wrong)
        assert hint_of(keyring, token + "&x=1", now, user="app_rw").startswith(wrong)

    def test_when_the_key_is_unknown(self, keyring: KeyRing, now: datetime) -> None:
        stranger = KeyRing()
        hint = hint_of(keyring, token_of(stranger.admin), now)
        assert hint == "The security token included in the request is invalid."

    def test_when_the_session_token_is_missing_wrong_or_not_due(
        self, keyring: KeyRing, now: datetime
    ) -> None:
        key = keyring.assume_role(role_arn("app-rw"), "s", timedelta(hours=1), now)
        bare = AccessKey(key.access_key_id, key.secret, key.arn, key.user_id)
        wrong = AccessKey(key.access_key_id, key.secret, key.arn, key.user_id, "nope")
        extra = AccessKey(keyring.admin.access_key_id, keyring.admin.secret, "", "", "more")
        for forged in (bare, wrong, extra):
            hint = hint_of(keyring, token_of(forged, admin=False), now, user="app_rw")
            assert hint == "The security token included in the request is invalid."

    def test_when_the_credentials_behind_it_have_expired(
        self, keyring: KeyRing, now: datetime
    ) -> None:
        key = keyring.assume_role(role_arn("app-rw"), "s", timedelta(minutes=15), now)
        token = token_of(key, admin=False, lifetime_s=604_800)
        hint = hint_of(keyring, token, now + timedelta(minutes=16), user="app_rw")
        assert hint == "The security token included in the request is expired"

    def test_when_a_role_asks_to_be_the_database_admin(
        self, keyring: KeyRing, now: datetime
    ) -> None:
        key = keyring.assume_role(role_arn("app-rw"), "s", timedelta(hours=1), now)
        hint = hint_of(keyring, token_of(key), now)
        assert hint == (
            f"User: {key.arn} is not authorized to perform: dsql:DbConnectAdmin on resource:"
            f" {CLUSTER} because no identity-based policy allows the dsql:DbConnectAdmin action"
        )

    @pytest.mark.parametrize(
        "garbage",
        [
            "",
            "secret",
            "/?",
            f"{HOST}/?Action=DbConnectAdmin",
            f"{HOST}/?X-Amz-Credential=a%2Fb",
            "\udcff" * 10,
            "é" * 5_000,
            "%" * 2_000,
            "a=b&" * 2_000,
        ],
    )
    def test_when_it_is_no_token_at_all(
        self, keyring: KeyRing, now: datetime, garbage: str
    ) -> None:
        assert hint_of(keyring, garbage, now) == "The password is not an IAM authentication token"

    def test_when_a_parameter_comes_twice(self, keyring: KeyRing, now: datetime) -> None:
        token = token_of(keyring.admin) + "&Action=DbConnectAdmin"
        assert hint_of(keyring, token, now) == "The password is not an IAM authentication token"


Signed = dict[str, Any]


def sign(
    key: AccessKey,
    method: str = "GET",
    url: str = "http://127.0.0.1:8484/cluster?max-results=5&a=%2F",
    body: bytes = b"",
    secret: str | None = None,
) -> Signed:
    request = AWSRequest(method=method, url=url, data=body, headers={"Host": "127.0.0.1:8484"})
    credentials = Credentials(key.access_key_id, secret or key.secret, key.session_token or None)
    SigV4Auth(credentials, "dsql", REGION).add_auth(request)
    target = url.partition("8484")[2]
    path, _, query = target.partition("?")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return {"method": method, "path": path, "query": query, "headers": headers, "body": body}


def refusal_of(keyring: KeyRing, request: Signed, now: datetime) -> RequestRefused:
    with pytest.raises(RequestRefused) as refusal:
        keyring.verify_request(**request, now=now)
    return refusal.value


class TestARequest:
    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:8484/cluster",
            "http://127.0.0.1:8484/cluster?next-token=a%2Bb%3D%3D&max-results=1",
            "http://127.0.0.1:8484/tags/arn%3Aaws%3Adsql%3Aus-east-1%3A0%3Acluster%2Fx?tagKeys=b&tagKeys=a",
            "http://127.0.0.1:8484/",
        ],
    )
    @pytest.mark.parametrize("body", [b"", b'{"tags": {"Name": "caf\xc3\xa9"}}'])
    def test_signed_by_botocore_is_its_keys_owner(
        self, keyring: KeyRing, now: datetime, url: str, body: bytes
    ) -> None:
        request = sign(keyring.admin, "POST", url, body)
        assert keyring.verify_request(**request, now=now).arn == ADMIN_ARN

    def test_signed_with_temporary_keys_needs_their_session_token(
        self, keyring: KeyRing, now: datetime
    ) -> None:
        key = keyring.assume_role(role_arn("app-ro"), "me", timedelta(hours=1), now)
        request = sign(key)
        assert keyring.verify_request(**request, now=now).arn.endswith("assumed-role/app-ro/me")
        del request["headers"]["x-amz-security-token"]
        assert refusal_of(keyring, request, now).kind is RefusalKind.UNKNOWN_KEY

    def test_with_a_wrong_secret_is_refused_in_awss_words(
        self, keyring: KeyRing, now: datetime
    ) -> None:
        refusal = refusal_of(keyring, sign(keyring.admin, secret="x" * 40), now)
        assert refusal.kind is RefusalKind.BAD_SIGNATURE
        assert refusal.message.startswith("The request signature we calculated does not match")

    @pytest.mark.parametrize(
        ("part", "value"),
        [("method", "DELETE"), ("path", "/cluster/x"), ("query", "max-results=9"), ("body", b"x")],
    )
    def test_changed_after_signing_is_refused(
        self, keyring: KeyRing, now: datetime, part: str, value: str | bytes
    ) -> None:
        request = sign(keyring.admin)
        request[part] = value
        assert refusal_of(keyring, request, now).kind is RefusalKind.BAD_SIGNATURE

    def test_older_or_newer_than_five_minutes_is_refused(
        self, keyring: KeyRing, now: datetime
    ) -> None:
        request = sign(keyring.admin)
        late = refusal_of(keyring, request, now + timedelta(minutes=6))
        early = refusal_of(keyring, request, now - timedelta(minutes=6))
        assert late.message.startswith("Signature expired: ")
        assert late.message.endswith(" - 5 min.)")
        assert early.message.startswith("Signature not yet current: ")

    def test_without_or_with_a_broken_authorization_is_refused(
        self, keyring: KeyRing, now: datetime
    ) -> None:
        request = sign(keyring.admin)
        request["headers"]["authorization"] = "AWS4-HMAC-SHA256 Credential=x"
        assert refusal_of(keyring, request, now).kind is RefusalKind.INCOMPLETE
        del request["headers"]["authorization"]
        assert refusal_of(keyring, request, now).kind is RefusalKind.MISSING

    def test_without_its_date_or_with_another_days_scope_is_refused(
        self, keyring: KeyRing, now: datetime
    ) -> None:
        request = sign(keyring.admin)
        date = request["headers"].pop("x-amz-date")
        assert refusal_of(keyring, request, now).kind is RefusalKind.INCOMPLETE
        request["headers"]["x-amz-date"] = "19990101" + date[8:]
        refusal = refusal_of(keyring, request, now)
        assert refusal.kind is RefusalKind.BAD_SIGNATURE
        assert refusal.message.startswith("Date in Credential scope")

    def test_with_credentials_that_ran_out_is_refused(
        self, keyring: KeyRing, now: datetime
    ) -> None:
        key = keyring.assume_role(
            role_arn("app-ro"), "me", timedelta(minutes=15), now - timedelta(minutes=15)
        )
        assert refusal_of(keyring, sign(key), now).kind is RefusalKind.EXPIRED_CREDENTIALS


class TestTheKeyRing:
    def test_survives_a_restart_and_is_private(self, tmp_path: Path, now: datetime) -> None:
        path = tmp_path / "keys.json"
        first = KeyRing(path)
        key = first.assume_role(role_arn("app-rw"), "s", timedelta(hours=1), now)
        again = KeyRing(path)
        assert again.admin == first.admin
        assert again.verify_request(**sign(key), now=now).arn == key.arn
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_is_different_in_every_folder(self) -> None:
        one, other = KeyRing(), KeyRing()
        assert one.admin.access_key_id != other.admin.access_key_id
        assert one.admin.secret != other.admin.secret

    def test_never_shows_a_secret(self, keyring: KeyRing, now: datetime) -> None:
        key = keyring.assume_role(role_arn("app-rw"), "s", timedelta(hours=1), now)
        assert key.secret not in repr(key)
        assert key.session_token not in repr(key)

    def test_forgets_expired_sessions(self, tmp_path: Path, now: datetime) -> None:
        path = tmp_path / "keys.json"
        keyring = KeyRing(path)
        keyring.assume_role(role_arn("a"), "s", timedelta(hours=1), now - timedelta(hours=2))
        keyring.assume_role(role_arn("b"), "s", timedelta(hours=1), now)
        stored = json.loads(path.read_text())["sessions"]
        assert [key["arn"].split("/")[1] for key in stored] == ["b"]

    def test_of_a_damaged_file_says_so(self, tmp_path: Path) -> None:
        path = tmp_path / "keys.json"
        for damage in ("", "{", "[]", "{}", '{"admin": {"x": 1}, "sessions": []}'):
            path.write_text(damage)
            with pytest.raises(LocalError, match="damaged"):
                KeyRing(path)


class TestTheProfileFiles:
    @pytest.fixture
    def session(
        self, tmp_path: Path, keyring: KeyRing, monkeypatch: pytest.MonkeyPatch
    ) -> boto3.Session:
        files = write_profiles(
            tmp_path / "a b",
            keyring,
            api_url="http://127.0.0.1:1",
            region=REGION,
            roles=("app-rw",),
        )
        monkeypatch.setenv("AWS_CONFIG_FILE", str(files.config_file))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(files.credentials_file))
        assert files.profiles == ("dsql-local", "dsql-local-app-rw")
        assert stat.S_IMODE(files.credentials_file.stat().st_mode) == 0o600
        return boto3.Session(profile_name="dsql-local")

    def test_lead_boto3_to_the_endpoint_with_the_users_key(
        self, session: boto3.Session, keyring: KeyRing
    ) -> None:
        credentials = session.get_credentials()
        assert credentials is not None
        assert credentials.access_key == keyring.admin.access_key_id
        assert session.region_name == REGION
        assert session.client("dsql").meta.endpoint_url == "http://127.0.0.1:1"
        assert session.client("sts").meta.endpoint_url == "http://127.0.0.1:1"
