"""Flows on a screen: how they begin, end and are given up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from textual.screen import Screen
from textual.widget import Widget

from dsql_tui.console.shared.ui import WidgetUi
from dsql_tui.errors import InputError


class FakeWidget:
    """The part of a screen that `WidgetUi` uses."""

    def __init__(self) -> None:
        self.app = self
        self.next: list[Callable[[], object]] = []
        self.pushed: list[tuple[object, Callable[[object], None]]] = []

    def call_next(self, callback: Callable[[], object]) -> None:
        self.next.append(callback)

    def push_screen(self, screen: object, callback: Callable[[object], None]) -> None:
        self.pushed.append((screen, callback))

    def run_worker(self, function: Callable[[], object], *, thread: bool, group: str) -> None:
        assert thread
        asyncio.get_running_loop().run_in_executor(None, function)


def ui_of(screen: FakeWidget) -> WidgetUi:
    return WidgetUi(cast("Widget", screen))


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_flow_runs_to_its_first_wait_before_the_next_key_is_looked_at() -> None:
    screen, done, told = FakeWidget(), asyncio.Event(), list[str]()
    ui = ui_of(screen)

    async def flow() -> None:
        told.append("begun")
        await done.wait()
        told.append("woken")
        await asyncio.sleep(0)
        told.append("ended")

    ui.start(flow())
    assert told == ["begun"]
    done.set()
    await turns()
    assert told == ["begun", "woken", "ended"]


async def test_a_dialog_is_there_at_once_and_its_answer_goes_to_the_flow() -> None:
    screen, given = FakeWidget(), list[str | None]()
    ui, dialog = ui_of(screen), cast("Screen[str | None]", object())

    async def flow() -> None:
        given.append(await ui.ask(dialog))
        given.append(await ui.ask(dialog))

    ui.start(flow())
    for answer in ("yes", None):
        (pushed, callback) = screen.pushed.pop()
        assert pushed is dialog
        callback(answer)
        await turns()
    assert given == ["yes", None]


async def test_a_flow_that_waits_for_nothing_is_over_at_once() -> None:
    told: list[str] = []

    async def flow() -> None:
        told.append("done")

    ui_of(FakeWidget()).start(flow())
    assert told == ["done"]


@pytest.mark.parametrize("waits", [True, False])
async def test_a_bug_in_a_flow_is_raised_where_textual_ends_the_program(waits: bool) -> None:
    screen = FakeWidget()

    async def flow() -> None:
        if waits:
            await asyncio.sleep(0)
        raise ZeroDivisionError

    if not waits:
        with pytest.raises(ZeroDivisionError):
            ui_of(screen).start(flow())
        return
    ui_of(screen).start(flow())
    await turns()
    (raised,) = screen.next
    with pytest.raises(ZeroDivisionError):
        raised()


async def test_flows_that_wait_are_given_up_when_the_screen_closes() -> None:
    screen, told = FakeWidget(), list[str]()
    ui = ui_of(screen)

    async def flow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            told.append("given up")

    ui.start(flow())
    await turns()
    ui.cancel()
    await turns()
    assert told == ["given up"]
    assert screen.next == []


async def test_what_a_thread_returns_or_raises_comes_to_the_flow() -> None:
    ui, told = ui_of(FakeWidget()), list[Any]()
    ended = asyncio.Event()

    def refuse() -> str:
        raise InputError("no")

    async def flow() -> None:
        told.append(await ui.call(lambda: "result"))
        try:
            await ui.call(refuse)
        except InputError as error:
            told.append(error.message)
        ended.set()

    ui.start(flow())
    await ended.wait()
    assert told == ["result", "no"]
