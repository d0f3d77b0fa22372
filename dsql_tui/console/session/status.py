"""The status line at the top: cluster, role, transaction, session clocks."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from textual.content import Content
from textual.reactive import reactive

from dsql_tui.console.session.session_state import RunState, SessionPhase, SessionState
from dsql_tui.console.session.transaction import OpenTransaction, Strain
from dsql_tui.console.shared.keys import key_name
from dsql_tui.console.widgets.links import Linked, link
from dsql_tui.model.result import TransactionStatus
from dsql_tui.model.span import countdown
from dsql_tui.model.token import Clock, ClockKind, by_end
from dsql_tui.sql.dsql.limits import TRANSACTION_BYTES, TRANSACTION_ROWS

LOW = {
    ClockKind.CREDENTIALS: timedelta(minutes=10),
    ClockKind.SESSION: timedelta(minutes=10),
}
"""Below this, a clock is amber and reads `low`."""
RENEWED_SHOWN = timedelta(seconds=10)
"""How long a dot shows that the session was replaced by a new one."""
CRITICAL = timedelta(minutes=2)
"""Below this, a clock is red and reads `ends`."""

MIB = 1024 * 1024
_BREVITY = (
    (False, False, False),
    (True, False, False),
    (True, False, True),
    (True, True, True),
)
"""Which of place, stake and clocks are cut short, tried in this order."""
_STRAINS = {
    Strain.FINE: "bold $text-accent",
    Strain.NEAR: "bold $text-warning",
    Strain.CLOSE: "bold $text-error",
}
_PHASE_STYLES = {
    SessionPhase.NONE: "$muted",
    SessionPhase.WAITING: "$muted",
    SessionPhase.OPENING: "$text-accent",
    SessionPhase.OPEN: "$text-success",
    SessionPhase.CLOSED: "$text-warning",
    SessionPhase.FAILED: "$text-error",
}


def urgency(clock: Clock, now: datetime) -> tuple[str, str]:
    """Return the style of a clock, and a word that conveys it without colour."""
    left = clock.remaining(now)
    if not left:
        return "$muted", "expired"
    if not clock.ends_work:
        return "", ""
    if left < CRITICAL:
        return "$text-error", "ends"
    if left < LOW[clock.kind]:
        return "$text-warning", "low"
    return "", ""


class StatusLine(Linked):
    """One line, drawn from the session's state and the time."""

    state: reactive[SessionState] = reactive(SessionState, layout=False)
    run: reactive[RunState] = reactive(RunState)
    now: reactive[datetime] = reactive(lambda: datetime.now(UTC))

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(id="status")
        self._now = now
        self.set_reactive(StatusLine.now, now())

    def on_mount(self) -> None:
        """Refresh once a second."""
        self.set_interval(1, self._tick)

    def watch_state(self) -> None:
        """Draw with the current time, so that a new clock starts correctly."""
        self.now = self._now()

    def _tick(self) -> None:
        if self.state.clocks or self.state.work or self.run.running:
            self.now = self._now()

    def render(self) -> Content:
        """Return cluster and role on the left, the state in the middle, the clocks on the right.

        In a narrow terminal the left loses its Regions and the right all but the shortest clock,
        before the middle is cut.
        """
        width = self.size.width
        for places, stakes, clocks in _BREVITY:
            left, middle, right = self._place(places), self._stake(stakes), self._clocks(clocks)
            spare = width - left.cell_length - middle.cell_length - right.cell_length
            if spare >= 2:
                break
        if spare < 2:
            middle = middle.truncate(max(middle.cell_length + spare - 2, 0), ellipsis=True)
            spare = max(width - left.cell_length - middle.cell_length - right.cell_length, 0)
        before = max(spare // 2, 1) if middle else spare
        gap = Content(" " * before) + middle + Content(" " * max(spare - before, 0))
        return (left + gap + right).truncate(width)

    def _place(self, brief: bool) -> Content:
        state = self.state
        target = state.target
        if target is None:
            return Content.assemble((" ◌ ", "$muted"), (SessionPhase.NONE, "$muted"))
        peers = " ⇄ " + ", ".join(state.peers) if state.peers else ""
        glyph = "●" if state.is_open else "◌"
        style = _PHASE_STYLES[state.phase]
        where = "" if brief else f" {target.region}{peers}"
        parts: list[Content | tuple[str, str]] = [
            (f" {glyph} ", style),
            (target.name, f"bold {state.color or '$text'}"),
            (where, "$muted"),
            (" · ", "$muted"),
            (target.role, "$text"),
        ]
        if state.production and not brief:
            parts.append((" · production", "bold $text-error"))
        if state.discipline.read_only:
            chip = Content.styled(" · read-only", "$text-warning")
            parts.append(chip.stylize(link("screen.toggle_read_only")))
        if not state.is_open:
            parts += [(" · ", "$muted"), (state.phase, style)]
        return Content.assemble(*parts)

    def _run_words(self) -> Content:
        run = self.run
        age = countdown(timedelta(seconds=time.monotonic() - run.started_at))
        of = f" {run.statement} of {run.statements}" if run.statements > 1 else ""
        if run.cancel_requested:
            return Content.styled(f"cancel requested{of} {age}", "bold $text-warning")
        return Content.styled(
            f"running{of} {age} · {key_name('run.cancel')} cancel", "bold $text-accent"
        )

    def _stake(self, brief: bool) -> Content:
        state = self.state
        if self.run.running:
            return self._run_words()
        if not state.is_open:
            return Content("")
        if not state.in_transaction or state.work is None:
            mode = "manual commit" if state.discipline.manual else "autocommit"
            return Content.styled(mode, "$muted").stylize(link("screen.toggle_manual"))
        if state.transaction is TransactionStatus.FAILED:
            return Content.styled(
                f"tx failed · {key_name('transaction.rollback')} roll back", "bold $text-error"
            )
        return self._budget(state.work, brief)

    def _budget(self, work: OpenTransaction, brief: bool) -> Content:
        """Return the transaction's usage and its limits."""
        strain = work.strain(self.now)
        words = ["tx", countdown(self.now - work.began_at)]
        if work.read_only:
            return Content.styled(" ".join(["read-only", *words]), _STRAINS[strain])
        rows = f"{work.rows_changed:,}" if brief else f"{work.rows_changed:,}/{TRANSACTION_ROWS:,}"
        parts = [" ".join(words), f"{rows} rows"]
        if not brief:
            parts.append(f"~{work.bytes_changed / MIB:.1f}/{TRANSACTION_BYTES // MIB} MiB")
            parts += [work.ddl] if work.ddl else []
        if strain is not Strain.FINE:
            parts.append(strain)
        return Content.styled(" · ".join(parts), _STRAINS[strain])

    def _clocks(self, brief: bool) -> Content:
        clocks = by_end(self.state.clocks, self.now)
        shown = [self._clock(clock) for clock in (clocks[:1] if brief else clocks)]
        return Content(" · ").join(shown).stylize(link("screen.show_token")) + Content(" ")

    def _clock(self, clock: Clock) -> Content:
        style, word = urgency(clock, self.now)
        if word == "expired":
            return Content.styled(f"{clock.kind} expired", style)
        text = f"{word} {countdown(clock.remaining(self.now))}".lstrip()
        dot = ("• ", "$text-accent") if self._is_renewed(clock) else ""
        return Content.assemble(dot, (f"{clock.kind} ", "$muted"), (text, style or "$text"))

    def _is_renewed(self, clock: Clock) -> bool:
        renewed_at = self.state.renewed_at
        is_session = clock.kind is ClockKind.SESSION
        return is_session and renewed_at is not None and self.now - renewed_at < RENEWED_SHOWN
