"""Worker threads that do not delay the end of the program."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import ParamSpec, TypeVar

Answer = TypeVar("Answer")
Inputs = ParamSpec("Inputs")


class DaemonThreads(ThreadPoolExecutor):
    """Runs each call in its own daemon thread, and waits for none at the end.

    asyncio accepts only a ThreadPoolExecutor, which joins its threads when the program ends: a
    call to an AWS endpoint that does not respond would block the exit until it times out. Calls
    are few and start with a key press, so a pool would save nothing.
    """

    def submit(
        self, fn: Callable[Inputs, Answer], /, *args: Inputs.args, **kwargs: Inputs.kwargs
    ) -> Future[Answer]:
        """Start the call at once."""
        future: Future[Answer] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - handed on, not handled
                future.set_exception(error)

        Thread(target=run, name="job", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """Return at once, without waiting for running calls."""
        super().shutdown(wait=False, cancel_futures=cancel_futures)
