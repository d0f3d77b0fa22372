"""A `Ui` without a screen: it answers dialogs by itself and runs workers at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from textual.message import Message
from textual.screen import Screen

from dsql_tui.console.shared.ui import Flow, Severity

Answer = TypeVar("Answer")
Result = TypeVar("Result")


@dataclass
class FakeTimer:
    """A timer that fires when a test says so."""

    delay_s: float
    callback: Callable[[], object]
    stopped: bool = False

    def stop(self) -> None:
        self.stopped = True


@dataclass
class FakeUi:
    """Attributes:
    answers: What dialogs answer, in the order they are asked; without one left they stay open.
    asked: The dialogs and screens that were shown.
    """

    answers: list[object] = field(default_factory=list)
    asked: list[Screen[object]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    ended: list[tuple[str, bool]] = field(default_factory=list)
    """Work whose end was notified, and whether it failed."""
    posted: list[Message] = field(default_factory=list)
    timers: list[FakeTimer] = field(default_factory=list)
    programs: list[Sequence[str]] = field(default_factory=list)
    held_back: list[Callable[[], object]] | None = None
    """Where workers wait for the test; `None` runs them at once."""
    can_suspend: bool = True
    _flows: list[asyncio.Task[object]] = field(default_factory=list)

    def notify(self, text: str, *, title: str = "", severity: Severity = "information") -> None:
        self.notices.append(f"{title}: {text}" if title else text)

    def warn(self, text: str) -> None:
        self.notices.append(text)

    def work_ended(self, work: str, spent_s: float, *, failed: bool) -> None:
        self.ended.append((work, failed))

    async def ask(self, screen: Screen[Answer]) -> Answer | None:
        self.asked.append(cast("Screen[object]", screen))
        if not self.answers:
            await asyncio.Event().wait()
        return cast("Answer | None", self.answers.pop(0))

    def start(self, flow: Flow) -> None:
        self._flows.append(asyncio.get_running_loop().create_task(flow))

    async def call(self, function: Callable[[], Result], *, group: str = "default") -> Result:
        if self.held_back is None:
            return function()
        answered = asyncio.Event()
        self.held_back.append(answered.set)
        await answered.wait()
        return function()

    def work(self, worker: Callable[..., object], *inputs: object, group: str = "default") -> None:
        self.in_thread(lambda: worker(*inputs, self.posted.append), group=group)

    def in_thread(self, function: Callable[[], object], *, group: str = "default") -> None:
        if self.held_back is None:
            function()
        else:
            self.held_back.append(function)

    def let_go(self) -> None:
        """Run the workers that wait."""
        waiting, self.held_back = self.held_back or [], None
        for function in waiting:
            function()

    def after(self, delay_s: float, callback: Callable[[], object]) -> FakeTimer:
        self.timers.append(FakeTimer(delay_s, callback))
        return self.timers[-1]

    def after_paint(self, callback: Callable[[], object]) -> None:
        callback()

    def run_program(self, command: Sequence[str]) -> bool:
        self.programs.append(command)
        return self.can_suspend

    def close(self) -> None:
        """Cancel everything that still waits for an answer."""
        for task in self._flows:
            task.cancel()
