r"""Lines of a text with their own line endings, which can be joined to the same text.

A line ends at LF or CRLF, and at CR only in a text without any LF (old Mac files). Nothing else
ends a line: `\v`, `\f`, `\x1c`, U+0085 and U+2028 are characters of it, as they are to PostgreSQL,
to psql and to the files of every editor. (`str.splitlines` ends lines at all of them.)
"""

from __future__ import annotations

import re
from itertools import chain

LF, CRLF, CR = "\n", "\r\n", "\r"
_BREAK = re.compile("\r*\n")
_CR_BREAK = re.compile("\r\n?|\n")


def dominant_ending(text: str) -> str:
    """Return the most common line ending of a text; LF if there is none."""
    with_cr = text.count(CRLF)
    alone = text.count(LF) - with_cr
    if not with_cr and not alone:
        return CR if CR in text else LF
    return CRLF if with_cr > alone else LF


def split_lines(text: str, *, at_cr: bool = False) -> tuple[list[str], list[str]]:
    """Return the lines of a text and the ending of each; the last line has none.

    Args:
        text: Any text; an empty one is one empty line.
        at_cr: Whether a CR alone ends a line, as in a text whose `dominant_ending` is CR.
    """
    if at_cr and CR in text:
        endings = [*_CR_BREAK.findall(text), ""]
        return _CR_BREAK.split(text), endings
    lines = text.split(LF)
    if CRLF not in text:
        return lines, [*[LF] * (len(lines) - 1), ""]
    last = lines.pop()
    endings = [CRLF if line.endswith(CR) else LF for line in lines]
    return [*[line.removesuffix(CR) for line in lines], last], [*endings, ""]


def lines_of(text: str) -> list[str]:
    """Return the lines of a text for display, without an empty one after a final line ending."""
    lines, _ = split_lines(text, at_cr=dominant_ending(text) == CR)
    return lines if lines[-1] else lines[:-1]


def join_lines(lines: list[str], endings: list[str]) -> str:
    """Return the text that `split_lines` was given."""
    return "".join(chain.from_iterable(zip(lines, endings, strict=True)))


def with_endings(text: str, ending: str) -> str:
    """Return a text with uniform line endings.

    CRs before an LF go with it: left there, they would be half of the new ending. Any other CR
    alone stays what it is, unless it is `ending`.
    """
    breaks = _CR_BREAK if ending == CR else _BREAK
    return breaks.sub(lambda _: ending, text)
