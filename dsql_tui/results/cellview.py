"""One value in full: as text, as foldable JSON, as a hex dump."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

HEX_ROW_BYTES = 16


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


def hex_lines(data: bytes) -> list[str]:
    """Format bytes: offset, sixteen bytes in hex, their printable ASCII characters."""
    lines = []
    for offset in range(0, len(data), HEX_ROW_BYTES):
        row = data[offset : offset + HEX_ROW_BYTES]
        left, right = row[:8].hex(" "), row[8:].hex(" ")
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in row)
        lines.append(f"{offset:08x}  {left:<23}  {right:<23}  {shown}")
    return lines


def wrapped(text: str, width: int, width_of: Callable[[str], int]) -> list[str]:
    """Split a text into lines of at most `width` cells, at its own line breaks first.

    Args:
        text: What to cut.
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
