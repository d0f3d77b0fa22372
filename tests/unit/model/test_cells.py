from __future__ import annotations

import random
import sys
import unicodedata
from collections.abc import Callable

import pytest

from dsql_tui.console.widgets.cells import inert as marked
from dsql_tui.model.cells import inert, inert_lines, replace_active
from tests.support.thorough import is_thorough

EVERY_CHARACTER = [chr(code) for code in range(sys.maxunicode + 1)]
BIDIRECTIONAL = "\u061c\u200e\u200f" + "".join(map(chr, [*range(0x202A, 0x202F)]))
BIDIRECTIONAL += "".join(map(chr, range(0x2066, 0x206A)))
ACTED_ON = {
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    *BIDIRECTIONAL,
    *"\u2028\u2029\ufeff\u180e\u200b",
    *map(chr, range(0x2060, 0x2065)),
    *map(chr, range(0xD800, 0xE000)),
    *map(chr, range(0xE0000, 0xE0080)),
}
"""What no text of others may bring to a terminal."""
ORDINARY = [
    "plain ASCII with 'quotes' and \\ backslash",
    "Grüße, naïve café, \u00a0 no-break space, soft\u00adhyphen",
    "e\u0301 combined, Zürich, Ελλάδα, Россия",
    "العربية עברית فارسی",
    "می\u200cخواهم",  # Persian needs the non-joiner
    "क्\u200dष",  # Devanagari needs the joiner
    "日本語 한국어 中文",
    "👩\u200d👩\u200d👧\u200d👦 🏳️\u200d🌈 ❤️\u200d🔥 👍🏽 1️⃣ 🇦🇶",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # Scotland
    "\ue0b0 \uf121",  # icons of fonts
    "",
]
RENDERINGS: dict[str, Callable[[str], str]] = {
    "escaped": inert,
    "marked": marked,
    "dropped": lambda text: replace_active(text, lambda _: ""),
}


POOLS = [
    sorted(ACTED_ON),
    ["\u200c", "\u200d", "\ufe0f", "🏴", "\U000e0067", "\U000e007f", "\r\n"],
    [*"aé👩क日 ", "\u0301"],
]
SEEDS = range(20_000 if is_thorough() else 500)


def hostile_text(seed: int) -> str:
    """Return text of active characters, joiners, flags and ordinary characters in any order."""
    rng = random.Random(seed)
    return "".join(rng.choice(rng.choice(POOLS)) for _ in range(rng.randrange(40)))


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_no_active_character_is_left_of_any_code_point(rendering: str) -> None:
    render = RENDERINGS[rendering]
    assert not [hex(ord(each)) for each in ACTED_ON if set(render(f"a{each}b")) & ACTED_ON]


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_text_made_inert_is_inert_and_stays_as_it_is(rendering: str) -> None:
    render = RENDERINGS[rendering]
    flag_parts = set(ORDINARY[8])
    for seed in SEEDS:
        shown = render(hostile_text(seed))
        assert not set(shown) & (ACTED_ON - flag_parts), seed
        assert render(shown) == shown, seed


@pytest.mark.parametrize("rendering", RENDERINGS)
@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_unchanged(text: str, rendering: str) -> None:
    assert RENDERINGS[rendering](text) == text


def test_only_characters_without_a_shape_of_their_own_are_active() -> None:
    shapeless = {"Cc", "Cf", "Zl", "Zp", "Cs", "Cn"}
    others = [each for each in EVERY_CHARACTER if unicodedata.category(each) not in shapeless]
    printable = [each for each in EVERY_CHARACTER if each.isprintable()]
    for text in ("é".join(others), "é".join(printable)):  # the quick way out relies on the second
        assert inert(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]52;c;ZXZpbA==\x07", r"\x1b]52;c;ZXZpbA==\x07"),
        ("two\nlines\r", r"two\nlines\r"),
        ("\x9d0;title\x9c", r"\x9d0;title\x9c"),
        ("\u202eevil", r"\u202eevil"),
        ("adm\u200din", r"adm\u200din"),  # a joiner in ASCII only makes two names look the same
        ("\u200d", r"\u200d"),
        ("🏴\U000e0067", r"🏴\U000e0067"),  # not the end of a flag
        ("\udcff", r"\udcff"),
    ],
)
def test_what_is_active_is_escaped_as_python_does(text: str, shown: str) -> None:
    assert inert(text) == shown


def test_lines_and_tabs_are_kept_where_text_has_lines() -> None:
    assert inert_lines("a\tb\r\nc\rd\n\x1b[2J") == "a\tb\nc\\rd\n\\x1b[2J"
