"""Keys that arrive as fast as a paste are distinguished from typed ones."""

from __future__ import annotations

from textual.events import Key

from dsql_tui.console.editor.key_burst import KeyBurst


def bursts(gaps_s: list[float], *, key: str = "a", at: int = -1) -> list[bool]:
    """Return which keys are in a burst; the one at a position may be another key."""
    burst, time_s, found = KeyBurst(), 1_000.0, []
    for number, gap_s in enumerate(gaps_s):
        time_s += gap_s
        name = key if number == at else "a"
        event = Key(name, name if len(name) == 1 else None)
        event.time = time_s
        found.append(burst.includes(event))
    return found


def test_a_paste_is_known_from_its_eighth_key() -> None:
    assert bursts([0.0001] * 10) == [False] * 7 + [True] * 3


def test_ends_of_lines_and_tabs_are_part_of_a_paste_and_other_keys_are_not() -> None:
    for name in ("enter", "tab"):
        assert all(bursts([0.0001] * 12, key=name, at=9)[7:])
    for name in ("up", "f5", "escape", "backspace", "ctrl+t"):
        assert not any(bursts([0.0001] * 12, key=name, at=9)[9:])


def test_a_short_pause_in_a_paste_does_not_end_it_and_a_long_one_does() -> None:
    assert bursts([*[0.0001] * 8, 0.05, 0.0001])[-2:] == [True, True]
    assert not any(bursts([*[0.0001] * 8, 0.5, *[0.0001] * 6])[8:])


def test_nobody_types_so_fast() -> None:
    assert not any(bursts([0.03] * 50))
    assert not any(bursts([0, 0.005, 0.05, 0.04] * 10))
