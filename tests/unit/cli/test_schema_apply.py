"""Where the statements of `schema apply` are until they have run."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsql_tui.cli.schema.apply import plan_file_of


def test_the_plan_is_beside_the_files_however_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "definitions" / "app"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    beside = tmp_path / "definitions" / "app.apply.sql"
    assert plan_file_of(Path()) == beside
    assert plan_file_of(folder) == beside
    assert plan_file_of(Path("..")) == tmp_path / "definitions.apply.sql"
    assert plan_file_of(Path("x.sql")) == Path("x.sql.apply.sql")
    assert plan_file_of(Path("/")) == Path("/definitions.apply.sql")
