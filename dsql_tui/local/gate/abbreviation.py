"""Long INSERTs without most of their rows: what the gate looks for cannot be in them.

Three thousand rows of ten literals are a quarter of a megabyte and took half a second to read, for
every other session too. Only rows of numbers, plain strings and parameters are left out, and only
where a lexer has come from the statement's beginning: nothing else can hide in there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from dsql_tui.sql.lexer import TokenKind, tokenize

SHORT: Final = 4_096
"""Texts up to this many characters are read whole."""
_LOOKED_AT: Final = 4_096
"""Tokens within which the rows must begin."""
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
_ROWS: Final = re.compile(rf"{_SPACE}{_ROW}((?:{_SPACE},{_SPACE}{_ROW})++)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A text without a part that says nothing to the gate.

    Attributes:
        text: What is left.
        at: Where the part was.
        removed: Characters that it had.
    """

    text: str
    at: int = 0
    removed: int = 0


def abbreviated(text: str) -> Abbreviation:
    """Leave out what follows the first row of a long VALUES list, as far as it is literals."""
    if len(text) <= SHORT:
        return Abbreviation(text)
    for kind, start, end in islice(tokenize(text), _LOOKED_AT):
        if kind is TokenKind.WORD and end - start == 6 and text[start:end].upper() == "VALUES":
            rows = _ROWS.match(text, end)
            if rows:
                first, last = rows.span(1)
                return Abbreviation(text[:first] + text[last:], first, last - first)
    return Abbreviation(text)
