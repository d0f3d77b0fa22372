"""How a value's text is shown: the server's own text unless the person asked for more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from dsql_tui.results.kinds import Kind

Formatter = Callable[[str], str]
_BOOLEANS = {"t": "true", "f": "false"}


@dataclass(frozen=True, slots=True)
class Formats:
    """The person's choices for showing values; copying and exporting ignore them.

    Attributes:
        group_digits: Write 1234567.8 as 1,234,567.8.
        zone: Show `timestamptz` in this zone; `None` shows the session's own text.
    """

    group_digits: bool = False
    zone: tzinfo | None = None


def formatter(kind: Kind, formats: Formats) -> Formatter | None:  # noqa: ARG001
    """Return what turns the server's text into the shown one; `None` when they are the same."""
    if kind is Kind.BOOLEAN:
        return _boolean
    return None


def _boolean(text: str) -> str:
    return _BOOLEANS.get(text, text)
