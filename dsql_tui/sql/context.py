"""What a person may be about to type at a place in a statement.

`Context.at` looks at the pieces before the cursor and names what fits: columns, tables, keywords …
It reads on from whatever is half typed and never fails; where it cannot tell, it wishes for what
an expression takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dsql_tui.sql import vocabulary
from dsql_tui.sql.keywords import RESERVED, words
from dsql_tui.sql.lexer import Token, TokenKind, tokenize
from dsql_tui.sql.names import Piece, folded, name_at, pieces_of


class Wish(StrEnum):
    """A group of names that fit."""

    COLUMNS = "columns"
    TARGET_COLUMNS = "columns of the table being written or defined"
    COMMON_COLUMNS = "columns both sides of a join have"
    CONDITIONS = "join conditions"
    SOURCES = "names of sources"
    TABLES = "tables"
    RELATIONS = "tables and views"
    JOINS = "tables with their join condition"
    SEQUENCES = "sequences"
    VIEWS = "views"
    SCHEMAS = "schemas"
    FUNCTIONS = "functions"
    ROW_FUNCTIONS = "functions that return rows"
    OWN_FUNCTIONS = "functions of the database"
    ROLES = "roles"
    TYPES = "types"
    PHRASES = "keywords"


EXPRESSION = (Wish.COLUMNS, Wish.SOURCES, Wish.FUNCTIONS)
_RELATIONS = (Wish.RELATIONS, Wish.SCHEMAS)
_CLAUSES: dict[str, tuple[Wish, ...]] = {
    **dict.fromkeys(("SELECT", "WHERE", "HAVING", "RETURNING", "BY", "VALUES"), EXPRESSION),
    "ON": (Wish.CONDITIONS, *EXPRESSION),
    "FROM": (*_RELATIONS, Wish.ROW_FUNCTIONS),
    "JOIN": (Wish.JOINS, *_RELATIONS, Wish.ROW_FUNCTIONS),
    "INTO": (Wish.TABLES, Wish.SCHEMAS),
    "UPDATE": (Wish.TABLES, Wish.SCHEMAS),
    "TABLE": (Wish.TABLES, Wish.SCHEMAS),
    "TRUNCATE": (Wish.TABLES, Wish.SCHEMAS),
    "ANALYZE": (Wish.TABLES, Wish.SCHEMAS),
    "COPY": (Wish.TABLES, Wish.SCHEMAS),
    "REFERENCES": (Wish.TABLES, Wish.SCHEMAS),
    "VIEW": (Wish.VIEWS, Wish.SCHEMAS),
    "SEQUENCE": (Wish.SEQUENCES, Wish.SCHEMAS),
    "FUNCTION": (Wish.OWN_FUNCTIONS, Wish.SCHEMAS),
    "CALL": (Wish.OWN_FUNCTIONS, Wish.SCHEMAS),
    "SCHEMA": (Wish.SCHEMAS,),
    "ROLE": (Wish.ROLES,),
    "USER": (Wish.ROLES,),
    "COLUMN": (Wish.TARGET_COLUMNS,),
    "LIMIT": (),
    "OFFSET": (),
    "SET": EXPRESSION,
    "USING": (Wish.RELATIONS, Wish.SCHEMAS),
}
_OPERAND_FOLLOWS = words(
    """
    SELECT DISTINCT ALL WHERE AND OR NOT ON BY HAVING SET WHEN THEN ELSE CASE IN LIKE ILIKE BETWEEN
    ANY SOME FROM JOIN INTO UPDATE TABLE USING RETURNING VALUES LIMIT OFFSET TO SCHEMA ROLE USER
    VIEW SEQUENCE FUNCTION CALL COLUMN REFERENCES COPY TRUNCATE ANALYZE LATERAL ONLY EXISTS DEFAULT
    AS EXCEPT INTERSECT VERBOSE CONSTRAINT
    """
)
_EXPRESSIONS = {EXPRESSION[:1], _CLAUSES["ON"][:1]}
_OPERANDS = {
    TokenKind.NUMBER,
    TokenKind.STRING,
    TokenKind.DOLLAR_STRING,
    TokenKind.PARAMETER,
    TokenKind.QUOTED_IDENTIFIER,
}
_VALUES = words(
    "NULL TRUE FALSE END USER CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER ASC DESC"
)


@dataclass(frozen=True, slots=True)
class Context:
    """A place in a statement.

    Attributes:
        before: The pieces in front of what is being typed.
        after: The pieces behind the cursor.
        start: Offset at which the word being typed begins; the cursor's if there is none.
        prefix: What has been typed of the word, folded unless quoted.
        is_quoted: The word begins with a double quote.
        qualifier: Names before the dot that the word follows.
        wishes: What fits, the likeliest first.
        phrases: Keywords that fit, in lower case.
        target: The table whose columns TARGET_COLUMNS are, as it is spelled there.
        begin: Offset of the statement; the pieces before count from here.
        typed_upper: What has been typed is in capitals.
    """

    before: tuple[Piece, ...]
    after: tuple[Piece, ...]
    start: int
    prefix: str
    is_quoted: bool = False
    qualifier: tuple[str, ...] = ()
    wishes: tuple[Wish, ...] = ()
    phrases: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    begin: int = 0
    typed_upper: bool = False

    @classmethod
    def at(cls, text: str, offset: int) -> Context | None:
        """Read the place at `offset`; `None` inside of strings, comments and numbers."""
        begin, start, behind = 0, offset, offset
        for token in tokenize(text):
            if token.start >= offset:
                break
            if token.kind is TokenKind.SEMICOLON:
                begin = token.end
            if token.end < offset:
                continue
            place = _typed(token, text, offset)
            if place is None:
                return None
            start, behind = place
        before = pieces_of(text[begin:start])
        after = pieces_of(text[behind:], _depth_behind(before))
        end = next((i for i, piece in enumerate(after) if piece.word == ";"), len(after))
        typed = text[start:offset]
        is_quoted = typed.startswith('"')
        qualifier, own = _qualifier(before)
        wishes, phrases, target = _Place(own).wishes()
        return cls(
            tuple(own),
            tuple(after[:end]),
            start,
            typed[1:].replace('""', '"') if is_quoted else folded(typed),
            is_quoted,
            qualifier,
            wishes,
            () if qualifier or is_quoted else phrases,
            target,
            begin,
            typed.isupper(),
        )


def _typed(token: Token, text: str, offset: int) -> tuple[int, int] | None:
    """Return where the word begins that `token`, which ends at or behind the cursor, is part of.

    Returns:
        Its start, and where the statement goes on; `None` where no name can be typed.
    """
    inside = token.end > offset
    quotes = text[token.start] == '"'
    match token.kind:
        case TokenKind.WORD:
            return token.start, token.end
        case TokenKind.UNTERMINATED if quotes:
            return token.start, offset  # it has swallowed the rest of the statement
        case TokenKind.QUOTED_IDENTIFIER if quotes and inside:
            return token.start, token.end
        case TokenKind.SPACE | TokenKind.OPERATOR | TokenKind.PUNCTUATION | TokenKind.SEMICOLON:
            return offset, offset
        case TokenKind.COMMENT | TokenKind.STRING | TokenKind.DOLLAR_STRING:
            closed = not inside and not text.startswith("--", token.start)
            return (offset, offset) if closed else None
    return None


def _depth_behind(pieces: Sequence[Piece]) -> int:
    return pieces[-1].depth + (pieces[-1].word == "(") if pieces else 0


def _qualifier(before: list[Piece]) -> tuple[tuple[str, ...], list[Piece]]:
    """Split `… a.b.` into the names (a, b) and what stands before them."""
    parts: list[str] = []
    index = len(before)
    while index >= 2 and before[index - 1].word == "." and before[index - 2].is_name:
        parts.insert(0, folded(before[index - 2].text))
        index -= 2
    return tuple(parts), before[:index]


_Wishes = tuple[tuple[Wish, ...], tuple[str, ...], tuple[str, ...]]
_NOTHING: _Wishes = ((), (), ())


class _Place:
    """The end of a run of pieces, asked what may follow."""

    def __init__(self, before: Sequence[Piece]) -> None:
        self._before = before
        self._words = [piece.word for piece in before]
        self._previous = self._words[-1] if before else ""
        self._level = _depth_behind(before)
        self._opening = self._innermost()

    def wishes(self) -> _Wishes:
        """Return the groups that fit, the phrases that fit, and the table to be written."""
        if not self._before:
            return (), vocabulary.STARTERS, ()
        for special in (self._type, self._access, self._setting, self._definition, self._columns):
            found = special()
            if found is not None:
                return found
        clause = self._clause()
        following = vocabulary.FOLLOWING.get(self._previous, ())
        if following and self._previous not in _OPERAND_FOLLOWS:
            return (), following, ()
        if self._is_complete():
            relation = _CLAUSES.get(clause, EXPRESSION)[:1] not in _EXPRESSIONS
            behind = vocabulary.AFTER_RELATION if relation else vocabulary.EXPRESSION
            behind = ("on", "using", *behind) if clause == "JOIN" else behind
            return (), (*following, *behind), ()
        wishes = _CLAUSES.get(clause, EXPRESSION)
        phrases = vocabulary.EXPRESSION if wishes[:1] in _EXPRESSIONS else ()
        if self._previous == "(":
            phrases = ("select", "with", *phrases)
        return wishes, (*following, *phrases), ()

    def _innermost(self) -> int | None:
        """Return the position of the innermost parenthesis that is open."""
        for index in range(len(self._before) - 1, -1, -1):
            piece = self._before[index]
            if piece.word == "(" and piece.depth == self._level - 1:
                return index
        return None

    def _own(self, start: int = 0) -> list[Piece]:
        """Return the pieces at the level of the place, those in parentheses left out."""
        first = start if self._opening is None else self._opening + 1
        return [piece for piece in self._before[first:] if piece.depth == self._level]

    def _clause(self) -> str:
        """Return the word that governs the place, looked for outwards."""
        level = self._level
        for piece in reversed(self._before):
            if piece.word == "(" and piece.depth < level:
                level = piece.depth
            if piece.depth == level and piece.word in _CLAUSES and piece.kind is TokenKind.WORD:
                return piece.word
        return ""

    def _is_complete(self) -> bool:
        """Whether an operand or a name has just ended, so that a keyword comes next."""
        previous = self._before[-1]
        if previous.kind is TokenKind.WORD:
            if previous.word in _OPERAND_FOLLOWS:
                return False
            return previous.text.lower() not in RESERVED or previous.word in _VALUES
        if previous.word == "*":
            return len(self._words) > 1 and self._words[-2] in {"SELECT", "DISTINCT", ",", ".", "("}
        return previous.kind in _OPERANDS or previous.word in {")", "]"}

    def _type(self) -> _Wishes | None:
        """`x::`, `CAST(x AS`, and an alias, which nothing can be offered for."""
        if self._previous == "::":
            return (Wish.TYPES,), (), ()
        if self._previous != "AS":
            return None
        if self._opening and self._words[self._opening - 1] == "CAST":
            return (Wish.TYPES,), (), ()
        defines = self._words[0] == "CREATE" and not self._level
        return (), ("select", "with") if defines else (), ()

    def _access(self) -> _Wishes | None:
        """GRANT, REVOKE and AWS IAM."""
        words_ = self._words
        if words_[:2] == ["AWS", "IAM"] and len(words_) > 2:
            joint = "to" if words_[2] == "GRANT" else "from"
            return ((Wish.ROLES,), (), ()) if len(words_) == 3 else ((), (joint,), ())
        if words_[0] not in {"GRANT", "REVOKE"}:
            return None
        joint = "TO" if words_[0] == "GRANT" else "FROM"
        if joint in words_:
            return ((Wish.ROLES,), (), ()) if self._previous in {joint, ","} else _NOTHING
        if "ON" not in words_:
            fresh = self._previous in {words_[0], ","}
            privileges = vocabulary.FOLLOWING[words_[0]]
            return ((Wish.ROLES,), privileges, ()) if fresh else ((), ("on", joint.lower()), ())
        if self._previous == "SCHEMA":
            return (Wish.SCHEMAS,), (), ()
        if self._previous in {"ON", "TABLE", ","}:
            return _RELATIONS, vocabulary.GRANTED if self._previous == "ON" else (), ()
        return (), (joint.lower(), *vocabulary.FOLLOWING.get(self._previous, ())), ()

    def _setting(self) -> _Wishes | None:
        """SET, SHOW and RESET at the head of a statement."""
        head = self._words[0]
        if head not in {"SET", "SHOW", "RESET"}:
            return None
        if len(self._words) == 1 or self._words[1:] in (["LOCAL"], ["SESSION"]):
            more = vocabulary.FOLLOWING["SET"] if head == "SET" else vocabulary.SHOWN_ONLY
            return (), (*vocabulary.PARAMETERS, *more), ()
        if self._previous in {"TO", "=", ","} and "SEARCH_PATH" in self._words:
            return (Wish.SCHEMAS,), (), ()
        if self._previous in {"ROLE", "SCHEMA"}:
            return _CLAUSES[self._previous], (), ()
        return (), ("to",) if len(self._words) <= 3 else (), ()

    def _definition(self) -> _Wishes | None:
        """Columns of CREATE TABLE and actions of ALTER TABLE."""
        words_ = self._words
        if words_[:2] == ["ALTER", "TABLE"] and self._level == 0:
            return self._alteration()
        if words_[0] == "CREATE" and "INDEX" in words_[:3] and self._previous == "ON":
            return (Wish.TABLES, Wish.SCHEMAS), (), ()
        if words_[0] != "CREATE" or "TABLE" not in words_[:3] or self._opening is None:
            return None
        if self._level > 1:
            return self._referenced()
        item: list[str] = []
        for piece in self._own():
            item = [] if piece.word == "," else [*item, piece.word]
        if not item:
            return (), ("constraint", "primary key (", "unique (", "foreign key (", "check ("), ()
        if item[-1] == "REFERENCES":
            return _CLAUSES["REFERENCES"], (), ()
        if item[-1] == "DEFAULT":
            return (Wish.FUNCTIONS,), ("null", "true", "false", "current_timestamp"), ()
        if len(item) == 1:
            return (Wish.TYPES,), (), ()
        return (), vocabulary.COLUMN_DEFINITION, ()

    def _referenced(self) -> _Wishes | None:
        start = self._opening or 0
        while start and self._words[start] != "REFERENCES" and start > (self._opening or 0) - 5:
            start -= 1
        target, _ = name_at(self._before, start + 1)
        return ((Wish.TARGET_COLUMNS,), (), target) if self._words[start] == "REFERENCES" else None

    def _alteration(self) -> _Wishes | None:
        start = 2
        while self._words[start : start + 1] and self._words[start] in {
            "ASYNC",
            "IF",
            "EXISTS",
            "ONLY",
        }:
            start += 1
        target, behind = name_at(self._before, start)
        if not target or behind > len(self._words):
            return None
        action = self._words[behind:]
        if not action or self._previous == ",":
            return (), vocabulary.ALTERATIONS, ()
        match action:
            case [*_, "OWNER", "TO"]:
                return (Wish.ROLES,), (), ()
            case [*_, "ALTER" | "DROP" | "RENAME"] | [*_, "ALTER" | "DROP" | "RENAME", "COLUMN"]:
                return (Wish.TARGET_COLUMNS,), vocabulary.FOLLOWING.get(self._previous, ()), target
            case [*_, "ADD", "COLUMN", _]:
                return (Wish.TYPES,), (), ()
            case [*_, "REFERENCES"]:
                return _CLAUSES["REFERENCES"], (), ()
        return None

    def _columns(self) -> _Wishes | None:
        """Lists of columns, and the left side of SET."""
        own = self._own()
        sets = [index for index, piece in enumerate(own) if piece.word == "SET"]
        if sets and self._previous in {"SET", ","} and not _ended(own[sets[-1] :]):
            return (Wish.TARGET_COLUMNS,), (), self._target()
        if self._opening is None or self._previous not in {"(", ","}:
            return None
        lead = self._words[max(self._opening - 8, 0) : self._opening]
        if lead[-1:] == ["USING"] and "JOIN" in self._words:
            return (Wish.COMMON_COLUMNS,), (), ()
        if lead[-1:] == ["CONFLICT"] or lead[-1:] == ["INCLUDE"]:
            return (Wish.TARGET_COLUMNS,), (), self._target()
        for width in (2, 4):  # name, or schema.name
            if lead[-width:][:1] == ["INTO"] and "INSERT" in lead:
                return (Wish.TARGET_COLUMNS,), (), self._target()
            indexed = self._words[0] == "CREATE" and "INDEX" in self._words[:3]
            if lead[-width:][:1] == ["ON"] and indexed:
                return (Wish.TARGET_COLUMNS,), (), self._target()
        return None

    def _target(self) -> tuple[str, ...]:
        """Return the table that the statement writes or indexes."""
        for index in range(len(self._words) - 1, -1, -1):
            if self._words[index] in {"INTO", "UPDATE"} or (
                self._words[index] == "ON" and self._words[0] == "CREATE"
            ):
                start = index + 1 + (self._words[index + 1 : index + 2] == ["ONLY"])
                target, _ = name_at(self._before, start)
                if target and target != ("set",):
                    return target
        return ()


def _ended(own: Sequence[Piece]) -> bool:
    """Whether a SET clause has been left for another clause."""
    return any(piece.word in {"FROM", "WHERE", "RETURNING"} for piece in own)
