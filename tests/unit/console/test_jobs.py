"""Jobs as plain functions: what they post, with `list.append` in place of a screen."""

from __future__ import annotations

from textual.message import Message

from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.sessions import SessionPair
from dsql_tui.errors import ConnectError, ConnectStep, CredentialsMissing, StatementError
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.sql.split import split
from tests.fakes import SHOP, FakeServices, answer

ENDPOINT = Endpoint(host=SHOP.endpoint_host, region="us-east-1", cluster_name="shop")


def run(services: FakeServices, sql: str) -> list[Message]:
    posted: list[Message] = []
    pair = SessionPair(services, ENDPOINT)
    jobs.run_statements(pair, jobs.Run(7, tuple(split(sql))), posted.append)
    return posted


def kinds(posted: list[Message]) -> list[str]:
    return [type(message).__name__ for message in posted]


def test_a_select_posts_its_header_rows_and_end() -> None:
    services = FakeServices()
    services.answers["select 1"] = answer([["1"]], one="integer")
    assert kinds(run(services, "select 1")) == [
        "TokenGenerated",
        "SessionOpened",
        "StatementStarted",
        "ResultDescribed",
        "RowsArrived",
        "StatementCompleted",
        "RunEnded",
    ]


def test_the_first_error_ends_the_run() -> None:
    services = FakeServices()
    services.answers["bad"] = StatementError("no", sqlstate="42601")
    posted = run(services, "bad; select 2")
    assert services.sessions[0].ran == ["bad"]
    assert kinds(posted)[-2:] == ["StatementFailed", "RunEnded"]


def test_a_session_that_cannot_be_opened_ends_the_run_before_it_begins() -> None:
    services = FakeServices()
    services.connect_error = ConnectError("no way", step=ConnectStep.TCP)
    posted = run(services, "select 1")
    assert kinds(posted) == ["SessionFailed", "RunEnded"]
    assert isinstance(posted[-1], m.RunEnded)
    assert not posted[-1].session_open


def test_a_listing_that_cannot_begin_posts_its_end_with_the_reason() -> None:
    services = FakeServices()
    services.listing_error = CredentialsMissing("none")
    posted: list[Message] = []
    jobs.list_clusters(services, 1, posted.append)
    assert kinds(posted) == ["ListingEnded"]


def test_catalog_reads_share_one_session_apart_from_the_persons_own() -> None:
    services = FakeServices()
    pair = SessionPair(services, ENDPOINT)
    posted: list[Message] = []
    pair.user()
    jobs.read_schemas(pair, posted.append)
    jobs.read_relations(pair, "public", posted.append)
    assert kinds(posted) == ["SchemasArrived", "RelationsArrived"]
    assert len(services.sessions) == 2


def test_closing_a_pair_closes_both_and_one_that_opens_meanwhile() -> None:
    services = FakeServices()
    pair = SessionPair(services, ENDPOINT)
    pair.user()
    pair.close()
    with pair.catalog() as late:
        assert not late.is_open
    assert not any(session.is_open for session in services.sessions)
