"""Which privileges a statement asks for, read from its words.

It answers "why denied?" before or after the server did; it never stands in the way of a statement.
The rules are those of the commands' pages in PostgreSQL 16: reading a changed table's columns in
WHERE or RETURNING asks for SELECT besides, locking rows for UPDATE, creating for CREATE on the
schema, altering and dropping for owning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dsql_tui.model.acl import Right
from dsql_tui.model.why import PUBLIC_SCHEMA, Use, UseKind
from dsql_tui.sql.actions import actions_of, calls_of, is_known, locks_rows
from dsql_tui.sql.classify import classify
from dsql_tui.sql.commands import StatementKind, command_of, targets_of
from dsql_tui.sql.keywords import words
from dsql_tui.sql.lexer import TokenKind
from dsql_tui.sql.names import Piece, name_at, pieces_of, qualified

_WRITES = {
    "INSERT": Right.INSERT,
    "UPDATE": Right.UPDATE,
    "DELETE": Right.DELETE,
    "COPY FROM": Right.INSERT,
}
_SEQUENCE_CALLS = {"nextval": Right.USAGE, "currval": Right.USAGE, "setval": Right.UPDATE}
_ENDS_FROM = words(
    "WHERE GROUP HAVING WINDOW ORDER LIMIT OFFSET FETCH FOR UNION INTERSECT EXCEPT RETURNING SET"
)
_CREATED_IN_SCHEMA = frozenset({"TABLE", "VIEW", "SEQUENCE", "FUNCTION", "DOMAIN"})
_OWNED = {
    "TABLE": UseKind.RELATION,
    "VIEW": UseKind.RELATION,
    "SEQUENCE": UseKind.SEQUENCE,
    "SCHEMA": UseKind.SCHEMA,
}


@dataclass(frozen=True, slots=True)
class StatementNeeds:
    """What a statement asks for.

    Attributes:
        uses: Objects and privileges in the order of the text, each once.
        note: What else it takes that no privilege of an object tells, or empty.
    """

    uses: tuple[Use, ...]
    note: str = ""


def needs_of(statement: str) -> StatementNeeds:
    """Return what one statement asks for; never raises. Names are folded as the server does."""
    pieces = pieces_of(statement)
    while pieces and pieces[-1].word == ";":
        pieces.pop()
    found = classify(statement)
    if found.is_explain:
        pieces = _explained(pieces)
    if not pieces:
        return StatementNeeds(())
    if found.kind in {StatementKind.QUERY, StatementKind.DML}:
        unknown = [qualified(call) for call in calls_of(pieces) if not is_known(call)]
        note = f"It also needs EXECUTE on {', '.join(dict.fromkeys(unknown))}." if unknown else ""
        return StatementNeeds(tuple(dict.fromkeys(_of_rows(pieces))), note)
    if found.kind is StatementKind.DDL:
        return _of_ddl(pieces)
    return StatementNeeds((), "It asks for no privilege on any object.")


def _explained(pieces: Sequence[Piece]) -> list[Piece]:
    verbs = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES", "TABLE", "CREATE"}
    base = pieces[0].depth
    start = next(
        (at for at, piece in enumerate(pieces) if piece.depth == base and piece.word in verbs),
        len(pieces),
    )
    return list(pieces[start:])


def _of_rows(pieces: Sequence[Piece]) -> Iterator[Use]:
    named = _common_tables(pieces)
    if pieces[0].word == "TABLE" and (parts := name_at(pieces, 1)[0]):
        yield Use(UseKind.RELATION, parts, Right.SELECT)
    for action in actions_of(pieces):
        parts = name_at(pieces_of(action.target), 0)[0]
        if parts and action.verb in _WRITES:
            yield Use(UseKind.RELATION, parts, _WRITES[action.verb])
            if _reads_target(pieces, action.verb):
                yield Use(UseKind.RELATION, parts, Right.SELECT)
            if action.verb == "INSERT" and _follows(pieces, "DO", "UPDATE"):
                yield Use(UseKind.RELATION, parts, Right.UPDATE)
        elif action.verb == "COPY TO" and (parts := name_at(pieces, 1)[0]):
            yield Use(UseKind.RELATION, parts, Right.SELECT)
    for at in _relation_places(pieces):
        parts, behind = name_at(pieces, at)
        is_call = behind < len(pieces) and pieces[behind].word == "("
        if parts and not is_call and not (len(parts) == 1 and parts[0] in named):
            yield Use(UseKind.RELATION, parts, Right.SELECT)
            if locks_rows(pieces):
                yield Use(UseKind.RELATION, parts, Right.UPDATE)
    yield from _sequences(pieces)


def _common_tables(pieces: Sequence[Piece]) -> set[str]:
    """Return the names that WITH gives to queries: `name [(…)] AS [[NOT] MATERIALIZED] (`."""
    names: set[str] = set()
    for at, piece in enumerate(pieces):
        if piece.word != "AS" or pieces[at + 1 : at + 2] == []:
            continue
        if pieces[at + 1].word not in {"(", "MATERIALIZED", "NOT"}:
            continue
        before = at - 1
        if pieces[before].word == ")":
            depth = pieces[before].depth
            before -= 1
            while before > 0 and pieces[before].depth > depth:
                before -= 1
            before -= 1
        if before > 0 and pieces[before - 1].word in {"WITH", "RECURSIVE", ","}:
            names.update(name_at(pieces, before)[0][:1])
    return names


def _relation_places(pieces: Sequence[Piece]) -> Iterator[int]:
    """Yield where the names of relations that are read may stand."""
    for at, piece in enumerate(pieces):
        if piece.word == "JOIN":
            yield from _skip_words(pieces, at + 1)
        elif _begins_list(pieces, at):
            yield from _listed(pieces, at)


def _begins_list(pieces: Sequence[Piece], at: int) -> bool:
    if pieces[at].word == "USING":
        return _verb_of_clause(pieces, at) == "DELETE"
    is_clause = pieces[at].word == "FROM" and pieces[at - 1].word not in {"DELETE", "DISTINCT"}
    return is_clause and _verb_of_clause(pieces, at) in {"SELECT", "UPDATE"}


def _listed(pieces: Sequence[Piece], clause: int) -> Iterator[int]:
    """Yield the beginnings of a FROM list's items; those of joins are found by JOIN."""
    depth = pieces[clause].depth
    yield from _skip_words(pieces, clause + 1)
    for at in range(clause + 1, len(pieces)):
        piece = pieces[at]
        if piece.depth < depth or (piece.depth == depth and piece.word in _ENDS_FROM):
            return
        if piece.depth == depth and piece.word == ",":
            yield from _skip_words(pieces, at + 1)


def _skip_words(pieces: Sequence[Piece], at: int) -> Iterator[int]:
    """Yield the place behind ONLY, LATERAL and the parentheses of a nested join."""
    while at < len(pieces) and pieces[at].word in {"ONLY", "LATERAL", "("}:
        at += 1
    if at < len(pieces) and pieces[at].word not in {"SELECT", "WITH", "VALUES", "TABLE", "ROWS"}:
        yield at


def _verb_of_clause(pieces: Sequence[Piece], at: int) -> str:
    """Return the verb of the clause at `at`; the FROM of `extract(year FROM …)` has none."""
    depth = pieces[at].depth
    for piece in reversed(pieces[:at]):
        if piece.depth < depth:
            break
        if piece.depth == depth and piece.word in {"SELECT", "DELETE", "UPDATE", "INSERT"}:
            return piece.word
    return ""


def _reads_target(pieces: Sequence[Piece], verb: str) -> bool:
    """Whether a change also reads columns of what it changes."""
    found = {piece.word for piece in pieces}
    clauses = {"UPDATE": {"WHERE", "FROM"}, "DELETE": {"WHERE", "USING"}}.get(verb, set())
    return "RETURNING" in found or not clauses.isdisjoint(found)


def _follows(pieces: Sequence[Piece], first: str, second: str) -> bool:
    return any(
        piece.word == first and following.word == second for piece, following in pairwise(pieces)
    )


def _sequences(pieces: Sequence[Piece]) -> Iterator[Use]:
    for at in range(len(pieces) - 2):
        right = _SEQUENCE_CALLS.get(pieces[at].text.lower())
        argument = pieces[at + 2]
        if right and pieces[at + 1].word == "(" and argument.kind is TokenKind.STRING:
            spelled = argument.text[1:-1].replace("''", "'")
            if parts := name_at(pieces_of(spelled), 0)[0]:
                yield Use(UseKind.SEQUENCE, parts, right)


def _of_ddl(pieces: Sequence[Piece]) -> StatementNeeds:
    command, behind = command_of(pieces)
    verb, _, sort = command.partition(" ")
    targets = [
        name_at(pieces_of(target), 0)[0] for target in targets_of(pieces, command, behind) if target
    ]
    if sort == "ROLE" or command == "AWS IAM GRANT" or command == "AWS IAM REVOKE":
        return StatementNeeds((), "Roles and their IAM mappings are changed by admin.")
    if verb == "CREATE" and sort == "SCHEMA":
        return StatementNeeds((), "It needs CREATE on the database, which no catalog here tells.")
    if verb == "CREATE" and sort in _CREATED_IN_SCHEMA:
        uses = [Use(UseKind.SCHEMA, _schema_of(parts), Right.CREATE) for parts in targets]
        return StatementNeeds(tuple(dict.fromkeys([*uses, *_references(pieces)])))
    if command == "CREATE INDEX" or sort in _OWNED:
        kind = _OWNED.get(sort, UseKind.RELATION)
        owned = [Use(kind, parts, None) for parts in targets]
        return StatementNeeds(tuple(dict.fromkeys([*owned, *_references(pieces)])))
    if verb in {"GRANT", "REVOKE"} and any(piece.word == "ON" for piece in pieces):
        note = "Whoever was given it WITH GRANT OPTION may do it without owning it."
        is_table = not any(piece.word in {"SCHEMA", "FUNCTION", "SEQUENCE"} for piece in pieces)
        owned = [Use(UseKind.RELATION, parts, None) for parts in targets if is_table]
        return StatementNeeds(tuple(owned), note)
    return StatementNeeds((), f"What {command} needs is not told by the privileges shown here.")


def _schema_of(parts: tuple[str, ...]) -> tuple[str, ...]:
    return parts[-2:-1] or (PUBLIC_SCHEMA,)


def _references(pieces: Sequence[Piece]) -> Iterator[Use]:
    for at, piece in enumerate(pieces):
        if piece.word == "REFERENCES" and (parts := name_at(pieces, at + 1)[0]):
            yield Use(UseKind.RELATION, parts, Right.REFERENCES)
