"""The rules of completion: what may follow a sequence of tokens.

A few special places are checked first (types, access, settings, definitions, lists of columns). For
all others, the keyword that governs the place decides; it is searched from the cursor outwards
through the enclosing parentheses.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from dsql_tui.sql.completion import vocabulary
from dsql_tui.sql.completion.continuations import OPERATORS, STATEMENTS, continuation
from dsql_tui.sql.lexing.keywords import RESERVED, words
from dsql_tui.sql.lexing.lexer import TokenKind
from dsql_tui.sql.lexing.names import Piece, folded, name_at


class Wish(StrEnum):
    """A kind of names that can be suggested."""

    COLUMNS = "columns"
    TARGET_COLUMNS = "columns of the table being written or defined"
    COMMON_COLUMNS = "columns both sides of a join have"
    CONDITIONS = "join conditions"
    PARTNERS = "columns to compare the column before an operator with"
    OUTPUTS = "columns of the select list"
    GROUPABLE = "columns of the select list that are no aggregates"
    WRITTEN = "what the next column of an INSERT or SET is likely to be given"
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


EXPRESSION = (Wish.COLUMNS, Wish.SOURCES, Wish.OWN_FUNCTIONS, Wish.FUNCTIONS)
_RELATIONS = (Wish.RELATIONS, Wish.SCHEMAS)
_CLAUSES: dict[str, tuple[Wish, ...]] = {
    **dict.fromkeys(("SELECT", "WHERE", "HAVING", "RETURNING", "BY", "VALUES"), EXPRESSION),
    "ON": EXPRESSION,
    "CONFLICT": (),
    "FROM": (*_RELATIONS, Wish.OWN_FUNCTIONS, Wish.ROW_FUNCTIONS),
    "JOIN": (Wish.JOINS, *_RELATIONS, Wish.OWN_FUNCTIONS, Wish.ROW_FUNCTIONS),
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
_COMPARISONS = frozenset({"=", "<>", "!=", "<", ">", "<=", ">="})
_CONDITION_STARTS = frozenset({"ON", "AND", "OR", "NOT", "("})
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


class Fitting(NamedTuple):
    """The suggestions for a position.

    Attributes:
        wishes: Groups of names, the likeliest first.
        phrases: Keywords, in lower case.
        target: The table whose columns TARGET_COLUMNS are.
        aliased: The table that has just been named and may get an alias.
    """

    wishes: tuple[Wish, ...] = ()
    phrases: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    aliased: str = ""


_ROLES = Fitting((Wish.ROLES,))


class _Clause(NamedTuple):
    """The keyword that governs a position.

    Attributes:
        word: The keyword, empty if there is none.
        name: The keyword with the one that belongs before it: GROUP BY.
        statement: The word that begins its statement or query, empty if there is none.
        is_own: It is in the same parentheses as the position.
    """

    word: str
    name: str
    statement: str
    is_own: bool


def depth_behind(pieces: Sequence[Piece]) -> int:
    """Return how many parentheses are open after the last token."""
    return pieces[-1].depth + (pieces[-1].word == "(") if pieces else 0


class GrammarPlace:
    """The end of a sequence of tokens, for which suggestions are computed."""

    def __init__(self, before: Sequence[Piece]) -> None:
        self._before = before
        self._words = [piece.word for piece in before]
        self._previous = self._words[-1] if before else ""
        self._level = depth_behind(before)
        self._opening = self._innermost()

    def fitting(self) -> Fitting:
        """Return the suggestions."""
        if not self._before:
            return Fitting(phrases=vocabulary.STARTERS)
        for special in (self._type, self._access, self._setting, self._definition, self._columns):
            words = special()
            if words is not None:
                return words
        following = vocabulary.FOLLOWING.get(self._previous, ())
        if following and self._previous not in _OPERAND_FOLLOWS:
            return Fitting(phrases=following)
        clause = self._clause()
        if self._is_complete():
            return self._after_operand(clause, following)
        return self._operand(clause, following)

    def _operand(self, clause: _Clause, following: tuple[str, ...]) -> Fitting:
        """Return what fits where a name or a value is expected."""
        if self._words[-2:] == ["DO", "UPDATE"]:
            return Fitting(phrases=("set",))
        if self._words[-2:] == ["FOR", "UPDATE"]:
            return Fitting()
        if self._words[-2:] == ["IS", "NOT"]:
            return Fitting(phrases=("null", "distinct from", "true", "false"))
        if self._previous == "(" and self._words[-2:-1] == ["OVER"]:
            return Fitting(phrases=("partition by", "order by"))
        wishes = _CLAUSES.get(clause.word, EXPRESSION)
        if clause.name == "FROM" and clause.statement == "DELETE":
            wishes = (Wish.TABLES, Wish.SCHEMAS)
        if wishes != EXPRESSION:
            return Fitting(wishes, (*self._query_words(), *following))
        phrases = (*self._query_words(), *following, *vocabulary.OPERAND, *self._case_words())
        if self._previous in {"SELECT", "("}:
            phrases = ("distinct", *phrases)
        if clause.word in {"VALUES", "SET"}:
            phrases = ("default", *phrases)
        likeliest = self._likeliest(clause)
        target = self._target() if Wish.WRITTEN in likeliest else ()
        return Fitting((*likeliest, *wishes), phrases, target)

    def _likeliest(self, clause: _Clause) -> tuple[Wish, ...]:
        """Return the groups of names that come before the visible columns."""
        if self._previous in _COMPARISONS and clause.word in {"ON", "WHERE"}:
            return (Wish.PARTNERS,)
        if clause.word == "ON" and self._previous in _CONDITION_STARTS:
            return (Wish.CONDITIONS,)
        if clause.is_own and clause.name in {"GROUP BY", "ORDER BY"} and clause.statement:
            outputs = Wish.OUTPUTS if clause.name == "ORDER BY" else Wish.GROUPABLE
            return (outputs,) if self._previous in {"BY", ","} else ()
        if clause.is_own and clause.word in {"SELECT", "SET"} and "INSERT" in self._own_words():
            return (Wish.WRITTEN,)
        return ()

    def _after_operand(self, clause: _Clause, following: tuple[str, ...]) -> Fitting:
        """Return the keywords that fit after a complete name or value."""
        statement = clause.statement or self._words[0]
        words, is_value = continuation(statement, clause.name)
        if not clause.is_own:
            words, is_value = (("order by",) if is_value else ()), True
        if clause.is_own and statement == "SELECT" and "INSERT" in self._own_words():
            words = (*words, "on conflict", "returning")
        named = self._just_named()
        if not named and not is_value:
            words = tuple(word for word in words if word != "as")
        if statement == "CREATE":
            words = self._after_created(clause)
        phrases = (*following, *words, *self._case_words())
        if is_value:
            over = ("over (", "filter (where") if self._previous == ")" else ()
            phrases = (*following, *words[:2], *over, *OPERATORS, *words[2:], *self._case_words())
        return Fitting(phrases=phrases, aliased=named)

    def _after_created(self, clause: _Clause) -> tuple[str, ...]:
        if clause.word == "VIEW":
            return ("as",)
        return ("on",) if "INDEX" in self._words[:3] and "ON" not in self._words else ()

    def _just_named(self) -> str:
        """Return the table whose name has just ended, without an alias."""
        index = len(self._before) - 1
        while index >= 2 and self._words[index - 1] == ".":
            index -= 2
        introduced = index and self._words[index - 1] in {"FROM", "JOIN", "UPDATE", "INTO", ","}
        return folded(self._before[-1].text) if introduced and self._before[-1].is_name else ""

    def _query_words(self) -> tuple[str, ...]:
        return ("select", "with") if self._previous == "(" else ()

    def _case_words(self) -> tuple[str, ...]:
        words = self._own_words()
        return ("when", "then", "else", "end") if words.count("CASE") > words.count("END") else ()

    def _own_words(self) -> list[str]:
        return [piece.word for piece in self._own()]

    def _innermost(self) -> int | None:
        """Return the position of the innermost parenthesis that is open."""
        for index in range(len(self._before) - 1, -1, -1):
            piece = self._before[index]
            if piece.word == "(" and piece.depth == self._level - 1:
                return index
        return None

    def _own(self) -> list[Piece]:
        """Return the pieces at the level of the position, without those in parentheses."""
        first = 0 if self._opening is None else self._opening + 1
        return [piece for piece in self._before[first:] if piece.depth == self._level]

    def _clause(self) -> _Clause:
        """Return the keyword that governs the position, searched outwards."""
        level = self._level
        for index in range(len(self._before) - 1, -1, -1):
            piece = self._before[index]
            if piece.word == "(" and piece.depth < level:
                level = piece.depth
            if piece.depth == level and piece.word in _CLAUSES and piece.kind is TokenKind.WORD:
                led = piece.word == "BY" and index
                name = f"{self._words[index - 1]} BY" if led else piece.word
                return _Clause(piece.word, name, self._statement(index), level == self._level)
        return _Clause("", "", self._statement(len(self._before)), is_own=True)

    def _statement(self, end: int) -> str:
        """Return the word that begins the statement or query of the clause at `end`."""
        level = self._before[end].depth if end < len(self._before) else self._level
        nearest = ""
        for index in range(min(end, len(self._before) - 1), -1, -1):
            piece = self._before[index]
            if piece.depth < level:
                break
            is_part = index and self._words[index - 1] in {"DO", "FOR", "ON"}
            if piece.depth == level and piece.word in STATEMENTS and not is_part:
                nearest = piece.word
                if nearest != "VALUES":  # which may belong to an INSERT
                    break
        return nearest

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

    def _type(self) -> Fitting | None:
        """`x::`, `CAST(x AS`, and an alias, which has no suggestions."""
        if self._previous == "::":
            return Fitting((Wish.TYPES,))
        if self._previous != "AS":
            return None
        if self._opening and self._words[self._opening - 1] == "CAST":
            return Fitting((Wish.TYPES,))
        defines = self._words[0] == "CREATE" and not self._level
        return Fitting(phrases=("select", "with") if defines else ())

    def _access(self) -> Fitting | None:
        """GRANT, REVOKE and AWS IAM."""
        words_ = self._words
        if words_[:2] == ["AWS", "IAM"] and len(words_) > 2:
            joint = "to" if words_[2] == "GRANT" else "from"
            return _ROLES if len(words_) == 3 else Fitting(phrases=(joint,))
        if words_[0] not in {"GRANT", "REVOKE"}:
            return None
        joint = "TO" if words_[0] == "GRANT" else "FROM"
        if joint in words_:
            return _ROLES if self._previous in {joint, ","} else Fitting()
        if "ON" not in words_:
            fresh = self._previous in {words_[0], ","}
            if fresh:
                return Fitting((Wish.ROLES,), vocabulary.FOLLOWING[words_[0]])
            return Fitting(phrases=("on", joint.lower()))
        if self._previous == "SCHEMA":
            return Fitting((Wish.SCHEMAS,))
        if self._previous in {"ON", "TABLE", ","}:
            return Fitting(_RELATIONS, vocabulary.GRANTED if self._previous == "ON" else ())
        return Fitting(phrases=(joint.lower(), *vocabulary.FOLLOWING.get(self._previous, ())))

    def _setting(self) -> Fitting | None:
        """SET, SHOW and RESET at the head of a statement."""
        head = self._words[0]
        if head not in {"SET", "SHOW", "RESET"}:
            return None
        if len(self._words) == 1 or self._words[1:] in (["LOCAL"], ["SESSION"]):
            more = vocabulary.FOLLOWING["SET"] if head == "SET" else vocabulary.SHOWN_ONLY
            return Fitting(phrases=(*vocabulary.PARAMETERS, *more))
        if self._previous in {"TO", "=", ","} and "SEARCH_PATH" in self._words:
            return Fitting((Wish.SCHEMAS,))
        if self._previous in {"ROLE", "SCHEMA"}:
            return Fitting(_CLAUSES[self._previous])
        return Fitting(phrases=("to",) if len(self._words) <= 3 else ())

    def _definition(self) -> Fitting | None:
        """Columns of CREATE TABLE and actions of ALTER TABLE."""
        words_ = self._words
        if words_[:2] == ["ALTER", "TABLE"] and self._level == 0:
            return self._alteration()
        if words_[0] == "CREATE" and "INDEX" in words_[:3] and self._previous == "ON":
            return Fitting((Wish.TABLES, Wish.SCHEMAS))
        if words_[0] != "CREATE" or "TABLE" not in words_[:3] or self._opening is None:
            return None
        if self._level > 1:
            return self._referenced()
        item: list[str] = []
        for piece in self._own():
            item = [] if piece.word == "," else [*item, piece.word]
        if not item:
            return Fitting(phrases=vocabulary.TABLE_CONSTRAINT)
        if item[-1] == "REFERENCES":
            return Fitting(_CLAUSES["REFERENCES"])
        if item[-1] == "DEFAULT":
            return Fitting((Wish.FUNCTIONS,), ("null", "true", "false", "current_timestamp"))
        if len(item) == 1:
            return Fitting((Wish.TYPES,))
        return Fitting(phrases=vocabulary.COLUMN_DEFINITION)

    def _referenced(self) -> Fitting | None:
        """Return the columns of the table in `REFERENCES t (`."""
        opening = self._opening or 0
        for start in range(opening - 1, max(opening - 5, -1), -1):
            if self._words[start] == "REFERENCES":
                target, _ = name_at(self._before, start + 1)
                return Fitting((Wish.TARGET_COLUMNS,), target=target)
        return None

    def _alteration(self) -> Fitting | None:
        skipped = {"ASYNC", "IF", "EXISTS", "ONLY"}
        start = 2
        while start < len(self._words) and self._words[start] in skipped:
            start += 1
        target, behind = name_at(self._before, start)
        if not target or behind > len(self._words):
            return None
        action = self._words[behind:]
        if not action or self._previous == ",":
            return Fitting(phrases=vocabulary.ALTERATIONS)
        match action:
            case [*_, "OWNER", "TO"]:
                return _ROLES
            case [*_, "ALTER" | "DROP" | "RENAME"] | [*_, "ALTER" | "DROP" | "RENAME", "COLUMN"]:
                following = vocabulary.FOLLOWING.get(self._previous, ())
                return Fitting((Wish.TARGET_COLUMNS,), following, target)
            case [*_, "ADD", "COLUMN", _]:
                return Fitting((Wish.TYPES,))
            case [*_, "REFERENCES"]:
                return Fitting(_CLAUSES["REFERENCES"])
        return None

    def _columns(self) -> Fitting | None:
        """Lists of columns, and the left side of SET."""
        own = self._own()
        sets = [index for index, piece in enumerate(own) if piece.word == "SET"]
        if sets and self._previous in {"SET", ","} and not _ended(own[sets[-1] :]):
            return Fitting((Wish.TARGET_COLUMNS,), target=self._target())
        if self._opening is None or self._previous not in {"(", ","}:
            return None
        lead = self._words[max(self._opening - 8, 0) : self._opening]
        if lead[-1:] == ["USING"] and "JOIN" in self._words:
            return Fitting((Wish.COMMON_COLUMNS,))
        if lead[-1:] == ["CONFLICT"] or lead[-1:] == ["INCLUDE"]:
            return Fitting((Wish.TARGET_COLUMNS,), target=self._target())
        named = {word for width in (2, 4) for word in lead[-width:][:1]}  # name, or schema.name
        indexed = self._words[0] == "CREATE" and "INDEX" in self._words[:3]
        if ("INTO" in named and "INSERT" in lead) or ("ON" in named and indexed):
            return Fitting((Wish.TARGET_COLUMNS,), target=self._target())
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
