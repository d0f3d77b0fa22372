"""Every check that can be made is made, and a Region that is down is called so."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dsql_tui.aws.session import AwsSession
from dsql_tui.doctor import examine
from dsql_tui.local.process.profiles import ProfileFiles
from dsql_tui.model.checkup import CheckResult, CheckStep, Verdict
from tests.support.control_plane import Aws
from tests.support.fleet_world import identifier, pair, record

EAST = "us-east-1"
HOST = f"{identifier('shop', EAST)}.dsql.{EAST}.on.aws"
ARN = f"arn:aws:dsql:{EAST}:000000000000:cluster/{identifier('shop', EAST)}"
SOLO = f"{identifier('solo', EAST)}.dsql.{EAST}.on.aws"


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def reached(aws: Aws, session: AwsSession, closed_port: int) -> AwsSession:
    """Return a session of an account whose clusters have endpoints that nothing listens on."""
    aws.state.save(*pair("shop", EAST, "us-east-2", "us-west-2"), record("solo", EAST))
    profile = replace(
        session.profile, hostaddr="127.0.0.1", port=closed_port, websocket_port=closed_port
    )
    return AwsSession(profile)


def checks(session: AwsSession, cluster: str) -> dict[CheckStep, CheckResult]:
    return {each.step: each for each in examine(session, cluster, lambda _cluster: "admin")}


def verdicts(results: dict[CheckStep, CheckResult]) -> dict[CheckStep, Verdict]:
    assert list(results) == list(CheckStep)
    return {
        step: result.verdict
        for step, result in results.items()
        if step is not CheckStep.INSTALLATION and result.verdict is not Verdict.OK
    }


BEHIND_THE_NETWORK = {
    CheckStep.TCP: Verdict.FAILED,
    CheckStep.TLS: Verdict.SKIPPED,
    CheckStep.CONNECT: Verdict.SKIPPED,
    CheckStep.QUERY: Verdict.SKIPPED,
    CheckStep.WEBSOCKET: Verdict.WARNING,
}
"""DNS comes before the network, and a token is signed without it."""


def test_an_endpoint_that_does_not_answer_is_not_yet_a_region_that_is_down(
    reached: AwsSession,
) -> None:
    results = checks(reached, "shop@us-east-1")
    assert verdicts(results) == BEHIND_THE_NETWORK | {CheckStep.REGION: Verdict.WARNING}
    assert results[CheckStep.QUERY].detail == "not tried: network failed"
    region = results[CheckStep.REGION]
    assert region.detail == "us-east-1: the API answers, the endpoint does not answer"
    assert region.remedy == "Connect to the peer: shop@us-east-2."


@pytest.mark.parametrize(
    "cluster", [HOST, ARN, f"{HOST}@{EAST}", "shop@us-east-1", f"{identifier('shop', EAST)}@{EAST}"]
)
def test_a_region_that_is_down_is_called_so_and_its_peer_is_named(
    aws: Aws, reached: AwsSession, cluster: str
) -> None:
    aws.regions_down.add(EAST)
    results = checks(reached, cluster)
    assert verdicts(results) == BEHIND_THE_NETWORK | {
        CheckStep.IDENTITY: Verdict.FAILED,
        CheckStep.API: Verdict.FAILED,
        CheckStep.CLUSTER: Verdict.WARNING,
        CheckStep.REGION: Verdict.FAILED,
    }
    assert results[CheckStep.CLUSTER].detail.startswith(f"{HOST}, known without the API: ")
    region = results[CheckStep.REGION]
    assert region.detail.startswith("us-east-1 is down or cut off. ")
    assert region.remedy == "Connect to the peer: shop@us-east-2."


def test_a_cluster_without_a_peer_leads_to_the_health_of_the_region(
    aws: Aws, reached: AwsSession
) -> None:
    aws.regions_down.add(EAST)
    region = checks(reached, SOLO)[CheckStep.REGION]
    assert region.verdict is Verdict.FAILED
    assert "https://health.aws.amazon.com/" in region.remedy


def test_a_name_that_only_the_silent_region_knows_is_not_called_missing_there(
    aws: Aws, reached: AwsSession
) -> None:
    aws.regions_down.add(EAST)
    results = checks(reached, "solo")
    cluster = results[CheckStep.CLUSTER]
    assert cluster.verdict is Verdict.FAILED
    assert cluster.detail.startswith(
        "There is no cluster 'solo' in us-east-2. us-east-1 could not be read: "
    )
    assert results[CheckStep.DNS].detail == "not tried: cluster failed"
    assert results[CheckStep.REGION].detail == (
        "us-east-1 is down or cut off. us-east-1: the API does not answer,"
        " the endpoint was not asked"
    )


def test_a_name_is_found_where_a_region_answers(aws: Aws, reached: AwsSession) -> None:
    aws.regions_down.add(EAST)
    results = checks(reached, "shop")
    assert results[CheckStep.CLUSTER].detail == "shop in us-east-2: ACTIVE"
    assert results[CheckStep.REGION].detail.startswith("us-east-2: the API answers, the endpoint")


def test_without_credentials_the_network_is_still_examined(
    reached: AwsSession, files: ProfileFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    bare = tmp_path / "credentials"
    bare.write_text("")
    session = AwsSession(replace(reached.profile, credentials_file=bare))
    results = checks(session, HOST)
    assert verdicts(results) == BEHIND_THE_NETWORK | {
        CheckStep.CREDENTIALS: Verdict.FAILED,
        CheckStep.IDENTITY: Verdict.SKIPPED,
        CheckStep.API: Verdict.SKIPPED,
        CheckStep.CLUSTER: Verdict.WARNING,
        CheckStep.TOKEN: Verdict.SKIPPED,
        CheckStep.REGION: Verdict.WARNING,
    }
    assert results[CheckStep.TOKEN].detail == "not tried: credentials failed"
