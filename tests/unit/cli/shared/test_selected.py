"""Every command that touches the local DSQL finds it by the one rule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dsql_tui.cli.root import group
from dsql_tui.cli.shared.values.types import ARN, FilePath, TagPair
from dsql_tui.local.process import selection, server
from dsql_tui.local.process.server import LocalServer

NOT_SELECTING = (
    ("local", "start", "--ephemeral"),  # means a new one
    ("local", "env", "--unset"),  # means none
)
"""Invocations that are meant to reach no server there is."""
ARGUMENTS = {
    ("clusters", "update"): ["shop", "--protect"],
    ("config", "show"): ["shop"],
    ("why",): ["--arn", "arn:aws:iam::111122223333:role/x"],
    ("query",): ["-c", "select 1"],
    ("batch",): ["-c", "delete from t"],
    ("clusters", "policy", "block-public-access"): ["shop", "--put"],
}
"""What a command needs besides, or in place of, what click calls required."""


class Chosen(Exception):
    """The rule was asked."""


def commands(path: tuple[str, ...], command: click.Command) -> Iterator[tuple[str, ...]]:
    """Give the words of every command that touches the local DSQL."""
    context = click.Context(command)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands((*path, name), inner)
    is_callable = not isinstance(command, click.Group) or command.invoke_without_command
    has_option = any(parameter.name == "local" for parameter in command.params)
    if is_callable and (has_option or path[:1] == ("local",)):
        yield path


WALKED = tuple(commands((), group))


def command_at(path: tuple[str, ...]) -> click.Command:
    command: click.Command = group
    for name in path:
        assert isinstance(command, click.Group)
        inner = command.get_command(click.Context(command), name)
        assert inner is not None
        command = inner
    return command


def needed(path: tuple[str, ...], folder: Path) -> list[str]:
    """Return arguments a command can be called with."""
    (folder / "in.sql").write_text("SELECT 1;")
    (folder / "in.csv").write_text("id\n1\n")
    if path in ARGUMENTS:
        return ARGUMENTS[path]
    given = []
    for parameter in command_at(path).params:
        file = folder / ("in.csv" if path == ("load",) else "in.sql")
        kind = parameter.type
        value = "us-east-1"
        if isinstance(kind, click.Choice):
            value = str(kind.choices[0])
        elif isinstance(kind, FilePath):
            value = str(file)
        elif isinstance(kind, TagPair):
            value = "team=web"
        elif kind is ARN:
            value = "arn:aws:iam::111122223333:role/reader"
        if parameter.required and isinstance(parameter, click.Argument):
            given.append(value)
        elif parameter.required:
            given += [parameter.opts[0], value]
    return given


def test_the_walk_finds_them_all() -> None:
    names = {" ".join(path) for path in WALKED}
    assert {"query", "load", "script", "batch", "launch", "token", "connect", "roles"} <= names
    assert {"metrics", "bench", "doctor", "snippet", "why", "clusters", "clusters get"} <= names
    assert {f"local {name}" for name in ("start", "stop", "status", "env", "reset")} <= names
    assert {"local set", "local psql", "local token"} <= names


@pytest.fixture
def rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the rule end the command that asks it, and any other way to a server fail."""

    def ask(*_: object, **__: object) -> None:
        raise Chosen

    def go_past(*_: object, **__: object) -> LocalServer:
        raise AssertionError("a server was reached without the rule")

    monkeypatch.setattr(selection, "select", ask)
    for name in ("start", "attach", "stop", "reset", "running"):
        monkeypatch.setattr(server, name, go_past)
    monkeypatch.setattr("dsql_tui.cli.launch.require_terminal", lambda: None)
    monkeypatch.setattr("shutil.which", lambda _: "/bin/true")


@pytest.mark.usefixtures("rule")
@pytest.mark.parametrize("path", WALKED, ids=" ".join)
def test_every_command_asks_the_rule(path: tuple[str, ...], tmp_path: Path) -> None:
    options = [] if path[0] == "local" else ["--local"]
    words = [*path, *options, *needed(path, tmp_path)]
    result = CliRunner().invoke(group, words, standalone_mode=False)
    assert isinstance(result.exception, Chosen), (words, result.exception, result.output)


@pytest.mark.usefixtures("rule")
@pytest.mark.parametrize("words", NOT_SELECTING, ids=" ".join)
def test_what_means_no_server_there_is_does_not(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(group, words, standalone_mode=False)
    assert not isinstance(result.exception, Chosen)
