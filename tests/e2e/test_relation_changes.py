"""Every change of a relation, with names of every spelling, as the local DSQL accepts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from dsql_tui.console.access.workers import run_changes
from dsql_tui.console.inspector.workers import inspect_relation
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.services import LiveServices
from dsql_tui.errors import InputError
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.inspection import Inspection
from dsql_tui.sql.altering.changes import (
    CommentOn,
    DropRelation,
    RelationChange,
    RenameColumn,
    RenameRelation,
    check_change,
)
from dsql_tui.sql.altering.columns_and_indexes import AddColumn, CreateIndex, DropColumn, DropIndex
from dsql_tui.sql.lexing.names import quoted
from tests.support.local_dsql import connect, endpoint_of, profile_of

TABLE, VIEW = 'Chang"ed; t', "changed view"


@pytest.fixture
def pair(local_dsql: ServerInfo) -> Iterator[SessionPair]:
    endpoint = endpoint_of(local_dsql, "shop")
    with closing(connect(local_dsql, endpoint)) as connection:
        connection.execute(f"CREATE TABLE {quoted(TABLE)} (id bigint PRIMARY KEY, note text)")
        connection.execute(f"CREATE VIEW {quoted(VIEW)} AS SELECT 1 AS one")
        pair = SessionPair(LiveServices(profile_of(local_dsql)), endpoint)
        yield pair
        pair.close()
        for name in (TABLE, "sales"):
            connection.execute(f"DROP TABLE IF EXISTS {quoted(name)}")
        connection.execute(f"DROP VIEW IF EXISTS {quoted(VIEW)}")


def change(pair: SessionPair, of: Inspection, wanted: RelationChange) -> Inspection:
    """Perform a change as the review does, and return the relation as it is then."""
    check_change(wanted, of)
    events: list[object] = []
    run_changes(pair, wanted.statements(of), events.append)
    assert [error for each in events if (error := getattr(each, "error", None))] == []
    return inspect_relation(pair, of.relation.oid)


def test_every_change_runs_and_is_seen_afterwards(pair: SessionPair) -> None:
    of = inspect_relation(pair, ("public", TABLE))
    of = change(pair, of, CommentOn("it's; --"))
    assert of.relation.comment == "it's; --"
    of = change(pair, of, CommentOn("what?", "note"))
    assert of.columns[1].comment == "what?"
    of = change(pair, of, AddColumn('pa"id', "numeric(18,6)", "1.5"))
    assert (of.columns[2].type_name, of.columns[2].default) == ("numeric(18,6)", "1.5")
    of = change(pair, of, RenameColumn('pa"id', "Sum paid"))
    assert of.columns[2].name == "Sum paid"
    of = change(pair, of, CreateIndex('i"1', ("Sum paid", "note"), ("id",), True, "note <> ';'"))
    assert [(each.name, each.is_unique) for each in of.indexes[1:]] == [('i"1', True)]
    of = change(pair, of, CreateIndex("", ("note",)))
    assert len(of.indexes) == 3
    of = change(pair, of, DropIndex('i"1'))
    assert len(of.indexes) == 2
    of = change(pair, of, DropColumn("Sum paid"))
    assert [each.name for each in of.columns] == ["id", "note"]
    of = change(pair, of, RenameRelation("sales"))
    assert of.name == ("public", "sales")
    with pytest.raises(InputError, match="does not exist"):
        change(pair, of, DropRelation())


def test_a_view_is_renamed_commented_on_and_dropped(pair: SessionPair) -> None:
    of = inspect_relation(pair, ("public", VIEW))
    of = change(pair, of, CommentOn("x"))
    of = change(pair, of, RenameColumn("one", "two"))
    of = change(pair, of, RenameRelation("changed again"))
    assert (of.relation.comment, of.columns[0].name, of.relation.name) == (
        "x",
        "two",
        "changed again",
    )
    with pytest.raises(InputError, match="does not exist"):
        change(pair, of, DropRelation())
