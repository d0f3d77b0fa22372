"""Three clocks as bars, and the decoded token without its signature."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from dsql_tui.console.session.session_state import SessionState
from dsql_tui.console.session.status import urgency
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.model.span import countdown
from dsql_tui.model.token import AuthToken, Clock, ClockKind, shortest

BAR_WIDTH = 32
_EIGHTHS = " ▏▎▍▌▋▊▉"
_MEANING = {
    ClockKind.CREDENTIALS: "when they expire, so do all tokens signed with them",
    ClockKind.TOKEN: "used only to open a session; each connect signs a new one",
    ClockKind.SESSION: "DSQL ends a session after 60 minutes",
}


class TokenDialog(Dialog[None]):
    """The clocks of the status line in full, refreshed each second.

    Args:
        state: The session as it is now.
        now: The clock, aware UTC.
    """

    HEADING = "Token and session"

    def __init__(self, state: SessionState, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._state, self._now = state, now

    def body(self) -> ComposeResult:
        """Yield the bars and the token."""
        yield Static(self._bars(), id="clocks")
        yield Static(_decoded(self._state.token), id="token-fields")

    def on_mount(self) -> None:
        """Redraw the bars."""
        self.set_interval(1, lambda: self.query_one("#clocks", Static).update(self._bars()))

    def _bars(self) -> Content:
        clocks = self._state.clocks
        if not clocks:
            return Content(
                with_keys("No session is open. Press {session.open} to select a cluster.")
            )
        first = shortest(clocks)
        now = self._now()
        return Content("\n").join(
            line for clock in clocks for line in _bar(clock, now, shortest=clock is first)
        )


def _bar(clock: Clock, now: datetime, *, shortest: bool) -> list[Content]:
    style, word = urgency(clock, now)
    share = clock.fraction(now)
    drawn = bar(share) if share is not None else "start time unknown".ljust(BAR_WIDTH)
    left = countdown(clock.remaining(now))
    marks = [
        each for each in (word, "ends first" if shortest and word != "expired" else "") if each
    ]
    return [
        Content.assemble(
            (f"{clock.kind:<12}", "$text"),
            (drawn, style or "$text-accent" if share is not None else "$muted"),
            (f" {left:>9}", style or "bold $text"),
            (f"  {' · '.join(marks)}", style or "$muted"),
        ),
        Content.styled(f"{'':12}{_MEANING[clock.kind]}", "$muted"),
    ]


def bar(share: float, width: int = BAR_WIDTH) -> str:
    """Return a bar of `width` cells, filled to `share` (0–1), in eighths of a cell."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width, "·")


def _decoded(token: AuthToken | None) -> Content:
    if token is None:
        return Content("")
    fields = {
        "action": f"dsql:{token.action}",
        "host": token.host,
        "Region": token.region,
        "access key": f"…{token.access_key_id[-4:]}",
        "signed by": token.signed_by,
        "issued": f"{token.generated_at:%Y-%m-%d %H:%M:%S} UTC",
        "expires": f"{token.expires_at:%Y-%m-%d %H:%M:%S} UTC",
    }
    lines = [
        Content.assemble((f"{name:<12}", "$muted"), (value, "$text"))
        for name, value in fields.items()
        if value
    ]
    note = "The signature and the secret key are never shown, logged or stored."
    return Content("\n").join([*lines, Content.styled(f"\n{note}", "$muted")])
