"""Reading the manual's pages: sections, and searching them."""

from __future__ import annotations

import pytest

from dsql_tui.console.app.manual import START, TOPICS, topic_of
from dsql_tui.console.shared.key import Place
from dsql_tui.manual import matching, page, sections, topics

WITHOUT_A_PAGE = {
    *(Place.EVERYWHERE, Place.LISTS, Place.TABLES, Place.JSON_LINES, Place.PAGES),
    *(Place.FORM, Place.PROGRESS, Place.HELP, Place.DIALOGS),
}
"""Places of any screen: the page about the screen below them is shown."""


@pytest.mark.parametrize("topic", topics())
def test_the_sections_of_a_page_are_the_whole_page(topic: str) -> None:
    parts = sections(topic)
    text = "\n".join(f"{'#' * each.level} {each.heading}\n{each.text}" for each in parts)
    assert text.split() == page(topic).split()
    assert parts[0].level == 1


def test_a_comment_in_code_is_no_heading() -> None:
    assert all("Use" not in each.heading for each in sections("settings"))
    assert any("# every setting" in each.text for each in sections("settings"))


def test_a_search_finds_sections_with_every_word_those_in_headings_first() -> None:
    found = matching("Limits TRANSACTION")
    assert [each.heading for each in found][:2] == [
        "Transactions, conflicts and limits",
        "Limits of a transaction",
    ]
    assert all("limit" in f"{each.heading}{each.text}".casefold() for each in found)
    assert matching("limits zebra") == []


def test_an_empty_search_lists_the_pages() -> None:
    assert [each.topic for each in matching(" ")] == list(topics())


def test_each_place_of_the_console_has_a_page_that_exists() -> None:
    assert set(TOPICS.values()) <= topics().keys()
    assert set(Place) - TOPICS.keys() == WITHOUT_A_PAGE


def test_the_nearest_place_with_a_page_decides() -> None:
    assert topic_of([Place.LISTS, Place.ROLES, Place.WORKSPACE]) == "roles"
    assert topic_of([Place.DIALOGS]) == START
