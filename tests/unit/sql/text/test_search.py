"""Finding and replacing in a text."""

from __future__ import annotations

import pytest

from dsql_tui.errors import InputError
from dsql_tui.sql.text.search import Search


@pytest.mark.parametrize(
    ("search", "text", "spans"),
    [
        (Search("a.c"), "A.c abc", [(0, 3)]),
        (Search("a.c", regex=True), "A.c abc", [(0, 3), (4, 7)]),
        (Search("^b$", regex=True), "a\nb\n", [(2, 3)]),
        (Search("x*", regex=True), "axxb", [(1, 3)]),
        (Search("ß"), "İß", [(1, 2)]),
        (Search(""), "a", []),
    ],
)
def test_what_is_found(search: Search, text: str, spans: list[tuple[int, int]]) -> None:
    assert search.spans(text) == spans


def test_a_group_goes_into_the_replacement_of_an_expression_only() -> None:
    assert Search(r"(\w)=(\w)", regex=True).replace_all("a=b, c=d", r"\2=\1") == ("b=a, d=c", 2)
    assert Search("a").replace_all("a", r"\1") == (r"\1", 1)
    assert Search(r"(\w)=", regex=True).replaced("a=", r"\1:") == "a:"


@pytest.mark.parametrize(("what", "by"), [("(", ""), ("a", r"\2"), ("[", "b")])
def test_an_unreadable_pattern_is_reported(what: str, by: str) -> None:
    with pytest.raises(InputError):
        Search(what, regex=True).replace_all("a", by)


def test_the_end_of_a_line_is_found_whatever_it_ends_with() -> None:
    text = "a;\r\nb;\r\n\u2028c\n"
    search = Search(";$", regex=True)
    assert [text[start:end] for start, end in search.spans(text)] == [";", ";"]
    assert search.spans(text) == [(1, 2), (5, 6)]
    assert search.replace_all(text, "") == ("a\r\nb\r\n\u2028c\n", 2)
    assert Search(r"b;\n", regex=True).spans(text) == [(4, 8)]
    assert Search(";", regex=True).replace_all(text, r",\n") == (
        "a,\r\n\r\nb,\r\n\r\n\u2028c\n",
        2,
    )
