"""The suggestions of completion, and fuzzy search over lists of names."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dsql_tui.model.catalog import NamedColumn, NamedRelation
from dsql_tui.sql.lexing.names import quoted
from dsql_tui.sql.statements.builtin_functions import WITHOUT_PARENTHESES

LIMIT = 100
"""Suggestions returned at most; a person reads the first ten."""
SEARCHED = 1_000
"""Names that are ranked at most for each way to fit."""


class CompletionKind(StrEnum):
    """The kind of a suggestion."""

    COLUMN = "column"
    CONDITION = "condition"
    SOURCE = "alias"
    TABLE = "table"
    VIEW = "view"
    SEQUENCE = "sequence"
    SCHEMA = "schema"
    FUNCTION = "function"
    ROLE = "role"
    TYPE = "type"
    KEYWORD = "keyword"
    COLUMNS = "all columns"


@dataclass(frozen=True, slots=True)
class Completion:
    """One suggestion.

    Attributes:
        text: The text that replaces the typed word, quoted if needed.
        kind: The kind of the suggestion.
        detail: Its type, table or similar, for display.
    """

    text: str
    kind: CompletionKind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Completions:
    """Suggestions, the best first, for the range from `start` up to the cursor."""

    start: int
    items: tuple[Completion, ...] = ()


Row = tuple[str, Completion]
"""What the typed characters are compared with, in lower case, and the suggestion."""


class Names:
    """A fixed list of suggestions that can be searched by some characters.

    Keys are in lower case. Better kinds of match are tried first, and the next kind only while
    there is no match. Each is one search over all keys joined: matching 10,000 names one by
    one takes 10 ms.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = sorted(((key.lower(), item) for key, item in rows), key=lambda row: row[0])
        self._keys = [key for key, _ in self._rows]
        self._blob = "\n" + "\n".join(self._keys) + "\n"
        self._starts = [1]
        for key in self._keys:
            self._starts.append(self._starts[-1] + len(key) + 1)

    def matching(self, wanted: str) -> list[Row]:
        """Return rows that may match, at most `SEARCHED` of each kind of match."""
        first = bisect_left(self._keys, wanted)
        last = bisect_right(self._keys, wanted + "\U0010ffff")
        indexes = dict.fromkeys(range(first, min(last, first + SEARCHED)))
        if wanted and not indexes:
            indexes = self._holding(rf"(?<![^\W_]){re.escape(wanted)}")
        if len(wanted) > 1 and not indexes:
            indexes = self._holding(re.escape(wanted))
        if len(wanted) > 1 and not indexes:
            indexes = self._holding("[^\n]*?".join(map(re.escape, wanted)))
        return [self._rows[index] for index in indexes]

    def _holding(self, pattern: str) -> dict[int, None]:
        """Return the rows in which `pattern` occurs, in order."""
        search = re.compile(pattern).search
        indexes: dict[int, None] = {}
        position = 0
        while len(indexes) < SEARCHED and (hit := search(self._blob, position)):
            index = bisect_right(self._starts, hit.start()) - 1
            indexes[index] = None
            position = self._starts[index + 1] - 1
        return indexes


def named(names: Iterable[str], kind: CompletionKind) -> list[Row]:
    """Return names as suggestions."""
    return [(name.lower(), Completion(quoted(name), kind)) for name in names]


def built_in(names: Iterable[str]) -> list[Row]:
    """Return built-in functions as suggestions."""
    spelled = [(name, name if name in WITHOUT_PARENTHESES else f"{name}(") for name in names]
    return [(name, Completion(text, CompletionKind.FUNCTION)) for name, text in spelled]


def columns_of(columns: Sequence[NamedColumn]) -> list[Row]:
    """Return columns with their types, unqualified."""
    return [
        (row.name.lower(), Completion(quoted(row.name), CompletionKind.COLUMN, row.type_name))
        for row in columns
    ]


def relation_row(relation: NamedRelation, spelled: str) -> Row:
    """Return a relation as a suggestion, with its schema."""
    kind = CompletionKind(relation.kind.value)
    return relation.name.lower(), Completion(spelled, kind, relation.schema)
