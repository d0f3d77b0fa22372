"""What quoted tokens mean."""

from __future__ import annotations

import pytest

from dsql_tui.sql.lexing.names import folded
from dsql_tui.sql.lexing.string_constants import content


@pytest.mark.parametrize(
    ("spelled", "means"),
    [
        ("'it''s'", "it's"),
        ('"a""b"', 'a"b'),
        (r"E'\x5f\137\u005f\n\'''\q'", "___\n''q"),
        (r"U&'\0061\+000062\\c'", "ab\\c"),
        (r"u&'\d83d\de00'", "\N{GRINNING FACE}"),
        ("$x$a$$b$x$", "a$$b"),
        ("$$it's$$", "it's"),
        (r"E'\U00110000'", r"\U00110000"),
        (r"E'\xc3\xa4\ud83d\ude00'", "\N{LATIN SMALL LETTER A WITH DIAERESIS}\N{GRINNING FACE}"),
        (r"E'\xe4\ud83d'", "\N{REPLACEMENT CHARACTER}" * 2),
        ("name", "name"),
    ],
)
def test_a_quoted_token_means_what_the_server_reads(spelled: str, means: str) -> None:
    assert content(spelled) == means


def test_uescape_names_another_character() -> None:
    assert content(r'U&"d!0061t\0061!!"', "!") == r"dat\0061!"


def test_a_name_in_unicode_escapes_is_the_name() -> None:
    assert folded(r'U&"\0061B"') == "aB"
