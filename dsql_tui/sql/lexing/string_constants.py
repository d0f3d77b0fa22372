"""The values of quoted tokens: strings of every form, and quoted identifiers.

The rules have the names that they have in PostgreSQL's `scan.l` and `parser.c` (version 16).
Nothing here raises: an escape that the server refuses stays as it is written.
"""

from __future__ import annotations

import re
from typing import Final

from dsql_tui.sql.lexing.lexer import LETTER, LETTER_OR_DIGIT

_LETTERS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPE: Final = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))|''",
    re.DOTALL,
)
"""xeoctesc, xehexesc, xeunicode, xeescape, xqdouble."""
_DOLLARS: Final = re.compile(
    rf"(?P<mark>\$(?:{LETTER}{LETTER_OR_DIGIT}*)?\$)(?P<means>.*)(?P=mark)", re.DOTALL
)
_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_BYTES: Final = re.compile("[\udc80-\udcff]+")
"""Bytes that are no ASCII, as `surrogateescape` has them."""
_HALF: Final = re.compile("[\ud800-\udfff]")


def literal(text: str) -> str:
    """Return a string as a SQL literal; DSQL has `standard_conforming_strings` on."""
    return "'" + text.replace("'", "''") + "'"


def content(spelled: str, escape: str = "\\") -> str:
    r"""Return the value of a string or a quoted identifier.

    Args:
        spelled: One token as written: `'a''b'`, `E'a\n'`, `U&'\0061'`, `$x$a$x$`, `"a""b"` or
            `U&"\0061"`. Any other text is returned as it is.
        escape: The character that UESCAPE after it names.
    """
    opening = spelled[:3].upper()
    if opening[:1] in {"'", '"'}:
        return spelled[1:-1].replace(opening[0] * 2, opening[0])
    if opening[:2] == "E'":
        return _joined(_ESCAPE.sub(_escaped, spelled[2:-1]))
    if opening in {"U&'", 'U&"'}:
        return _unicode(spelled[3:-1].replace(opening[2] * 2, opening[2]), escape)
    if dollars := _DOLLARS.fullmatch(spelled):
        return dollars["means"]
    return spelled


def _escaped(match: re.Match[str]) -> str:
    octal, hexadecimal, short, long, letter = match.groups()
    if octal or hexadecimal:
        byte = int(octal, 8) & 0xFF if octal else int(hexadecimal, 16)
        return bytes([byte]).decode(errors="surrogateescape")  # several may be one character
    if letter:
        return _LETTERS.get(letter, str(letter))
    number = short or long
    return _character(number, match[0]) if number else "'"


def _unicode(text: str, escape: str) -> str:
    """Decode as `str_udeescape` does."""
    mark = re.escape(escape)
    code = re.compile(rf"{mark}(?:([0-9A-Fa-f]{{4}})|\+([0-9A-Fa-f]{{6}})|({mark}))")
    return _joined(
        code.sub(lambda match: match[3] or _character(match[1] or match[2], match[0]), text)
    )


def _character(number: str, otherwise: str) -> str:
    code = int(number, 16)
    return chr(code) if 0 < code <= 0x10FFFF else otherwise


def _joined(text: str) -> str:
    """Make characters of surrogate pairs and of bytes; what is half of one becomes U+FFFD."""
    text = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
    text = _BYTES.sub(
        lambda run: run[0].encode(errors="surrogateescape").decode(errors="replace"), text
    )
    return _HALF.sub("\N{REPLACEMENT CHARACTER}", text)
