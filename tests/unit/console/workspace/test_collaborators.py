"""What the workspace holds, each built by itself and without a screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dsql_tui.console.clusters.clusters_pane import ClustersPane
from dsql_tui.console.clusters.profile import ProfileChoice
from dsql_tui.console.clusters.role import RoleChoice
from dsql_tui.console.clusters.welcome import WelcomePane
from dsql_tui.console.clusters.where import BESIDE
from dsql_tui.console.editor.editor_pane import EditorPane
from dsql_tui.console.editor.fix import FixDialog
from dsql_tui.console.messages.catalog import (
    CatalogFailed,
    NamesArrived,
    RelationsWanted,
    SchemasArrived,
)
from dsql_tui.console.messages.clusters import (
    ClusterChosen,
    ListingAdvanced,
    ListingEnded,
    ListingStarted,
)
from dsql_tui.console.messages.editing import CheckRequested
from dsql_tui.console.messages.files import FileRestored
from dsql_tui.console.schema.schema_pane import SchemaPane
from dsql_tui.console.session.session_state import SessionPhase
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.tab_contents import Buffer, TabTarget
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.console.widgets.paths import PathDialog
from dsql_tui.console.widgets.stack import Stack
from dsql_tui.console.workspace.catalogs import Catalogs
from dsql_tui.console.workspace.clusters import ClusterList
from dsql_tui.console.workspace.failover import Failover
from dsql_tui.console.workspace.files import Files
from dsql_tui.console.workspace.job_watch import WATCH_EVERY_S, JobWatch
from dsql_tui.console.workspace.lint_advice import LintAdvice
from dsql_tui.console.workspace.open_tabs import ActiveServices, OpenTabs
from dsql_tui.console.workspace.problems import Problems
from dsql_tui.console.workspace.sign_in import SignIn
from dsql_tui.console.workspace.tabs import Tabs
from dsql_tui.errors import (
    ConnectError,
    ConnectStep,
    CredentialsExpired,
    CredentialsMissing,
    InputError,
    StatementError,
)
from dsql_tui.model.job import Job, JobStatus
from dsql_tui.model.relation import Relation
from dsql_tui.sql.dsql import lint
from tests.support.fake_ui import FakeUi
from tests.support.fakes import SHOP, SHOP_EAST_2, TODOS, FakeServices
from tests.support.lone_tab import FakeText, LoneTab


@pytest.fixture
def ui() -> Iterator[FakeUi]:
    fake = FakeUi()
    yield fake
    fake.close()


async def ended(flow: Coroutine[Any, Any, None]) -> None:
    """Let a flow come to its end; one that waits for ever is a fault of the test."""
    async with asyncio.timeout(5):
        await flow


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


# Tabs.


class FakeTitles(FakeText):
    """The editor's tabs."""

    def __init__(self) -> None:
        super().__init__()
        self.first = "buffer-1"
        self.keys: tuple[str, ...] = ("buffer-1",)
        self.targets: dict[str, TabTarget] = {}
        self.closed: list[str] = []

    def target_of(self, key: str) -> TabTarget | None:
        return self.targets.get(key)

    def show_tab(self, key: str) -> None:
        self.shown = key

    async def new_tab(self, *, beside: bool = False) -> None:
        self.shown = f"buffer-{len(self.keys) + 1}"
        self.keys = (*self.keys, self.shown)

    async def open_file(self, path: Path, text: str) -> None:
        if path.name != "open.sql":
            await self.new_tab()

    async def close_tab(self, key: str) -> None:
        self.closed.append(key)
        self.keys = tuple(each for each in self.keys if each != key)
        self.shown = self.keys[0]

    async def reopen_tab(self) -> bool:
        return bool(self.closed)


class Board:
    """Several tabs on fake services."""

    def __init__(self) -> None:
        self.services = FakeServices()
        self.titles = FakeTitles()
        self.lone: dict[str, LoneTab] = {}
        self.tabs = OpenTabs(self.titles, self._make)
        self.active = ActiveServices(self.services)
        self.ui = FakeUi()
        self.shown = 0
        self.opening = Tabs(
            self.ui,
            self.tabs,
            self.titles,
            self.active,
            roles=lambda _arn: ("admin", "app_ro"),
            closed=self._show,
        )

    def _show(self) -> None:
        self.shown += 1

    def _make(self, key: str) -> Any:
        lone = self.lone[key] = LoneTab(self.services, key)
        return lone.tab

    async def connect(self) -> LoneTab:
        front = self.tabs.front
        await self.lone[front.key].connect()
        return self.lone[front.key]


@pytest.fixture
def board() -> Iterator[Board]:
    made = Board()
    yield made
    made.ui.close()


async def test_a_new_tab_follows_the_one_in_front_and_opens_nothing(board: Board) -> None:
    await board.connect()
    opened = len(board.services.sessions)
    await ended(board.opening.new())
    assert board.tabs.front.key == "buffer-2"
    assert board.tabs.front.state.session.phase is SessionPhase.WAITING
    assert board.tabs.front.state.cluster is SHOP
    assert len(board.services.sessions) == opened


async def test_a_file_that_is_open_already_keeps_its_tab(board: Board) -> None:
    await board.connect()
    await ended(board.opening.open_file(Path("open.sql"), ""))
    assert len(list(board.tabs)) == 1
    await ended(board.opening.open_file(Path("other.sql"), ""))
    assert board.tabs.front.state.cluster is SHOP


async def test_another_role_opens_next_to_the_tab(board: Board) -> None:
    await board.connect()
    board.ui.answers = [RoleChoice("app_ro")]
    await ended(board.opening.connect_as())
    lone = board.lone["buffer-2"]
    await lone.settle()
    assert lone.state.session.phase is SessionPhase.OPEN
    assert board.services.sessions[-1].endpoint.role == "app_ro"


async def test_closing_a_tab_asks_for_its_transaction(board: Board) -> None:
    lone = await board.connect()
    await lone.run("begin")
    lone.ui.answers = [False, True]
    await ended(board.opening.close_after_asking(lone.tab))
    assert board.titles.closed == []
    await board.titles.new_tab()
    await ended(board.opening.close_after_asking(lone.tab))
    assert board.titles.closed == ["buffer-1"]
    assert board.tabs.get("buffer-1") is None
    assert board.shown == 1


async def test_reopening_needs_a_closed_tab(board: Board) -> None:
    await ended(board.opening.reopen())
    assert board.ui.notices == ["There is no closed tab to reopen."]


async def test_quitting_names_the_tabs_that_would_lose_something(board: Board) -> None:
    lone = await board.connect()
    assert board.tabs.losses == []
    await lone.run("begin")
    assert board.tabs.losses[0].startswith("A transaction is open on shop")
    await board.titles.new_tab()
    assert board.tabs.losses[0].startswith("name of buffer-1: ")
    (pair,) = board.tabs.release()
    assert pair.endpoint.cluster_name == "shop"
    assert board.tabs.release() == []


# Failover.


def unreachable(step: ConnectStep = ConnectStep.TCP) -> ConnectError:
    return ConnectError("no route", step=step)


async def test_the_peer_is_offered_once_the_tab_is_in_front(board: Board) -> None:
    lone = await board.connect()
    failover = Failover(board.ui, board.tabs)
    board.titles.shown = "another"
    failover.unreachable(lone.tab, unreachable())
    await turns()
    assert board.ui.asked == []
    lone.state.put(session=replace(lone.state.session, phase=SessionPhase.FAILED))
    board.ui.answers = [True]
    failover.came_to_front(lone.tab)
    await turns()
    await lone.settle()
    assert isinstance(board.ui.asked[0], ConfirmDialog)
    assert lone.state.cluster is SHOP_EAST_2
    failover.came_to_front(lone.tab)
    assert len(board.ui.asked) == 1


@pytest.mark.parametrize("step", [ConnectStep.CREDENTIALS, ConnectStep.TOKEN, ConnectStep.SETTINGS])
async def test_the_peer_is_not_offered_where_it_would_refuse_too(
    board: Board, step: ConnectStep
) -> None:
    lone = await board.connect()
    board.titles.shown = lone.tab.key
    Failover(board.ui, board.tabs).unreachable(lone.tab, unreachable(step))
    await turns()
    assert board.ui.asked == []


async def test_idle_tabs_that_do_not_answer_follow_to_the_peer(board: Board) -> None:
    lone = await board.connect()
    await ended(board.opening.new())
    idle = board.tabs.front
    board.titles.shown = lone.tab.key
    lone.state.put(session=replace(lone.state.session, phase=SessionPhase.FAILED))
    board.ui.answers = [True]
    Failover(board.ui, board.tabs).unreachable(lone.tab, unreachable())
    await turns()
    await lone.settle()
    assert idle.state.cluster is SHOP_EAST_2
    assert idle.state.session.phase is SessionPhase.WAITING


async def test_a_single_region_cluster_has_no_other_side(board: Board) -> None:
    board.tabs.front.connection.connect(board.services, TODOS, "admin")
    await ended(Failover(board.ui, board.tabs).switch())
    assert board.ui.notices == ["The session is not connected to a multi-Region cluster."]


# Clusters and identities.


class FakeClusters:
    """The clusters pane."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.board = SimpleNamespace(credentials_error=None)

    def begin(self, listing_id: int, regions: Sequence[str]) -> None:
        self.told.append(f"begin {listing_id}")

    def apply(self, listing_id: int, event: object) -> None:
        self.told.append(f"apply {listing_id}")

    def end(self, error: object) -> None:
        self.told.append("end")


class Listing:
    """`ClusterList` with its surroundings."""

    def __init__(self, board: Board, start_local: Callable[[], Any] | None = None) -> None:
        self.pane, self.welcome = FakeClusters(), SimpleNamespace(explain=self._explain)
        self.shown: list[object] = []
        self.text = ""
        self.clusters = ClusterList(
            board.ui,
            cast("ClustersPane", self.pane),
            cast("WelcomePane", self.welcome),
            tabs=board.tabs,
            opening=board.opening,
            services=board.active,
            roles=lambda _cluster: ("admin",),
            start_local=start_local,
            has_text=lambda: bool(self.text),
            show_welcome=self.shown.append,
            show_clusters=lambda: self.shown.append("clusters"),
        )

    def _explain(self, error: object) -> None:
        self.shown.append(error)


async def test_without_credentials_the_welcome_says_why(board: Board) -> None:
    listing, error = Listing(board), CredentialsMissing("none")
    listing.clusters.listing_ended(ListingEnded(1, error))
    assert listing.shown == [True, error]
    await board.connect()
    listing.clusters.listing_ended(ListingEnded(1, error))
    assert listing.shown[2:] == [False, error]


async def test_a_listing_is_posted_and_shown(board: Board) -> None:
    listing = Listing(board)
    listing.clusters.refresh()
    kinds = {type(message) for message in board.ui.posted}
    assert kinds == {ListingStarted, ListingAdvanced, ListingEnded}


async def test_a_cluster_opens_beside_when_this_tab_would_lose_something(board: Board) -> None:
    lone = await board.connect()
    await lone.run("begin")
    board.ui.answers = [RoleChoice("admin"), BESIDE]
    Listing(board).clusters.chosen(ClusterChosen(TODOS))
    await turns()
    assert lone.state.session.in_transaction
    assert board.tabs.front.key == "buffer-2"
    assert board.tabs.front.state.cluster is TODOS


async def test_a_cluster_that_takes_no_sessions_is_not_opened(board: Board) -> None:
    creating = replace(TODOS, endpoint_host="")
    Listing(board).clusters.chosen(ClusterChosen(creating))
    assert board.ui.asked == []
    assert "does not accept sessions" in board.ui.notices[0]


@pytest.mark.parametrize(("text", "key"), [("select 1", "buffer-2"), ("", "buffer-1")])
async def test_the_cluster_named_at_the_start_spares_a_text_for_another_one(
    board: Board, text: str, key: str
) -> None:
    board.titles.targets["buffer-1"] = TabTarget(SHOP.arn, "admin", "test", "shop")
    listing = Listing(board)
    listing.text = text
    await ended(listing.clusters.open_named("todos-dev"))
    assert board.tabs.front.key == key
    assert board.tabs.front.state.cluster is TODOS


GONE = SHOP.arn.replace(SHOP.identifier, "gone23456789012345678901ab")


@pytest.mark.parametrize(
    ("kept", "key", "role"),
    [
        ({"buffer-1": (TODOS.arn, "test"), "buffer-2": (SHOP.arn, "test")}, "buffer-2", "app_ro"),
        ({"buffer-1": (TODOS.arn, "test"), "buffer-2": (GONE, "test")}, "buffer-2", "app_ro"),
        ({"buffer-1": (GONE, "test"), "buffer-2": (SHOP.arn, "test")}, "buffer-2", "app_ro"),
        ({"buffer-1": (SHOP.arn, "test"), "buffer-2": (SHOP.arn, "test")}, "buffer-1", "app_ro"),
        ({"buffer-1": (TODOS.arn, "test"), "buffer-2": (GONE, "other")}, "buffer-3", "admin"),
    ],
)
async def test_the_cluster_named_at_the_start_opens_in_the_tab_that_was_on_it(
    board: Board, kept: dict[str, tuple[str, str]], key: str, role: str
) -> None:
    """Or on one of its name and profile: that of a local DSQL gets a new ARN at each start."""
    names = {TODOS.arn: "todos-dev"}
    profile = board.services.profile.name
    board.titles.keys = ("buffer-1", "buffer-2")
    board.titles.targets = {
        buffer: TabTarget(
            arn, "app_ro", profile if whose == "test" else whose, names.get(arn, "shop")
        )
        for buffer, (arn, whose) in kept.items()
    }
    listing = Listing(board)
    listing.text = "select 1"
    await ended(listing.clusters.open_named("shop"))
    front = board.tabs.front
    assert front.key == key
    assert front.state.cluster is SHOP
    assert front.state.pair is not None
    assert front.state.pair.endpoint.role == role


async def test_the_local_dsql_takes_the_place_of_aws_or_says_why_not(board: Board) -> None:
    listing = Listing(board, start_local=lambda: board.services.profile)
    await ended(listing.clusters.start_local())
    assert listing.shown == [False, "clusters"]
    error = InputError("no PostgreSQL")

    def refuse() -> Any:
        raise error

    listing = Listing(board, start_local=refuse)
    await ended(listing.clusters.start_local())
    assert listing.shown == [error]


class Identities:
    """`SignIn` with its surroundings."""

    def __init__(self, board: Board) -> None:
        self.done: list[str] = []
        self.sign_in = SignIn(
            board.ui,
            board.tabs,
            board.active,
            list_clusters=lambda: self.done.append("list"),
            show_clusters=lambda: self.done.append("show"),
        )


async def test_the_login_runs_in_the_terminal_or_is_told(board: Board) -> None:
    identities = Identities(board)
    board.services.sign_in_command = ("aws", "sso", "login")
    await ended(identities.sign_in.sign_in())
    assert board.ui.programs == [("aws", "sso", "login")]
    assert identities.done == ["list", "show"]
    board.ui.can_suspend = False
    await ended(identities.sign_in.sign_in())
    assert board.ui.notices == [
        "Run this in another terminal, then press r to refresh: aws sso login"
    ]


async def test_the_tab_whose_credentials_failed_signs_in(board: Board) -> None:
    lone = await board.connect()
    other = FakeServices()
    other.sign_in_command = ("other",)
    board.active.current = other
    error = CredentialsExpired("expired")
    lone.state.put(session=replace(lone.state.session, error=error))
    board.services.sign_in_command = ("own",)
    await ended(Identities(board).sign_in.sign_in())
    assert board.ui.programs == [("own",)]


async def test_another_profile_is_used_from_now_on(board: Board) -> None:
    board.ui.answers = [ProfileChoice("work", ("eu-west-1",))]
    identities = Identities(board)
    await ended(identities.sign_in.switch_profile())
    assert board.active.current.profile.name == "work"
    assert identities.done == ["show", "list"]


# Catalogs and jobs.


class FakePane:
    """A schema pane."""

    def __init__(self) -> None:
        self.was_read = False
        self.told: list[str] = []

    def clear(self, note: str) -> None:
        self.told.append(note)

    def show_schemas(self, endpoint: object, schemas: list[str]) -> None:
        self.was_read = True
        self.told.append(" ".join(schemas))

    def show_relations(self, schema: str, relations: list[Relation]) -> None:
        self.told.append(schema)

    def show_failure(self, branch: str, error: object) -> None:
        self.told.append(f"failed {branch}")


class FakeStack:
    """A schema pane for each endpoint."""

    def __init__(self) -> None:
        self.panes: dict[object, FakePane] = {}
        self.front: object = None

    def pane(self, key: object) -> FakePane:
        return self.panes.setdefault(key, FakePane())

    def show(self, key: object) -> FakePane:
        self.front = key
        return self.pane(key)

    def keep(self, keys: set[object]) -> None:
        self.panes = {key: pane for key, pane in self.panes.items() if key in keys}


class CompletingText(FakeText):
    """The editor, completing."""

    def __init__(self) -> None:
        super().__init__()
        self.completing: dict[str, object] = {}

    def use_completer(self, key: str, completer: object) -> None:
        self.completing[key] = completer


def catalogs_of(board: Board) -> tuple[Catalogs, FakeStack, CompletingText]:
    stack, text = FakeStack(), CompletingText()
    schemas = cast("Stack[SchemaPane]", stack)
    return Catalogs(board.ui, board.tabs, schemas, text), stack, text


async def test_schemas_are_read_shown_and_let_go(board: Board) -> None:
    lone = await board.connect()
    catalogs, stack, text = catalogs_of(board)
    catalogs.refresh()
    for message in board.ui.posted:
        match message:
            case SchemasArrived():
                catalogs.schemas_arrived(message)
            case NamesArrived():
                catalogs.names_arrived(message)
    endpoint = lone.state.session.endpoint
    assert endpoint is not None
    assert stack.pane(endpoint).told == ["public sys"]
    assert catalogs.was_read(endpoint)
    assert text.completing["buffer-1"] is not None
    lone.tab.connection.leave()
    catalogs.show(lone.state)
    assert endpoint not in stack.panes
    assert text.completing["buffer-1"] is None


async def test_what_comes_for_an_endpoint_nobody_is_on_is_dropped(board: Board) -> None:
    lone = await board.connect()
    catalogs, stack, _ = catalogs_of(board)
    endpoint = lone.state.session.endpoint
    assert endpoint is not None
    lone.tab.connection.leave()
    error = StatementError("no", sqlstate="42501")
    catalogs.schemas_arrived(SchemasArrived(endpoint, ["public"]))
    catalogs.failed(CatalogFailed(endpoint, "", error))
    catalogs.relations_wanted(RelationsWanted(endpoint, "public"))
    assert stack.panes == {}
    assert board.ui.posted == []


def job(status: JobStatus) -> Job:
    return Job("j1", status, "INDEX_BUILD", "public.t_a_idx", "", None, None)


@dataclass
class FakeJobs:
    """Where jobs are shown."""

    shown: list[int] = field(default_factory=list)

    def show_jobs(self, jobs: Sequence[Job]) -> None:
        self.shown.append(len(jobs))


async def test_jobs_are_watched_until_they_end(board: Board) -> None:
    lone = await board.connect()
    shown, read = FakeJobs(), list[object]()
    watch = JobWatch(board.ui, board.tabs, lambda _tab: shown, read.append)
    endpoint = lone.state.session.endpoint
    assert endpoint is not None
    board.services.job_list = [job(JobStatus.PROCESSING)]
    watch.watch(endpoint)
    await turns()
    (timer,) = board.ui.timers
    assert timer.delay_s == WATCH_EVERY_S
    board.services.job_list = [job(JobStatus.FAILED)]
    timer.callback()
    await turns()
    assert board.ui.notices[0].startswith("Job failed: index build public.t_a_idx")
    assert read == [endpoint]
    assert shown.shown == [1, 1]
    assert len(board.ui.timers) == 1, "nothing is under way any more"


# The editor's text.


class Advised:
    """The editor, advised."""

    text = "select 1"

    def __init__(self) -> None:
        self.finding: lint.LintFinding | None = None
        self.shown: list[int] = []
        self.applied: list[str] = []

    def show_findings(self, buffer: str, text: str, findings: Sequence[lint.LintFinding]) -> None:
        self.shown.append(len(findings))

    def finding_at_cursor(self) -> lint.LintFinding | None:
        return self.finding

    def apply_fix(self, text: str, fix: lint.Fix) -> None:
        self.applied.append(fix.text)


TEXT = "create table t (id serial primary key);"


async def test_text_is_checked_only_where_advice_is_wanted(ui: FakeUi) -> None:
    editor = Advised()
    LintAdvice(ui, editor, enabled=False).check_requested(CheckRequested("b", TEXT))
    await turns()
    assert editor.shown == []
    advice = LintAdvice(ui, editor, enabled=True)
    advice.check_requested(CheckRequested("b", TEXT))
    await turns()
    assert editor.shown[0] > 0


async def test_a_missing_dsql_lint_is_reported_once_and_the_own_rules_mark_the_text(
    ui: FakeUi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lint, "program", lambda: None)
    editor = Advised()
    advice = LintAdvice(ui, editor, enabled=True)
    for _ in range(2):
        advice.check_requested(CheckRequested("b", "set statement_timeout = 1"))
        await turns()
    assert editor.shown == [1, 1]
    assert ui.notices == [lint.ABSENT]


async def test_a_fix_is_applied_after_a_yes(ui: FakeUi) -> None:
    editor = Advised()
    advice = LintAdvice(ui, editor, enabled=True)
    await ended(advice.show_fix())
    assert ui.notices == ["No suggestion here."]
    editor.text = TEXT
    editor.finding = next(each for each in lint.check(TEXT) if lint.fix(TEXT, each))
    ui.answers = [False, True]
    await ended(advice.show_fix())
    assert editor.applied == []
    await ended(advice.show_fix())
    assert isinstance(ui.asked[0], FixDialog)
    assert len(editor.applied) == 1


class FakeDocument:
    """A text and its file."""

    id = "buffer-1"

    def __init__(self, text: str = "mine") -> None:
        self.text = text
        self.path: Path | None = None
        self.saved_text: str | None = None


class FakeBuffers:
    """The editor's buffers."""

    def __init__(self) -> None:
        self.current = FakeDocument()
        self.saved: list[str] = []
        self.changed = ""
        self.is_restored = True

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        return (Buffer("query 1", self.current.text),)

    def saved_as(self, key: str, path: Path, text: str) -> None:
        self.current.path, self.current.saved_text = path, text
        self.saved.append(path.name)

    def looked_at(self, key: str, text: str | None) -> str:
        return self.changed


class Desk:
    """`Files` with its surroundings."""

    def __init__(self, ui: FakeUi) -> None:
        self.editor, self.preferences = FakeBuffers(), Preferences()
        self.opened: list[tuple[str, str]] = []
        self.files = Files(
            ui,
            cast("EditorPane", self.editor),
            self.preferences,
            open_text=self._open,
            report_problems=lambda: None,
        )

    async def _open(self, path: Path, text: str) -> None:
        self.opened.append((path.name, text))


async def test_a_file_is_opened_or_refused(ui: FakeUi, tmp_path: Path) -> None:
    desk, path = Desk(ui), tmp_path / "a.sql"
    ui.answers = [str(path), None]
    await ended(desk.files.open())
    first, second = ui.asked
    assert isinstance(first, PathDialog)
    assert isinstance(second, PathDialog)
    assert (first._path, first._problem) == ("", "")
    assert second._path == str(path)
    assert "a.sql" in second._problem
    path.write_text("select 1", encoding="utf-8")
    ui.answers = [str(path)]
    await ended(desk.files.open())
    assert desk.opened == [("a.sql", "select 1")]


async def test_what_was_not_seen_here_is_replaced_only_after_a_yes(
    ui: FakeUi, tmp_path: Path
) -> None:
    desk, path = Desk(ui), tmp_path / "a.sql"
    path.write_text("theirs", encoding="utf-8")
    ui.answers = [str(path), False]
    await ended(desk.files.save())
    assert isinstance(ui.asked[0], PathDialog)
    assert path.read_text(encoding="utf-8") == "theirs"
    assert desk.editor.saved == []
    ui.answers = [str(path), True]
    await ended(desk.files.save())
    assert path.read_text(encoding="utf-8") == "mine"
    assert desk.editor.saved == ["a.sql"]
    await ended(desk.files.save())
    assert len(ui.asked) == 4, "its own file is written without asking"


async def test_a_restored_file_that_has_changed_is_told(ui: FakeUi, tmp_path: Path) -> None:
    desk = Desk(ui)
    desk.editor.changed = "a.sql"
    desk.files.restored(FileRestored("buffer-1", tmp_path / "a.sql"))
    await turns()
    assert ui.notices[0].startswith("a.sql was deleted")


async def test_changes_are_written_down_once_nobody_types(ui: FakeUi) -> None:
    desk = Desk(ui)
    desk.files.changed()
    desk.files.changed()
    first, second = ui.timers
    assert first.stopped
    second.callback()
    assert [each.text for each in desk.preferences.buffers] == ["mine"]
    desk.editor.current.text = "later"
    desk.files.changed()
    desk.files.keep_now()
    assert ui.timers[-1].stopped
    assert [each.text for each in desk.preferences.buffers] == ["later"]


async def test_a_worker_that_comes_late_writes_no_older_text(ui: FakeUi) -> None:
    desk = Desk(ui)
    late: list[Callable[[], object]] = []
    ui.in_thread = late.append  # type: ignore[method-assign,assignment]
    desk.files.keep()
    desk.editor.current.text = "later"
    desk.files.keep_now()
    for write in late:
        write()
    assert [each.text for each in desk.preferences.buffers] == ["later"]


async def test_nothing_is_written_before_what_was_kept_is_open(ui: FakeUi) -> None:
    desk = Desk(ui)
    desk.preferences.keep_buffers([Buffer("kept", "x")])
    desk.editor.is_restored = False
    desk.files.keep()
    desk.files.keep_now()
    assert [each.text for each in desk.preferences.buffers] == ["x"]


@contextmanager
def editor_named(monkeypatch: pytest.MonkeyPatch, command: str) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("VISUAL", command)
        yield


def test_a_terminal_that_cannot_be_lent_leaves_no_draft(
    ui: FakeUi, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(ui)
    ui.can_suspend = False
    with editor_named(monkeypatch, "vim -R"):
        desk.files.edit_outside()
    ((program, option, draft),) = ui.programs
    assert (program, option) == ("vim", "-R")
    assert not Path(draft).parent.exists()
    assert ui.notices == ["This terminal cannot suspend."]


def test_a_problem_is_reported_once(ui: FakeUi) -> None:
    services = FakeServices()
    services.history_problem = "The history is full."
    problems = Problems(ui, ActiveServices(services), Preferences())
    problems.report()
    problems.report()
    assert ui.notices == ["The history is full."]
