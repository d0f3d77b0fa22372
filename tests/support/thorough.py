"""How many cases a test with many possible cases tries, by profile (tests/conftest.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import settings

THOROUGH_EXAMPLES = 1_000

Item = TypeVar("Item")


def is_thorough() -> bool:
    """Return whether `pytest --hypothesis-profile=thorough` was asked for."""
    return settings.default is not None and settings.default.max_examples >= THOROUGH_EXAMPLES


def cuts_of(content: bytes) -> list[int]:
    """Return the lengths at which to cut a file of lines: around each line's end, and some between.

    The thorough profile cuts at every byte.
    """
    ends = [at + 1 for at, byte in enumerate(content) if byte == ord("\n")]
    around = {end + step for end in ends for step in (-1, 0, 1) if end + step <= len(content)}
    return sorted(around | set(some_of(range(len(content) + 1), 40)))


def some_of(items: Sequence[Item], count: int) -> list[Item]:
    """Return `count` items spread evenly over all of them, the first and the last among them.

    The thorough profile returns all of them.
    """
    last = len(items) - 1
    if is_thorough() or len(items) <= count:
        return list(items)
    return [items[round(number * last / (count - 1))] for number in range(count)]
