"""Small things are remembered between starts, in a private file that is never half written."""

from __future__ import annotations

import json
from pathlib import Path

from dsql_tui.state import State


def test_what_is_put_is_there_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "state" / "state.json"
    State(path).put("role", "arn:1", "app_rw")
    again = State(path)
    assert again.get("role", "arn:1") == "app_rw"
    assert again.get("role", "arn:2") == ""
    assert again.get("other", "arn:1") == ""


def test_an_empty_text_forgets(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    state = State(path)
    state.put("role", "arn:1", "app_rw")
    state.put("role", "arn:1", "")
    assert json.loads(path.read_text()) == {"role": {}}


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "state.json"
    State(path).put("role", "arn:1", "app_rw")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_damaged_file_is_moved_aside_and_said(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    for content in (b"{", b"[]", b'{"role": 1}', b'{"role": {"a": 1}}', b"\xff"):
        path.write_bytes(content)
        state = State(path)
        assert "was damaged; it is now state.json.damaged-" in state.problem
        state.put("role", "arn:1", "app_rw")
        assert State(path).get("role", "arn:1") == "app_rw"
    assert (tmp_path / "state.json.damaged-1").read_bytes() == b"{"
    assert (tmp_path / "state.json.damaged-5").read_bytes() == b"\xff"


def test_what_cannot_be_written_is_remembered_until_the_end_and_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    state = State(tmp_path / "file" / "state.json")
    state.put("role", "arn:1", "app_rw")
    assert state.get("role", "arn:1") == "app_rw"
    assert state.problem.startswith("Cannot")
