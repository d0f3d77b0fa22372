"""The privileges that a statement requires, derived from its text.

It explains why permission is denied, before or after a statement is run; it never blocks one. The
rules are from the command reference of PostgreSQL 16: creating an object requires CREATE on the
schema, altering or dropping it requires ownership; `sql/access/resolve.py` has the rules for
queries and DML.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dsql_tui.model.access.acl import Right
from dsql_tui.model.access.why import PUBLIC_SCHEMA, Use, UseKind
from dsql_tui.sql.access.resolve import ColumnsOf, relation_uses
from dsql_tui.sql.lexing.lexer import TokenKind
from dsql_tui.sql.lexing.names import Piece, name_at, pieces_of
from dsql_tui.sql.statements.classify import classify
from dsql_tui.sql.statements.commands import StatementKind, command_of, targets_of

_SEQUENCE_CALLS = {
    "nextval": (Right.USAGE, Right.UPDATE),
    "currval": (Right.USAGE, Right.SELECT),
    "setval": (Right.UPDATE,),
}
"""The privileges of which one is enough."""
_CREATED_IN_SCHEMA = frozenset({"TABLE", "VIEW", "SEQUENCE", "FUNCTION", "DOMAIN"})
_OWNED = {
    "TABLE": UseKind.RELATION,
    "VIEW": UseKind.RELATION,
    "SEQUENCE": UseKind.SEQUENCE,
    "SCHEMA": UseKind.SCHEMA,
}


@dataclass(frozen=True, slots=True)
class StatementNeeds:
    """The privileges that a statement requires.

    Attributes:
        uses: Objects and privileges in the order of the text, each once.
        note: Further requirements that are not privileges on an object, or empty.
    """

    uses: tuple[Use, ...]
    note: str = ""


def needs_of(statement: str, columns_of: ColumnsOf = lambda _: None) -> StatementNeeds:
    """Return the privileges that one statement requires; never raises. Names are case-folded.

    Args:
        statement: One statement.
        columns_of: Returns the columns of a relation by its name; if unknown, the privilege on the
            whole relation is required.
    """
    pieces = pieces_of(statement)
    while pieces and pieces[-1].word == ";":
        pieces.pop()
    statement_class = classify(statement)
    if statement_class.is_explain:
        pieces = _explained(pieces)
    if not pieces:
        return StatementNeeds(())
    if statement_class.kind in {StatementKind.QUERY, StatementKind.DML}:
        uses = [*relation_uses(pieces, columns_of), *_sequences(pieces)]
        return StatementNeeds(tuple(dict.fromkeys(uses)))
    if statement_class.kind is StatementKind.DDL:
        return _of_ddl(pieces)
    return StatementNeeds((), "The statement needs no privileges on objects.")


def _explained(pieces: Sequence[Piece]) -> list[Piece]:
    verbs = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES", "TABLE", "CREATE"}
    base = pieces[0].depth
    start = next(
        (at for at, piece in enumerate(pieces) if piece.depth == base and piece.word in verbs),
        len(pieces),
    )
    return list(pieces[start:])


def _sequences(pieces: Sequence[Piece]) -> Iterator[Use]:
    for at in range(len(pieces) - 2):
        rights = _SEQUENCE_CALLS.get(pieces[at].text.lower())
        argument = pieces[at + 2]
        if rights and pieces[at + 1].word == "(" and argument.kind is TokenKind.STRING:
            spelled = argument.text[1:-1].replace("''", "'")
            if parts := name_at(pieces_of(spelled), 0)[0]:
                yield Use(UseKind.SEQUENCE, parts, rights[0], alternatives=rights[1:])


def _of_ddl(pieces: Sequence[Piece]) -> StatementNeeds:
    command, after = command_of(pieces)
    verb, _, sort = command.partition(" ")
    targets = [
        name_at(pieces_of(target), 0)[0] for target in targets_of(pieces, command, after) if target
    ]
    if sort == "ROLE" or command == "AWS IAM GRANT" or command == "AWS IAM REVOKE":
        return StatementNeeds((), "Only admin can change roles and IAM mappings.")
    if verb == "CREATE" and sort == "SCHEMA":
        return StatementNeeds(
            (), "The statement needs CREATE on the database, which is not shown in the catalogs."
        )
    if verb == "CREATE" and sort in _CREATED_IN_SCHEMA:
        uses = [Use(UseKind.SCHEMA, _schema_of(parts), Right.CREATE) for parts in targets]
        return StatementNeeds(tuple(dict.fromkeys([*uses, *_references(pieces)])))
    if command == "CREATE INDEX" or sort in _OWNED:
        kind = _OWNED.get(sort, UseKind.RELATION)
        owned = [Use(kind, parts, None) for parts in targets]
        return StatementNeeds(tuple(dict.fromkeys([*owned, *_references(pieces)])))
    if verb in {"GRANT", "REVOKE"} and any(piece.word == "ON" for piece in pieces):
        note = "A role with WITH GRANT OPTION can do this too, without owning the object."
        is_table = not any(piece.word in {"SCHEMA", "FUNCTION", "SEQUENCE"} for piece in pieces)
        owned = [Use(UseKind.RELATION, parts, None) for parts in targets if is_table]
        return StatementNeeds(tuple(owned), note)
    return StatementNeeds(
        (), f"What {command} needs cannot be determined from the privileges shown here."
    )


def _schema_of(parts: tuple[str, ...]) -> tuple[str, ...]:
    return parts[-2:-1] or (PUBLIC_SCHEMA,)


def _references(pieces: Sequence[Piece]) -> Iterator[Use]:
    for at, piece in enumerate(pieces):
        if piece.word == "REFERENCES" and (parts := name_at(pieces, at + 1)[0]):
            yield Use(UseKind.RELATION, parts, Right.REFERENCES)
