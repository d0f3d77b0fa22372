"""Databases of an earlier version get the functions of this one and keep everything else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem.folders import reachable
from dsql_tui.local.postgres.binaries import find_binaries
from dsql_tui.local.postgres.postmaster import MARK, execute
from dsql_tui.local.postgres.upgrade import statements, upgrade
from dsql_tui.local.process import server
from dsql_tui.local.remedies import start_over
from tests.support import system_namesakes
from tests.support.local_dsql import answer, connect, endpoint_of

EARLIER = """
CREATE OR REPLACE FUNCTION sys.current_session_id() RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT sys.uuid_to_base32_str(md5(pg_backend_pid() || pg_postmaster_start_time()::text)::uuid) $$;

CREATE CAST (text AS pg_node_tree) WITHOUT FUNCTION;

DROP EVENT TRIGGER dsql_before_ddl;

DROP FUNCTION pg_dsql.in_the_way();

DROP FUNCTION pg_catalog.pg_dsql_show_all();

UPDATE pg_authid SET rolsuper = true WHERE rolname = 'app_ro';
"""
"""What makes a database like one of an earlier version, which somebody has misused."""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    server.stop(tmp_path / "data")


def test_a_database_of_an_earlier_version_is_brought_up_to_date(folder: Path) -> None:
    with (
        server.start(folder, port=0) as running,
        connect(running.info, endpoint_of(running.info, "shop")) as session,
    ):
        session.execute("CREATE TABLE kept (id int PRIMARY KEY, note text)")
        session.execute("INSERT INTO kept VALUES (1, 'here')")
        session.execute("CREATE VIEW seen AS SELECT note FROM kept")
    for mark in reachable(folder / "databases").glob(f"*/{MARK}"):
        execute(find_binaries(), mark.parent, EARLIER)
        mark.unlink()
    with (
        server.start(folder, port=0) as running,
        connect(running.info, endpoint_of(running.info, "shop")) as session,
        system_namesakes.system_session(running.info) as system,
    ):
        assert answer(session, "SELECT note FROM seen") == "SELECT 1 [('here',)]"
        assert answer(session, "INSERT INTO kept VALUES (2, 'x')") == "INSERT 0 1 []"
        assert answer(session, "SHOW ALL").startswith("SHOW")
        assert answer(session, "SELECT 'x'::text::pg_node_tree").startswith("0A000 cannot accept")
        assert (
            system.execute(
                "SELECT prosqlbody IS NOT NULL FROM pg_proc WHERE proname = 'current_session_id'"
                " UNION ALL SELECT NOT rolsuper FROM pg_authid WHERE rolname = 'app_ro'"
                " UNION ALL SELECT count(*) = 1 FROM pg_event_trigger"
                " WHERE evtname = 'dsql_before_ddl'"
            ).fetchall()
            == [(True,)] * 3
        )


def test_one_that_cannot_be_is_refused_with_what_to_do(tmp_path: Path) -> None:
    pgdata = tmp_path / "a b" / "databases" / "broken"
    pgdata.mkdir(parents=True)
    with pytest.raises(LocalError) as refused:
        upgrade(find_binaries(), pgdata)
    assert "earlier version" in refused.value.message
    assert refused.value.remedy == start_over(tmp_path / "a b")
    assert not (pgdata / MARK).exists()


def test_functions_views_and_the_last_script_run_again_and_nothing_that_makes_tables() -> None:
    heads = [re.sub(r"(?m)^--.*\n|^\n", "", one) for one in statements()]
    assert heads[0] == "SET search_path = pg_catalog, pg_temp"
    assert any("FUNCTION pg_dsql.count_changes()" in one for one in heads)
    assert any("FUNCTION pg_catalog.pg_dsql_hides" in one for one in heads)
    once = re.compile(r"INSERT|ALTER (?:FUNCTION|DATABASE)|CREATE (?:TABLE|ROLE|SEQUENCE|SCHEMA)")
    assert not [one for one in heads if once.match(one)]
