"""SQL from several sources, split into statements, with positions for errors.

A source is the text of one `-c` option or of one file. A quote or a comment that is not closed at
the end of its source is refused; it never continues in the next source.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

from dsql_tui.errors import InputError
from dsql_tui.model.cells import cell_width, inert
from dsql_tui.sql.lexing.lexer import Inside, TokenKind, tokenize
from dsql_tui.sql.lexing.names import pieces_of
from dsql_tui.sql.lexing.scan import scan
from dsql_tui.sql.lexing.split import split
from dsql_tui.sql.statements.classify import classify

TAB = "    "
"""What a tab is shown as: its width on a terminal depends on what stands in front of the line."""
_SHOWN_BEFORE, _SHOWN_AFTER = 60, 40
"""Characters of a long line that are shown around a position."""
_OPEN = {
    Inside.STRING: "string",
    Inside.ESCAPE_STRING: "string",
    Inside.IDENTIFIER: "quoted identifier",
    Inside.DOLLAR_STRING: "dollar-quoted string",
    Inside.COMMENT: "comment",
}


@dataclass(frozen=True, slots=True)
class SourcePosition:
    """A position in a source.

    Attributes:
        source: The source's name.
        line: From 1.
        column: In characters, from 1; one past the line's end at most.
        text: The line, without its end.
    """

    source: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{inert(self.source)}:{self.line}:{self.column}"

    def excerpt(self) -> tuple[str, str]:
        """Return the line, clipped around the position and escaped, with a caret below."""
        at = self.column - 1
        start = max(at - _SHOWN_BEFORE, 0)
        before, after = self.text[start:at], self.text[at : at + _SHOWN_AFTER]
        lead = ("…" if start else "") + _shown(before)
        tail = "…" if len(self.text) > at + _SHOWN_AFTER else ""
        margin = f"{self.line:>5} | "
        caret = " " * (len(margin) - 2) + "| " + " " * cell_width(lead) + "^"
        return f"{margin}{lead}{_shown(after)}{tail}", caret


@dataclass(frozen=True, slots=True)
class SourceStatement:
    """One statement of a source.

    Attributes:
        text: Exactly as it is sent.
        start: Offset of its first character in the source.
        source: Where it comes from.
    """

    text: str
    start: int
    source: SqlSource

    def place(self, position: int | None = None) -> SourcePosition:
        """Return the place of the statement, or of a 1-based character position in it."""
        if not self.source.text.startswith(self.text, self.start):
            return self.source.place(self.start)  # it was sent rewritten
        inside = min(max((position or 1) - 1, 0), len(self.text))
        return self.source.place(self.start + inside)


@dataclass(frozen=True, slots=True)
class SqlSource:
    """SQL with the name that errors show: `a.sql`, `-c 2`."""

    name: str
    text: str

    def place(self, offset: int) -> SourcePosition:
        """Return the place of an offset; lines end with a line feed, as in psql."""
        line = self.text.count("\n", 0, offset) + 1
        begin = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        whole = self.text[begin : len(self.text) if end < 0 else end]
        return SourcePosition(self.name, line, offset - begin + 1, whole.removesuffix("\r"))

    def place_in(self, text: str, start: int, position: int | None) -> SourcePosition:
        """Return the place of a position in a statement; its start if it was sent rewritten."""
        return SourceStatement(text, start, self).place(position)

    def statements(
        self, *, with_data: Collection[int] = (), with_commands: bool = False
    ) -> list[SourceStatement]:
        """Return the statements of the source in order.

        Args:
            with_data: Where the COPY statements begin whose data stand in the file.
            with_commands: Whether they may end in a command of psql, or be one.

        Raises:
            InputError: It ends inside of a quote or a comment, or holds what no server takes.
        """
        state = scan(self.text).after
        if state.inside is not Inside.NOTHING:
            opened = next(
                each for each in tokenize(self.text) if each.kind is TokenKind.UNTERMINATED
            )
            raise InputError(
                f"{self.place(opened.start)}: the {_OPEN[state.inside]} that begins here is not"
                " closed.",
                remedy="Nothing was sent.",
            )
        statements = [SourceStatement(each.text, each.start, self) for each in split(self.text)]
        for statement in statements:
            if statement.start not in with_data:
                _refuse_unsendable(statement, with_commands=with_commands)
        return statements


def _refuse_unsendable(statement: SourceStatement, *, with_commands: bool) -> None:
    """Refuse what fails on every server, before anything in front of it is committed.

    Raises:
        InputError: Names the place.
    """
    reason = next(_reasons(statement.text, with_commands=with_commands), "")
    if reason:
        raise InputError(f"{statement.place()}: {reason}", remedy="Nothing was sent.")


def _reasons(text: str, *, with_commands: bool) -> Iterator[str]:
    if not with_commands and "\\" in text and (command := psql_command_in(text)):
        yield f"{inert(command)} is a command of psql, not SQL."
    if not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text):
        yield "the statement holds bytes that are not UTF-8 text."
    if text[:4].upper() == "COPY" and _reads_standard_input(text):
        yield "COPY FROM STDIN has no data here; load a file with dsql-tui load."


def psql_command_in(text: str) -> str:
    """Return the name of the first command of psql in a text, with its backslash, or nothing."""
    commands = (each.of(text) for each in tokenize(text) if each.kind is TokenKind.COMMAND)
    return next(commands, "").partition(" ")[0]


def without_commands(text: str) -> str:
    """Return a text with blanks in place of psql's commands, for what reads SQL alone.

    Each begins with a `;`, because it ends the statement before it. Offsets stay the same.
    """
    if "\\" not in text:
        return text
    return "".join(
        ";" + " " * (each.end - each.start - 1) if each.kind is TokenKind.COMMAND else each.of(text)
        for each in tokenize(text)
    )


def _reads_standard_input(text: str) -> bool:
    statement_class = classify(text)
    words = [piece.word for piece in pieces_of(text) if piece.depth == 0]
    return statement_class.command == "COPY" and ("FROM", "STDIN") in pairwise(words)


def _shown(text: str) -> str:
    return "".join(TAB if each == "\t" else inert(each) for each in text)
