"""Sections of clusters as real processes see them: the role, read-only mode, and where from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.local.process import server
from tests.e2e.test_headless import run

CONFIG = """
[clusters."tag:name=shop"]
role = "app_ro"

[clusters."todos-dev"]
read_only = true
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a home folder whose local DSQL runs."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        with server.start(port=0):
            yield folder


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    return str(path)


def test_a_command_connects_as_the_role_of_the_cluster(home: Path, config: str) -> None:
    who = ["-q", "--format", "csv", "--no-header", "-c", "select current_user"]
    words = ("query", "--local", "--profile", "dsql-local-app-ro", *who)
    done = run(home, *words, DSQL_TUI_CONFIG=config)
    assert (done.returncode, done.stdout.strip()) == (ExitCode.OK, "app_ro")
    given = run(home, "query", "--local", "--role", "admin", *who, DSQL_TUI_CONFIG=config)
    assert given.stdout.strip() == "admin"


def test_a_section_protects_a_cluster_headless(home: Path, config: str) -> None:
    words = ("query", "todos-dev", "--local", "-c", "create table t (id int)")
    done = run(home, *words, DSQL_TUI_CONFIG=config)
    assert (done.returncode, done.stdout) == (ExitCode.READ_ONLY, "")


def test_show_says_which_section_decides(home: Path, config: str) -> None:
    done = run(home, "config", "show", "shop", "--local", "--json", DSQL_TUI_CONFIG=config)
    rows = {row["path"]: row for row in json.loads(done.stdout)["settings"]}
    assert rows["session.role"]["value"] == "app_ro"
    assert rows["session.role"]["source"] == {
        "kind": "file", "name": config, "line": 3, "section": 'clusters."tag:name=shop"',
    }  # fmt: skip
