"""Times, counts, states and errors in the words and glyphs people read."""

from __future__ import annotations

from datetime import datetime, timedelta

from dsql_tui.console.shared.keys import KEYS
from dsql_tui.errors import (
    AccessDenied,
    ConnectError,
    CredentialsExpired,
    DsqlTuiError,
    OccConflict,
    SessionLost,
    StatementCancelled,
    StatementError,
)
from dsql_tui.model.cluster import ClusterStatus

SIGN_IN_KEY = next(key.first_key for key in KEYS if key.id == "aws.sign_in")
MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
_GLYPHS = {
    ClusterStatus.ACTIVE: ("●", "good"),
    ClusterStatus.IDLE: ("○", "good"),
    ClusterStatus.INACTIVE: ("○", "muted"),
    ClusterStatus.FAILED: ("✗", "bad"),
    ClusterStatus.DELETING: ("◌", "bad"),
    ClusterStatus.PENDING_DELETE: ("◌", "bad"),
}
_AWAITED = ("◌", "warning")


def status_glyph(status: ClusterStatus) -> tuple[str, str]:
    """Return the glyph of a cluster's status and its paint; the word always stands beside it."""
    return _GLYPHS.get(status, _AWAITED)


def countdown(left: timedelta) -> str:
    """Return time left: `14:32`, `1:02:03`, `6 d 3 h`."""
    seconds = max(int(left.total_seconds()), 0)
    if seconds >= DAY_S:
        return f"{seconds // DAY_S} d {seconds % DAY_S // HOUR_S} h"
    if seconds >= HOUR_S:
        return f"{seconds // HOUR_S}:{seconds % HOUR_S // MINUTE_S:02}:{seconds % MINUTE_S:02}"
    return f"{seconds // MINUTE_S:02}:{seconds % MINUTE_S:02}"


def age(since: datetime, now: datetime) -> str:
    """Return how old something is in its largest unit: `3 d`, `2 h`, `5 min`, `now`."""
    seconds = (now - since).total_seconds()
    for unit_s, unit in ((365 * DAY_S, "y"), (DAY_S, "d"), (HOUR_S, "h"), (MINUTE_S, "min")):
        if seconds >= unit_s:
            return f"{int(seconds // unit_s)} {unit}"
    return "new"


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: `1 row`, `1,204 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def estimate(rows: int | None) -> str:
    """Return an estimated row count, marked as one: `~240`, `~1.2 k`, `~3 M`; empty if unknown."""
    if rows is None:
        return ""
    for size, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if rows >= size:
            return f"~{rows / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"~{rows}"


def elapsed(milliseconds: float) -> str:
    """Return a duration: `0.8 ms`, `38 ms`, `1.24 s`, `2 min 05 s`."""
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 1_000:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1_000
    if seconds < MINUTE_S:
        return f"{seconds:.2f} s"
    return f"{int(seconds // MINUTE_S)} min {int(seconds % MINUTE_S):02} s"


def short_region(region: str) -> str:
    """Return a Region in the short form of the sidebar: `us-east-2` is `use2`.

    `ap-northeast-1` and `ap-southeast-1` stay apart: a direction of two words gives two letters.
    """
    *parts, number = region.split("-")
    if not parts or not number.isdigit():
        return region
    middle = "".join(parts[1:])
    letters = "".join(
        word[0] for word in ("north", "south", "east", "west", "central") if word in middle
    )
    return f"{parts[0]}{letters or middle[:1]}{number}"


def headline(error: DsqlTuiError) -> str:
    """Return one line that says what kind of thing went wrong."""
    match error:
        case StatementCancelled():
            return "Cancelled"
        case OccConflict():
            return f"Conflict {error.kind}".rstrip()
        case StatementError():
            return f"Error {error.sqlstate}"
        case ConnectError():
            return f"Not connected: {error.step}"
        case SessionLost():
            return "Outcome unknown" if error.outcome_unknown else "Session lost"
        case AccessDenied():
            return f"Access denied: {error.action}" if error.action else "Access denied"
        case _:
            return "Not possible"


def explanation(error: DsqlTuiError) -> list[str]:
    """Return the lines below the message: detail, the server's hint, what to do."""
    lines: list[str] = []
    if isinstance(error, StatementError) and error.detail:
        lines.append(f"Detail: {error.detail}")
    if isinstance(error, StatementError | ConnectError) and error.hint:
        lines.append(f"Hint: {error.hint}")
    if error.remedy:
        lines.append(error.remedy)
    if isinstance(error, CredentialsExpired):
        lines.append(
            f"{SIGN_IN_KEY} signs in from here: SSO, an MFA code, or keys renewed elsewhere."
        )
    return lines
