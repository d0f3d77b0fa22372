"""What an editor tab holds, as a value that survives the program."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

KEPT_MAX = 2_000_000
"""Characters; a longer text without a file is not kept between starts."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """One tab.

    Attributes:
        name: What the tab is called.
        text: What is in it.
        path: Its file, or empty.
    """

    name: str
    text: str
    path: str = ""


def to_text(buffers: Sequence[Buffer]) -> str:
    """Return buffers as one text; empty ones without a file are not worth keeping."""
    worth = [each for each in buffers if (each.text or each.path) and len(each.text) <= KEPT_MAX]
    return json.dumps([asdict(each) for each in worth], ensure_ascii=False) if worth else ""


def from_text(text: str) -> tuple[Buffer, ...]:
    """Read what `to_text` wrote; anything else is no buffers."""
    try:
        found = json.loads(text) if text else []
        return tuple(Buffer(**each) for each in found)
    except (ValueError, TypeError):
        return ()
