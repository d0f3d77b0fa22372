"""Who may call what: signatures over the wire, sts, and what a role may do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dsql_tui.local.iam.identity import AccessKey
from tests.support.control_plane import Aws, refusal

ROLE = "arn:aws:iam::000000000000:role/app-rw"


def code_of(response: dict[str, Any]) -> tuple[str, int]:
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


class TestAWrongSignatureIsAnsweredAsAwsAnswersIt:
    @pytest.fixture
    def wrong(self, aws: Aws) -> AccessKey:
        return replace(aws.wire.keyring.admin, secret="x" * 40)

    @pytest.fixture
    def stranger(self) -> AccessKey:
        return AccessKey("AKIA" + "A" * 16, "x" * 40, "", "")

    def test_by_dsql(self, aws: Aws, wrong: AccessKey, stranger: AccessKey) -> None:
        response = refusal(aws.client(key=wrong).list_clusters)
        assert code_of(response) == ("InvalidSignatureException", 403)
        assert response["Error"]["Message"].startswith(
            "The request signature we calculated does not match the signature you provided."
        )
        response = refusal(aws.client(key=stranger).list_clusters)
        assert code_of(response) == ("UnrecognizedClientException", 403)

    def test_by_sts(self, aws: Aws, wrong: AccessKey, stranger: AccessKey) -> None:
        response = refusal(aws.client("sts", key=wrong).get_caller_identity)
        assert code_of(response) == ("SignatureDoesNotMatch", 403)
        response = refusal(aws.client("sts", key=stranger).get_caller_identity)
        assert code_of(response) == ("InvalidClientTokenId", 403)

    def test_by_cloudwatch(self, aws: Aws, wrong: AccessKey) -> None:
        response = refusal(aws.client("cloudwatch", key=wrong).list_metrics)
        assert response["Error"]["Code"] == "InvalidSignatureException"

    def test_never_with_a_key_in_the_answer(self, aws: Aws, wrong: AccessKey) -> None:
        response = refusal(aws.client(key=wrong).list_clusters)
        assert wrong.secret not in str(response)
        assert aws.wire.keyring.admin.secret not in str(response)

    def test_when_the_clocks_differ_by_more_than_five_minutes(self, aws: Aws) -> None:
        aws.clock.advance(minutes=6)
        response = refusal(aws.client().list_clusters)
        assert code_of(response) == ("InvalidSignatureException", 403)
        assert response["Error"]["Message"].startswith("Signature expired: ")

    def test_when_temporary_credentials_have_run_out(self, aws: Aws) -> None:
        aws.clock.advance(minutes=-3)
        key = aws.assume("app-rw", minutes=1)
        aws.clock.advance(minutes=3)
        assert code_of(refusal(aws.client(key=key).list_clusters))[0] == "ExpiredTokenException"
        response = refusal(aws.client("sts", key=key).get_caller_identity)
        assert response["Error"]["Code"] == "ExpiredToken"


class TestSts:
    def test_says_who_one_is(self, aws: Aws) -> None:
        response = aws.client("sts").get_caller_identity()
        assert response["Arn"] == "arn:aws:iam::000000000000:user/local"
        assert response["Account"] == "000000000000"
        assert response["UserId"].startswith("AIDA")

    def test_gives_keys_of_a_role_that_sign_calls_and_tokens(self, aws: Aws) -> None:
        answer = aws.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="me")
        given = answer["Credentials"]
        lifetime = given["Expiration"] - datetime.now(UTC)
        assert timedelta(minutes=59) < lifetime <= timedelta(hours=1)
        key = AccessKey(
            given["AccessKeyId"], given["SecretAccessKey"], "", "", given["SessionToken"]
        )
        arn = "arn:aws:sts::000000000000:assumed-role/app-rw/me"
        assert answer["AssumedRoleUser"]["Arn"] == arn
        assert aws.client("sts", key=key).get_caller_identity()["Arn"] == arn
        host = "a.dsql.us-east-1.on.aws"
        token = aws.client(key=key).generate_db_connect_auth_token(host, "us-east-1")
        caller = aws.wire.keyring.verify_token(
            token,
            host=host,
            region="us-east-1",
            user="app_rw",
            cluster_arn="",
            now=datetime.now(UTC),
        )
        assert caller.principal_arn == ROLE

    def test_gives_the_lifetime_asked_for(self, aws: Aws) -> None:
        answer = aws.client("sts").assume_role(
            RoleArn=ROLE, RoleSessionName="me", DurationSeconds=900
        )
        left = answer["Credentials"]["Expiration"] - datetime.now(UTC)
        assert timedelta(minutes=14) < left <= timedelta(minutes=15)

    @pytest.mark.parametrize(
        "asked",
        [
            {"RoleArn": ROLE, "RoleSessionName": "no spaces"},
            {"RoleArn": ROLE, "RoleSessionName": "me", "DurationSeconds": 43_201},
        ],
    )
    def test_refuses_what_the_model_does_not_allow(self, aws: Aws, asked: dict[str, Any]) -> None:
        response = refusal(aws.client("sts").assume_role, **asked)
        assert code_of(response) == ("ValidationError", 400)

    def test_lets_only_the_user_assume_roles_of_the_own_account(self, aws: Aws) -> None:
        elsewhere = "arn:aws:iam::111111111111:role/app-rw"
        asked = {"RoleSessionName": "me"}
        response = refusal(aws.client("sts").assume_role, RoleArn=elsewhere, **asked)
        assert code_of(response) == ("AccessDenied", 403)
        role = aws.assume("app-rw")
        response = refusal(aws.client("sts", key=role).assume_role, RoleArn=ROLE, **asked)
        assert code_of(response) == ("AccessDenied", 403)


class TestARole:
    def test_may_look(self, aws: Aws) -> None:
        created = aws.create()
        client = aws.client(key=aws.assume("app-ro"))
        assert len(client.list_clusters()["clusters"]) == 1
        assert client.get_cluster(identifier=created["identifier"])["status"] == "ACTIVE"

    def test_may_change_nothing(self, aws: Aws) -> None:
        created = aws.create()
        key = aws.assume("app-ro")
        client, name = aws.client(key=key), {"identifier": created["identifier"]}
        for call, asked in (
            (client.create_cluster, {}),
            (client.update_cluster, name),
            (client.delete_cluster, name),
            (client.tag_resource, {"resourceArn": created["arn"], "tags": {}}),
        ):
            response = refusal(call, **asked)
            assert code_of(response) == ("AccessDeniedException", 403)
            assert key.arn in response["Error"]["Message"]
            assert "is not authorized to perform: dsql:" in response["Error"]["Message"]
