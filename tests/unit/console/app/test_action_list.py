"""What typed words find in the palette, without a screen."""

from __future__ import annotations

from collections import Counter

import pytest

from dsql_tui.console.app.action_list import WAYS, WHERE, Entry, matching
from dsql_tui.console.app.palette import row
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import BY_ID, KEYS, QUIT, put_in_force

OFFERED = [
    Entry(key, None, WHERE.get(key.place, ""))
    for key in (*KEYS, QUIT)
    if key.place in WHERE or key.place is Place.EVERYWHERE
]


def test_the_label_of_an_action_finds_it_first() -> None:
    for entry in OFFERED:
        matches = matching(OFFERED, entry.key.label)
        same = [each for each in matches if each.key.label == entry.key.label]
        assert entry in same
        assert matches[: len(same)] == same


def test_every_word_of_an_action_finds_it() -> None:
    missed = [
        (entry.key.id, word)
        for entry in OFFERED
        for word in (*entry.key.label.split(), *entry.key.synonyms.split())
        if entry not in matching(OFFERED, word)
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("explain", "explain.plan"),
        ("history", "history.show"),
        ("export", "results.export"),
        ("metrics", "fleet.metrics"),
        ("create cluster", "fleet.new"),
        ("new cluster", "fleet.new"),
        ("delete cluster", "fleet.delete"),
        ("execute", "run.statement"),
        ("stop", "run.cancel"),
        ("rollback", "transaction.rollback"),
        ("autocommit", "transaction.manual"),
        ("permissions", "roles.show"),
        ("bench", "latency.bench"),
        ("doctor", "session.diagnostics"),
        ("sso", "aws.sign_in"),
        ("maximise", "pane.maximize"),
        ("full screen", "pane.maximize"),
        ("pretty", "edit.format"),
        ("lint", "edit.fix"),
        ("failover", "session.peer"),
        ("favourite", "fleet.favorite"),
        ("save file", "file.save"),
        ("exit", "app.quit"),
        ("EXPLAIN  Analyze", "explain.analyze"),
        ("statement plan", "explain.plan"),
        ("rlbck", "transaction.rollback"),
    ],
)
def test_what_people_would_type_finds_the_action_among_the_first(typed: str, wanted: str) -> None:
    found = [each.key.id for each in matching(OFFERED, typed)]
    assert wanted in found[:4]


def test_what_nothing_is_called_finds_nothing() -> None:
    assert matching(OFFERED, "zzzz") == []


def test_without_a_word_everything_is_listed_as_it_came() -> None:
    assert matching(OFFERED, "  ") == OFFERED


def test_labels_of_one_place_are_distinct() -> None:
    labels = Counter((each.key.place, each.key.label) for each in OFFERED)
    twice = {pair for pair, times in labels.items() if times > 1}
    to_panes = {"Clusters", "Schema", "SQL editor", "Results"}  # a function key and a digit each
    assert {label for _, label in twice} <= to_panes


def test_ways_lead_through_actions_of_the_workspace() -> None:
    for place, way in WAYS.items():
        assert place in WHERE
        assert BY_ID[way].action.startswith("screen.show_")


@pytest.mark.parametrize("width", [30, 40, 72, 96])
@pytest.mark.parametrize("name", ["run.statement", "edit.format", "run.script", "roles.grant"])
def test_a_row_is_as_wide_as_the_list_with_its_key_at_the_right(width: int, name: str) -> None:
    entry = next(each for each in OFFERED if each.key.id == name)
    shown = row(entry, "form", width)
    assert shown.cell_length == width
    assert shown.plain.endswith(entry.shown_key or entry.where)


def test_a_row_shows_the_key_as_bound_and_a_cut_description_with_its_mark() -> None:
    entry = next(each for each in OFFERED if each.key.id == "tab.new")
    put_in_force({"tab.new": ("alt+n",)})
    try:
        shown = row(entry, "", 60).plain
    finally:
        put_in_force({})
    assert shown.startswith("New tab ")
    assert "…" in shown
    assert shown.endswith("alt+n")
