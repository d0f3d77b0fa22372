"""What `launch` prints before the console uses the screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from dsql_tui.cli import launch
from dsql_tui.cli.root import group
from dsql_tui.cli.shared.target import Target
from dsql_tui.model.endpoint import Profile


@contextmanager
def no_server(_: Target) -> Iterator[Profile]:
    yield Profile()


@pytest.mark.parametrize(
    ("arguments", "is_running", "message"),
    [
        (["--local"], False, "Starting the local DSQL…\n"),
        (["--quiet", "--local"], False, ""),
        (["--local"], True, ""),
        ([], False, ""),
    ],
)
def test_a_start_that_takes_its_time_is_announced(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], is_running: bool, message: str
) -> None:
    monkeypatch.setattr(launch, "require_terminal", lambda: None)
    monkeypatch.setattr(launch, "profile_of", no_server)
    monkeypatch.setattr(launch, "is_running", lambda _: is_running)
    monkeypatch.setattr("dsql_tui.console.app.app.launch", lambda *_, **__: 0)
    done = CliRunner().invoke(group, ["launch", *arguments], standalone_mode=False)
    assert (done.return_value, done.stderr) == (0, message)
