"""Text for terminals whose locale is not UTF-8, and what such terminals send.

Python would write an escape of six characters for the corner of a frame that Latin-1 lacks, and the
frame would break. Here such a character is replaced by one of the same width.
"""

from __future__ import annotations

import codecs
from functools import partial

from rich.cells import cell_len

STAND_IN_ERRORS = "dsql_tui.stand_in"
"""Name of the error handler of `str.encode`."""
_UNKNOWN = "?"
_STAND_INS: dict[str, str] = {
    stood_for: stand_in
    for stand_in, characters in (
        ("-", "─━┄┅┈┉╌╍═╴╸╶╺╼╾–—−▔⎯"),
        ("|", "│┃┆┇┊┋╎╏║▏▎▍▌▋▊▉█▐▕▁"),
        ("+", "╭╮╯╰┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬"),
        ("*", "●◉◐◑◒◓★•✱"),
        ("o", "○◌◎☆"),
        ("=", "⇄▂▃▄▀■▆▇▅"),
        (">", "→▸▶›»"),
        ("<", "←◂◀‹«"),
        ("^", "↑▴▲⇧"),
        ("v", "↓▾▼✓✔"),
        ("x", "✗✘✕"),
        ("~", "↻↺∼"),
        (".", "…·"),
        ('"', "“”„"),
        ("'", "‘’‚"),
        ("\\", "↵␤"),
    )
    for stood_for in characters
}


def stand_in(error: UnicodeError) -> tuple[str, int]:
    """Return ASCII characters, as wide as those that cannot be encoded.

    Raises:
        UnicodeError: It is no error of encoding.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    known = (_STAND_INS.get(each, _UNKNOWN * cell_len(each)) for each in characters)
    return "".join(known), error.end


codecs.register_error(STAND_IN_ERRORS, stand_in)


def is_unicode(encoding: str | None) -> bool:
    """Whether every character can be written in an encoding."""
    return codecs.lookup(encoding or "utf-8").name.startswith("utf-")


def drawable(text: str, encoding: str) -> str:
    """Return text as a terminal of that encoding can show it, as wide as it was."""
    return text.encode(encoding, STAND_IN_ERRORS).decode(encoding)


def decoder_for(encoding: str | None) -> partial[codecs.IncrementalDecoder]:
    """Return what makes a decoder of typed bytes; bytes that are no text become U+FFFD.

    Textual's own raises an error for them, which ends the program.
    """
    return partial(codecs.getincrementaldecoder(encoding or "utf-8"), errors="replace")
