"""What is pasted is text, however the terminal's bytes are cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key, Paste

from dsql_tui.console.app.pastes import END, START, GuardedParser, PasteGuard, pasted

PIECES = ["a", "\x1b", "\x1b[", "\x1b[20", "\x1b[15~", "\x1b[D", "~", "\x07", "\x9b", "\n", START]
PASTED = st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map("".join)


def events_of(stream: str, cuts: list[int]) -> list[tuple[str, str]]:
    parser, events, begin = GuardedParser(), [], 0
    for end in [*sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]:
        if begin < end:
            events += list(parser.feed(stream[begin:end]))
        begin = end
    kinds = (each for each in events if isinstance(each, Key | Paste))
    return [
        ("paste", pasted(each.text)) if isinstance(each, Paste) else ("key", each.key)
        for each in kinds
    ]


@given(PASTED, st.lists(st.integers(0, 200), max_size=8))
def test_a_paste_is_one_text_and_no_key(text: str, cuts: list[int]) -> None:
    stream = f"x{START}{text}{END}y"
    assert events_of(stream, cuts) == [("key", "x"), ("paste", text), ("key", "y")]


@given(PASTED, PASTED, st.lists(st.integers(0, 200), max_size=8))
def test_two_pastes_are_two(one: str, other: str, cuts: list[int]) -> None:
    stream = f"{START}{one}{END}{START}{other}{END}z"
    assert events_of(stream, cuts) == [("paste", one), ("paste", other), ("key", "z")]


@given(st.lists(st.sampled_from(["a", "\x1b", "\x1b[D", "\x1b[20", "[200"]), max_size=8))
def test_nothing_outside_a_paste_is_held_back(pieces: list[str]) -> None:
    guard = PasteGuard()
    for piece in pieces:
        if START not in "".join(pieces):
            assert guard.guard(piece) == piece
