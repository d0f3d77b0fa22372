from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dsql_tui.model.token import AuthToken, Clock, ClockKind, TokenAction, by_end, clocks, shortest

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SESSION = (NOON, NOON + timedelta(hours=1))


def token(*, lifetime_s: int = 900, credentials_expire_at: datetime | None = None) -> AuthToken:
    return AuthToken(
        value="host/?X-Amz-Signature=secret",
        host="h",
        region="us-east-1",
        action=TokenAction.CONNECT_ADMIN,
        access_key_id="AKIAEXAMPLE",
        generated_at=NOON,
        expires_at=NOON + timedelta(seconds=lifetime_s),
        credentials_expire_at=credentials_expire_at,
    )


def test_neither_the_token_nor_its_key_id_is_in_its_repr() -> None:
    assert "secret" not in repr(token())
    assert "AKIA" not in repr(token())


def test_a_token_dies_with_the_credentials_that_signed_it() -> None:
    short = token(credentials_expire_at=NOON + timedelta(seconds=60))
    assert short.remaining(NOON) == timedelta(seconds=60)


def test_the_time_left_is_never_negative() -> None:
    assert token().remaining(NOON + timedelta(days=1)) == timedelta(0)


def test_the_clock_whose_end_matters_first_is_named_and_a_token_is_none() -> None:
    running = clocks(token(credentials_expire_at=NOON + timedelta(hours=8)), SESSION)
    assert [clock.kind for clock in running] == [
        ClockKind.CREDENTIALS,
        ClockKind.TOKEN,
        ClockKind.SESSION,
    ]
    first_to_end = shortest(running)
    assert first_to_end is not None
    assert first_to_end.kind is ClockKind.SESSION
    assert shortest(clocks(token(), None)) is None


def test_a_clock_without_a_known_start_has_no_fraction() -> None:
    credentials, generated, _session = clocks(
        token(credentials_expire_at=NOON + timedelta(hours=1)), SESSION
    )
    assert credentials.fraction(NOON) is None
    assert generated.fraction(NOON + timedelta(seconds=450)) == 0.5


def test_no_clock_runs_before_anything_is_opened() -> None:
    assert clocks(None, None) == ()
    assert shortest(()) is None


def test_clocks_are_ordered_by_what_ends_first_and_the_token_comes_after_them() -> None:
    ended, soon, late = (
        Clock(kind, NOON, NOON + timedelta(minutes=minutes))
        for kind, minutes in zip(ClockKind, (-1, 5, 60), strict=True)
    )
    assert by_end((late, ended, soon), NOON) == (late, soon, ended)


def test_a_token_that_has_expired_is_not_among_the_clocks_that_are_shown() -> None:
    running = clocks(token(), SESSION)
    assert [clock.kind for clock in by_end(running, NOON)] == [ClockKind.SESSION, ClockKind.TOKEN]
    later = by_end(running, NOON + timedelta(minutes=20))
    assert [clock.kind for clock in later] == [ClockKind.SESSION]
