"""Long operations on a result: one at a time, in a thread, and stoppable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from dsql_tui.console.shared.keys import key_name
from dsql_tui.console.shared.ui import Flow
from dsql_tui.errors import DsqlTuiError
from dsql_tui.results.work import Work

Found = TypeVar("Found")
Say = Callable[..., None]
"""Shows a notification; `severity="error"` makes it an error."""


class ResultWork:
    """Runs one operation on a result at a time.

    Args:
        begin: Starts a flow and cancels the previous one.
        changed: Called when work begins or ends.
        say: Shows errors.
    """

    def __init__(
        self, begin: Callable[[Flow], object], changed: Callable[[], object], say: Say
    ) -> None:
        self._begin = begin
        self._changed = changed
        self._say = say
        self._work: Work | None = None
        self._words = ""

    def begin(self, flow: Flow) -> None:
        """Run a flow and stop the previous one."""
        self._begin(flow)

    async def run(self, words: str, job: Callable[[Work], Found]) -> Found | None:
        """Run a function in a thread and return its result; it can be stopped.

        Work in progress is stopped first. An error of `errors` is shown, and `None` is returned.

        Args:
            words: A description of the work, for the status line.
            job: Checks `work.cancelled` regularly and counts its progress.
        """
        self.stop()
        work = self._work = Work()
        self._words = words
        self._changed()
        try:
            return await asyncio.to_thread(job, work)
        except DsqlTuiError as error:
            self._say(f"{error.message} {error.remedy}".strip(), severity="error")
            return None
        finally:
            work.cancel()
            if self._work is work:
                self._work = None
            self._changed()

    def stop(self) -> bool:
        """Stop the operation in progress; return whether there was one."""
        work, self._work = self._work, None
        if work is None:
            return False
        work.cancel()
        self._changed()
        return True

    @property
    def words(self) -> str:
        """The operation in progress and its share done, or an empty string."""
        return (
            f"{self._words} {self._work.share:.0%} · {key_name('results.back')} stop"
            if self._work
            else ""
        )
