"""The roles screen under keys: every view, changes, and the messages about them."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input, Select, SelectionList

from dsql_tui.console.access.changes import GrantDialog, NewRoleDialog
from dsql_tui.console.access.pages import PagesDialog, SaveDialog
from dsql_tui.console.access.review import ReviewDialog
from dsql_tui.console.access.screen import RolesScreen
from dsql_tui.console.access.table import AccessTable
from dsql_tui.console.access.why import WhyDialog
from dsql_tui.console.shared.keys import key_name
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.errors import (
    ConnectError,
    ConnectStep,
    OccConflict,
    SessionLost,
    StatementError,
    TokenRefused,
)
from dsql_tui.model.access.acl import parse_acl
from dsql_tui.model.access.role import Role, SecurableKind
from dsql_tui.model.access.snapshot import AccessSnapshot
from tests.support.access_samples import READER_ARN, SHOP, securable
from tests.support.desk import Desk, desk
from tests.support.fakes import FakeServices

DOWN_TO_PRINCIPAL = ["down"] * 9


async def open_roles(console: Desk, *keys: str) -> RolesScreen:
    """Open the screen and press keys on it."""
    await console.connect()
    await console.press("f7")
    for key in keys:
        await console.press(key)
    return next(each for each in console.app.screen_stack if isinstance(each, RolesScreen))


def ran(services: FakeServices) -> list[str]:
    """Return what was sent on any session, without the console's own reading."""
    return [statement for session in services.sessions for statement in session.ran]


async def test_a_role_shows_its_principals_memberships_and_where_its_rights_come_from() -> None:
    async with desk() as console:
        await open_roles(console, "down")
        screen = console.screen()
        await console.press("tab", "right", "right", "right")
        scrolled = console.screen()
    assert "LOGIN · member of reporting · owns nothing" in screen
    assert READER_ARN in screen
    assert "app_ro (direct)" in scrolled
    assert "reporting (membership)" in scrolled


@pytest.mark.parametrize("answer", ["enter", "right enter"])
async def test_a_region_that_is_down_offers_its_peer(answer: str) -> None:
    services = FakeServices()
    async with desk(services) as console:
        await console.connect()
        services.connect_error = ConnectError("It does not answer.", step=ConnectStep.TCP)
        for session in services.sessions:
            session.close()
        await console.press("f7")
        await console.until(lambda: isinstance(console.app.screen, ConfirmDialog))
        assert "us-east-1 is unreachable. Connect to us-east-2?" in console.screen()
        services.connect_error = None
        await console.press(*answer.split())
        endpoint = console.workspace.session.endpoint
        assert endpoint is not None
        if answer == "enter":
            assert isinstance(console.app.screen, RolesScreen)
            assert "It does not answer." in console.screen()
            assert endpoint.region == "us-east-1"
        else:
            assert console.app.screen is console.workspace
            assert endpoint.region == "us-east-2"


async def test_a_token_that_is_refused_offers_no_peer() -> None:
    services = FakeServices()
    async with desk(services) as console:
        await console.connect()
        services.connect_error = TokenRefused("Refused.", step=ConnectStep.TOKEN)
        for session in services.sessions:
            session.close()
        await console.press("f7")
        await console.until(lambda: "Refused." in console.screen())
        assert isinstance(console.app.screen, RolesScreen)


async def test_a_principal_shows_what_it_may_become_and_which_action_it_needs() -> None:
    async with desk() as console:
        await open_roles(console, *DOWN_TO_PRINCIPAL)
        screen = console.screen()
    assert "role    app_ro   needs dsql:DbConnect" in screen
    assert "as app_ro" in screen


async def test_an_object_shows_every_role() -> None:
    async with desk() as console:
        screen = await open_roles(console, *DOWN_TO_PRINCIPAL, "down", "down", "l", "down")
        shown = console.screen()
        table = screen.query_one(AccessTable)
        assert table.virtual_size.height == len(SHOP.own_roles) + 2
    assert "public.customers" in shown
    assert "UPDATE to app_rw" in shown


async def test_the_matrix_has_a_letter_for_each_right_of_each_role() -> None:
    async with desk() as console:
        await open_roles(console, "m")
        lines = [line.split("│")[3] for line in console.screen().splitlines() if "│" in line]
    (orders,) = (line for line in lines if line.startswith(" public.orders"))
    assert orders.split()[1:] == ["SIUD", "S–––", "SIUD", "S–––", "––––", "S–––", "SIUD", "––––"]


async def test_escape_leads_from_the_matrix_to_the_tree_to_the_workspace() -> None:
    async with desk() as console:
        await open_roles(console, "m")
        await console.press("escape")
        assert isinstance(console.app.screen, RolesScreen)
        await console.press("escape")
        assert not isinstance(console.app.screen, RolesScreen)


async def test_a_new_role_is_shown_as_sql_before_it_runs_one_statement_at_a_time() -> None:
    async with desk() as console:
        await open_roles(console, "n")
        assert isinstance(console.app.screen, NewRoleDialog)
        await console.press(*"app_x")
        console.app.screen.query_one("#arn", Input).value = READER_ARN
        await console.press("enter")
        assert isinstance(console.app.screen, ReviewDialog)
        assert ran(console.services) == []
        assert "Runs as 2 transactions" in console.screen()
        await console.press("enter")
        assert ran(console.services) == [
            "CREATE ROLE app_x WITH LOGIN",
            f"AWS IAM GRANT app_x TO '{READER_ARN}'",
        ]
        assert "2 statements done." in console.screen()
        kept = [run.statement for run in reversed(console.services.history)]
        assert kept == ran(console.services)
        await console.press("enter")
        assert isinstance(console.app.screen, RolesScreen)


async def test_a_form_names_missing_fields_and_does_not_continue() -> None:
    async with desk() as console:
        await open_roles(console, "n")
        assert "A role needs a name." in console.screen()
        await console.press("enter")
        assert isinstance(console.app.screen, NewRoleDialog)
        await console.press(*"app_ro")
        assert "The role app_ro already exists." in console.screen()


async def test_a_refused_statement_ends_the_change_and_says_what_was_kept() -> None:
    services = FakeServices()
    services.answers["CREATE ROLE app_x WITH LOGIN"] = StatementError(
        'role "app_x" already exists', sqlstate="42710"
    )
    async with desk(services) as console:
        await open_roles(console, "n")
        await console.press(*"app_x")
        console.app.screen.query_one("#arn", Input).value = READER_ARN
        await console.press("enter", "enter")
        screen = console.screen()
    assert ran(services) == ["CREATE ROLE app_x WITH LOGIN"]
    assert 'role "app_x" already exists' in screen
    assert "0 committed. One failed and was rolled back. 1 not sent." in screen


async def test_a_lost_session_leaves_the_outcome_unknown_and_is_not_repeated() -> None:
    services = FakeServices()
    services.answers["CREATE ROLE app_x WITH LOGIN"] = SessionLost(
        "The connection ended.", outcome_unknown=True
    )
    async with desk(services) as console:
        await open_roles(console, "n")
        await console.press(*"app_x", "enter", "enter")
        assert "may or may not have completed" in console.screen()
    assert ran(services) == ["CREATE ROLE app_x WITH LOGIN"]


async def test_a_statement_that_lost_against_other_ddl_is_sent_again() -> None:
    services = FakeServices()
    lost = [OccConflict("schema has been updated (OC001)", sqlstate="40001")]

    def once(_session: object) -> object:
        if lost:
            raise lost.pop()
        return iter(())

    services.answers["CREATE ROLE app_x WITH LOGIN"] = once  # type: ignore[assignment]
    async with desk(services) as console:
        await open_roles(console, "n")
        await console.press(*"app_x", "enter", "enter")
        assert "1 statement done." in console.screen()
    assert len(ran(services)) == 2


async def test_grant_is_filled_in_with_what_is_under_the_cursor() -> None:
    async with desk() as console:
        await open_roles(console, "down", "tab", "down", "g")
        form = console.app.screen
        assert isinstance(form, GrantDialog)
        assert form.query_one("#on", Input).value == "public.customers"
        assert form.query_one("#role", Select).value == "app_ro"
        form.query_one("#rights", SelectionList).select("INSERT")
        await console.settle()
        assert "GRANT INSERT ON TABLE public.customers TO app_ro;" in console.screen()
        form.query_one("#only-columns", Input).value = "email, name"
        await console.settle()
        await console.press("enter", "enter")
    assert ran(console.services) == [
        "GRANT INSERT (email, name) ON TABLE public.customers TO app_ro"
    ]


@pytest.mark.parametrize(
    ("key", "filled", "expected"),
    [
        ("n", {"name": "app_x"}, "CREATE ROLE app_x WITH LOGIN;"),
        ("a", {"name": "app_x"}, "ALTER ROLE app_ro RENAME TO app_x;"),
        ("i", {"arn": "arn:aws:iam::111122223333:role/new"}, "role/new';"),
        ("g", {"on": "schema vault"}, "GRANT USAGE ON SCHEMA vault TO app_ro;"),
    ],
)
@pytest.mark.parametrize("send", ["enter", "ctrl+s"])
async def test_enter_in_a_line_and_ctrl_s_lead_from_a_form_to_its_review(
    key: str, filled: dict[str, str], expected: str, send: str
) -> None:
    async with desk() as console:
        await open_roles(console, "down", key)
        form = console.app.screen
        for name, value in filled.items():
            form.query_one(f"#{name}", Input).value = value
            form.query_one(f"#{name}", Input).focus()
        await console.settle()
        for rights in form.query("#rights").results(SelectionList):
            rights.select("USAGE")
        await console.settle()
        assert f"{key_name('form.send')} review SQL" in console.screen()
        await console.press(send)
        assert isinstance(console.app.screen, ReviewDialog)
        assert expected in console.screen()
    assert ran(console.services) == []


async def test_a_relation_is_found_without_its_schema_unless_several_schemas_have_one() -> None:
    async with desk() as console:
        await open_roles(console, "down", "g")
        on = console.app.screen.query_one("#on", Input)
        on.value = "orders"
        console.app.screen.query_one("#rights", SelectionList).select("SELECT")
        await console.settle()
        assert "GRANT SELECT ON TABLE public.orders TO app_ro;" in console.screen()
    services = FakeServices()
    again = securable(SecurableKind.TABLE, "vault", "orders", "admin")
    services.access = replace(services.access, objects=(*services.access.objects, again))
    async with desk(services) as console:
        await open_roles(console, "down", "g")
        console.app.screen.query_one("#on", Input).value = "orders"
        await console.settle()
        assert "There are public.orders and vault.orders." in console.screen()


async def test_grant_offers_what_the_object_named_can_have() -> None:
    async with desk() as console:
        await open_roles(console, "down", "g")
        form = console.app.screen
        form.query_one("#on", Input).value = "schema vault"
        await console.settle()
        form.query_one("#rights", SelectionList).select_all()
        await console.settle()
        assert "GRANT USAGE, CREATE ON SCHEMA vault TO app_ro;" in console.screen()
        form.query_one("#on", Input).value = "all tables in vault"
        await console.settle()
        form.query_one("#rights", SelectionList).select("SELECT")
        await console.settle()
        assert "GRANT SELECT ON ALL TABLES IN SCHEMA vault TO app_ro;" in console.screen()


async def test_revoke_takes_what_was_granted_directly_and_enter_alone_changes_nothing() -> None:
    async with desk() as console:
        await open_roles(console, "down", "tab", "down", "r")
        assert "REVOKE SELECT ON TABLE public.customers FROM app_ro;" in console.screen()
        await console.press("enter")
        await console.press("enter")
        assert isinstance(console.app.screen, RolesScreen)
    assert ran(console.services) == []


async def test_what_comes_through_another_role_cannot_be_revoked_here() -> None:
    async with desk() as console:
        await open_roles(console, "down", "tab", "down", "down", "r")
        assert isinstance(console.app.screen, RolesScreen)
        (notice,) = console.app._notifications
    assert "app_ro has no direct grant on public.orders" in notice.message


async def test_a_mapping_is_revoked_from_its_principal() -> None:
    async with desk() as console:
        await open_roles(console, *DOWN_TO_PRINCIPAL, "r")
        assert f"AWS IAM REVOKE app_ro FROM '{READER_ARN}';" in console.screen()


@pytest.mark.parametrize("key", ["a", "d"])
async def test_admin_is_untouchable(key: str) -> None:
    async with desk() as console:
        await open_roles(console, key)
        assert isinstance(console.app.screen, RolesScreen)
        (notice,) = console.app._notifications
    assert "cannot be altered or dropped" in notice.message


async def test_dropping_lists_what_depends_on_the_role_first() -> None:
    async with desk() as console:
        await open_roles(console, "down", "down", "d")
        screen = console.screen()
    assert screen.index("ALTER TABLE vault.secrets OWNER TO admin;") < screen.index("DROP ROLE")
    assert "it owns vault.secrets" in screen
    assert ran(console.services) == []


async def test_why_explains_a_statement_and_offers_the_least_grants() -> None:
    async with desk() as console:
        await open_roles(console, "down", "w")
        assert isinstance(console.app.screen, WhyDialog)
        console.app.screen.query_one(
            "#statement", Input
        ).value = "insert into customers select * from orders"
        await console.settle()
        screen = console.screen()
        assert "✗ no   INSERT on public.customers" in screen
        assert "✓ yes  SELECT on public.orders" in screen
        assert "through reporting (membership)" in screen
        assert "enter grant missing" in screen
        await console.press("enter")
        assert isinstance(console.app.screen, ReviewDialog)
        assert "GRANT INSERT ON TABLE public.customers TO app_ro;" in console.screen()
    assert ran(console.services) == []


async def test_why_shows_the_roles_of_a_principal_and_offers_the_missing_mapping() -> None:
    stranger = "arn:aws:sts::111122223333:assumed-role/stranger/session"
    async with desk() as console:
        await open_roles(console, "down", "w")
        console.app.screen.query_one("#statement", Input).value = stranger
        await console.settle()
        screen = console.screen()
        assert "✗ no   connect as app_ro" in screen
        assert "connect as admin, needs dsql:DbConnectAdmin in its policy, no mapping" in screen
        await console.press("enter")
        mapping = "AWS IAM GRANT app_ro TO 'arn:aws:iam::111122223333:role/stranger';"
        assert mapping in console.screen()
    assert ran(console.services) == []


async def test_enter_in_the_matrix_asks_why_about_that_cell() -> None:
    async with desk() as console:
        await open_roles(console, "m", "down", "down", "right", "enter")
        screen = console.screen()
    assert "✗ no   SELECT on vault.secrets" in screen
    assert "USAGE on schema vault is missing" in screen
    assert "→ GRANT USAGE ON SCHEMA vault TO app_ro;" in screen


async def test_a_policy_is_copied_and_saved_but_never_over_a_file(tmp_path: Path) -> None:
    async with desk() as console:
        await open_roles(console, "down", "p")
        assert isinstance(console.app.screen, PagesDialog)
        assert '"Action": "dsql:DbConnect"' in console.screen()
        assert "▌Connect as app_ro" in console.screen()
        await console.press("c")
        assert '"dsql:DbConnect"' in console.app.clipboard
        await console.press("s")
        assert isinstance(console.app.screen, SaveDialog)
        path = tmp_path / "policy.json"
        console.app.screen.query_one(Input).value = str(path)
        await console.press("enter")
        assert path.read_text() == console.app.clipboard
        await console.press("s")
        console.app.screen.query_one(Input).value = str(path)
        await console.press("enter")
        assert isinstance(console.app.screen, SaveDialog)
        assert "already exists" in console.screen()


async def test_snippets_are_for_the_selected_role() -> None:
    async with desk() as console:
        await open_roles(console, "down", "s", "down")
        assert "Connect as app_ro" in console.screen()
        assert 'ROLE = "app_ro"' in console.screen()


async def test_the_cluster_is_opened_as_the_role_under_the_cursor() -> None:
    async with desk() as console:
        await open_roles(console, "down")
        await console.press("o")
        assert console.workspace.session.endpoint is not None
        assert console.workspace.session.endpoint.role == "app_ro"


async def test_a_group_cannot_be_connected_as() -> None:
    async with desk() as console:
        await open_roles(console, "down", "down", "down", "down", "down", "o")
        assert isinstance(console.app.screen, RolesScreen)


async def test_access_is_exported_as_sql() -> None:
    async with desk() as console:
        await open_roles(console, "e", "c")
        assert "CREATE ROLE app_ro WITH LOGIN;" in console.app.clipboard


async def test_another_cluster_is_compared() -> None:
    async with desk() as console:
        await open_roles(console, "c")
        await console.press(*"todos-dev", "enter")
        assert isinstance(console.app.screen, PagesDialog)
        assert "Both clusters grant the same access." in console.screen()


async def test_an_unreadable_catalog_is_reported_once_and_the_rest_is_shown() -> None:
    services = FakeServices()
    services.access = replace(
        SHOP, notes=("Functions cannot be read here: relation pg_proc not supported.",)
    )
    async with desk(services) as console:
        await open_roles(console, "down")
        screen = console.screen()
    assert screen.count("Functions cannot be read here") == 1
    assert "public.orders" in screen


async def test_data_is_never_read_as_markup() -> None:
    services = FakeServices()
    evil = "[red]x[/] [@click=app.quit]y"
    services.access = replace(
        SHOP,
        roles=(*SHOP.roles, Role(20_000, evil, True)),
        objects=(*SHOP.objects, securable(SecurableKind.TABLE, "public", evil, evil)),
    )
    async with desk(services) as console:
        await open_roles(console, "down", "down", "down", "down", "down", "down", "down")
        assert evil in console.screen()
        for key in ("g", "escape", "r", "escape", "i", "escape", "d", "escape", "w"):
            await console.press(key)


def many(tables: int, roles: int) -> AccessSnapshot:
    """Return a cluster of that size in which every second role may read every table."""
    names = [f"role_{number:03}" for number in range(roles)]
    acl = parse_acl(
        "{admin=arwdDxt/admin," + ",".join(f"{name}=r/admin" for name in names[::2]) + "}"
    )
    return replace(
        SHOP,
        roles=(SHOP.roles[0], *(Role(20_000 + at, name, True) for at, name in enumerate(names))),
        memberships=(),
        mappings=(),
        objects=(
            SHOP.objects[0],
            *(
                replace(
                    securable(SecurableKind.TABLE, "public", f"table_{at:04}", "admin"), acl=acl
                )
                for at in range(tables)
            ),
        ),
    )


async def test_a_thousand_tables_and_a_hundred_roles_scroll_without_lag() -> None:
    services = FakeServices()
    services.access = many(1_000, 100)
    async with desk(services) as console:
        screen = await open_roles(console, "m")
        table = screen.query_one(AccessTable)
        started = time.process_time()
        for _ in range(20):
            table.action_page(1)
            table.action_slide(3)
            await console.pilot.pause()
        per_step_s = (time.process_time() - started) / 20
        await console.press("end")
        assert "public.table_0999" in console.screen()
        assert table.cursor_column == 61
    assert per_step_s < 0.25
