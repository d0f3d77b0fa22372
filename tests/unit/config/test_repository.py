"""The file of a repository: what it may set, and that it is read without trusting it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dsql_tui.config import Config, Settings, Severity, SourceKind, read_settings
from dsql_tui.config.settings import BY_PATH
from tests.unit.config.test_settings import assignment, good, toml


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder `.dsql-tui` of a repository."""
    made = tmp_path / "repository" / ".dsql-tui"
    made.mkdir(parents=True, mode=0o700)
    (made.parent / ".git").mkdir()
    return made


def settings_of(folder: Path, content: str, own: str = "") -> Settings:
    (folder / "config.toml").write_text(content, encoding="utf-8")
    path = folder.parents[1] / "own.toml"
    path.write_text(own, encoding="utf-8")
    below = folder.parent / "src"
    below.mkdir(exist_ok=True)
    return read_settings(environ={}, path=path, start=below)


@pytest.mark.parametrize(
    "path", [path for path, each in BY_PATH.items() if each.in_repository and path != "keys"]
)
def test_it_sets_what_the_own_file_does_not(path: str, folder: Path) -> None:
    setting = BY_PATH[path]
    _, value = good(setting)
    settings = settings_of(folder, assignment(path, toml(value)))
    assert getattr(settings.config, setting.attribute) == value
    source = settings.source_of(path)
    assert (source.kind, source.line) == (SourceKind.REPOSITORY, 3)
    assert source.name == str(folder / "config.toml")
    own = settings_of(
        folder, assignment(path, toml(value)), assignment(path, toml(setting.default))
    )
    assert getattr(own.config, setting.attribute) == setting.default
    assert own.source_of(path).kind is SourceKind.FILE


def test_keys_are_merged_by_action(folder: Path) -> None:
    settings = settings_of(folder, "[keys]\na = 'f5'\nb = 'f6'\n", "[keys]\nb = 'f7'\n")
    assert settings.config.keys == {"a": "f5", "b": "f7"}
    assert settings.source_of("keys.a").kind is SourceKind.REPOSITORY
    assert settings.source_of("keys.b").kind is SourceKind.FILE


@pytest.mark.parametrize(
    "path", [*(path for path, each in BY_PATH.items() if not each.in_repository), "clusters.x", "y"]
)
def test_everything_else_is_refused_and_has_no_effect(path: str, folder: Path) -> None:
    setting = BY_PATH.get(path)
    value = toml(good(setting)[1]) if setting else "{ read_only = false }"
    settings = settings_of(folder, assignment(path, value))
    assert settings.config == Config()
    (finding,) = settings.findings
    assert "cannot be set by a repository" in finding.message
    assert finding.severity is Severity.WARNING
    assert "theme" in finding.remedy
    settings.require()


def test_a_bad_value_stops_nothing(folder: Path) -> None:
    settings = settings_of(folder, "theme = 5\n[results]\nrow_limit = 7")
    assert settings.require().row_limit == 7
    assert settings.config.read_only == Config().read_only
    (finding,) = settings.findings
    assert finding.message.startswith(f"{folder / 'config.toml'}:1: theme must be ")


def _link(path: Path) -> None:
    path.rename(path.with_name("other"))
    path.symlink_to("other")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _large(path: Path) -> None:
    path.write_text("#" * 100_001)


def _no_text(path: Path) -> None:
    path.write_bytes(b"theme = '\xff'")


def _no_toml(path: Path) -> None:
    path.write_text("theme = ")


def _linked_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("other"))
    path.parent.symlink_to("other")


def _open_folder(path: Path) -> None:
    path.parent.chmod(0o777)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files")
@pytest.mark.parametrize(
    "change",
    [_link, _pipe, _folder, _large, _no_text, _no_toml, _linked_folder, _open_folder],
)
def test_what_is_no_plain_small_text_file_is_not_used(
    change: Callable[[Path], None], folder: Path
) -> None:
    file = folder / "config.toml"
    file.write_text("theme = 'nord'")
    change(file)
    settings = read_settings(environ={}, path=Path(os.devnull), start=folder.parent)
    assert settings.require() == Config()
    (finding,) = settings.findings
    assert str(file) in finding.message
    assert finding.severity is Severity.WARNING


def test_without_a_repository_there_is_nothing_to_say(tmp_path: Path) -> None:
    settings = read_settings(environ={}, path=Path(os.devnull), start=tmp_path)
    assert settings.findings == ()
    assert settings.repository_path is None
