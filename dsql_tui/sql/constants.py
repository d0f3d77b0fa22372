"""What a quoted token means: strings of every form, and identifiers in quotes.

The rules stand under the names they have in PostgreSQL's `scan.l` and `parser.c` (version 16).
Nothing here raises: an escape that the server refuses stays as it is written.
"""

from __future__ import annotations

import re
from typing import Final

_LETTERS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPE: Final = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))|''",
    re.DOTALL,
)
"""xeoctesc, xehexesc, xeunicode, xeescape, xqdouble."""
_SURROGATES: Final = re.compile("([\ud800-\udbff])([\udc00-\udfff])")


def content(spelled: str, escape: str = "\\") -> str:
    r"""Return what a string or a quoted identifier holds.

    Args:
        spelled: One token as it stands: `'a''b'`, `E'a\n'`, `U&'\0061'`, `$x$a$x$`, `"a""b"` or
            `U&"\0061"`. Any other text is returned as it is.
        escape: The character that UESCAPE behind it names.
    """
    opening = spelled[:3].upper()
    if opening[:1] in {"'", '"'}:
        return spelled[1:-1].replace(opening[0] * 2, opening[0])
    if opening[:2] == "E'":
        return _joined(_ESCAPE.sub(_escaped, spelled[2:-1]))
    if opening in {"U&'", 'U&"'}:
        return _unicode(spelled[3:-1].replace(opening[2] * 2, opening[2]), escape)
    if opening[:1] == "$":
        mark = spelled[: spelled.index("$", 1) + 1]
        return spelled[len(mark) : -len(mark)]
    return spelled


def _escaped(found: re.Match[str]) -> str:
    octal, hexadecimal, short, long, letter = found.groups()
    if octal:
        return chr(int(octal, 8) & 0xFF)
    if letter:
        return _LETTERS.get(letter, str(letter))
    number = hexadecimal or short or long
    return _character(number, found[0]) if number else "'"


def _unicode(text: str, escape: str) -> str:
    """Decode as `str_udeescape` does."""
    mark = re.escape(escape)
    code = re.compile(rf"{mark}(?:([0-9A-Fa-f]{{4}})|\+([0-9A-Fa-f]{{6}})|({mark}))")
    return _joined(
        code.sub(lambda found: found[3] or _character(found[1] or found[2], found[0]), text)
    )


def _character(number: str, otherwise: str) -> str:
    code = int(number, 16)
    return chr(code) if 0 < code <= 0x10FFFF else otherwise


def _joined(text: str) -> str:
    """Make one character of each surrogate pair."""
    return _SURROGATES.sub(
        lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text
    )
