"""What a tab uses of the console around it: its text, its results, the schemas, the other tabs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

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
    """The editor, as far as tabs use it."""

    @property
    def shown(self) -> str:
        """Key of the tab in front."""
        ...

    def name_of(self, key: str) -> str:
        """Return what a tab is called."""
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
        """Note that a tab's statements are sent now: what is typed from now on follows them."""
        ...

    def show_error(self, key: str, statement: Statement, error: DsqlTuiError) -> None:
        """Mark where a tab's statement failed."""
        ...


class TabResults(Protocol):
    """Where a tab's answers are shown."""

    async def begin(self) -> None:
        """A run starts."""
        ...

    async def describe(self, described: Described, arrivals: Arrivals) -> None:
        """A result set begins."""
        ...

    def pause(self) -> None:
        """The row limit is reached; the server has more."""
        ...

    def resume(self) -> None:
        """More rows are on their way."""
        ...

    def stop_early(self) -> None:
        """The rest stays on the server."""
        ...

    def notice(self, notice: Notice) -> None:
        """Show a notice of the server."""
        ...

    def complete(self, statement: Statement, completed: Completed) -> None:
        """A statement has ended well."""
        ...

    def fail(self, statement: Statement, error: DsqlTuiError, elapsed_ms: float) -> None:
        """A statement has failed."""
        ...

    def retry(self, attempt: int, error: OccConflict) -> None:
        """A conflict is met by running the statement again."""
        ...

    def end(self) -> None:
        """The run is over."""
        ...

    def say(self, words: str, error: DsqlTuiError) -> None:
        """Something outside of a run went wrong."""
        ...

    def show_plan(self, plan: Plan, price: Decimal, *, undone: bool) -> None:
        """Show a plan in front, and its cost at a price for a million DPU."""
        ...


class Schemas(Protocol):
    """The schemas that were read, by endpoint."""

    def show(self, tab: TabState) -> None:
        """Show the schema of a tab's endpoint."""
        ...

    def read(self, pair: SessionPair) -> None:
        """Read the schemas of an endpoint."""
        ...

    def was_read(self, endpoint: Endpoint) -> bool:
        """Whether an endpoint's schemas were read already."""
        ...

    def estimate_of(self, endpoint: Endpoint, relation: str) -> str:
        """Return about how many rows a relation has, empty if it is not known."""
        ...


PairFor = Callable[[Services, Endpoint], SessionPair]
"""Returns new sessions; the catalog's is shared with tabs that are on the endpoint already."""


@dataclass(slots=True)
class RunOptions:
    """How statements are run; shared by all tabs.

    Attributes:
        retries: What to do about conflicts.
        spill_bytes: Memory for the rows of a result; 0 is no bound.
        continue_after_errors: Whether the statements after one that was refused still run.
        values: Values given for parameters, by how they are spelled.
    """

    retries: RetryPolicy = field(default_factory=RetryPolicy)
    spill_bytes: int = 0
    continue_after_errors: bool = False
    values: dict[str, str | None] = field(default_factory=dict)


def report_end(tab: TabState, ui: Ui, text: TabText, what: str, spent_s: float) -> None:
    """Notify that a run has ended in a tab that is not in front."""
    if tab.key == text.shown:
        return
    tab.outcome = Sign.FAILED if tab.failed else Sign.DONE
    tab.show()
    how = "failed" if tab.failed else "finished"
    ui.notify(
        f"{what} {how} after {duration(spent_s * 1_000)}.",
        title=text.name_of(tab.key),
        severity="warning" if tab.failed else "information",
    )
