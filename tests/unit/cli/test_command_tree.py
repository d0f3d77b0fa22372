"""Every command declares whether it may write to a database; one that may obeys read-only mode."""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from keyword import iskeyword

import click
import pytest
from click.testing import CliRunner

from dsql_tui.cli.root import group
from dsql_tui.cli.shared.sessions import require_writable
from dsql_tui.cli.shared.target import Target
from dsql_tui.config import Config, Settings
from dsql_tui.errors import ClusterReadOnly, NotConfirmed
from tests.support.fakes import make_cluster
from tests.support.source_trees import nodes_of
from tests.unit.test_layers import PACKAGE

READS = "reads a database, or touches none"
WRITES = "may write to a database: refused on clusters of safety.read_only"
CONTROL = "changes clusters, not their rows: guarded by deletion protection and questions"
LOCAL = "runs the local DSQL"

COMMANDS = {
    READS: "launch clusters.list clusters.get clusters.wait clusters.tags clusters.policy.get"
    " clusters.stream.get clusters.stream.list clusters.vpc-endpoint clusters.stanza"
    " clusters.quotas token metrics lint roles why snippet doctor bug-report manual config.show"
    " config.path config.edit config.check config.schema completion"
    " schema.dump schema.diff schema.check dump",
    WRITES: "query connect script batch load bench schema.apply import.postgres restore",
    CONTROL: "clusters.create clusters.resume clusters.undo clusters.update clusters.delete"
    " clusters.tag clusters.untag clusters.policy.block-public-access clusters.policy.delete"
    " clusters.policy.put clusters.stream.create clusters.stream.delete",
    LOCAL: "local.env local.psql local.reset local.set local.start local.status local.stop"
    " local.token",
}
DECLARED = {name: kind for kind, names in COMMANDS.items() for name in names.split()}
OPENS_SESSIONS = {"shared/sessions.py", "clusters/quotas.py"}
"""Files of the command line that open sessions; all but the first only read."""


def commands(
    command: click.Command = group, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    """Yield every command that is not a group, by its path."""
    if not isinstance(command, click.Group):
        yield ".".join(path), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None
        yield from commands(inner, (*path, name))


def test_every_command_is_declared() -> None:
    assert {name for name, _ in commands()} == set(DECLARED)


def groups(
    command: click.Command = group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Group]]:
    """Yield every group with its path; the root's is empty."""
    if isinstance(command, click.Group):
        yield path, command
        for name in command.list_commands(click.Context(command)):
            inner = command.get_command(click.Context(command), name)
            assert inner is not None
            yield from groups(inner, (*path, name))


def module_of(name: str) -> str:
    """Return the name of a command's module: no keyword of Python can be one."""
    return f"{name}_" if iskeyword(name) else name.replace("-", "_")


@pytest.mark.parametrize(("path", "command"), list(groups()))
def test_files_and_folders_are_the_commands(path: tuple[str, ...], command: click.Group) -> None:
    folder = PACKAGE.joinpath("cli", *map(module_of, path))
    names = {each.stem for each in folder.iterdir() if each.name != "__pycache__"}
    beside = {"__init__", "group" if path else "root"} | {"shared"} & names
    listed = {module_of(name) for name in command.list_commands(click.Context(command))}
    assert names == listed | beside


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_writes_are_allowed_by_an_option_where_they_are_held(
    name: str, command: click.Command
) -> None:
    can_allow = any(option.name == "allow_writes" for option in command.params)
    assert can_allow is (DECLARED[name] == WRITES)


def test_sessions_are_opened_where_the_setting_is_looked_at() -> None:
    folder = PACKAGE / "cli"
    opening = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        for node in nodes_of(path)
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "Session.open"
    }
    assert opening == OPENS_SESSIONS


TARGET = Target(
    local=False,
    ephemeral=False,
    data_dir=None,
    aws_profile=None,
    regions=(),
    via=None,
    settings=Settings(Config(read_only=("env=prod",))),
)
PROD = make_cluster("payments", tags={"env": "prod"})
DEV = make_cluster("shop", tags={"env": "dev"})


def test_one_protected_endpoint_protects_the_database() -> None:
    require_writable([DEV], TARGET, "bench writes")
    for clusters in ([PROD], [DEV, PROD]):
        with pytest.raises(ClusterReadOnly) as caught:
            require_writable(clusters, TARGET, "bench writes")
        assert caught.value.message == (
            "bench writes, and payments is read-only by the setting safety.read_only."
            " Nothing was sent."
        )
        assert "--allow-writes" in caught.value.remedy
        require_writable(clusters, replace(TARGET, allow_writes=True), "bench writes")


class Person(io.StringIO):
    """A terminal on which something is typed."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "may_write"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_on_a_terminal_a_person_is_asked_before_a_protected_cluster_is_written_to(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    *,
    may_write: bool,
) -> None:
    monkeypatch.setattr(sys, "stdin", Person(typed))
    with nullcontext() if may_write else pytest.raises(NotConfirmed):
        require_writable([DEV, PROD], TARGET, "bench writes")
    asked = capsys.readouterr()
    assert "payments is read-only" in asked.err
    assert "Write to payments in us-east-1? [y/N]" in asked.err
    assert asked.out == ""


LINE_WIDTH = 80
"""Columns of a terminal on which each line of a list of commands must fit."""


@pytest.mark.parametrize(("path", "command"), list(groups()))
def test_each_command_is_listed_on_one_line(path: tuple[str, ...], command: click.Group) -> None:
    arguments = [*path, "--help"]
    help_lines = CliRunner().invoke(group, arguments, terminal_width=LINE_WIDTH).stdout.splitlines()
    names = command.list_commands(click.Context(command))
    listed = help_lines[help_lines.index("Commands:") + 1 :][: len(names)]
    assert [line.split()[0] for line in listed] == names, path
    assert all(line.rstrip().endswith(".") and "..." not in line for line in listed), listed
