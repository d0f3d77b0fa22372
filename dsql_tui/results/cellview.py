"""One value in full: as text, as foldable JSON, as a hex dump."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

HEX_STEP_BYTES, HEX_GROUP_BYTES = 4, 8
_OFFSET_CELLS = 10
"""An offset of eight digits, and the space after it."""


@dataclass(frozen=True, slots=True)
class JsonLine:
    """A line of formatted JSON.

    Attributes:
        text: With its indent.
        fold_end: Number of the line that closes what this one opens; `None` when it opens nothing.
    """

    text: str
    fold_end: int | None = None


def json_lines(text: str) -> list[JsonLine] | None:
    """Format JSON, with numbers and names as written; `None` if it is not JSON.

    Repeated names are kept: the text is laid out again, not the value.
    """
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    lines: list[str] = []
    opened: list[int] = []
    folds: dict[int, int] = {}
    line = ""
    for token in _tokens(text):
        if token in "{[":
            opened.append(len(lines))
            lines.append(line + token)
            line = "  " * len(opened)
        elif token in "}]":
            start = opened.pop()
            if line.strip():
                lines.append(line)
            indent = "  " * len(opened)
            if len(lines) == start + 1:
                line = lines.pop() + token
            else:
                line = indent + token
                folds[start] = len(lines)
        elif token == ",":
            lines.append(line + ",")
            line = "  " * len(opened)
        else:
            line += ": " if token == ":" else token
    lines.append(line)
    return [JsonLine(text, folds.get(number)) for number, text in enumerate(lines)]


def _tokens(text: str) -> list[str]:
    """Split valid JSON into punctuation, strings and words."""
    tokens: list[str] = []
    at = 0
    while at < len(text):
        character = text[at]
        end = at + 1
        if character == '"':
            while text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            end += 1
        elif character not in "{}[],: \t\r\n":
            while end < len(text) and text[end] not in "{}[],: \t\r\n":
                end += 1
        if not character.isspace():
            tokens.append(text[at:end])
        at = end
    return tokens


class HexLines(Sequence[JsonLine]):
    """A hex dump: offset, bytes in hex, their printable ASCII characters.

    A line is built only on demand: all lines of 100 MB would take a gigabyte.

    Args:
        data: The bytes.
        width: Cells that a line may take; a row has as many bytes as fit, a multiple of 4.

    Attributes:
        width: Cells that a full line takes.
    """

    def __init__(self, data: bytes, width: int) -> None:
        self._data = data
        steps = range(HEX_STEP_BYTES, max(width, HEX_STEP_BYTES + 1), HEX_STEP_BYTES)
        self._row_bytes = max((n for n in steps if _hex_width(n) <= width), default=HEX_STEP_BYTES)
        self.width = _hex_width(self._row_bytes) if data else 0

    def __len__(self) -> int:
        """Return the number of lines."""
        return -(-len(self._data) // self._row_bytes)

    @overload
    def __getitem__(self, number: int) -> JsonLine: ...

    @overload
    def __getitem__(self, number: slice) -> list[JsonLine]: ...

    def __getitem__(self, number: int | slice) -> JsonLine | list[JsonLine]:
        """Return lines by number."""
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        offset = range(len(self))[number] * self._row_bytes
        row = self._data[offset : offset + self._row_bytes]
        groups = (
            row[at : at + HEX_GROUP_BYTES].hex(" ") for at in range(0, len(row), HEX_GROUP_BYTES)
        )
        hexadecimal = "  ".join(groups).ljust(self.width - _OFFSET_CELLS - 2 - self._row_bytes)
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in row)
        return JsonLine(f"{offset:08x}  {hexadecimal}  {shown}")


def _hex_width(row_bytes: int) -> int:
    """Return the cells of a line with so many bytes."""
    gaps = max(row_bytes - 1, 0) // HEX_GROUP_BYTES
    return _OFFSET_CELLS + max(3 * row_bytes - 1, 0) + gaps + 2 + row_bytes


def wrapped(text: str, width: int, width_of: Callable[[str], int]) -> list[str]:
    """Split a text into lines of at most `width` cells, at its own line breaks first.

    Args:
        text: The text to cut.
        width: Cells of a line, at least 2: the widest character takes two.
        width_of: How many cells a text takes.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        if line.isascii():
            lines += [line[at : at + width] for at in range(0, len(line), width)] or [""]
        else:
            lines += _wrapped_wide(line, width, width_of)
    return lines


def _wrapped_wide(line: str, width: int, width_of: Callable[[str], int]) -> Iterator[str]:
    start = taken = 0
    for at, character in enumerate(line):
        cells = width_of(character)
        if taken + cells > width:
            yield line[start:at]
            start, taken = at, 0
        taken += cells
    yield line[start:]
