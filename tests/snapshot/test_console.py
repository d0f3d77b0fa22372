"""Every pane, empty, loading, filled and with an error, at two sizes, with the clock frozen."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest
from textual.app import App
from textual.pilot import Pilot

from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.app.themes import LIGHT
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.errors import (
    AccessDenied,
    ConnectError,
    ConnectStep,
    CredentialsMissing,
    OccConflict,
    StatementError,
    TokenRefused,
)
from dsql_tui.model.cluster import RegionFailed, RegionListed
from dsql_tui.model.endpoint import Profile
from dsql_tui.model.job import Job, JobStatus
from dsql_tui.model.result import Notice
from tests.support.desk import Desk
from tests.support.fakes import (
    NOW,
    SHOP,
    TODOS,
    FakeServices,
    answer,
    make_cluster,
    tag,
    until_cancelled,
)

PLANS = Path(__file__).parents[1] / "data" / "plans"
SIZES = [(80, 24), (120, 40)]
SCRIPT = """\
-- best sellers of the month
select p.name, sum(oi.quantity) as sold
from order_items oi join products p on p.id = oi.product_id
where o.created_at >= :since and p.name <> 'gift ''card'''
group by 1 order by 2 desc;

create index async on orders(created_at);
aws iam grant app_ro to 'arn:aws:iam::111122223333:role/reader';
"""
ROWS = answer(
    [
        ["Espresso machine", "412", "349.00", "t", "2026-11-02 10:12:44+00"],
        ["Grinder", "377", "129.90", "f", "2026-11-03 08:00:00+00"],
        ["Kettle", None, None, None, None],
        ["", "0", "0.00", "t", "2026-11-04 23:59:59+00"],
    ],
    name="text",
    sold="bigint",
    price="numeric",
    listed="boolean",
    since="timestamptz",
)
Steps = Callable[[Desk], Awaitable[None]]


class SnapCompare(Protocol):
    def __call__(
        self,
        app: App[int],
        *,
        terminal_size: tuple[int, int],
        run_before: Callable[[Pilot[int]], Awaitable[None]],
    ) -> bool: ...


def listed() -> FakeServices:
    services = FakeServices()
    services.answers = {
        "select * from products": ROWS,
        "select * from nothing": answer([], id="bigint", name="text"),
        "select nope": StatementError(
            'column "nope" does not exist',
            sqlstate="42703",
            position=8,
            hint='Perhaps you meant to reference the column "products.name".',
        ),
        "commit": OccConflict(
            "change conflicts with another transaction, please retry: (OC000)", sqlstate="40001"
        ),
        "create table t()": [
            Notice(
                "NOTICE", "table has no primary key", "00000", "Add one to be able to find rows."
            ),
            *tag("CREATE TABLE", 31.0),
        ],
        "select pg_sleep(60)": until_cancelled,
    }
    return services


def denied() -> FakeServices:
    error = AccessDenied(
        "Access denied in us-east-2: not authorized to perform: dsql:ListClusters",
        action="dsql:ListClusters",
        remedy="Allow dsql:ListClusters in the identity's IAM policy.",
    )
    return FakeServices(
        [TODOS, SHOP, RegionListed("us-east-1", 2), RegionFailed("us-east-2", error)]
    )


def no_clusters() -> FakeServices:
    return FakeServices([RegionListed("us-east-1", 0), RegionListed("us-east-2", 0)])


def no_credentials() -> FakeServices:
    services = FakeServices([])
    services.listing_error = CredentialsMissing(
        "No AWS credentials were found.", remedy="Sign in, or start the local DSQL."
    )
    return services


def refused() -> FakeServices:
    services = listed()
    services.connect_error = TokenRefused(
        "The server refused the token for app_rw.",
        step=ConnectStep.TOKEN,
        sqlstate="08006",
        hint="Verify the role is mapped to your IAM identity.",
        remedy="As admin: AWS IAM GRANT app_rw TO '<your ARN>'.",
    )
    return services


def unreachable() -> FakeServices:
    services = listed()
    services.connect_error = ConnectError(
        "The name cannot be resolved.",
        step=ConnectStep.DNS,
        remedy="Check the network, or the VPC's private DNS.",
    )
    return services


def blind() -> FakeServices:
    services = listed()
    services.catalog_error = StatementError("permission denied for pg_class", sqlstate="42501")
    return services


def waiting() -> FakeServices:
    services = listed()
    services.gate.clear()
    return services


def production() -> FakeServices:
    cluster = make_cluster("payments", tags={"env": "prod"})
    services = FakeServices([cluster, RegionListed("us-east-1", 1)])
    services.answers["select * from products"] = ROWS
    return services


def planned() -> FakeServices:
    services = listed()
    lines = (PLANS / "analyze_verbose.txt").read_text(encoding="utf-8").splitlines()
    command = "EXPLAIN ANALYZE VERBOSE select * from t"
    services.answers[command] = answer([[line] for line in lines], **{"QUERY PLAN": "text"})
    return services


def building() -> FakeServices:
    services = listed()
    started = NOW - timedelta(minutes=12)
    failed = "could not create unique index: key (sku)=(A-1) is duplicated"
    services.job_list = [
        Job("a" * 26, JobStatus.COMPLETED, "INDEX_BUILD", "public.orders_by_day", "", started),
        Job("b" * 26, JobStatus.FAILED, "INDEX_BUILD", "public.products_sku", failed, started),
    ]
    return services


def ending() -> FakeServices:
    services = listed()
    services.session_age = timedelta(minutes=58, seconds=20)
    services.token_age = timedelta(minutes=11)
    return services


def press(*keys: str) -> Steps:
    async def steps(desk: Desk) -> None:
        for key in keys:
            await desk.press(key)

    return steps


def run(sql: str, *keys: str) -> Steps:
    async def steps(desk: Desk) -> None:
        await desk.connect()
        await desk.run(sql)
        for key in keys:
            await desk.press(key)

    return steps


async def write(desk: Desk) -> None:
    await desk.connect()
    desk.editor.current.load_text(SCRIPT)


async def be_advised(desk: Desk) -> None:
    await desk.connect()
    editor = desk.editor.current
    editor.load_text("select 1;\n\ncreate index by_day on orders(created_at);\n")
    editor.move_cursor((2, 0))
    await desk.until(lambda: bool(editor.marks))


async def be_fixed(desk: Desk) -> None:
    await be_advised(desk)
    await desk.pilot.press("alt+full_stop")
    await desk.until(lambda: desk.app.screen is not desk.workspace)


async def be_planned(desk: Desk) -> None:
    await desk.connect()
    desk.editor.current.load_text("select * from t")
    await desk.press("shift+f6")


async def have_history(desk: Desk) -> None:
    await desk.connect()
    for sql in ("select * from products", "select nope", "select * from nothing"):
        await desk.run(sql)
    await desk.press("f8")


async def ask_parameters(desk: Desk) -> None:
    await desk.connect()
    await desk.run("select * from orders where created_at >= :since and id = :id")


async def find_text(desk: Desk) -> None:
    await write(desk)
    await desk.press("ctrl+f")
    await desk.press(*"order", "enter")


async def watch_jobs(desk: Desk) -> None:
    await desk.connect()
    await desk.workspace.run_action("show_jobs")
    await desk.settle()


async def run_two(desk: Desk) -> None:
    await desk.connect()
    desk.editor.current.load_text("select * from products; select * from nothing; reset all;")
    await desk.press("shift+f5")


async def be_running(desk: Desk) -> None:
    await desk.connect()
    desk.editor.current.load_text("select pg_sleep(60)")
    await desk.pilot.press("f5")
    await desk.until(lambda: bool(desk.services.sessions[0].ran))
    state = desk.workspace.run_state
    desk.workspace.run_state = replace(state, started_at=time.monotonic() - 41.2)


async def have_tabs(desk: Desk) -> None:
    await desk.connect()
    await desk.run("begin")
    await desk.press("ctrl+t")
    desk.editor.current.load_text("select pg_sleep(60)")
    await desk.pilot.press("f5")
    await desk.until(lambda: bool(desk.services.sessions[-1].ran))
    await desk.pilot.press("alt+t", "tab", *"app_ro", "enter")
    await desk.until(lambda: desk.workspace.session.is_open)
    desk.editor.current.load_text("select * from products")
    await desk.pilot.press("f5")
    await desk.until(lambda: desk.workspace.run_state.run_id == 1)
    await desk.until(lambda: not desk.workspace.run_state.running)
    await desk.until(lambda: "4 rows" in desk.screen())


async def be_light(desk: Desk) -> None:
    await write(desk)
    desk.app.theme = LIGHT
    await desk.run("select * from products")
    desk.editor.current.load_text(SCRIPT)
    await desk.settle()


async def be_examined(desk: Desk) -> None:
    await desk.connect()
    await desk.workspace.run_action("examine")
    await desk.settle()


SCENES: dict[str, tuple[Callable[[], FakeServices], Steps]] = {
    "clusters_loading": (waiting, press()),
    "clusters_filled": (listed, press()),
    "clusters_empty": (no_clusters, press()),
    "clusters_error": (denied, press("G")),
    "clusters_filter": (listed, press("slash", "t", "o")),
    "welcome": (no_credentials, press()),
    "role_dialog": (listed, press("enter")),
    "connect_refused": (refused, press("enter", "enter")),
    "connect_unreachable": (unreachable, press("enter", "enter")),
    "schema_filled": (listed, press("enter", "enter", "f2", "2", "j", "j", "right")),
    "change_index": (
        listed,
        press("enter", "enter", "f2", "2", "j", "j", "C", *["down"] * 6, "enter", "down", "space"),
    ),
    "schema_error": (blind, press("enter", "enter", "f2", "2")),
    "editor_empty": (listed, press("enter", "enter")),
    "editor_filled": (listed, write),
    "editor_error": (listed, run("select nope")),
    "editor_advised": (listed, be_advised),
    "fix_dialog": (listed, be_fixed),
    "completion": (listed, press("enter", "enter", *"select * from o")),
    "danger_dialog": (listed, run("delete from orders")),
    "tabs": (listed, have_tabs),
    "where_dialog": (listed, run("begin", "f2", "down", "enter", "enter")),
    "production": (production, run("select * from products")),
    "plan": (planned, be_planned),
    "history": (listed, have_history),
    "parameters": (listed, ask_parameters),
    "find": (listed, find_text),
    "jobs": (building, watch_jobs),
    "results_filled": (listed, run("select * from products")),
    "results_zero_rows": (listed, run("select * from nothing")),
    "results_several": (listed, run_two),
    "results_running": (listed, be_running),
    "messages_notice": (listed, run("create table t()")),
    "conflict": (listed, run("commit")),
    "transaction_open": (listed, run("begin")),
    "clocks_ending": (ending, press("enter", "enter", "f12")),
    "roles_filled": (listed, press("enter", "enter", "f7", "j")),
    "roles_error": (blind, press("enter", "enter", "f7")),
    "token_dialog": (listed, press("enter", "enter", "f12")),
    "examination": (listed, be_examined),
    "quit_dialog": (listed, run("begin", "ctrl+q")),
    "help": (listed, press("f1")),
    "light": (listed, be_light),
}


class HeldConsole(ConsoleApp):
    """Releases the answers that its services hold back, once it has been drawn."""

    def on_unmount(self) -> None:
        assert isinstance(self.services, FakeServices)
        self.services.release()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES)
def test_a_pane_looks_as_it_did(
    scene: str, size: tuple[int, int], snap_compare: SnapCompare
) -> None:
    make, steps = SCENES[scene]
    services = make()
    offer: Callable[[], Profile] | None = Profile if scene == "welcome" else None
    app = HeldConsole(services, Config(), Preferences(), start_local=offer)

    async def arrange(pilot: Pilot[int]) -> None:
        desk = Desk(pilot, services)
        await desk.begin()
        await steps(desk)
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=arrange)
