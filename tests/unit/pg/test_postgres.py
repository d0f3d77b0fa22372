"""Connection strings of PostgreSQL servers: what they may hold, and errors that hold no secret."""

from __future__ import annotations

import psycopg
import pytest

from dsql_tui.errors import ConnectStep, InputError
from dsql_tui.pg import postgres


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("postgresql://u@h/d", True),
        ("postgres://h", True),
        ("host=h dbname=d", True),
        (" service = prod", True),
        ("dump.sql", False),
        ("/tmp/a=b.sql", False),
        ("shop", False),
    ],
)
def test_a_connection_string_is_told_from_a_file(text: str, is_one: bool) -> None:
    assert postgres.is_connection_string(text) is is_one


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:geheim@h/d",
        "postgresql://u@h/d?password=geheim",
        "host=h password=geheim",
        "host=h sslpassword=geheim",
        "host=h user='",
        "postgresql://u:geheim@[::1/d",
        "nonsense=geheim",
    ],
)
def test_a_secret_or_a_bad_string_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(InputError) as refused:
        postgres.check_connection_string(text)
    assert "geheim" not in f"{refused.value}{refused.value.remedy}"
    assert refused.value.remedy


def test_a_string_without_a_secret_is_accepted() -> None:
    postgres.check_connection_string("postgresql://u@h:5433/d?sslmode=verify-full")


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ('connection failed: FATAL:  password authentication failed for user "u"', "TOKEN"),
        ('could not translate host name "h" to address: Name or service not known', "DNS"),
        ("connection to server at h failed: Connection refused", "TCP"),
        ("server does not support SSL, but SSL was required", "TLS"),
        ('FATAL:  no pg_hba.conf entry for host "h", user "u"', "SERVER"),
    ],
)
def test_a_failed_connection_names_its_step_and_what_to_do(text: str, step: str) -> None:
    error = postgres._connect_error(psycopg.OperationalError(text))
    assert error.step is ConnectStep[step]
    assert error.remedy
    assert text.splitlines()[-1] in error.message


def test_a_missing_password_is_told_from_a_wrong_one() -> None:
    error = psycopg.OperationalError("fe_sendauth: no password supplied")
    assert isinstance(postgres._connect_error(error), postgres.PasswordNeeded)
