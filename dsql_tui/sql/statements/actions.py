"""The effects of a query: its verbs, their tables, locks and function calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dsql_tui.sql.lexing.keywords import COLUMN_NAME_KEYWORDS, RESERVED, words
from dsql_tui.sql.lexing.names import Piece, name_at, qualified
from dsql_tui.sql.statements.builtin_functions import BUILT_IN, SEQUENCE_WRITERS, SYS

_INTRODUCERS = {
    "INSERT": frozenset({"INTO"}),
    "DELETE": frozenset({"FROM"}),
    "MERGE": frozenset({"INTO"}),
    "UPDATE": frozenset(),
}
"""The word that must follow a verb; each of these verbs may also be the name of something."""
_MAIN_VERBS = frozenset({"SELECT", "VALUES", "TABLE", *_INTRODUCERS})
_CALLS_NOTHING = (
    {word.upper() for word in RESERVED | COLUMN_NAME_KEYWORDS}
    | words("OVER FILTER CONFLICT SETS CUBE ROLLUP KEY INCLUDE BY SET RECURSIVE MATERIALIZED")
) - {"LEFT", "RIGHT", "COALESCE", "GREATEST", "LEAST"}
_CALL_MAY_FOLLOW = _CALLS_NOTHING | {"CALL"}


@dataclass(frozen=True, slots=True)
class Action:
    """One verb of a query and its table.

    Attributes:
        verb: The verb, in upper case.
        target: The table it changes, quoted for SQL; empty if it only reads.
        hazard: What it destroys, as a command: `Update every row of orders`; or empty.
    """

    verb: str
    target: str = ""
    hazard: str = ""

    @property
    def is_write(self) -> bool:
        """Whether it changes rows or creates a table."""
        return bool(self.target)


def actions_of(pieces: Sequence[Piece]) -> list[Action]:
    """Return every action of a query or a DML statement, in the order of the text."""
    main = _main_verb(pieces)
    owned: list[list[Piece]] = []
    """The pieces of each action, without those in parentheses."""
    around: list[list[Piece]] = []
    for at, piece in enumerate(pieces):
        while around and piece.depth < around[-1][0].depth:
            around.pop()
        inner = piece.word in _INTRODUCERS and pieces[at - 1].word == "(" and _acts(pieces, at)
        if at == main or inner:
            owned.append([piece])
            around.append(owned[-1])
        elif around and piece.depth == around[-1][0].depth:
            around[-1].append(piece)
    return [_action(own) for own in owned]


def main_verb_of(pieces: Sequence[Piece]) -> str:
    """Return the verb of the statement's command tag; in a CTE it comes last."""
    at = _main_verb(pieces)
    return "" if at is None else pieces[at].word


def _main_verb(pieces: Sequence[Piece]) -> int | None:
    if pieces[0].word != "WITH":
        return 0
    for at in range(2, len(pieces)):
        piece = pieces[at]
        named = pieces[at - 1].word in {"WITH", "RECURSIVE", ","}
        if piece.depth == pieces[0].depth and piece.word in _MAIN_VERBS and not named:
            return at
    return None


def _acts(pieces: Sequence[Piece], at: int) -> bool:
    following = pieces[at + 1].word if at + 1 < len(pieces) else ""
    wanted = _INTRODUCERS[pieces[at].word]
    return following in wanted if wanted else following not in {",", ")", "("}


def _action(own: Sequence[Piece]) -> Action:
    verb = own[0].word
    if verb == "SELECT":
        into = next((i for i, piece in enumerate(own) if piece.word == "INTO"), None)
        if into is None:
            return Action(verb)
        skipped = {"TEMP", "TEMPORARY", "UNLOGGED", "TABLE"}
        return Action("SELECT INTO", _target(own, into + 1, skipped))
    if verb == "TRUNCATE":
        target = _target(own, 1, {"TABLE", "ONLY"})
        return Action(verb, target, f"Truncate {target}")
    if verb == "COPY":
        return _copy(own)
    if verb not in _INTRODUCERS:
        return Action(verb)
    target = _target(own, 1, {"INTO", "FROM", "ONLY"})
    if verb in {"UPDATE", "DELETE"} and not _is_restricted(own):
        return Action(verb, target, f"{verb.capitalize()} every row of {target}")
    return Action(verb, target)


def _target(own: Sequence[Piece], position: int, skipped: set[str]) -> str:
    while position < len(own) and own[position].word in skipped:
        position += 1
    return qualified(name_at(own, position)[0])


def _copy(own: Sequence[Piece]) -> Action:
    if any(piece.word == "FROM" for piece in own):
        return Action("COPY FROM", _target(own, 1, set()))
    return Action("COPY TO")


def _is_restricted(own: Sequence[Piece]) -> bool:
    """Whether it has a WHERE that is not obviously true for every row."""
    spelled = [piece.word for piece in own]
    if "WHERE" not in spelled:
        return False
    condition = spelled[spelled.index("WHERE") + 1 :]
    if "RETURNING" in condition:
        condition = condition[: condition.index("RETURNING")]
    match condition:
        case ["TRUE"]:
            return False
        case [left, "=", right]:
            return left != right
    return True


def locks_rows(pieces: Sequence[Piece]) -> bool:
    """Whether it has a locking clause: FOR UPDATE, FOR KEY SHARE or a refused one."""
    return any(
        piece.word == "FOR" and following.word in {"UPDATE", "SHARE", "KEY", "NO"}
        for piece, following in pairwise(pieces)
    )


def calls_of(pieces: Sequence[Piece]) -> Iterator[tuple[str, ...]]:
    """Yield the folded names of the functions that are called, without types and aliases."""
    position = 0
    closings = _closings(pieces)
    while position < len(pieces):
        parts, after = name_at(pieces, position)
        if not parts:
            position += 1
            continue
        opens = after < len(pieces) and pieces[after].word == "("
        if opens and _is_call(pieces, position, after, closings[after]):
            yield parts
        position = max(after, position + 1)


def _closings(pieces: Sequence[Piece]) -> dict[int, int]:
    """Return where each parenthesis is closed; the end for one that is not."""
    closings: dict[int, int] = {}
    opened: list[int] = []
    for at, piece in enumerate(pieces):
        if piece.word == "(":
            opened.append(at)
            closings[at] = len(pieces)
        elif piece.word == ")" and opened:
            closings[opened.pop()] = at
    return closings


def _is_call(pieces: Sequence[Piece], start: int, parenthesis: int, closing: int) -> bool:
    last = pieces[parenthesis - 1]
    if last.word in _CALLS_NOTHING:
        return False
    before = pieces[start - 1] if start else None
    if before is not None:
        if before.word in {"AS", "INTO", "WITH", "RECURSIVE", "::", "TABLE", "UPDATE", "COPY"}:
            return False
        if before.word == ")" or (before.is_name and before.word not in _CALL_MAY_FOLLOW):
            return False  # an alias with its list of columns
    return before is None or before.word != "," or not _is_cte(pieces, closing)


def _is_cte(pieces: Sequence[Piece], at: int) -> bool:
    """Whether `name (a, b)`, closed at `at`, is followed by `AS (`, as in a CTE with columns."""
    return [piece.word for piece in pieces[at + 1 : at + 3]] in (
        ["AS", "("],
        ["AS", "MATERIALIZED"],
        ["AS", "NOT"],
    )


def is_known(parts: Sequence[str]) -> bool:
    """Whether the function is built in, or part of DSQL, and changes nothing."""
    match list(parts):
        case [name] | ["pg_catalog", name]:
            return name in BUILT_IN
        case ["sys", name]:
            return name in SYS
    return False


def writes_sequence(parts: Sequence[str]) -> bool:
    """Whether the function changes a sequence."""
    return parts[-1] in SEQUENCE_WRITERS and list(parts[:-1]) in ([], ["pg_catalog"])
