r"""Name patterns of psql's commands: `orders`, `app.o*`, `"My Table"`, as conditions in SQL.

Rules of psql 16, "Patterns": letters outside of quotes are folded to lower case; `*` stands for any
characters and `?` for one; a dot separates schema and name; inside double quotes every character
stands for itself. Other characters outside of quotes form a regular expression, in which `$` is
itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dsql_tui.errors import InputError
from dsql_tui.sql.lexing.string_constants import literal

_PIECE = re.compile(r'"((?:[^"]|"")*)"?|(.)', re.DOTALL)
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")
_WILD = {"*": ".*", "?": ".", "$": r"\$"}


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A pattern as regular expressions of PostgreSQL; an empty one matches everything.

    Attributes:
        text: As the person wrote it.
        schema: For the schema's name; empty without one.
        name: For the object's name.
    """

    text: str = ""
    schema: str = ""
    name: str = ""

    def matches(self, column: str) -> str:
        """Return the condition that a column has the name."""
        return f"{column} OPERATOR(pg_catalog.~) {literal(f'^({self.name})$')}"

    def conditions(self, schema: str, name: str, visible: str) -> list[str]:
        """Return the conditions that an object matches.

        Args:
            schema: The column with the name of its schema.
            name: The column with its name.
            visible: The condition that its schema need not be written; holds without a schema.
        """
        conditions = [] if self.name in {"", ".*"} else [self.matches(name)]
        if self.schema:
            schema_pattern = literal(f"^({self.schema})$")
            return [*conditions, f"{schema} OPERATOR(pg_catalog.~) {schema_pattern}"]
        return [*conditions, visible]


def read_pattern(text: str) -> NamePattern:
    """Return a pattern from its text.

    Raises:
        InputError: It has more than two parts, or names a database other than `postgres`.
    """
    parts = [""]
    for match in _PIECE.finditer(text):
        letter = match.group(2)
        if letter is None:
            parts[-1] += _SPECIAL.sub(r"\\\g<0>", match.group(1).replace('""', '"'))
        elif letter == ".":
            parts.append("")
        else:
            parts[-1] += _WILD.get(letter, letter.lower())
    if len(parts) > 3:
        raise InputError(f"improper qualified name (too many dotted names): {text}")
    if len(parts) == 3 and parts.pop(0) != "postgres":
        raise InputError(f"cross-database references are not implemented: {text}")
    if len(parts) == 1:
        return NamePattern(text, "", parts[0])
    return NamePattern(text, parts[0] or ".*", parts[1] or ".*")
