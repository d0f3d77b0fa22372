"""Omits long lists of literals, which contain nothing that the gate checks.

A statement with 3,000 rows of ten literals has a quarter of a megabyte; parsing it took half a
second and blocked all other sessions. Only numbers, plain strings and parameters are omitted, in
the rows of VALUES and the list of IN. The lexer reads from the beginning of the text up to the
list, so a comment or a quoted string cannot be mistaken for a list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from dsql_tui.sql.lexing.lexer import TokenKind, tokenize

SHORT: Final = 4_096
"""Texts up to this many characters are read completely."""
_LOOKED_AT: Final = 4_096
"""Tokens within which a list must begin."""
_WORTH_IT: Final = 1_024
"""Shortest list that is omitted, characters."""
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
"""Pattern of the list that may follow each word; its group is omitted."""


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A statement without a part that the gate does not check.

    Attributes:
        text: The statement without the omitted part.
        at: Position of the omitted part.
        removed: Length of the omitted part, characters.
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
