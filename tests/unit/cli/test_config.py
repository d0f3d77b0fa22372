"""`dsql-tui config`: what it prints, what it creates, and how it ends."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dsql_tui.cli.config.show import rows_for
from dsql_tui.cli.root import group
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.config import SETTINGS, read_settings
from dsql_tui.config.environment import read_environment
from dsql_tui.errors import ConfigError, DsqlTuiError, InputError
from tests.support.fakes import make_cluster
from tests.unit.config.test_manual import problems


class World:
    """A config file and a repository of their own, and nothing in the environment."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "settings" / "config.toml"
        self.repository = folder / "repository"
        (self.repository / ".git").mkdir(parents=True)

    def write(self, content: str) -> None:
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text(content, encoding="utf-8")

    def write_in_repository(self, content: str) -> Path:
        folder = self.repository / ".dsql-tui"
        folder.mkdir(mode=0o700)
        path = folder / "config.toml"
        path.write_text(content, encoding="utf-8")
        return path


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path)
    made.write("")
    for setting in SETTINGS:
        for name in (setting.variable, setting.former_variable, *setting.foreign_variables):
            monkeypatch.delenv(name or "X", raising=False)
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DSQL_TUI_CONFIG", str(made.path))
    monkeypatch.chdir(made.repository)
    return made


def run(*words: str) -> Result:
    result = CliRunner().invoke(group, ["config", *words], standalone_mode=False)
    if result.exception is not None and not isinstance(result.exception, DsqlTuiError):
        raise result.exception
    return result


def rows(result: Result) -> dict[str, tuple[str, str]]:
    """Return value and source by setting."""
    lines = [line.split(maxsplit=1) for line in result.stdout.splitlines()[1:]]
    cut = [(name, rest[0].rsplit("  ", 1) if rest else [""]) for name, *rest in lines]
    return {name: (parts[0].strip(), parts[-1].strip()) for name, parts in cut}


def test_show_names_the_source_of_each_value(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.write(
        '[token]\nlifetime_s = 60\n[keys]\n"run.statement" = "f6"\n[clusters.shop]\nrole = "app"\n'
    )
    file = world.write_in_repository("theme = 'nord'\n[keys]\n'file.save' = 'f7'\n")
    monkeypatch.setenv("DSQL_TUI_RETRY_ATTEMPTS", "5")
    shown = rows(run("show", "--profile", "ops"))
    assert shown["aws.profile"] == ('"ops"', "--profile")
    assert shown["theme"] == ('"nord"', f"{file}:1")
    assert shown["token.lifetime_s"] == ("60", f"{world.path}:2")
    assert shown["retry.attempts"] == ("5", "DSQL_TUI_RETRY_ATTEMPTS")
    assert shown["history.limit"] == ("100000", "default")
    assert shown["keys.run.statement"] == ('"f6"', f"{world.path}:4")
    assert shown["keys.file.save"] == ('"f7"', f"{file}:3")
    assert shown['clusters."shop".role'] == ('"app"', f"{world.path}:6")


def test_show_prints_json_with_every_setting(world: World) -> None:
    world.write("[results]\nrow_limit = 5\n")
    document = json.loads(run("show", "--json").stdout)
    assert document["version"] == 1
    assert document["file"] == str(world.path)
    by_path = {row["path"]: row for row in document["settings"]}
    assert set(by_path) == {
        each.path for each in SETTINGS if each.path != "keys" and not each.is_only_for_clusters
    }
    assert by_path["results.row_limit"] == {
        "path": "results.row_limit",
        "value": 5,
        "source": {"kind": "file", "name": str(world.path), "line": 2, "section": None},
    }
    assert by_path["price.million_dpu"]["value"] == "8.00"


def test_show_works_with_a_file_that_cannot_be_read_and_says_so(world: World) -> None:
    world.write("theme = ")
    result = run("show")
    assert rows(result)["safety.read_only"] == (
        '["*"]', f"safe value, because {world.path}:1 cannot be used",
    )  # fmt: skip
    assert "not valid TOML" in result.stderr


def test_what_holds_for_a_cluster_names_the_section_that_decides(world: World) -> None:
    world.write(
        '[clusters."shop"]\nrole = "app_rw"\n[clusters."tag:env=prod"]\nrole = "app_ro"\n'
        'row_limit = 7\n[clusters."other"]\ncolor = "red"\n'
    )
    shop = make_cluster("shop", tags={"env": "prod"})
    shown = {path: (value, str(source)) for path, value, source in rows_for(read_settings(), shop)}
    assert shown["session.role"] == ("app_rw", f'clusters."shop" in {world.path}:2')
    assert shown["results.row_limit"] == (7, f'clusters."tag:env=prod" in {world.path}:5')
    assert shown["clusters.shop.read_only"] == (True, "default")
    assert shown["clusters.shop.color"] == ("", "default")


def test_path_prints_the_path_and_nothing_else(world: World) -> None:
    assert run("path").stdout == f"{world.path}\n"
    assert run("path").stderr == ""
    world.path.unlink()
    absent = run("path")
    assert absent.stdout == f"{world.path}\n"
    assert "does not exist" in absent.stderr


def test_path_prints_the_bytes_of_a_path_that_is_not_utf_8(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSQL_TUI_CONFIG", "/caf\udce9/config.toml")
    assert run("path").stdout_bytes == b"/caf\xe9/config.toml\n"


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        ("them = 'nord'", ':1: there is no setting "them". Did you mean "theme"?'),
        ("\ntheme = 'nrod'", ':2: there is no theme "nrod". Did you mean "nord"?'),
        (
            "[keys]\n'run.statment' = 'f5'",
            ':2: there is no action "run.statment". Did you mean "run.statement"?',
        ),
        ("[aws]\nregions = ['mars']", ":2: 'mars' is not the name of an AWS Region."),
        ("[token]\nlifetime_s = 0", ":2: token.lifetime_s must be a whole number from 1"),
    ],
)
def test_check_ends_with_1_and_names_file_and_line(
    world: World, content: str, finding: str
) -> None:
    world.write(content)
    result = run("check")
    assert result.return_value == 1
    (line,) = result.stdout.splitlines()
    assert line.startswith(f"{world.path}{finding}")
    document = json.loads(run("check", "--json").stdout)
    assert document["version"] == 1
    (one,) = document["findings"]
    assert one["source"]["line"] == int(finding[1])


def test_check_ends_with_0_when_nothing_is_wrong(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run("check")
    assert (result.return_value, result.stdout) == (ExitCode.OK, "")
    monkeypatch.setenv("DSQL_TUI_ROW_LIMIT", "5")
    former = run("check")
    assert former.return_value == ExitCode.OK
    assert "DSQL_TUI_RESULTS_ROW_LIMIT" in former.stdout


def test_check_reports_the_repository_and_the_environment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = world.write_in_repository("[safety]\nread_only = []\n")
    monkeypatch.setenv("DSQL_TUI_THEM", "nord")
    result = run("check")
    assert result.return_value == 1
    assert f"{file}:2: safety.read_only cannot be set by a repository." in result.stdout
    assert (
        "DSQL_TUI_THEM is unknown and has no effect. Did you mean DSQL_TUI_THEME?" in result.stdout
    )


def test_schema_is_the_schema_with_the_actions_of_the_console(world: World) -> None:
    schema = json.loads(run("schema").stdout)
    assert problems({"keys": {"run.statement": "f5"}}, schema) == []
    assert problems({"keys": {"run.statment": "f5"}}, schema) == ["keys.run.statment"]
    repository = json.loads(run("schema", "--repository").stdout)
    assert problems({"safety": {}}, repository) == ["safety"]


def editor(folder: Path, script: str) -> str:
    """Return a command that runs a line of Python on the file."""
    path = folder / "an editor.py"
    path.write_text(f"import pathlib, sys\npath = pathlib.Path(sys.argv[-1])\n{script}\n")
    return f"{sys.executable} '{path}' --wait"


def test_edit_creates_a_private_file_of_comments(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.path.unlink()
    world.path.parent.rmdir()
    monkeypatch.setenv("EDITOR", editor(tmp_path, "assert '# theme' in path.read_text()"))
    result = run("edit")
    assert (result.exception, result.return_value) == (None, ExitCode.OK)
    assert stat.S_IMODE(world.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(world.path.parent.stat().st_mode) == 0o700
    assert f"Created {world.path}" in result.stderr


def test_edit_keeps_the_file_there_is_and_says_what_is_wrong_with_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write("# mine\n")
    monkeypatch.setenv("EDITOR", "false")
    monkeypatch.setenv("VISUAL", editor(tmp_path, "path.write_text(path.read_text() + 'them = 1')"))
    result = run("edit")
    assert world.path.read_text() == "# mine\nthem = 1"
    assert result.return_value == 1
    assert f'{world.path}:2: there is no setting "them". Did you mean "theme"?' in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("", "No editor is set."),
        ("  ", "No editor is set."),
        ("vim '", "EDITOR is not a command"),
        ("/nonexistent/editor", "Cannot run /nonexistent/editor: No such file"),
        ("false", "false ended with exit code 1."),
    ],
)
def test_edit_without_an_editor_that_works_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, command: str, sentence: str
) -> None:
    monkeypatch.setenv("EDITOR", command)
    refused = run("edit").exception
    assert isinstance(refused, InputError)
    assert refused.message.startswith(sentence)


def test_edit_of_a_file_that_cannot_be_created_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.setenv("DSQL_TUI_CONFIG", str(world.path / "below" / "config.toml"))
    refused = run("edit").exception
    assert isinstance(refused, InputError)
    assert refused.message.startswith("Cannot create ")


def test_other_commands_report_what_has_no_effect_and_stop_at_what_cannot_be_used(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSQL_TUI_THEM", "nord")
    words = ["token"]
    result = CliRunner().invoke(group, words, standalone_mode=False)
    assert "DSQL_TUI_THEM is unknown" in result.stderr
    monkeypatch.setenv("DSQL_TUI_TOKEN_LIFETIME_S", "soon")
    stopped = CliRunner().invoke(group, words, standalone_mode=False).exception
    assert isinstance(stopped, ConfigError)
    assert stopped.message.startswith("DSQL_TUI_TOKEN_LIFETIME_S must be a whole number")


def test_the_environment_of_the_tests_is_clean(world: World) -> None:
    import os

    assert read_environment(os.environ) == ({}, [])
