"""A client's prepared statements and portals, as PostgreSQL confirms or refuses them."""

from __future__ import annotations

import pytest

from dsql_tui.errors import LocalError
from dsql_tui.local.gate.verdicts import examine
from dsql_tui.local.protocol import answers, wire
from dsql_tui.local.protocol.backend import Backend
from dsql_tui.local.protocol.pending import DueAnswer
from dsql_tui.local.protocol.wire import ServerMessage
from dsql_tui.local.transactions.lock_monitor import LockMonitor
from dsql_tui.local.transactions.prepared import (
    CHANGED_RESULT,
    UNKNOWN,
    Prepared,
    PreparedStatement,
)
from dsql_tui.local.transactions.private_messages import NO_PARAMETERS, NO_TYPES
from dsql_tui.local.transactions.schema_view import SchemaView
from dsql_tui.local.transactions.transaction import SCHEMA_CHANGED

GONE = answers.error("42P01", 'relation "t" does not exist')
FORBIDDEN = answers.error("42501", "permission denied for table t")


async def no_database() -> Backend:
    raise LocalError("No database is needed.")


class Client:
    """A client's messages, with what PostgreSQL makes of them."""

    def __init__(self) -> None:
        self.lock_monitor = LockMonitor(no_database)
        self.schema = SchemaView(self.lock_monitor)
        self.prepared = Prepared(self.schema)

    def parse(self, sql: str, name: str = "s", *, works: bool = True) -> None:
        (verdict,) = examine(sql)
        due = DueAnswer(b"1")
        self.prepared.parsed(PreparedStatement(name, verdict, sql, NO_TYPES), due)
        self.settle(due, works=works)

    def bind(self, name: str = "s", portal: str = "", *, works: bool = True) -> None:
        due = DueAnswer(b"2")
        self.prepared.bound(portal, name, NO_PARAMETERS, due)
        self.settle(due, works=works)

    def close(self, kind: str, name: str, *, works: bool = True) -> None:
        due = DueAnswer(b"3")
        self.prepared.closed(kind, name, due)
        self.settle(due, works=works)

    def told(self, error: ServerMessage, name: str = "s") -> ServerMessage:
        """Return what the client receives when PostgreSQL answers a Bind with this error."""
        due = DueAnswer(b"2")
        self.prepared.bound("", name, NO_PARAMETERS, due)
        assert due.reword is not None
        reworded = due.reword(error)
        self.settle(due, works=False)
        return reworded or error

    def settle(self, *due: DueAnswer, works: bool) -> None:
        for one in due:
            one.is_answered = works
        self.prepared.settled()

    def sql(self, portal: str = "") -> str:
        return self.prepared.portal(portal).statement.sql


def test_a_portal_runs_what_it_was_bound_to_whatever_the_name_means_by_now() -> None:
    client = Client()
    client.parse("INSERT INTO t VALUES (1)")
    client.bind(portal="p")
    client.parse("SELECT 1")
    assert client.sql("p") == "INSERT INTO t VALUES (1)"
    client.close("S", "s")
    assert client.sql("p") == "INSERT INTO t VALUES (1)"


def test_what_postgresql_has_refused_changes_nothing() -> None:
    client = Client()
    client.parse("INSERT INTO t VALUES (1)")
    client.parse("SELECT 1", works=False)
    client.bind()
    client.close("S", "s", works=False)
    client.close("P", "", works=False)
    client.parse("SELECT 2", "other")
    client.bind("other", works=False)
    assert client.sql() == "INSERT INTO t VALUES (1)"
    client.close("P", "")
    assert client.prepared.portal("") is UNKNOWN


def test_several_changes_of_one_batch_are_reverted_in_order() -> None:
    client = Client()
    client.parse("SELECT 1")
    client.bind()
    (verdict,) = examine("SELECT 2")
    parsed, bound = DueAnswer(b"1"), DueAnswer(b"2")
    client.prepared.parsed(PreparedStatement("s", verdict, "SELECT 2", NO_TYPES), parsed)
    client.prepared.bound("", "s", NO_PARAMETERS, bound)
    assert client.sql() == "SELECT 2"
    client.settle(parsed, bound, works=False)
    assert client.sql() == "SELECT 1"
    client.bind()
    assert client.sql() == "SELECT 1"
    for due, text in ((parsed, "SELECT 2"), (bound, "SELECT 3")):
        client.prepared.parsed(PreparedStatement("s", verdict, text, NO_TYPES), due)
    client.settle(parsed, bound, works=False)
    client.bind()
    assert client.sql() == "SELECT 1"


def test_portals_end_with_their_transaction_and_statements_do_not() -> None:
    client = Client()
    client.parse("SELECT 1")
    client.bind()
    client.prepared.transaction_ended()
    assert client.prepared.portal("") is UNKNOWN
    client.bind()
    assert client.sql() == "SELECT 1"


def test_a_plan_that_ddl_has_made_impossible_is_oc001_and_parsed_again() -> None:
    client = Client()
    client.parse("SELECT * FROM t")
    assert client.prepared.renewal("s") == (b"", [])
    assert client.told(CHANGED_RESULT) is SCHEMA_CHANGED
    frames, due = client.prepared.renewal("s")
    assert frames.endswith(wire.parse("s", "SELECT * FROM t", NO_TYPES).encode())
    assert not any(one.forwarded for one in due)
    client.settle(*due, works=True)
    assert client.prepared.renewal("s") == (b"", [])


def test_a_plan_whose_renewal_fails_is_renewed_at_the_next_use() -> None:
    client = Client()
    client.parse("SELECT * FROM t")
    client.told(CHANGED_RESULT)
    _, due = client.prepared.renewal("s")
    client.settle(*due, works=False)
    assert client.prepared.renewal("s") != (b"", [])


def test_a_client_with_an_outdated_row_description_needs_the_new_one_first() -> None:
    client = Client()
    client.parse("SELECT * FROM t")
    client.told(CHANGED_RESULT)
    client.settle(*client.prepared.renewal("s")[1], works=True)
    client.bind()
    assert client.prepared.portal("").statement.is_misdescribed
    for kind, name in (("P", ""), ("S", "s")):
        client.prepared.portal("").statement.is_misdescribed = True
        client.prepared.described(kind, name, DueAnswer(b"Tn"))
        assert not client.prepared.portal("").statement.is_misdescribed


@pytest.mark.parametrize("error", [GONE, FORBIDDEN])
def test_what_others_have_taken_away_is_oc001_once(error: ServerMessage) -> None:
    client = Client()
    client.parse("SELECT a FROM t")
    assert client.told(error) is error
    client.lock_monitor.schema_changes += 1
    client.schema.is_outdated = True
    assert client.told(error) is SCHEMA_CHANGED
    assert not client.schema.is_outdated
    assert client.told(error) is error
    client.lock_monitor.schema_changes += 1
    client.parse("SELECT b FROM t")
    assert client.told(error) is error


def test_other_errors_stay_what_they_are() -> None:
    client = Client()
    client.parse("SELECT a FROM t")
    client.lock_monitor.schema_changes += 1
    unread = answers.error("22P02", 'invalid input syntax for type integer: "x"')
    assert client.told(unread) is unread


def test_an_unknown_statement_or_portal_is_left_to_postgresql() -> None:
    client = Client()
    due = DueAnswer(b"2")
    client.prepared.bound("", "nothing", NO_PARAMETERS, due)
    client.prepared.described("S", "nothing", due)
    client.prepared.described("P", "nothing", due)
    assert due.reword is None
    assert client.prepared.renewal("nothing") == (b"", [])
