"""Omits long lists of literals, which contain nothing that the gate checks.

Three thousand rows of ten literals are a quarter of a megabyte and took half a second to read, for
every other session too. Only numbers, plain strings and parameters are left out, in the rows of
VALUES and the list of IN, and only where a lexer has come from the text's beginning: nothing else
can hide in there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from dsql_tui.sql.lexing.lexer import TokenKind, tokenize

SHORT: Final = 4_096
"""Texts up to this many characters are read whole."""
_LOOKED_AT: Final = 4_096
"""Tokens within which a list must begin."""
_WORTH_IT: Final = 1_024
"""Characters that a list must have for it to be left out."""
_SPACE: Final = r"[ \t\n\r\f\v]*+"
_TYPE: Final = (
    r"(?:double precision|character varying|timestamp with(?:out)? time zone"
    r"|time with(?:out)? time zone|[a-z_][a-z0-9_]*+)(?:\([0-9]++(?:,\s*+[0-9]++)?\))?+"
)
_VALUE: Final = (
    r"(?:[-+]?[0-9]++(?:\.[0-9]*+)?+(?:e[-+]?[0-9]++)?+|'[^']*+(?:''[^']*+)*+'|\$[0-9]++"
    rf"|null|true|false|default)(?:::{_TYPE})?+"
)
_ROW: Final = rf"\({_SPACE}{_VALUE}{_SPACE}(?:,{_SPACE}{_VALUE}{_SPACE})*+\)"
_LISTS: Final = {
    "VALUES": re.compile(rf"{_SPACE}{_ROW}((?:{_SPACE},{_SPACE}{_ROW})++)", re.IGNORECASE),
    "IN": re.compile(
        rf"{_SPACE}\({_SPACE}{_VALUE}((?:{_SPACE},{_SPACE}{_VALUE})++){_SPACE}\)", re.IGNORECASE
    ),
}
"""What may follow each word; the group is left out."""


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A statement without a part that the gate does not check.

    Attributes:
        text: What is left.
        at: Where the part was.
        removed: Characters that it had.
    """

    text: str
    at: int = 0
    removed: int = 0


def abbreviated(text: str) -> Abbreviation:
    """Omit everything after the first element of a long statement's first long list of literals."""
    if len(text) <= SHORT:
        return Abbreviation(text)
    for kind, start, end in islice(tokenize(text), _LOOKED_AT):
        following = _LISTS.get(text[start:end].upper()) if kind is TokenKind.WORD else None
        listed = following.match(text, end) if following else None
        if listed:
            first, last = listed.span(1)
            if last - first >= _WORTH_IT:
                return Abbreviation(text[:first] + text[last:], first, last - first)
    return Abbreviation(text)
