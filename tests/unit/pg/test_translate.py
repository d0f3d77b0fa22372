from __future__ import annotations

from dataclasses import replace

import pytest

from dsql_tui.errors import ConnectStep, TokenRefused
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.pg.translate import connect_error

ADMIN = Endpoint("abc.dsql.us-east-1.on.aws", "us-east-1")
READER = Endpoint("abc.dsql.us-east-1.on.aws", "us-east-1", role="app_ro")
DENIED = "FATAL:  unable to accept connection, access denied\n"


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ('could not translate host name "x" to address: Name or service not known', "DNS lookup"),
        ("[Errno -2] Name or service not known", "DNS lookup"),
        ('connection to server at "1.2.3.4", port 5432 failed: Connection refused', "network"),
        ("connection timeout expired", "network"),
        ("failed: SSL error: unexpected eof while reading", "network"),
        ("failed: SSL connection has been closed unexpectedly", "network"),
        ("failed: SSL SYSCALL error: EOF detected", "network"),
        ("server closed the connection unexpectedly\nSSL SYSCALL error: Broken pipe", "network"),
        ("failed: SSL SYSCALL error: Connection reset by peer", "network"),
        ("failed: SSL error: wrong version number", "TLS"),
        ("SSL error: certificate verify failed", "TLS"),
        ('server certificate for "a" does not match host name "b"', "TLS"),
        ("FATAL:  unable to accept connection, sni was not received", "TLS"),
        (DENIED, "token"),
        (
            'FATAL:  setting configuration parameter "statement_timeout" not supported',
            "start-up settings",
        ),
        (
            "FATAL:  Unable to accept connection, too many open connections.",
            "connection limit",
        ),
        (
            "FATAL:  unable to accept connection, waking up cluster, please retry later",
            "waking up",
        ),
        ("FATAL:  something new", "server"),
        ("", "server"),
    ],
)
def test_the_text_of_a_failed_connect_names_the_step(text: str, step: str) -> None:
    assert connect_error(text, ADMIN).step == step


def test_if_no_region_can_be_reached_no_region_is_blamed() -> None:
    text = 'connection to server at "127.0.0.1", port 8485 failed: Connection refused'
    error = connect_error(text, replace(ADMIN, hostaddr="127.0.0.1", port=8485))
    assert error.step is ConnectStep.ADDRESS
    assert "127.0.0.1 port 8485" in error.message
    assert "`dsql-tui local`" in error.remedy


def test_a_refused_token_carries_the_hint_of_the_server() -> None:
    error = connect_error(
        f"connection failed: {DENIED}HINT:  Wrong user to action mapping. user: admin, "
        "action: DbConnect\n",
        ADMIN,
    )
    assert isinstance(error, TokenRefused)
    assert error.hint == "Wrong user to action mapping. user: admin, action: DbConnect"
    assert "DbConnectAdmin" in error.remedy


def test_an_expired_signature_points_at_the_clock() -> None:
    error = connect_error(
        DENIED + "HINT:  Signature expired: 20261121T120000Z is now earlier than 20261121T130000Z",
        ADMIN,
    )
    assert "clock" in error.remedy


def test_an_unexplained_refusal_of_a_custom_role_names_the_grant_it_may_lack() -> None:
    error = connect_error(DENIED, READER)
    assert "AWS IAM GRANT app_ro" in error.remedy


def test_a_word_of_the_connection_line_does_not_decide_the_step() -> None:
    text = (
        'connection to server at "127.0.0.1", port 5432 failed: SSL connection\n'
        "FATAL:  Unable to accept connection, rate exceeded."
    )
    assert connect_error(text, ADMIN).step is ConnectStep.LIMIT
