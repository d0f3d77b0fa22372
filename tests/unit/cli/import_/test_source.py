"""Where the password of a PostgreSQL server comes from, and which files are lint-clean."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from dsql_tui.cli.import_.shared import report, source
from dsql_tui.errors import ConnectStep, InputError
from dsql_tui.pg.postgres import PasswordNeeded

URI = "postgresql://ann@db.example.com/shop"


class Opened:
    """A session that was opened with a password."""

    def __init__(self, password: str | None) -> None:
        self.password = password
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a server want a password, and a person type one."""

    def open_postgres(_text: str, password: str | None = None) -> Opened:
        if password is None:
            raise PasswordNeeded("The PostgreSQL server wants a password.", step=ConnectStep.TOKEN)
        return Opened(password)

    def prompt(_text: str, *, hide_input: bool, err: bool) -> str:
        assert hide_input
        assert err
        return "geheim"

    monkeypatch.setattr(source, "open_postgres", open_postgres)
    monkeypatch.setattr(click, "prompt", prompt)


@pytest.mark.usefixtures("server")
def test_a_person_is_asked_for_a_password_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "has_person", lambda: True)
    with source.opened_source(URI) as (session, refused):
        assert isinstance(session, Opened)
        assert session.password == "geheim"
        assert refused == []
    assert session.is_closed


@pytest.mark.usefixtures("server")
def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "has_person", lambda: False)
    with pytest.raises(PasswordNeeded), source.opened_source(URI):
        pass


def test_a_file_is_known_again_by_its_size_and_time(tmp_path: Path) -> None:
    path = tmp_path / "dump.sql"
    path.write_text("a", encoding="utf-8")
    before = source.source_label(str(path))
    assert source.source_label(str(path)) == before
    path.write_text("ab", encoding="utf-8")
    assert source.source_label(str(path)) != before
    assert source.source_label(URI) == "db.example.com:/shop"


def test_what_lint_finds_in_an_edited_script_is_reported(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "1-tables.sql"
    path.write_text("CREATE TABLE t (id integer PRIMARY KEY);\n", encoding="utf-8")
    report._lint(path)
    assert capfd.readouterr().err == ""
    path.write_text("CREATE TABLE t (a money);\n", encoding="utf-8")
    report._lint(path)
    assert "datatype money not supported" in capfd.readouterr().err


def test_a_script_is_kept_only_if_it_was_edited_for_the_same_import(tmp_path: Path) -> None:
    path = tmp_path / "1-tables.sql"
    mark = f"{report._MARK}{report._digest('made')}\n"
    path.write_text(f"{mark}made", encoding="utf-8")
    assert not report._is_edited(path, "made")
    assert not report._is_edited(path, "of other choices")
    path.write_text(f"{mark}edited", encoding="utf-8")
    assert report._is_edited(path, "made")
    with pytest.raises(InputError, match="of another database or of other choices"):
        report._is_edited(path, "of other choices")
    path.write_text("written by hand", encoding="utf-8")
    assert report._is_edited(path, "made")
