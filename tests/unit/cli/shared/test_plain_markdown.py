"""Pages of the manual as text: what is written arrives, laid out for the width there is."""

from __future__ import annotations

import re

import pytest

from dsql_tui.cli.shared.plain_markdown import render
from tests.support.pages import PAGES

TABLE = """\
| key | does |
|---|---|
| `F5` | runs the statement at the cursor, or what is selected |
| `a\\|b` | has a bar |
"""


def test_headings_paragraphs_and_code_keep_their_words() -> None:
    page = "# The title\nA line\nand the next.\n\n## Part\n```sh\na  b\n\n  c\n```\nEnd."
    assert render(page, width=40) == (
        "THE TITLE\nA line and the next.\n\nPart\n\n    a  b\n\n      c\n\nEnd.\n"
    )


def test_indented_code_is_code() -> None:
    page = "Run:\n\n    one   # first\n    two\n\nEnd."
    assert render(page, width=40) == page + "\n"


def test_styles_are_escape_sequences_only_where_they_are_asked_for() -> None:
    page = "# One\n\nA **bold** word.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    assert "\x1b" not in render(page, width=40)
    styled = render(page, width=40, styled=True)
    assert "\x1b[1mONE\x1b[22m" in styled
    assert "A \x1b[1mbold\x1b[22m word." in styled
    assert re.sub(r"\x1b\[\d+m", "", styled) == render(page, width=40)


def test_links_and_pictures_show_their_address_and_code_is_kept_as_it_is() -> None:
    page = "See [the `keys`](https://a/b), <https://c>, ![a picture](https://d.svg), `**[x](y)**`."
    assert render(page, width=200) == (
        "See the `keys` (https://a/b), <https://c>, a picture: https://d.svg, `**[x](y)**`.\n"
    )


def test_items_are_wrapped_beside_their_bullet() -> None:
    page = "- one two three four\n  five\n- six\n  - seven eight nine ten\n1. last"
    assert render(page, width=20).splitlines() == [
        "- one two three four",
        "  five",
        "- six",
        "  - seven eight nine",
        "    ten",
        "1. last",
    ]


def test_a_table_is_laid_out_in_columns_where_they_fit() -> None:
    assert render(TABLE, width=40).splitlines() == [
        "key    does",
        "`F5`   runs the statement at the cursor,",
        "       or what is selected",
        "`a|b`  has a bar",
    ]


def test_a_table_that_is_too_wide_becomes_a_list_of_its_cells() -> None:
    page = "| name | first | second |\n|---|---:|---|\n| a very long name of a row | 1 | two |\n"
    assert render(page, width=40).splitlines() == [
        "name                       first  second",
        "a very long name of a row  1      two",
    ]
    assert render(page, width=35).splitlines() == [
        "a very long name of a row",
        "    first: 1",
        "    second: two",
    ]


@pytest.mark.parametrize("width", [40, 79, 100])
@pytest.mark.parametrize("name", PAGES)
def test_no_word_of_a_page_is_lost_and_lines_keep_to_the_width(name: str, width: int) -> None:
    text = render(PAGES[name], width=width)
    words = set(re.findall(r"[A-Za-z]{3,}", text.lower()))
    # Names of languages are no text, and names of columns go where rows become lists.
    unfenced = re.sub(r"^```\w+$", "", PAGES[name], flags=re.MULTILINE)
    page = re.sub(r"^\|.*\n(?=\|[-:| ]+$)", "", unfenced, flags=re.MULTILINE)
    assert set(re.findall(r"[A-Za-z]{3,}", page.lower())) <= words
    for line in text.splitlines():
        assert len(line) <= width or line.startswith("    ") or " " not in line.strip()[width:]
