"""Every option and argument with values it cannot have: exit code 2 and what would be right.

The walk covers the whole tree of commands, so an option is tested from the day it exists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import click
import pytest

from dsql_tui.cli.root import run
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.values.checked import Checked, Known, Matching, Named, Reads, shown
from dsql_tui.cli.shared.values.types import (
    DATA_FOLDER,
    SQL,
    Delimiter,
    Duration,
    FilePath,
    JsonTexts,
    Region,
    RegionList,
    TagPair,
    Variable,
    WholeNumber,
)
from dsql_tui.config import SETTINGS, Setting
from dsql_tui.config.kinds import (
    Choice,
    Color,
    Flag,
    Money,
    Selectors,
    Text,
    Texts,
    TimeZone,
    Whole,
)
from dsql_tui.errors import LocalError
from dsql_tui.local.postgres.binaries import find_binaries
from tests.support.thorough import is_thorough
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
    if kind is DATA_FOLDER:
        yield f"/tmp/{NOT_UTF8}"
    if isinstance(kind, FilePath) and not kind.allow_dash:
        yield "-"


SHARES = 3


def cases() -> Iterator[tuple[str, click.Parameter, str]]:
    """Yield what is tried: parameters of one type try its values in turn, a third of them each.

    A type of few parameters, and the thorough profile, try every value with every parameter.
    """
    all_of = list(parameters())
    counts = Counter(type(parameter.type) for _, parameter in all_of)
    numbers = {kind: count() for kind in counts}
    for name, parameter in all_of:
        kind = type(parameter.type)
        share = slice(next(numbers[kind]) % SHARES, None, SHARES)
        values = list(bad_values(name, parameter))
        is_whole = is_thorough() or counts[kind] < SHARES or len(values) < SHARES
        for value in values if is_whole else values[share]:
            yield name, parameter, value


CASES = list(cases())


def test_every_option_checks_its_value() -> None:
    unchecked = [
        f"{name} {parameter.name}"
        for name, parameter in parameters()
        if type(parameter.type) not in BAD or not isinstance(parameter.type, Checked | click.Choice)
    ]
    assert unchecked == []
    assert len(CASES) > 500


GOOD: dict[type[click.ParamType[Any]], str] = {
    Known: "shop",
    Named: "shop",
    FilePath: "rows.csv",
    TagPair: "env=dev",
    Matching: "arn:aws:iam::111122223333:role/reader",
}
"""Values for the arguments before the one that is wrong."""


def good_value(parameter: click.Parameter) -> str:
    if isinstance(parameter.type, click.Choice):
        return str(parameter.type.choices[0])
    return GOOD[type(parameter.type)]


def lines_with(name: str, parameter: click.Parameter, value: str) -> Iterator[list[str]]:
    """Yield command lines in which a value is the only wrong one."""
    if isinstance(parameter, click.Option):
        yield [f"{parameter.opts[-1]}={value}"]
        return
    command = next(command for path, command in commands() if path == name)
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    names = [each.name for each in arguments]
    before = [good_value(each) for each in arguments[: names.index(parameter.name)]]
    marker = [] if name == "connect" else ["--"]
    yield [*marker, *before, value]
    if parameter.nargs != 1:
        yield [*marker, *before, good_value(parameter), value]


@pytest.mark.parametrize("name", sorted({name for name, _, _ in CASES}))
def test_a_value_that_cannot_be_used_is_refused_in_one_sentence(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for _, parameter, value in (each for each in CASES if each[0] == name):
        for given in lines_with(name, parameter, value):
            case = f"{name} {parameter.name} {[each[:20] for each in given]}"
            assert run([*name.split("."), *given]) == ExitCode.USAGE, case
            seen = capsys.readouterr()
            error = seen.err.split("\nError: ")[-1].rstrip("\n")
            assert seen.out == "", case
            assert parameter.human_readable_name in error or parameter.opts[-1] in error, (
                case,
                error,
            )
            assert any(
                word in error
                for word in ("must be", "must not", "one of", "at most", "Write", "known")
            ), (case, error)
            assert len(error) < 700, case
            assert "Traceback" not in seen.err


def test_arguments_after_the_first_and_those_that_repeat_are_walked() -> None:
    lines = {
        (name, parameter.name): [len(line) for line in lines_with(name, parameter, "x")]
        for name, parameter in parameters()
        if isinstance(parameter, click.Argument)
    }
    assert sum(lengths[0] > 2 for lengths in lines.values()) >= 5
    assert any(len(lengths) == 2 for lengths in lines.values())


VARIABLES = [setting for setting in SETTINGS if setting.variable]
NOT_IN_VARIABLES = {EMPTY, " "}
"""An empty variable is one that is not set; spaces are of the kinds that take any text."""
WRONG: dict[type[Any], tuple[str, ...]] = {
    Whole: NUMBER,
    Flag: ("2", "maybe", NOT_UTF8, HUGE),
    Text: (NOT_UTF8, HUGE, "a\nb", "\x1b[31m"),
    Choice: ("no-such", "-1", NOT_UTF8, HUGE),
    Color: ("mauve", "-1", "#12345", NOT_UTF8, HUGE),
    Texts: (NOT_UTF8, HUGE, "a,\x1b"),
    Selectors: (NOT_UTF8, HUGE, "=x", "tag:env", "region:"),
    Money: ("-1", "free", "nan", "inf", "1e300", NOT_UTF8, HUGE),
    TimeZone: ("Mars/Base", "../../etc/passwd", "-1", NOT_UTF8, HUGE),
}
"""Kind of a setting → texts of a variable that it does not accept."""


@pytest.mark.parametrize("setting", VARIABLES, ids=lambda each: each.path)
def test_a_variable_that_cannot_be_used_is_refused_in_one_sentence(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = [text for text in WRONG[type(setting.kind)] if text not in NOT_IN_VARIABLES]
    assert texts
    for text in texts:
        monkeypatch.setenv(setting.variable, text)
        assert run(["token", "shop"]) == ExitCode.USAGE, text[:20]
        seen = capsys.readouterr()
        error = seen.err.split("Error: ")[-1].rstrip("\n")
        assert seen.out == ""
        assert error.startswith(f"{setting.variable} must be {setting.kind.allowed}, not "), error
        assert error.isprintable()
        assert len(error) < 300


@pytest.mark.parametrize(
    "text", ["/dev/null", __file__, "/etc/passwd/x", HUGE[:5_000], "/tmp/caf\udce9"], ids=shown
)
@pytest.mark.parametrize("line", ["query --local -c select", "local status", "local env"])
def test_a_variable_of_the_local_dsql_that_names_no_folder_is_refused(
    line: str, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DSQL_TUI_LOCAL_DATA", text)
    assert run(line.split()) == ExitCode.USAGE
    error = capsys.readouterr().err
    assert "DSQL_TUI_LOCAL_DATA must be the data folder of a local DSQL, not " in error
    assert len(error) < 400


@pytest.mark.parametrize("text", ["/absent.toml", "/etc", NOT_UTF8, HUGE[:5_000], "-1"], ids=shown)
def test_a_variable_that_names_no_config_file_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DSQL_TUI_CONFIG", text)
    assert run(["token", "shop"]) == ExitCode.USAGE
    error = capsys.readouterr().err
    assert "There is no config file " in error or "Cannot read " in error
    assert len(error) < 400
    if text != NOT_UTF8:  # what a test captures is UTF-8 alone
        assert run(["config", "path"]) == ExitCode.OK
        assert run(["config", "check"]) == ExitCode.NO


@pytest.mark.parametrize("text", ["/absent", __file__, NOT_UTF8, HUGE[:5_000]], ids=shown)
def test_a_variable_that_names_no_postgresql_is_named(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSQL_TUI_PG_BIN", text)
    find_binaries.cache_clear()
    with pytest.raises(LocalError) as refused:
        find_binaries()
    assert refused.value.message.startswith("DSQL_TUI_PG_BIN must be a folder with the programs")
    assert len(refused.value.message) < 300
