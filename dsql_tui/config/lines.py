"""Line numbers of the tables and keys of a TOML file, which `tomllib` does not provide."""

from __future__ import annotations

import re

KeyPath = tuple[str, ...]

_STRINGS = r"""
    \"""(?:[^\\]|\\.)*?\"{3,5} | '''.*?'{3,5}
    | "(?:[^"\\\n]|\\.)*" | '[^'\n]*'
"""
_BLANK = re.compile(r"(?:[ \t\r\n]|\#[^\n]*)*")
_HEADER = re.compile(r"\[\[?((?:" + _STRINGS + r"|[^\]\"'])*)\]\]?", re.DOTALL | re.VERBOSE)
_KEY = re.compile(r"((?:" + _STRINGS + r"|[^=\"'])+)=", re.DOTALL | re.VERBOSE)
_VALUE_PART = re.compile(
    _STRINGS + r"| \#[^\n]* | [\[{] | [\]}] | \n | [^\"'\#\[\]{}\n]+", re.DOTALL | re.VERBOSE
)


class LineIndex:
    """The lines of a TOML document.

    Args:
        text: A document that `tomllib` accepts.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[KeyPath, int] = {}
        table: KeyPath = ()
        at, line = 0, 1
        while at < len(text):
            after = _BLANK.match(text, at)
            start = after.end() if after else at
            line += text.count("\n", at, start)
            if start >= len(text):
                break
            if header := _HEADER.match(text, start):
                table, end = _names(header[1]), header.end()
                self._lines.setdefault(table, line)
            elif key := _KEY.match(text, start):
                self._lines.setdefault((*table, *_names(key[1])), line)
                end = _value_end(text, key.end())
            else:  # pragma: no cover - tomllib has accepted the document
                break
            line += text.count("\n", start, end)
            at = end

    def line_of(self, *path: str) -> int | None:
        """Return the line of a key; in an inline table, the line of the table."""
        for length in range(len(path), 0, -1):
            if (line := self._lines.get(path[:length])) is not None:
                return line
        return next(
            (line for known, line in self._lines.items() if known[: len(path)] == path), None
        )


def _names(key: str) -> KeyPath:
    """Return the parts of a dotted key."""
    import tomllib

    names: list[str] = []
    value = tomllib.loads(f"{key.strip()} = 0")
    while isinstance(value, dict):
        name, value = next(iter(value.items()))
        names.append(name)
    return tuple(names)


def _value_end(text: str, at: int) -> int:
    """Return where a value and what follows it on its line end."""
    depth = 0
    for part in _VALUE_PART.finditer(text, at):
        if part[0] in "[{":
            depth += 1
        elif part[0] in "]}":
            depth -= 1
        elif part[0] == "\n" and depth == 0:
            return part.start()
    return len(text)
