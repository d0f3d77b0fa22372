"""A `Tab` without a screen: fakes of its surroundings, which record their calls."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from textual.message import Message

from dsql_tui.config import Config
from dsql_tui.console.messages.sessions import TabMessage
from dsql_tui.console.results.row_editing.service import ResultOrigin
from dsql_tui.console.run.parts import RunOptions
from dsql_tui.console.run.state import TabState
from dsql_tui.console.run.tab import Tab
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.services import Services
from dsql_tui.console.shared.tab_contents import TabTarget
from dsql_tui.errors import DsqlTuiError, OccConflict
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.plan import Plan
from dsql_tui.model.result import Completed, Described, Notice
from dsql_tui.results.arrivals import Arrivals
from dsql_tui.sql.lexing.split import Statement, split
from tests.support.fake_ui import FakeUi
from tests.support.fakes import SHOP, FakeServices

KEY = "buffer-1"
TURNS = 50
"""Turns of the event loop after which a flow that has not ended waits for somebody."""


@dataclass
class FakeText:
    """The editor."""

    shown: str = KEY
    target: TabTarget | None = None
    learnt: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)

    def name_of(self, key: str) -> str:
        return f"name of {key}"

    def aim(self, key: str, target: TabTarget | None) -> None:
        self.target = target

    def bind(
        self, key: str, statements: tuple[Statement, ...], values: Mapping[str, str | None]
    ) -> tuple[Statement, ...]:
        return tuple(
            replace(each, text=each.text.replace(f":{name}", str(value)))
            for each in statements
            for name, value in values.items()
        )

    def learn(self, key: str, statement: Statement) -> None:
        self.learnt.append(statement.text)

    def run_begins(self, key: str) -> None:
        self.begun.append(key)

    def show_error(self, key: str, statement: Statement, error: DsqlTuiError) -> None:
        self.errors.append(error.message)


@dataclass
class FakeResults:
    """Shows answers; `told` has a line for each call."""

    told: list[str] = field(default_factory=list)
    staged: int = 0
    waiting: int = 0

    def discard_staged(self) -> None:
        self.told.append("discard staged")

    def discard_waiting(self) -> None:
        self.told.append("discard waiting")

    async def begin(self) -> None:
        self.told.append("begin")

    async def describe(
        self, described: Described, arrivals: Arrivals, origin: ResultOrigin
    ) -> None:
        self.told.append(f"{sum(chunk.row_count for chunk in arrivals.take())} rows")

    def pause(self) -> None:
        self.told.append("pause")

    def resume(self) -> None:
        self.told.append("resume")

    def stop_early(self) -> None:
        self.told.append("stop early")

    def notice(self, notice: Notice) -> None:
        self.told.append(notice.message)

    def complete(self, statement: Statement, completed: Completed) -> None:
        self.told.append(completed.command_tag)

    def fail(self, statement: Statement, error: DsqlTuiError, elapsed_ms: float) -> None:
        self.told.append(f"failed: {error.message}")

    def retry(self, attempt: int, error: OccConflict) -> None:
        self.told.append(f"retry {attempt}")

    def end(self) -> None:
        self.told.append("end")

    def say(self, words: str, error: DsqlTuiError) -> None:
        self.told.append(f"{words}: {error.message}")

    def set_watching(self, *, is_on: bool) -> None:
        self.told.append(f"watch {'on' if is_on else 'off'}")

    def watched(self, words: str) -> None:
        self.told.append(words)

    def show_plan(self, plan: Plan, price: Decimal, *, undone: bool) -> None:
        self.told.append("plan")


@dataclass
class FakeSchemas:
    """The schemas."""

    read_at: list[Endpoint] = field(default_factory=list)
    shown: int = 0

    def show(self, tab: TabState) -> None:
        self.shown += 1

    def read(self, pair: SessionPair) -> None:
        self.read_at.append(pair.endpoint)

    def was_read(self, endpoint: Endpoint) -> bool:
        return endpoint in self.read_at

    def estimate_of(self, endpoint: Endpoint, relation: str) -> str:
        return "~9 rows"


class LoneTab:
    """A tab on fake services, with everything around it."""

    def __init__(
        self,
        services: FakeServices | None = None,
        key: str = KEY,
        config: Config = Config(read_only=("prod*",)),  # noqa: B008 - it is frozen
    ) -> None:
        self.services = services or FakeServices()
        self.ui = FakeUi()
        self.text, self.results, self.schemas = FakeText(), FakeResults(), FakeSchemas()
        self.options = RunOptions()
        self.waiting: deque[Message] = deque()
        self.opened: list[bool] = []
        self.unreachable: list[str] = []
        self.jobs: list[Endpoint] = []
        self.roles: list[str] = []
        self.inserted: list[str] = []
        self.shows = self.scripts = 0
        self.tab = Tab(
            key,
            self.ui,
            self.waiting.append,
            text=self.text,
            results=self.results,
            schemas=self.schemas,
            options=self.options,
            services=lambda: self.services,
            pair_for=self._pair_for,
            config=config,
            keep_role=lambda _arn, role: self.roles.append(role),
            show=lambda _tab: self._show(),
            opened=lambda _tab, waited: self.opened.append(waited),
            unreachable=lambda _tab, error: self.unreachable.append(error.message),
            job_started=self.jobs.append,
            as_script=self._as_script,
            run_over=lambda: None,
            insert=self.inserted.append,
        )

    def _pair_for(self, services: Services, endpoint: Endpoint) -> SessionPair:
        return SessionPair(services, endpoint)

    async def _as_script(self) -> None:
        self.scripts += 1

    def _show(self) -> None:
        self.shows += 1

    @property
    def state(self) -> TabState:
        return self.tab.state

    @property
    def ran(self) -> list[str]:
        """What the tab's sessions have run, in order."""
        return [statement for session in self.services.sessions for statement in session.ran]

    async def connect(self) -> None:
        self.tab.connection.connect(self.services, SHOP, "admin")
        await self.settle()

    async def run(self, sql: str) -> asyncio.Task[None]:
        """Run statements; return the flow, which is done unless it waits for somebody."""
        return await self.do(self.tab.runner.run(tuple(split(sql))))

    async def do(self, flow: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(flow)
        await self.settle()
        if task.done():
            task.result()
        return task

    async def settle(self) -> None:
        """Deliver messages that workers have posted until there are no more."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
            while self.waiting:
                message = self.waiting.popleft()
                assert isinstance(message, TabMessage)
                assert message.tab == self.tab.key
                await self.tab.receive(message)
