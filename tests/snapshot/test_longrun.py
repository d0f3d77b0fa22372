"""Scripts and batches: what will run, a run that ended well, one that was refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from dsql_tui.config import Config
from dsql_tui.console.long_runs import progress
from dsql_tui.console.shared.preferences import Preferences
from tests.pilot.long_runs.test_longrun import REFUSED, Batched, Orders, open_batches, open_script
from tests.snapshot.test_console import SIZES, HeldConsole, SnapCompare
from tests.support.desk import Desk
from tests.support.fakes import FakeServices

SCRIPT = """\
create table customers (id uuid primary key, name text);
create table notes (id uuid primary key, customer uuid references customers (id));
insert into customers values (gen_random_uuid(), 'Ada'), (gen_random_uuid(), 'Grace');
create index async notes_by_customer on notes (customer);
grant select on notes to app_ro;
"""


def refusing() -> FakeServices:
    services = FakeServices()
    services.answers["grant select on notes to app_ro"] = REFUSED
    return services


async def planned(desk: Desk) -> None:
    await open_script(desk, SCRIPT)


async def ended(desk: Desk) -> None:
    await planned(desk)
    await desk.press("f5")


async def cut(desk: Desk) -> None:
    await open_batches(desk)


async def cut_and_run(desk: Desk) -> None:
    await cut(desk)
    await desk.press("f5")


Steps = Callable[[Desk], Awaitable[None]]
SCENES: dict[str, tuple[Callable[[], FakeServices], Steps]] = {
    "script_planned": (FakeServices, planned),
    "script_refused": (refusing, ended),
    "script_done": (FakeServices, ended),
    "batches_planned": (Orders, cut),
    "batches_done": (lambda: Orders(Batched(lost=2)), cut_and_run),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES)
def test_a_long_run_looks_as_it_did(
    scene: str,
    size: tuple[int, int],
    snap_compare: SnapCompare,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(progress, "spent", lambda _elapsed_s: "1.24 s")
    monkeypatch.setattr(progress, "rate", lambda _rows, _elapsed_s: "2,419")
    monkeypatch.setattr("dsql_tui.console.long_runs.workers.state_folder", lambda: tmp_path)
    make, steps = SCENES[scene]
    services = make()

    async def arrange(pilot: Pilot[int]) -> None:
        desk = Desk(pilot, services)
        await desk.begin()
        await steps(desk)
        await pilot.pause()

    app = HeldConsole(services, Config(), Preferences())
    assert snap_compare(app, terminal_size=size, run_before=arrange)
