"""What tabs held is kept for the next start, and what is damaged is left out without a crash."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from dsql_tui.console.app.app import open_preferences
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.tab_contents import Buffer, TabTarget, from_text, to_text

TARGET = TabTarget("arn:aws:dsql:us-east-1:1:cluster/a", "admin", "local", "shop", production=True)
BUFFERS = (Buffer("one", "select 1", "/a.sql", "digest", TARGET), Buffer("two", "select 2"))


def test_tabs_come_back_as_they_were() -> None:
    assert from_text(to_text(BUFFERS)) == BUFFERS
    assert from_text("") == ()


def test_an_empty_tab_is_kept_only_for_a_cluster_that_no_other_tab_is_on() -> None:
    other = replace(TARGET, role="app_ro")
    empty, again = Buffer("two", "", target=other), Buffer("three", "", target=other)
    buffers = (*BUFFERS, Buffer("query 1", "", target=TARGET), empty, again, Buffer("none", ""))
    assert from_text(to_text(buffers)) == (*BUFFERS, empty)


CHANGES: tuple[dict[str, object], ...] = (
    {"name": None},
    {"text": 5},
    {"path": []},
    {"other": ""},
    {"target": "x"},
    {"target": {}},
    {"target": {"arn": 1, "role": "", "profile": "", "name": ""}},
    {"target": {"arn": "", "role": "", "profile": "", "name": "", "production": "no"}},
)
DAMAGED = [
    "{",
    "null",
    "3",
    "[1, null]",
    "[" * 100_000,
    *(json.dumps([{"name": "a", "text": "b"} | change]) for change in CHANGES),
]


@pytest.mark.parametrize("text", DAMAGED)
def test_what_is_damaged_is_no_tab(text: str) -> None:
    assert from_text(text) == ()


def test_tabs_beside_a_damaged_one_come_back() -> None:
    both = [{"name": 1, "text": "x"}, *json.loads(to_text(BUFFERS))]
    assert from_text(json.dumps(both)) == BUFFERS


def test_consoles_at_the_same_time_keep_their_tabs_and_the_next_one_has_them_all(
    tmp_path: Path,
) -> None:
    first, second = BUFFERS
    with ExitStack() as held:
        one = open_preferences(tmp_path, held)
        with ExitStack() as held_beside:
            beside = open_preferences(tmp_path, held_beside)
            assert beside.buffers == ()
            beside.keep_buffers([second])
            one.keep_buffers([first])
            with ExitStack() as held_third:
                assert open_preferences(tmp_path, held_third).buffers == ()
    with ExitStack() as held:
        assert open_preferences(tmp_path, held).buffers == (first, second)
    assert [path.name for path in tmp_path.iterdir()] == ["tabs.json"]


@pytest.mark.parametrize("sign", ["\r", "\v", "\x1c", "\x85", "\u2028"])
def test_a_role_is_remembered_under_its_whole_name(sign: str) -> None:
    preferences = Preferences()
    preferences.keep_role("arn", f"a{sign}b")
    assert preferences.roles("arn") == (f"a{sign}b", "admin")
