"""Remedies of the doctor for failures that the service cannot be made to produce."""

from __future__ import annotations

import json
import platform
from typing import cast

import pytest

from dsql_tui import __version__
from dsql_tui.aws.session import AwsSession
from dsql_tui.doctor import examine
from dsql_tui.errors import AccessDenied
from dsql_tui.model.checkup import CheckStep, Verdict
from dsql_tui.model.endpoint import Profile
from dsql_tui.model.identity import CredentialsInfo, Identity
from dsql_tui.sql.dsql import lint

DENIED = AccessDenied(
    "Access denied in us-east-1: no.",
    action="dsql:ListClusters",
    remedy="Allow dsql:ListClusters in the identity's IAM policy.",
)


class Denied:
    """An identity that may do nothing."""

    profile = Profile(regions=("us-east-1",))
    regions = ("us-east-1",)

    def credentials(self) -> CredentialsInfo:
        return CredentialsInfo("AKIAIOSFODNN7EXAMPLE", "env")

    def provenance(self, credentials: CredentialsInfo) -> str:
        return credentials.source

    def identity(self) -> Identity:
        return Identity("arn:aws:iam::111122223333:user/ada", "111122223333", "AIDA")

    def clock_skew_s(self, region: str) -> float:
        raise DENIED

    def client(self, service: str, region: str) -> object:
        raise DENIED


def test_a_denied_call_is_answered_with_the_policy_that_allows_it() -> None:
    findings = list(examine(cast("AwsSession", Denied()), "shop", lambda _cluster: "admin"))
    failed = next(each for each in findings if each.verdict is Verdict.FAILED)
    assert failed.step is CheckStep.API
    _, _, policy = failed.remedy.partition("The policy that allows it:")
    (statement,) = json.loads(policy)["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("dsql:ListClusters", "*")
    assert [each.step for each in findings] == list(CheckStep)


@pytest.mark.parametrize(
    ("program", "verdict", "message"),
    [
        ("/bin/dsql-lint", Verdict.OK, "with dsql-lint"),
        (None, Verdict.WARNING, "without dsql-lint"),
    ],
)
def test_the_versions_at_work_come_first_with_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, program: str | None, verdict: Verdict, message: str
) -> None:
    monkeypatch.setattr(lint, "program", lambda: program)
    first = next(examine(cast("AwsSession", Denied()), "shop", lambda _cluster: "admin"))
    assert (first.step, first.verdict) == (CheckStep.INSTALLATION, verdict)
    assert first.detail.split(", ")[:2] == [
        f"dsql-tui {__version__}",
        f"Python {platform.python_version()}",
    ]
    assert first.detail.endswith(message)
    assert first.remedy == ("" if program else lint.ABSENT)
