"""What belongs to one editor tab beside its text: its session, its run and its results.

The workspace owns one for each tab and is the only one who changes it. Jobs post to `Desk.post`, so
what they tell reaches the tab they work for, whatever is in front by then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from textual.message import Message

from dsql_tui.console.messages import DeskMessage, RunRequested
from dsql_tui.console.offers import Offer
from dsql_tui.console.panes.results import ResultsPane
from dsql_tui.console.running import Run
from dsql_tui.console.sessions import SessionPair
from dsql_tui.console.state import RunState, SessionState
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.result import TransactionStatus


class Sign(Enum):
    """What a tab that is not in front says of itself: a glyph, and the same in a word."""

    NONE = ("", "")
    RUNNING = ("◐", "running")
    PAUSED = ("◑", "more rows")
    DONE = ("✓", "done")
    FAILED = ("✗", "failed")
    OPEN = ("◆", "tx open")


@dataclass(eq=False, slots=True)
class Desk:
    """One tab's session and what came of it.

    Attributes:
        key: The tab's.
        results: Where its answers are shown.
        deliver: Hands a message to the workspace; safe from any thread.
        pair: Its sessions; `None` before a cluster is known.
        cluster: What it is a session on.
        session: What is known of its session.
        run_state: What is known of its run.
        offer: What can be run again, or looked at, after something was lost.
        run: What runs, or ran last.
        next_run: What runs when the paused run has ended.
        found: Called once the cluster of its target is known.
        explaining_since: `time.monotonic()` when a plan was asked for that has not come yet.
        schema_changed: Whether relations came or went in the run.
        failed: Whether the run or the plan asked for last has failed.
        warned_of: When the session was opened whose end was warned of.
        offers_peer: Whether the other Region is to be offered once the tab is in front.
        news: How it ended, until the person looks.
    """

    key: str
    results: ResultsPane
    deliver: Callable[[Message], object]
    pair: SessionPair | None = None
    cluster: Cluster | None = None
    session: SessionState = field(default_factory=SessionState)
    run_state: RunState = field(default_factory=RunState)
    offer: Offer | None = None
    run: Run | None = None
    next_run: RunRequested | None = None
    found: Callable[[], None] | None = None
    explaining_since: float | None = None
    schema_changed: bool = False
    failed: bool = False
    warned_of: datetime | None = None
    offers_peer: bool = False
    news: Sign = Sign.NONE

    def post(self, message: Message) -> None:
        """Deliver what a job of this tab tells, with the tab's key on it."""
        if isinstance(message, DeskMessage):
            message.desk = self.key
        self.deliver(message)

    def is_at(self, endpoint: Endpoint) -> bool:
        """Whether its session is, or would be, on this endpoint."""
        return self.pair is not None and self.pair.endpoint == endpoint

    @property
    def sign(self) -> Sign:
        """What it says of itself while another tab is in front."""
        if self.run_state.paused:
            return Sign.PAUSED
        if self.run_state.running or self.explaining_since is not None:
            return Sign.RUNNING
        if self.news is not Sign.NONE:
            return self.news
        return Sign.OPEN if self.session.in_transaction else Sign.NONE

    @property
    def losses(self) -> str:
        """What would be lost by leaving its session, as a sentence, or empty."""
        where = ""
        if (endpoint := self.session.endpoint) is not None:
            where = f" on {endpoint.cluster_name}"
        if self.run_state.running:
            return (
                f"A statement is running{where}. It will be cancelled; "
                "what it did may or may not stay."
            )
        if self.session.transaction is TransactionStatus.IN_TRANSACTION:
            return (
                f"A transaction is open{where}. "
                "Its changes are not committed and will be rolled back."
            )
        return ""
