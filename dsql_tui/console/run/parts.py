"""Interfaces between a tab and the console: editor, results, schemas, other tabs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from dsql_tui.console.results.row_editing.service import ResultOrigin
from dsql_tui.console.run.state import Sign, TabState
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.services import Services
from dsql_tui.console.shared.tab_contents import TabTarget
from dsql_tui.console.shared.ui import Ui
from dsql_tui.errors import DsqlTuiError, OccConflict
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.plan import Plan
from dsql_tui.model.result import Completed, Described, Notice
from dsql_tui.model.span import duration
from dsql_tui.pg.retry import RetryPolicy
from dsql_tui.results.arrivals import Arrivals
from dsql_tui.sql.lexing.split import Statement


class TabText(Protocol):
    """The editor as tabs use it."""

    @property
    def shown(self) -> str:
        """Key of the active tab."""
        ...

    def name_of(self, key: str) -> str:
        """Return the name of a tab."""
        ...

    def aim(self, key: str, target: TabTarget | None) -> None:
        """Set the cluster and role of a tab."""
        ...

    def bind(
        self, key: str, statements: tuple[Statement, ...], values: Mapping[str, str | None]
    ) -> tuple[Statement, ...]:
        """Return a tab's statements with values in place of their parameters.

        Raises:
            InputError: A value cannot be written in SQL.
        """
        ...

    def learn(self, key: str, statement: Statement) -> None:
        """Rank the identifiers of a statement that a tab has run higher."""
        ...

    def run_begins(self, key: str) -> None:
        """Record that a tab's statements are being sent."""
        ...

    def show_error(self, key: str, statement: Statement, error: DsqlTuiError) -> None:
        """Mark where a tab's statement failed."""
        ...


class TabResults(Protocol):
    """The results pane as tabs use it."""

    @property
    def staged(self) -> int:
        """How many changes to rows are staged."""
        ...

    @property
    def waiting(self) -> int:
        """How many changes of an earlier start wait for their rows."""
        ...

    def discard_staged(self) -> None:
        """Forget the staged changes; those that still wait are kept."""
        ...

    def discard_waiting(self) -> None:
        """Forget the changes of an earlier start."""
        ...

    async def begin(self) -> None:
        """Start a run."""
        ...

    async def describe(
        self, described: Described, arrivals: Arrivals, origin: ResultOrigin
    ) -> None:
        """Start a result set."""
        ...

    def pause(self) -> None:
        """Show that the row limit is reached and more rows remain."""
        ...

    def resume(self) -> None:
        """Show that more rows are arriving."""
        ...

    def stop_early(self) -> None:
        """Show that the remaining rows stay on the server."""
        ...

    def notice(self, notice: Notice) -> None:
        """Show a notice of the server."""
        ...

    def complete(self, statement: Statement, completed: Completed) -> None:
        """Show that a statement has succeeded."""
        ...

    def fail(self, statement: Statement, error: DsqlTuiError, elapsed_ms: float) -> None:
        """Show a statement's error."""
        ...

    def retry(self, attempt: int, error: OccConflict) -> None:
        """Show that a statement had a conflict and is retried."""
        ...

    def end(self) -> None:
        """End the run."""
        ...

    def say(self, words: str, error: DsqlTuiError) -> None:
        """Show an error outside of a run."""
        ...

    def set_watching(self, *, is_on: bool) -> None:
        """Replace the result when the next one is complete and mark what changed, or no longer."""
        ...

    def watched(self, words: str) -> None:
        """Show how a watch is getting on."""
        ...

    def show_plan(self, plan: Plan, price: Decimal, *, undone: bool) -> None:
        """Show and activate a plan, with its cost at a price per million DPU."""
        ...


class Schemas(Protocol):
    """The schemas that were read by endpoint."""

    def show(self, tab: TabState) -> None:
        """Show the schema of a tab's endpoint."""
        ...

    def read(self, pair: SessionPair) -> None:
        """Read the schemas of an endpoint."""
        ...

    def was_read(self, endpoint: Endpoint) -> bool:
        """Whether an endpoint's schemas were read."""
        ...

    def estimate_of(self, endpoint: Endpoint, relation: str) -> str:
        """Return a relation's estimated row count as text, or an empty string."""
        ...


PairFor = Callable[[Services, Endpoint], SessionPair]
"""Returns new sessions; the catalog's is shared with tabs that are on the endpoint already."""


@dataclass(slots=True)
class RunOptions:
    """The settings for running statements, shared by all tabs.

    Attributes:
        retries: How conflicts are retried.
        spill_bytes: Memory for the rows of a result; 0 is no bound.
        continue_after_errors: Whether the statements after one that was refused still run.
        values: Values of parameters, by the parameter as written.
    """

    retries: RetryPolicy = field(default_factory=RetryPolicy)
    spill_bytes: int = 0
    continue_after_errors: bool = False
    values: dict[str, str | None] = field(default_factory=dict)


def report_end(tab: TabState, ui: Ui, text: TabText, title: str, spent_s: float) -> None:
    """Notify that a run has ended in an inactive tab, or behind another window."""
    ui.work_ended(title, spent_s, failed=tab.failed)
    if tab.key == text.shown:
        return
    tab.outcome = Sign.FAILED if tab.failed else Sign.DONE
    tab.show()
    how = "failed" if tab.failed else "finished"
    ui.notify(
        f"{title} {how} after {duration(spent_s * 1_000)}.",
        title=text.name_of(tab.key),
        severity="warning" if tab.failed else "information",
    )
