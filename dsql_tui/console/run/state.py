"""The state of one editor tab; its parts change it, the screen shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from dsql_tui.config import Config
from dsql_tui.console.run.offers import Offer
from dsql_tui.console.session.session_state import RunState, SessionState
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.result import TransactionStatus
from dsql_tui.sql.psql.watch import Watch


class Sign(Enum):
    """A mark in the title of an inactive tab: a glyph and a word."""

    NONE = ("", "")
    RUNNING = ("◐", "running")
    PAUSED = ("◑", "more rows")
    DONE = ("✓", "done")
    FAILED = ("✗", "failed")
    OPEN = ("◆", "tx open")


@dataclass(eq=False, slots=True)
class TabState:
    """The state of one tab's session and run.

    Attributes:
        key: The tab's.
        show: Called after each change.
        config: The settings that apply to its cluster.
        pair: Its sessions; `None` before a cluster is known.
        cluster: The cluster that the session is on.
        session: The state of its session.
        run_state: The state of its run.
        offer: The statements to retry or check after a loss.
        explaining_since: `time.monotonic()` when the pending plan was requested.
        schema_changed: Whether the run created or dropped relations.
        failed: Whether the last run or plan failed.
        watch: How often its statement is run again; `None` if it is not.
        outcome: How it ended, until the person activates the tab.
    """

    key: str
    show: Callable[[], object]
    config: Config = field(default_factory=Config)
    pair: SessionPair | None = None
    cluster: Cluster | None = None
    session: SessionState = field(default_factory=SessionState)
    run_state: RunState = field(default_factory=RunState)
    offer: Offer | None = None
    explaining_since: float | None = None
    schema_changed: bool = False
    failed: bool = False
    watch: Watch | None = None
    outcome: Sign = Sign.NONE

    def put(
        self, *, session: SessionState | None = None, run_state: RunState | None = None
    ) -> None:
        """Change the state of the session or the run, and show it."""
        self.session = self.session if session is None else session
        self.run_state = self.run_state if run_state is None else run_state
        self.show()

    def saw_outcome(self) -> None:
        """Clear the outcome in the title of the active tab."""
        self.outcome = Sign.NONE

    def is_at(self, endpoint: Endpoint) -> bool:
        """Whether its session is, or would be, on this endpoint."""
        return self.pair is not None and self.pair.endpoint == endpoint

    @property
    def is_busy(self) -> bool:
        """Whether a run, a plan or a watch uses its session."""
        is_watching = self.watch is not None
        return self.run_state.running or self.explaining_since is not None or is_watching

    @property
    def sign(self) -> Sign:
        """The mark shown while the tab is inactive."""
        if self.run_state.paused:
            return Sign.PAUSED
        if self.is_busy:
            return Sign.RUNNING
        if self.outcome is not Sign.NONE:
            return self.outcome
        return Sign.OPEN if self.session.in_transaction else Sign.NONE

    @property
    def losses(self) -> str:
        """The loss from closing its session, as a sentence, or empty."""
        where = ""
        if (endpoint := self.session.endpoint) is not None:
            where = f" on {endpoint.cluster_name}"
        if self.run_state.running:
            return (
                f"A statement is running{where}. It will be cancelled; "
                "its changes may or may not be committed."
            )
        if self.session.transaction is TransactionStatus.IN_TRANSACTION:
            return (
                f"A transaction is open{where}. "
                "Its changes are not committed and will be rolled back."
            )
        return ""
