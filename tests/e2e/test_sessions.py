"""Sessions on the local DSQL: the answer to every kind of statement, and how sessions end."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from dsql_tui.aws.clusters import find_cluster, list_clusters
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.errors import (
    ClusterNotFound,
    ConnectError,
    ConnectStep,
    SessionLost,
    StatementCancelled,
    StatementError,
    TokenRefused,
)
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.cluster import Cluster, RegionListed
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.relation import RelationKind
from dsql_tui.model.result import (
    CHUNK_ROWS,
    Completed,
    Described,
    RowChunk,
    StatementEvent,
    TransactionStatus,
)
from dsql_tui.pg import catalog, settings
from dsql_tui.pg.session import Session
from tests.support.local_dsql import profile_of


@pytest.fixture(scope="module")
def aws(local_dsql: ServerInfo) -> AwsSession:
    return AwsSession(profile_of(local_dsql))


@pytest.fixture(scope="module")
def shop(aws: AwsSession) -> Cluster:
    return find_cluster(aws, aws.regions, "shop@us-east-1")


@pytest.fixture
def session(aws: AwsSession, shop: Cluster) -> Iterator[Session]:
    endpoint = shop.endpoint(aws.profile)
    with closing(Session.open(endpoint, generate_token(aws, endpoint))) as opened:
        yield opened


def last(events: Iterator[StatementEvent]) -> StatementEvent:
    *_, final = events
    return final


def test_every_cluster_of_every_region_is_listed_with_its_peer(aws: AwsSession) -> None:
    events = list(list_clusters(aws, aws.regions))
    clusters = {(e.name, e.region): e for e in events if isinstance(e, Cluster)}
    assert {e.region for e in events if isinstance(e, RegionListed)} == set(aws.regions)
    assert clusters["shop", "us-east-1"].peer_regions == ("us-east-2",)
    assert not clusters["todos-dev", "us-east-1"].is_multi_region


def test_a_cluster_is_found_by_each_of_its_names(aws: AwsSession, shop: Cluster) -> None:
    for text in ("shop", shop.identifier, shop.arn, shop.endpoint_host):
        assert find_cluster(aws, ("us-east-1", "us-east-2"), text) == shop
    assert find_cluster(aws, aws.regions, "shop@us-east-2").region == "us-east-2"


def test_a_private_name_of_a_cluster_is_signed_and_dialled_as_it_is(
    aws: AwsSession, shop: Cluster
) -> None:
    private = f"{shop.identifier}.dsql-fnh4.us-east-1.on.aws"
    cluster = find_cluster(aws, aws.regions, private)
    assert (cluster.identifier, cluster.endpoint_host) == (shop.identifier, private)
    assert generate_token(aws, cluster.endpoint(aws.profile)).value.startswith(f"{private}/?")


def test_an_unknown_cluster_is_refused_with_the_existing_ones(aws: AwsSession) -> None:
    with pytest.raises(ClusterNotFound) as caught:
        find_cluster(aws, aws.regions, "nope")
    assert "shop@us-east-1" in caught.value.remedy


def test_rows_come_as_a_header_chunks_and_a_tag(session: Session) -> None:
    events = list(session.run("select g, null, '' from generate_series(1, 2500) g"))
    assert isinstance(events[0], Described)
    chunks = [event for event in events if isinstance(event, RowChunk)]
    assert [chunk.row_count for chunk in chunks] == [CHUNK_ROWS] * 5
    assert (chunks[-1].text(CHUNK_ROWS - 1, 0), chunks[0].text(0, 1), chunks[0].text(0, 2)) == (
        "2500",
        None,
        "",
    )
    assert isinstance(events[-1], Completed)
    assert (events[-1].command_tag, events[-1].row_count) == ("SELECT 2500", 2_500)


@pytest.mark.parametrize("rows", [CHUNK_ROWS, 2 * CHUNK_ROWS])
def test_a_whole_number_of_chunks_still_has_its_tag(session: Session, rows: int) -> None:
    done = last(session.run(f"select * from generate_series(1, {rows})"))
    assert isinstance(done, Completed)
    assert done.command_tag == f"SELECT {rows}"


def test_a_result_without_rows_still_has_its_header(session: Session) -> None:
    described, completed = session.run("select 1 as a where false")
    assert isinstance(described, Described)
    assert [column.name for column in described.columns] == ["a"]
    assert isinstance(completed, Completed)
    assert completed.command_tag == "SELECT 0"


def test_a_result_without_columns_has_rows_all_the_same(session: Session) -> None:
    described, chunk, completed = session.run("select")
    assert isinstance(described, Described)
    assert described.columns == ()
    assert isinstance(chunk, RowChunk)
    assert isinstance(completed, Completed)
    assert (chunk.row_count, completed.command_tag) == (1, "SELECT 1")


def test_changes_and_definitions_answer_their_command_tag(session: Session) -> None:
    tags = [
        done.command_tag
        for statement in (
            "create table door (id int primary key)",
            "insert into door values (1), (2)",
            "update door set id = id + 10",
            "delete from door",
            "drop table door",
            "-- nothing at all",
        )
        if isinstance(done := last(session.run(statement)), Completed)
    ]
    assert tags == ["CREATE TABLE", "INSERT 0 2", "UPDATE 2", "DELETE 2", "DROP TABLE", ""]


def test_an_error_carries_its_position_in_characters(session: Session) -> None:
    with pytest.raises(StatementError) as caught:
        last(session.run("select 'ünï', nocolumn"))
    assert caught.value.sqlstate == "42703"
    assert caught.value.position == 15


def test_rows_before_an_error_have_arrived(session: Session) -> None:
    arrived: list[StatementEvent] = []
    with pytest.raises(StatementError, match="division by zero"):
        arrived.extend(session.run("select 1 / (2500 - g) from generate_series(1, 9999) g"))
    assert sum(event.row_count for event in arrived if isinstance(event, RowChunk)) == 2_000


def test_two_commands_in_one_text_never_run(session: Session) -> None:
    with pytest.raises(StatementError):
        last(session.run("select 1; delete from orders"))
    assert session.fetch("select count(*) > 0 from orders") == [("t",)]


def test_a_nul_character_is_refused_before_it_is_sent(session: Session) -> None:
    with pytest.raises(StatementError, match="NUL"):
        last(session.run("select 'a\0b'"))
    assert session.fetch("select 1") == [("1",)]


def test_copy_out_is_shown_and_copy_in_is_refused(session: Session) -> None:
    events = list(session.run("copy (select 1, 'a') to stdout"))
    chunk = next(event for event in events if isinstance(event, RowChunk))
    assert chunk.text(0, 0) == "1\ta"
    with pytest.raises(StatementError, match="no data source"):
        last(session.run("copy products from stdin"))
    assert session.fetch("select 1") == [("1",)]


@pytest.mark.parametrize("in_transaction", [False, True])
def test_leaving_a_read_early_keeps_the_session_and_its_transaction(
    session: Session, *, in_transaction: bool
) -> None:
    if in_transaction:
        last(session.run("begin"))
    events = session.run("select * from generate_series(1, 300000)", outcome_matters=False)
    next(events)
    events.close()
    expected = TransactionStatus.IN_TRANSACTION if in_transaction else TransactionStatus.IDLE
    assert session.transaction_status is expected
    assert session.fetch("select 1") == [("1",)]


def test_a_cancel_from_another_thread_is_confirmed_by_the_server(session: Session) -> None:
    events = session.run("select pg_sleep(60)")
    asked = threading.Timer(0.1, session.request_cancel)
    asked.start()
    with pytest.raises(StatementCancelled):
        last(events)
    asked.join()
    assert session.fetch("select 1") == [("1",)]


def test_parameters_are_sent_separately_from_the_statement(session: Session) -> None:
    assert session.fetch("select $1::text, $2::int + 1, $3::text", ["it's", 4, None]) == [
        ("it's", "5", None)
    ]


def test_a_closed_session_says_so(session: Session) -> None:
    session.close()
    with pytest.raises(SessionLost, match="closed"):
        session.fetch("select 1")


def cut(session: Session) -> None:
    """End a session's network connection under it, as the service or a network does."""
    with socket.socket(fileno=os.dup(session._connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


def test_a_session_that_was_cut_while_idle_is_noticed_without_asking(session: Session) -> None:
    assert session.is_alive()
    cut(session)
    assert not session.is_alive()
    assert not session.is_open


@pytest.mark.parametrize("outcome_matters", [True, False])
def test_a_session_cut_in_the_middle_keeps_what_came_and_tells_what_is_unknown(
    session: Session, *, outcome_matters: bool
) -> None:
    events = session.run(
        "select * from generate_series(1, 2000000)", outcome_matters=outcome_matters
    )
    arrived = [next(events), next(events)]
    cut(session)
    with pytest.raises(SessionLost) as caught:
        last(events)
    assert caught.value.outcome_unknown is outcome_matters
    assert isinstance(arrived[1], RowChunk)
    assert arrived[1].text(CHUNK_ROWS - 1, 0) == str(CHUNK_ROWS)


def test_the_catalog_shows_keys_references_and_indexes(session: Session) -> None:
    assert catalog.schemas(session)[0] == "public"
    found = {relation.name: relation for relation in catalog.relations(session, "public")}
    assert {"customers", "products", "inventory", "orders", "order_items"} <= set(found)
    assert found["orders"].kind is RelationKind.TABLE
    details = catalog.relation_details(session, found["orders"])
    columns = {attribute.name: attribute for attribute in details.attributes}
    assert columns["id"].is_primary_key
    assert columns["customer_id"].references == "public.customers(id)"
    assert details.indexes[0].is_primary
    assert "btree_index" not in details.indexes[0].definition


def test_a_role_that_is_not_mapped_is_refused_with_the_servers_hint(
    aws: AwsSession, shop: Cluster
) -> None:
    endpoint = shop.endpoint(aws.profile, "app_ro")
    with pytest.raises(TokenRefused) as caught:
        Session.open(endpoint, generate_token(aws, endpoint))
    assert "not authorized" in caught.value.hint
    assert "AWS IAM GRANT app_ro" in caught.value.remedy


def test_a_token_for_another_role_is_refused_as_a_wrong_mapping(
    aws: AwsSession, shop: Cluster
) -> None:
    admin = shop.endpoint(aws.profile)
    with pytest.raises(TokenRefused) as caught:
        Session.open(shop.endpoint(aws.profile, "app_ro"), generate_token(aws, admin))
    assert caught.value.hint.startswith("Wrong user to action mapping")


def test_a_local_port_where_nothing_listens_is_named(aws: AwsSession) -> None:
    endpoint = Endpoint("abc.dsql.us-east-1.on.aws", "us-east-1", hostaddr="127.0.0.1", port=1)
    with pytest.raises(ConnectError) as caught:
        Session.open(endpoint, generate_token(aws, endpoint))
    assert caught.value.step is ConnectStep.ADDRESS
    assert "127.0.0.1 port 1" in caught.value.message


def test_no_error_of_a_failed_connect_holds_the_token(aws: AwsSession, shop: Cluster) -> None:
    endpoint = shop.endpoint(aws.profile, "app_ro")
    token = generate_token(aws, endpoint)
    with pytest.raises(TokenRefused) as caught:
        Session.open(endpoint, token)
    error = caught.value
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert token.value not in f"{error!r} {vars(error)}"


def test_a_session_that_replaces_another_has_its_settings(
    aws: AwsSession, session: Session
) -> None:
    last(session.run("set timezone = 'Asia/Tokyo'"))
    last(session.run("set search_path = 'public', 'sys'"))
    changed = settings.changed_settings(session)
    token = generate_token(aws, session.endpoint)
    with closing(settings.open_with(session.endpoint, token, changed)) as fresh:
        assert fresh.fetch("show timezone") == [("Asia/Tokyo",)]
        assert fresh.fetch("show search_path") == [("public, sys",)]
