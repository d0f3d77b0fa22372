"""The contract's page agrees with the code."""

from __future__ import annotations

import re

import pytest

from dsql_tui.cli.shared.exit_codes import (
    ALWAYS,
    BY_COMMAND,
    EXIT_CODES,
    ExitCode,
    exit_code_of,
    exit_code_of_psql,
)
from dsql_tui.errors import LifecycleFailed, SessionLost
from tests.unit.cli.test_command_tree import commands
from tests.unit.test_layers import PACKAGE

PAGE = (PACKAGE / "manual" / "contract.md").read_text(encoding="utf-8")
COMMANDS = {name for name, _ in commands()}


def test_its_table_of_exit_codes_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", PAGE, re.MULTILINE)
    assert [(int(code), text) for code, text in rows] == [
        (code.value, text) for code, text in EXIT_CODES.items()
    ]


def test_every_command_says_what_it_can_end_with() -> None:
    assert set(BY_COMMAND) == COMMANDS | {"clusters"}
    for codes in BY_COMMAND.values():
        assert len(set(codes)) == len(codes)
        assert not set(codes) & set(ALWAYS)
    assert {*ALWAYS, *(code for codes in BY_COMMAND.values() for code in codes)} == set(ExitCode)


def test_every_command_it_names_exists() -> None:
    named = re.findall(r"dsql-tui ([a-z]+(?: [a-z-]+)?)`", PAGE)
    assert named
    assert all(name.replace(" ", ".") in COMMANDS or name.split()[0] in COMMANDS for name in named)


@pytest.mark.parametrize(
    ("returned", "code"),
    [(0, 0), (1, 21), (2, 22), (3, 23), (-15, 143), (-2, 130), (127, 127)],
)
def test_what_psql_returns_has_codes_of_its_own(returned: int, code: int) -> None:
    assert exit_code_of_psql(returned) == code


def test_what_is_known_of_a_failure_decides_its_code() -> None:
    unknown = SessionLost("lost", outcome_unknown=True)
    assert exit_code_of(unknown) == ExitCode.OUTCOME_UNKNOWN
    assert exit_code_of(SessionLost("lost", outcome_unknown=False)) == ExitCode.SESSION_LOST
    assert exit_code_of(LifecycleFailed("late", made=("arn",))) == ExitCode.PARTIAL
    assert exit_code_of(LifecycleFailed("refused")) == ExitCode.AWS
