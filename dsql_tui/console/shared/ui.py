"""Interface to the screen for objects that are not widgets.

They get only a `Ui`, not the screen. Unit tests pass one that answers without a person.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Coroutine, Generator, Sequence
from concurrent.futures import Future
from functools import partial
from types import coroutine
from typing import Any, Literal, NoReturn, Protocol, TypeVar

from textual.app import SuspendNotSupported
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from dsql_tui.console.shared.work import WorkEnded
from dsql_tui.errors import DsqlTuiError

Answer = TypeVar("Answer")
Result = TypeVar("Result")
Post = Callable[[Message], object]
"""Hands a message to the screen; safe from any thread."""
Flow = Coroutine[Any, Any, object]
"""Steps that wait for answers; the screen stays responsive in between."""
Severity = Literal["information", "warning", "error"]


class Stoppable(Protocol):
    """A timer that can be stopped before it fires; `Ui.after` returns it."""

    def stop(self) -> None:
        """Stop the timer."""
        ...


class Ui(Protocol):
    """Dialogs, notices, threads and timers."""

    def notify(self, text: str, *, title: str = "", severity: Severity = "information") -> None:
        """Show a notification; `text` is shown literally, never as markup."""
        ...

    def warn(self, text: str) -> None:
        """Notify why an action does nothing."""
        ...

    def work_ended(self, work: str, spent_s: float, *, failed: bool) -> None:
        """Notify a person who looks at another window that work has ended (see `WorkEnded`)."""
        ...

    async def ask(self, screen: Screen[Answer]) -> Answer | None:
        """Show a dialog or another screen and return its result."""
        ...

    def start(self, flow: Flow) -> None:
        """Run a flow immediately up to its first wait, the rest while messages are handled.

        Keys that are typed right after the one that started it meet the dialog it has opened.
        """
        ...

    async def call(self, function: Callable[[], Result], *, group: str = "default") -> Result:
        """Run a function in a thread and return its result.

        Raises:
            DsqlTuiError: What the function raised.
        """
        ...

    def work(self, worker: Callable[..., object], *inputs: object, group: str = "default") -> None:
        """Run a worker in a thread; its last argument is the function that posts messages."""
        ...

    def in_thread(self, function: Callable[[], object], *, group: str = "default") -> None:
        """Run a function in a thread without waiting for it."""
        ...

    def after(self, delay_s: float, callback: Callable[[], object]) -> Stoppable:
        """Call a function after a delay."""
        ...

    def after_paint(self, callback: Callable[[], object]) -> None:
        """Call a function after the next refresh of the screen."""
        ...

    def run_program(self, command: Sequence[str]) -> bool:
        """Suspend the terminal for a program until it ends; `False` if that is not possible.

        Raises:
            OSError: The program cannot be started.
        """
        ...


class WidgetUi:
    """The `Ui` of a screen, or of another widget.

    Args:
        widget: Gets the messages; workers and timers end with it.
    """

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._flows: set[asyncio.Task[object]] = set()

    def notify(self, text: str, *, title: str = "", severity: Severity = "information") -> None:
        """Show a notification; `text` is shown literally, never as markup."""
        self._widget.notify(text, title=title, severity=severity, markup=False)

    def warn(self, text: str) -> None:
        """Notify why an action does nothing."""
        self.notify(text, severity="warning")

    def work_ended(self, work: str, spent_s: float, *, failed: bool) -> None:
        """Notify a person who looks at another window that work has ended."""
        self._widget.post_message(WorkEnded(work, spent_s, failed))

    async def ask(self, screen: Screen[Answer]) -> Answer | None:
        """Show a dialog or another screen and return its result."""
        answer: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()

        def answered(given: Answer | None) -> None:
            if not answer.done():
                answer.set_result(given)

        self._widget.app.push_screen(screen, answered)
        return await answer

    def start(self, flow: Flow) -> None:
        """Run a flow immediately up to its first wait, the rest while messages are handled."""
        try:
            first = flow.send(None)
        except StopIteration:
            return
        task: asyncio.Task[object] = asyncio.get_running_loop().create_task(_rest_of(flow, first))
        self._flows.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._flows.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._widget.call_next(partial(_raise, error))  # a bug ends the program

    def cancel(self) -> None:
        """Cancel every waiting flow; called when the widget is removed."""
        for task in self._flows:
            task.cancel()

    async def call(self, function: Callable[[], Result], *, group: str = "default") -> Result:
        """Run a function in a thread and return its result.

        Raises:
            DsqlTuiError: What the function raised.
        """
        answer: Future[Callable[[], Result]] = Future()
        answer.set_running_or_notify_cancel()

        def run() -> None:
            try:
                result = function()
            except DsqlTuiError as error:
                answer.set_result(partial(_raise, error))
            else:
                answer.set_result(lambda: result)

        self.in_thread(run, group=group)
        return (await asyncio.wrap_future(answer))()

    def work(self, worker: Callable[..., object], *inputs: object, group: str = "default") -> None:
        """Run a worker in a thread; its last argument is the function that posts messages."""
        self.in_thread(partial(worker, *inputs, self._widget.post_message), group=group)

    def in_thread(self, function: Callable[[], object], *, group: str = "default") -> None:
        """Run a function in a thread without waiting for it."""
        self._widget.run_worker(function, thread=True, group=group)

    def after(self, delay_s: float, callback: Callable[[], object]) -> Stoppable:
        """Call a function after a delay."""
        return self._widget.set_timer(delay_s, callback)

    def after_paint(self, callback: Callable[[], object]) -> None:
        """Call a function after the next refresh of the screen."""
        self._widget.call_after_refresh(callback)

    def run_program(self, command: Sequence[str]) -> bool:
        """Suspend the terminal for a program until it ends; `False` if that is not possible.

        Raises:
            OSError: The program cannot be started.
        """
        try:
            with self._widget.app.suspend():
                subprocess.run(command, check=False)
        except SuspendNotSupported:
            return False
        return True


async def _rest_of(flow: Flow, first: object) -> object:
    """Wait for what a flow waits for first, then run the rest of it."""
    try:
        return await _resumed(flow, first)
    finally:
        flow.close()


@coroutine
def _resumed(flow: Flow, first: object) -> Generator[object, object, object]:
    """Yield to the event loop as the flow would have; tasks take no generator since Python 3.12."""
    yield first
    return (yield from flow.__await__())


def _raise(error: BaseException) -> NoReturn:
    raise error
