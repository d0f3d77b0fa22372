"""The IAM auth token, and the clocks of credentials, token and session."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

TOKEN_LIFETIME_S = 900
"""Default lifetime of a token, seconds (user guide, section-authentication-token)."""
TOKEN_LIFETIME_MAX_S = 604_800
"""Longest lifetime the service accepts, seconds: one week (same page)."""


class TokenAction(StrEnum):
    """The IAM action of a token."""

    CONNECT = "DbConnect"
    CONNECT_ADMIN = "DbConnectAdmin"


@dataclass(frozen=True, slots=True)
class AuthToken:
    """A presigned token, used as the password of a connection.

    Attributes:
        value: The token itself; read only by `pg/connect.py` and `dsql-tui token`.
        host: Host signed into it.
        region: Region of its scope.
        action: IAM action signed into it.
        access_key_id: Key that signed it; show at most its last four characters.
        generated_at: Aware UTC.
        expires_at: `generated_at` plus the lifetime asked for, aware UTC.
        credentials_expire_at: When the signing credentials die, and the token with them; `None` for
            long-term keys or when the source does not tell.
        signed_by: Where the credentials come from: their source, and the roles assumed on the way.
    """

    value: str = field(repr=False)
    host: str
    region: str
    action: TokenAction
    access_key_id: str = field(repr=False)
    generated_at: datetime
    expires_at: datetime
    credentials_expire_at: datetime | None = None
    signed_by: str = ""

    @property
    def usable_until(self) -> datetime:
        """The earlier of the token's and its credentials' expiry."""
        if self.credentials_expire_at is None:
            return self.expires_at
        return min(self.expires_at, self.credentials_expire_at)

    def remaining(self, now: datetime) -> timedelta:
        """Return how long the token can open sessions; never negative."""
        return max(self.usable_until - now, timedelta(0))


class ClockKind(StrEnum):
    """The kind of a clock; the values are shown to the user."""

    CREDENTIALS = "credentials"
    TOKEN = "token"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Clock:
    """A time span with an end.

    Attributes:
        kind: Which clock.
        started_at: Aware UTC; `None` when only the end is known.
        ends_at: Aware UTC.
    """

    kind: ClockKind
    started_at: datetime | None
    ends_at: datetime

    def remaining(self, now: datetime) -> timedelta:
        """Return the remaining time; never negative."""
        return max(self.ends_at - now, timedelta(0))

    def fraction(self, now: datetime) -> float | None:
        """Return the remaining share, 0–1; `None` if the start is not known."""
        if self.started_at is None or self.ends_at <= self.started_at:
            return None
        return min(self.remaining(now) / (self.ends_at - self.started_at), 1.0)

    @property
    def ends_work(self) -> bool:
        """Whether something stops working at its end.

        A token is used once, to open a session; the next one opens with a new token.
        """
        return self.kind is not ClockKind.TOKEN


def clocks(token: AuthToken | None, session: tuple[datetime, datetime] | None) -> tuple[Clock, ...]:
    """Return the running clocks in the order credentials, token, session.

    Args:
        token: That opened the session.
        session: When it was opened and when it ends.
    """
    running: list[Clock] = []
    if token is not None:
        if token.credentials_expire_at is not None:
            running.append(Clock(ClockKind.CREDENTIALS, None, token.credentials_expire_at))
        running.append(Clock(ClockKind.TOKEN, token.generated_at, token.expires_at))
    if session is not None:
        running.append(Clock(ClockKind.SESSION, *session))
    return tuple(running)


def shortest(running: tuple[Clock, ...]) -> Clock | None:
    """Return the clock whose end affects work first; `None` without one."""
    ends = (clock for clock in running if clock.ends_work)
    return min(ends, key=lambda clock: clock.ends_at, default=None)


def by_end(clocks: tuple[Clock, ...], now: datetime) -> tuple[Clock, ...]:
    """Return the clocks in order of importance.

    First those at whose end something stops working, the first to end in front; then the token,
    while it is valid; then those that have ended.
    """
    running = [clock for clock in clocks if clock.ends_at > now or clock.ends_work]
    return tuple(sorted(running, key=lambda c: (c.ends_at <= now, not c.ends_work, c.ends_at)))
