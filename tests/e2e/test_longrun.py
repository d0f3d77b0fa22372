"""A script that fails half-way and resumes, and batches, on the local DSQL in the real console."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsql_tui.console.long_runs.screen import LongRunScreen
from dsql_tui.local.process.server_info import ServerInfo
from tests.e2e.test_beside import open_shop
from tests.support.desk import Desk
from tests.support.local_dsql import connect, endpoint_of

ROWS = ", ".join(f"({n}, 'n {n}')" for n in range(4_000))
SCRIPT = f"""
create table run_a (id int primary key, name text);
create table run_b (id int primary key);
insert into run_a values {ROWS};
create index async run_a_name on run_a (name);
create table run_taken (id int primary key);
grant select on run_a to app_ro;
"""


def long_run(console: Desk) -> LongRunScreen:
    screen = console.app.screen
    assert isinstance(screen, LongRunScreen)
    return screen


async def test_a_script_and_batches_run_from_the_console(
    local_dsql: ServerInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    shop = endpoint_of(local_dsql, "shop")
    with connect(local_dsql, shop) as admin:
        admin.execute("CREATE TABLE run_taken (id int primary key)")
    async with open_shop(local_dsql) as console:
        console.editor.current.load_text(SCRIPT)
        await console.workspace.run_action("run_script")
        await console.settle()
        await console.press("f5")
        assert "Error 42P07" in console.screen()
        with connect(local_dsql, shop) as admin:
            admin.execute("DROP TABLE run_taken")
            jobs = admin.execute(
                "SELECT status FROM sys.jobs WHERE object_name LIKE '%run_a_name'"
            ).fetchall()
        assert jobs == [("completed",)]
        await console.press("f5")
        assert long_run(console).progress.is_complete
        await console.press("escape")

        console.editor.current.load_text("update run_a set name = upper(name) where id >= 500")
        await console.workspace.run_action("run_batches")
        await console.settle()
        await console.press("f5")
        progress = long_run(console).progress
        assert (progress.is_complete, progress.rows, progress.done) == (True, 3_500, 4)
        await console.press("escape")
    with connect(local_dsql, shop) as admin:
        changed = admin.execute("SELECT count(*) FROM run_a WHERE name = upper(name)").fetchone()
    assert changed == (3_500,)
