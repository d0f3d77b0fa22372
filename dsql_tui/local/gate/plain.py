r"""Normalizes the spelling of tokens, so that no spelling bypasses the gate.

`U&"\0061b"` becomes `"ab"`, `E'\x61b'` and strings continued on the next line become `'ab'`;
A UESCAPE clause is removed with the escapes it belongs to. Positions still refer to the client's
text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dsql_tui.local.protocol.backend import literal
from dsql_tui.sql.lexing.lexer import TokenKind
from dsql_tui.sql.lexing.names import Piece
from dsql_tui.sql.lexing.string_constants import content

_PREFIXES = ("E", "e", "U", "u")


def plain(pieces: Sequence[Piece]) -> list[Piece]:
    """Return `pieces` with every quoted token in its plainest spelling."""
    return list(_plain(pieces))


def _plain(pieces: Sequence[Piece]) -> Iterator[Piece]:
    at = 0
    while at < len(pieces):
        run_end = at + 1
        if pieces[at].kind is TokenKind.STRING:
            while run_end < len(pieces) and pieces[run_end].kind is TokenKind.STRING:
                run_end += 1
        run = pieces[at:run_end]
        if run[0].kind in {TokenKind.STRING, TokenKind.QUOTED_IDENTIFIER} and (
            len(run) > 1 or run[0].text.startswith(_PREFIXES)
        ):
            escape = _escape_after(pieces, run_end)
            yield _respelled(run, pieces[run_end + 1] if escape else run[-1], escape or "\\")
            at = run_end + 2 if escape else run_end
        else:
            yield run[0]
            at = run_end


def _escape_after(pieces: Sequence[Piece], at: int) -> str:
    is_escape = at + 1 < len(pieces) and pieces[at].word == "UESCAPE"
    if is_escape and pieces[at + 1].kind is TokenKind.STRING:
        return content(pieces[at + 1].text)
    return ""


def _respelled(run: Sequence[Piece], last: Piece, escape: str) -> Piece:
    first = run[0]
    prefix = first.text[: first.text.index(first.text[-1])]
    means = "".join(content(prefix + piece.text, escape) for piece in run[1:])
    means = content(first.text, escape) + means
    quoted = '"' + means.replace('"', '""') + '"'
    text = quoted if first.kind is TokenKind.QUOTED_IDENTIFIER else literal(means)
    return first._replace(word=text, text=text, end=last.end)
