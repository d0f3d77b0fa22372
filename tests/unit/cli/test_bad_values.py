"""Every option and argument with values it cannot have: exit code 2 and what would be right.

The walk covers the whole tree of commands, so an option is tested from the day it exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
import pytest

from dsql_tui.cli.root import run
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.values.types import (
    SQL,
    Checked,
    Delimiter,
    Duration,
    FilePath,
    JsonTexts,
    Known,
    Matching,
    Named,
    Reads,
    Region,
    RegionList,
    TagPair,
    Variable,
    WholeNumber,
)
from tests.unit.cli.test_command_tree import commands

EMPTY, NOT_UTF8, HUGE = "", "\udcff", "x" * 2_000_000
TEXT = (EMPTY, " ", NOT_UTF8, HUGE)
NUMBER = (EMPTY, "-1", "1.5", "x", "0x1", "9" * 5_000, "99999999999", "nan", "\u0663", NOT_UTF8)
BAD: dict[type[click.ParamType[Any]], tuple[str, ...]] = {
    click.Choice: (EMPTY, "no-such", "-1", NOT_UTF8, "x" * 5_000),
    WholeNumber: NUMBER,
    Duration: (EMPTY, "-1", "x", "9" * 5_000, "nan", "inf", "-1s", "1d", "999h", NOT_UTF8),
    Region: (*TEXT, "mars", "us-east", "US-EAST-1", "-1"),
    RegionList: (*TEXT, "mars", "us-east-1,", ",", "us-east-1;us-east-2"),
    Reads: (EMPTY, " ", NOT_UTF8, HUGE, 'a,"b'),
    TagPair: (*TEXT, "x", "=x"),
    Variable: (*TEXT, "x", "=x", "a-b=c", "a b=c"),
    JsonTexts: (*TEXT, "x", "[]", "[1]", "{}", '"a"', "[" * 9_000, "null"),
    Delimiter: (*TEXT, "ab", '"', "\n", "\r"),
    FilePath: (EMPTY, "x" * 300, "a/" * 3_000),
    Matching: (*TEXT, "a b", "\u00e9"),
    Named: TEXT,
    Known: TEXT,
}
NOT_AN_OPTION_OF_OURS = {("connect", "psql_args"), ("local.psql", "arguments")} | {
    ("local.token", "arguments")
}
"""What is passed to psql, or to the command it stands for, which is walked itself."""
ANY_TEXT = {("load", "nulls")}
"""Options for which an empty value means something."""


def parameters() -> Iterator[tuple[str, click.Parameter]]:
    """Yield what takes a value, with the path of its command."""
    for name, command in commands():
        for parameter in command.params:
            is_flag = isinstance(parameter, click.Option) and (parameter.is_flag or parameter.count)
            if not is_flag and (name, parameter.name) not in NOT_AN_OPTION_OF_OURS:
                yield name, parameter


def bad_values(name: str, parameter: click.Parameter) -> Iterator[str]:
    kind = parameter.type
    values = next((bad for each, bad in BAD.items() if type(kind) is each), ())
    for value in values:
        if (name, parameter.name) in ANY_TEXT and not value.strip():
            continue
        if kind is SQL and value is HUGE:
            continue  # as long as a file of SQL may be
        if value == 'a,"b' and parameter.name != "columns":
            continue
        yield value
    if isinstance(kind, FilePath) and not kind.allow_dash:
        yield "-"


CASES = [
    (name, parameter, value)
    for name, parameter in parameters()
    for value in bad_values(name, parameter)
]


def test_every_option_checks_its_value() -> None:
    unchecked = [
        f"{name} {parameter.name}"
        for name, parameter in parameters()
        if type(parameter.type) not in BAD or not isinstance(parameter.type, Checked | click.Choice)
    ]
    assert unchecked == []
    assert len(CASES) > 500


@pytest.mark.parametrize("name", sorted({name for name, _, _ in CASES}))
def test_a_value_that_cannot_be_used_is_refused_in_one_sentence(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for _, parameter, value in (each for each in CASES if each[0] == name):
        if isinstance(parameter, click.Argument):
            given = ["--", value] if name != "connect" else [value]
        else:
            given = [f"{parameter.opts[-1]}={value}"]
        if isinstance(parameter, click.Argument) and not is_first(name, parameter):
            continue
        case = f"{name} {parameter.name} {value[:20]!r}"
        assert run([*name.split("."), *given]) == ExitCode.USAGE, case
        seen = capsys.readouterr()
        error = seen.err.split("\nError: ")[-1].rstrip("\n")
        assert seen.out == "", case
        assert parameter.human_readable_name in error or parameter.opts[-1] in error, (case, error)
        assert any(
            word in error for word in ("must be", "must not", "one of", "at most", "Write", "known")
        ), (case, error)
        assert len(error) < 700, case
        assert "Traceback" not in seen.err


def is_first(name: str, parameter: click.Parameter) -> bool:
    """Whether an argument is the first of its command; those after it need a good one before."""
    command = next(command for path, command in commands() if path == name)
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    return arguments[0] is parameter
