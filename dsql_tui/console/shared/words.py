"""Times, counts, states and errors as text and glyphs."""

from __future__ import annotations

from dsql_tui.console.shared.keys import with_keys
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
    """Return the glyph of a cluster's status and its style; always shown with the word."""
    return _GLYPHS.get(status, _AWAITED)


def estimate(rows: int | None) -> str:
    """Return an estimated row count: `~240`, `~1.2 k`, `~3 M`; empty if unknown."""
    if rows is None:
        return ""
    for size, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if rows >= size:
            return f"~{rows / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"~{rows}"


def short_region(region: str) -> str:
    """Return the short form of a Region in the sidebar: `us-east-2` is `use2`.

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
    """Return one line that names the kind of error."""
    match error:
        case StatementCancelled():
            return "Cancelled"
        case OccConflict():
            return f"Conflict {error.kind}".rstrip()
        case StatementError():
            return f"Error {error.sqlstate}"
        case ConnectError():
            return f"Could not connect: {error.step}"
        case SessionLost():
            return "Outcome unknown" if error.outcome_unknown else "Session lost"
        case AccessDenied():
            return f"Access denied: {error.action}" if error.action else "Access denied"
        case _:
            return "Error"


def explanation(error: DsqlTuiError) -> list[str]:
    """Return the lines below the message: detail, the server's hint, advice."""
    lines: list[str] = []
    if isinstance(error, StatementError) and error.detail:
        lines.append(f"Detail: {error.detail}")
    if isinstance(error, StatementError | ConnectError) and error.hint:
        lines.append(f"Hint: {error.hint}")
    if error.remedy:
        lines.append(error.remedy)
    if isinstance(error, CredentialsExpired):
        lines.append(with_keys("Press {aws.sign_in} to sign in again."))
    return lines
