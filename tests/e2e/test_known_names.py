"""Names that the console has read are completed by a shell, without a network."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp, launch
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.services import LiveServices
from dsql_tui.known_names import KnownNames, NameKind
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.endpoint import Profile
from tests.support.desk import WIDE, LiveDesk
from tests.support.local_dsql import connect, endpoint_of, profile_of


async def test_the_console_stores_the_clusters_roles_and_tables_that_it_reads(
    local_dsql: ServerInfo, tmp_path: Path
) -> None:
    known = KnownNames(tmp_path)
    services = LiveServices(profile_of(local_dsql), known_names=known)
    app = ConsoleApp(services, Config(), Preferences(), cluster="shop@us-east-1")
    async with app.run_test(size=WIDE) as pilot:
        desk = LiveDesk(pilot)
        await desk.until(lambda: bool(known.names(NameKind.CLUSTERS)))
        await desk.until(lambda: bool(known.names(NameKind.TABLES, "shop")))
        assert {"shop", "shop@us-east-1", "shop@us-east-2", "todos-dev"} <= {
            *known.names(NameKind.CLUSTERS)
        }
        assert {"admin", "app_ro", "app_rw"} <= {*known.names(NameKind.ROLES, "shop")}
        assert "public.orders" in known.names(NameKind.TABLES, "shop")

        with connect(local_dsql, endpoint_of(local_dsql, "shop")) as session:
            session.execute(b"create role app_later with login")
            try:
                await desk.press("f7")
                await desk.until(lambda: "app_later" in known.names(NameKind.ROLES, "shop"))
                await desk.press("escape")
            finally:
                session.execute(b"drop role app_later")
        for pair in app.release():
            pair.close()
    assert stat.S_IMODE(known.path.stat().st_mode) == 0o600


def test_the_fleet_stores_the_clusters_that_it_lists(
    local_dsql: ServerInfo, tmp_path: Path
) -> None:
    known = KnownNames(tmp_path)
    fleet = LiveServices(profile_of(local_dsql), known_names=known).fleet()
    assert list(fleet.list_clusters())
    assert "todos-dev" in known.names(NameKind.CLUSTERS)


def test_the_console_that_is_launched_stores_names_where_a_shell_looks_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    stores = []

    def run(app: ConsoleApp) -> int:
        assert isinstance(app.services, LiveServices)
        stores.append(app.services.with_profile("other", ())._known_names)
        return 0

    monkeypatch.setattr(ConsoleApp, "run", run)
    assert launch(Profile(name="ops"), cluster=None, config=Config()) == 0
    (known,) = stores
    assert known is not None
    assert known.path == KnownNames().path == tmp_path / "dsql-tui" / "names.json"
