"""A result while it arrives: the grid, and below it the truth about where it stands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Static

from dsql_tui.config import Config
from dsql_tui.console.grid.cells import inert
from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.result import Column, Completed, RowChunk
from dsql_tui.results.arrivals import Arrivals
from dsql_tui.results.formats import Formats
from dsql_tui.results.progress import Outcome, Progress, describe
from dsql_tui.results.work import Work

TICK_S = 0.1
TAKE_S = 1 / 60
"""How often arriving rows are taken: once a frame."""
MS_PER_S = 1000.0
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class ResultChoices:
    """What the person has chosen about results.

    Attributes:
        formats: How values are shown.
        spill_bytes: Memory for kept rows before the oldest go to a temporary file; 0 is no bound.
        guard_formulas: Put `'` before text a spreadsheet would run, in CSV and TSV.
        clipboard: `auto`, `native` or `osc52`.
        row_limit: Rows to fetch before asking; 0 for all.
    """

    formats: Formats = field(default_factory=Formats)
    spill_bytes: int = 512 * 1024 * 1024
    guard_formulas: bool = False
    clipboard: str = "auto"
    row_limit: int = 0


def choices_of(config: Config) -> ResultChoices:
    """Return what the settings say about results."""
    return ResultChoices(
        formats=Formats(
            group_digits=config.group_separators,
            zone=ZoneInfo(config.timezone) if config.timezone else None,
        ),
        spill_bytes=config.spill_limit_mib * 1024 * 1024,
        guard_formulas=config.formula_guard,
        clipboard=config.clipboard,
        row_limit=config.row_limit,
    )


class ResultBase(Vertical):
    """A result grid with its status line; runs one piece of work on it at a time."""

    DEFAULT_CSS = """
    ResultBase {
        & > GridView { height: 1fr; }
        & > .result-status { height: 1; padding: 0 1; color: $text-muted; }
        & > .result-status.-failed { color: $text-error; }
    }
    """

    def __init__(
        self,
        *,
        choices: ResultChoices | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.choices = choices or ResultChoices()
        self.grid = ResultGrid()
        self.grid.formats = self.choices.formats
        self.progress = Progress(outcome=Outcome.COMPLETE)
        self._status = Static("", classes="result-status", markup=False)
        self._started_s = 0.0
        self._first_row_ms: float | None = None
        self._ticking: Timer | None = None
        self._taking: Timer | None = None
        self._arrivals: Arrivals | None = None
        self._work: Work | None = None
        self._work_words = ""
        self._taken_away = 0
        """Copies and exports that are under way."""

    def compose(self) -> ComposeResult:
        """The grid above, the status line below."""
        yield self.grid
        yield self._status

    def on_mount(self) -> None:
        """Tick only while something goes on."""
        self._ticking = self.set_interval(TICK_S, self._tick, pause=True)
        self._taking = self.set_interval(TAKE_S, self._take, pause=True)

    # What the workspace calls.

    def begin(self, columns: tuple[Column, ...], arrivals: Arrivals | None = None) -> None:
        """Show a result with these columns; its rows are taken from `arrivals` until its end."""
        self.grid.begin(columns)
        self._started_s = arrivals.sent_s if arrivals else time.monotonic()
        self._first_row_ms = None
        self.progress = Progress()
        self._await(arrivals)
        self._take()
        if self._ticking:
            self._ticking.resume()
        self._tick()

    def _await(self, arrivals: Arrivals | None) -> None:
        """Take rows from here from now on; from nowhere any more when it is `None`."""
        self._arrivals = arrivals
        if self._taking:
            self._taking.resume() if arrivals else self._taking.pause()

    def _take(self) -> None:
        if self._arrivals is not None:
            self._first_row_ms = self._arrivals.first_row_ms
            for chunk in self._arrivals.take():
                self.append(chunk)

    def _take_last(self) -> None:
        self._take()
        self._await(None)

    def append(self, chunk: RowChunk) -> None:
        """Add rows at the end."""
        if self._first_row_ms is None and chunk.row_count:
            self._first_row_ms = self._elapsed_ms()
        self.grid.append(chunk)

    def finish(self, completed: Completed) -> None:
        """The statement ended well; without columns its command tag is all there is to show."""
        self._take_last()
        if not self.grid.has_result:
            self.grid.clear(completed.command_tag)
        self.grid.store.is_whole = True
        self.grid.finish()
        self._stand(
            Outcome.COMPLETE,
            first_row_ms=completed.first_row_ms,
            elapsed_ms=completed.elapsed_ms,
            words="" if self.grid.has_result else completed.command_tag,
        )

    def pause(self) -> None:
        """The row limit is reached and the server has more; `m` asks for it."""
        self._take()
        self.grid.finish()
        self._stand(
            Outcome.PAUSED,
            first_row_ms=self._first_row_ms,
            elapsed_ms=self._elapsed_ms(),
            words="",
        )

    def resume(self) -> None:
        """More rows are on their way."""
        self.progress = replace(self.progress, outcome=Outcome.RUNNING)
        self._draw_status()

    def stop_early(self) -> None:
        """The person wants no more of what the server has."""
        self._take_last()
        self._stand(
            Outcome.PARTIAL,
            first_row_ms=self._first_row_ms,
            elapsed_ms=self._elapsed_ms(),
            words="",
        )

    def fail(self, words: str) -> None:
        """The statement ended badly or was cancelled; rows that came before stay."""
        self._take_last()
        self.grid.finish()
        self._stand(
            Outcome.FAILED,
            first_row_ms=self._first_row_ms,
            elapsed_ms=self._elapsed_ms(),
            words=words,
        )

    def clear(self, text: str = "") -> None:
        """Show no result, only a sentence."""
        self._await(None)
        self.grid.clear(text)
        self._started_s = time.monotonic()
        self.progress = Progress(outcome=Outcome.COMPLETE)
        self._draw_status()

    # The status line.

    def _elapsed_ms(self) -> float:
        return (time.monotonic() - self._started_s) * MS_PER_S

    def _tick(self) -> None:
        if self.progress.outcome is Outcome.RUNNING:
            self._stand(
                Outcome.RUNNING,
                first_row_ms=self._first_row_ms,
                elapsed_ms=self._elapsed_ms(),
                words="",
            )
        else:
            self._draw_status()

    def _stand(
        self, outcome: Outcome, *, first_row_ms: float | None, elapsed_ms: float, words: str
    ) -> None:
        store = self.grid.store
        self.progress = Progress(
            store.row_count, store.size_bytes, first_row_ms, elapsed_ms, outcome, words
        )
        self._draw_status()

    def status_words(self) -> list[str]:
        """Return what the status line says, the most important first."""
        has_said = self.grid.has_result or self.progress.words
        words = [describe(self.progress)] if has_said else []
        if self._work:
            words.insert(0, f"{self._work_words} {self._work.share:.0%} · esc stops it")
        return words

    def _draw_status(self) -> None:
        active = self.progress.outcome is Outcome.RUNNING or self._work is not None
        if self._ticking:
            self._ticking.resume() if active else self._ticking.pause()
        self._status.set_class(self.progress.outcome is Outcome.FAILED, "-failed")
        self._status.update(inert(" · ".join(self.status_words())), layout=False)

    # Work that takes a while.

    async def run_work(self, words: str, job: Callable[[Work], Found]) -> Found | None:
        """Run a function in a thread and return what it returns; the person may stop it.

        Work that was going on is stopped first. An error of ours is shown and answers `None`.

        Args:
            words: What is being done, for the status line.
            job: Looks at `work.cancelled` now and then and counts what it has done.
        """
        self.stop_work()
        work = self._work = Work()
        self._work_words = words
        self._draw_status()
        try:
            return await asyncio.to_thread(job, work)
        except DsqlTuiError as error:
            self.say(f"{error.message} {error.remedy}".strip(), severity="error")
            return None
        finally:
            work.cancel()
            if self._work is work:
                self._work = None
            self._draw_status()

    def stop_work(self) -> bool:
        """Stop what is being done; return whether something was."""
        work, self._work = self._work, None
        if work is None:
            return False
        work.cancel()
        self._draw_status()
        return True

    def say(self, words: str, *, severity: str = "information") -> None:
        """Tell the person something that passes."""
        if severity == "error":
            self.notify(inert(words), severity="error", markup=False)
        else:
            self.notify(inert(words), markup=False)
