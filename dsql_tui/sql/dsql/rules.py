"""Lint rules for what `dsql-lint` 0.2.22 misses or wrongly reports.

These rules complement the linter as of October 2026: every message is the service's text, and every
rule names its source, a section of the user guide or a recording. Findings are advice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from dsql_tui.sql.dsql.limit_rules import (
    declared_length,
    key_columns,
    key_size,
    length_of,
    rows_and_catalogs,
)
from dsql_tui.sql.dsql.objection import Objection
from dsql_tui.sql.lexing.keywords import words
from dsql_tui.sql.lexing.names import Piece, folded, name_at, pieces_of
from dsql_tui.sql.statements.actions import actions_of
from dsql_tui.sql.statements.commands import command_of, is_async

__all__ = ["Objection", "is_false_alarm", "objections"]


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Words that are refused everywhere or, with `command`, only in that command."""

    rule: str
    phrase: str
    message: str
    suggestion: str
    command: str = ""
    unsure: bool = False


def _refused(command: str, server_name: str) -> _Phrase:
    """Return the row for a command that the server refuses under another name."""
    verb = command.split()[0]
    message = f"unsupported statement: {server_name}"
    return _Phrase("unsupported_statement", verb, message, "", command)


_LOCKING = "locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported"
_CURSOR = "DSQL has no SQL-level cursors and prepared statements"
_PHRASES = (
    # LIVE-A golden files, September 2026
    _Phrase("locking_clause", "FOR SHARE", _LOCKING, "Use FOR UPDATE or FOR KEY SHARE."),
    _Phrase("locking_clause", "FOR NO KEY UPDATE", _LOCKING, "Use FOR UPDATE or FOR KEY SHARE."),
    _Phrase(
        "tablesample",
        "TABLESAMPLE",
        "TABLESAMPLE clause not supported",
        "Use WHERE random() < 0.1, which reads the whole table.",
    ),
    _Phrase("group_by_all", "GROUP BY ALL", "GROUP BY ALL is not understood", "List the columns."),
    _Phrase(
        "merge",
        "MERGE",
        "unsupported statement type: MERGE",
        "Use INSERT … ON CONFLICT, or UPDATE and DELETE.",
        "MERGE",
    ),
    _Phrase(
        "and_chain", "AND CHAIN", "AND CHAIN is refused", "Start the next one with BEGIN.", "COMMIT"
    ),
    _Phrase(
        "and_chain",
        "AND CHAIN",
        "AND CHAIN is refused",
        "Start the next one with BEGIN.",
        "ROLLBACK",
    ),
    # dsql-lint reports these as parse errors; the service's texts are from LIVE-A
    _Phrase(
        "unlogged",
        "UNLOGGED",
        "UNLOGGED table not supported for CREATE TABLE",
        "Leave UNLOGGED out.",
        "CREATE TABLE",
    ),
    _refused("CREATE TABLESPACE", "CreateTableSpace"),
    _refused("CREATE FOREIGN TABLE", "CreateForeignTable"),
    _refused("ALTER SYSTEM", "AlterSystem"),
    # user guide, working-with-postgresql-compatibility: unsupported features
    _Phrase(
        "reindex", "REINDEX", "REINDEX is not available", "Drop and create the index.", "REINDEX"
    ),
    _Phrase("do", "DO", "DO is not available: only SQL functions exist", "", "DO"),
    _Phrase(
        "drop_index",
        "CONCURRENTLY",
        "DROP INDEX does not support CONCURRENTLY",
        "Leave it out.",
        "DROP INDEX",
    ),
    _Phrase("cursor", "FETCH", _CURSOR, "Run the query itself.", "FETCH"),
    _Phrase("cursor", "CLOSE", _CURSOR, "Run the query itself.", "CLOSE"),
    _Phrase("prepared", "EXECUTE", _CURSOR, "Use the driver's prepared statements.", "EXECUTE"),
    # according to the page on system tables of that guide; the published grammar has VERBOSE
    _Phrase(
        "analyze",
        "VERBOSE",
        "ANALYZE may take the name of one relation only",
        "Leave VERBOSE out if it is refused.",
        "ANALYZE",
        unsure=True,
    ),
)
ACCEPTED_PARAMETERS = words(
    """
    application_name client_encoding datestyle disable_sync_create_index
    dsql.enable_batched_nestloop enable_bitmapscan enable_hashjoin enable_indexonlyscan
    enable_indexscan enable_material enable_mergejoin enable_nestloop enable_seqscan
    extra_float_digits intervalstyle role search_path timezone
    """
)
"""Parameters that SET and the start-up packet take (LIVE-A and user guide, September 2026)."""
_SET_FORMS = words("TIME NAMES ROLE SCHEMA CONSTRAINTS TRANSACTION CHARACTERISTICS")
"""`SET TIME ZONE`, `SET NAMES` … have no parameter name; dsql-lint knows SET TRANSACTION."""
_REFUSED_TYPES = words(
    """
    bit box cidr circle citext hstore inet line lseg macaddr macaddr8 money path pg_lsn pg_snapshot
    point polygon tsquery tsvector txid_snapshot varbit vector xml int4range int8range numrange
    tsrange tstzrange daterange int4multirange int8multirange nummultirange tsmultirange
    tstzmultirange datemultirange
    """
)
"""Types of PostgreSQL that a column cannot have, though some work in a query (LIVE-A)."""
_KNOWN_TYPES = words(
    """
    bigint bigserial bool boolean bpchar bytea char character date dec decimal double float float4
    float8 int int2 int4 int8 integer interval json jsonb name national nchar numeric oid real
    regclass regtype serial serial2 serial4 serial8 smallint smallserial text time timestamp
    timestamptz timetz uuid varchar
    """
)
"""Types a column can have, and those whose refusal dsql-lint tells."""
_TABLE_CONSTRAINTS = words("CONSTRAINT PRIMARY UNIQUE CHECK FOREIGN LIKE EXCLUDE")
_COLUMN_CONSTRAINTS = words("UNIQUE CHECK GENERATED PRIMARY REFERENCES")
_KEY_OPTIONS = words("NULLS FIRST LAST ASC DESC COLLATE")
_CONSTRAINED = words("UNIQUE PRIMARY CHECK REFERENCES FOREIGN")


@lru_cache(maxsize=16_384)  # a script is checked again after each pause in typing
def objections(statement: str) -> tuple[Objection, ...]:
    """Return what the service would refuse in one statement, according to the rules."""
    pieces = pieces_of(statement)
    if not pieces:
        return ()
    command, after = command_of(pieces)
    objections_so_far = list(_phrases(pieces, command))
    for commands, check in _CHECKS:
        if not commands or command in commands:
            objections_so_far += check(pieces, after)
    return tuple(objections_so_far)


def _phrases(pieces: Sequence[Piece], command: str) -> Iterator[Objection]:
    spelled = [piece.word for piece in pieces]
    for row in _PHRASES:
        first, *rest = row.phrase.split()
        if first not in spelled or (row.command and row.command != command):
            continue
        for at, word in enumerate(spelled):
            if word == first and spelled[at + 1 : at + 1 + len(rest)] == rest:
                last = pieces[at + len(rest)]
                yield Objection(
                    row.rule, row.message, row.suggestion, pieces[at].start, last.end, row.unsure
                )
                break


def _parameter(pieces: Sequence[Piece], _behind: int) -> Iterator[Objection]:
    position = 2 if pieces[1:2] and pieces[1].word in {"LOCAL", "SESSION"} else 1
    parts, end = name_at(pieces, position)
    if parts and pieces[position].word not in _SET_FORMS:
        yield from _refused_parameter(".".join(parts), pieces[position].start, pieces[end - 1].end)


def _refused_parameter(name: str, start: int, end: int) -> Iterator[Objection]:
    if name.lower() not in ACCEPTED_PARAMETERS:
        message = f'setting configuration parameter "{name}" not supported'
        yield Objection("set_parameter", message, "", start, end)


def _select_into(pieces: Sequence[Piece], _behind: int) -> Iterator[Objection]:
    if any(action.verb == "SELECT INTO" for action in actions_of(pieces)):
        into = next(piece for piece in pieces if piece.word == "INTO")
        suggestion = "Create the table, then INSERT INTO … SELECT."
        message = "unsupported statement: CreateTableAs"
        yield Objection("select_into", message, suggestion, into.start, into.end)


_REFUSED_FUNCTIONS = re.compile(
    r"pg_backend_pid|pg_(try_)?advisory_\w+|inet_server_(addr|port)"
    r"|pg_(database|relation|total_relation|table|indexes|tablespace)_size"
)
_INSTEAD = {
    "pg_backend_pid": "Use sys.current_session_id().",
    "pg_database_size": "Use sys.cluster_size().",
}


_TEXT_SEARCH = words("to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery")


def _has_comma(pieces: Sequence[Piece], parenthesis: int) -> bool:
    """Whether the call that opens there has a second argument."""
    return len(list(_items(pieces, parenthesis))) > 1


def _functions(pieces: Sequence[Piece], _behind: int) -> Iterator[Objection]:
    for at, piece in enumerate(pieces):
        if not piece.is_name or pieces[at + 1 : at + 2] == [] or pieces[at + 1].word != "(":
            continue
        name = folded(piece.text)
        if _REFUSED_FUNCTIONS.fullmatch(name):
            message = f"function {name} not supported"
            suggestion = _INSTEAD.get(name, "")
            yield Objection("refused_function", message, suggestion, piece.start, piece.end)
        elif name == "set_config" and pieces[at + 2 : at + 3]:
            literal = pieces[at + 2]
            yield from _refused_parameter(literal.text.strip("'"), literal.start, literal.end)
        elif name in _TEXT_SEARCH and not _has_comma(pieces, at + 1):
            message = 'text search configuration "english" does not exist'
            suggestion = f"Use {name}('simple', …): there is no other configuration."
            yield Objection("text_search", message, suggestion, piece.start, piece.end)
        elif name == "wait_for_job" and pieces[0].word != "CALL":
            message = "sys.wait_for_job(unknown) is a procedure"
            suggestion = "Use CALL sys.wait_for_job('…')."
            yield Objection("wait_for_job", message, suggestion, piece.start, piece.end)


def _call(pieces: Sequence[Piece], after: int) -> Iterator[Objection]:
    for piece in pieces[after:]:
        if piece.word == "SELECT":
            message = "cannot use subquery in CALL argument"
            yield Objection("call_subquery", message, "", piece.start, piece.end)
            return


def _items(pieces: Sequence[Piece], position: int) -> Iterator[list[Piece]]:
    """Yield the items between commas in the parentheses that open at `position`."""
    if position >= len(pieces) or pieces[position].word != "(":
        return
    depth = pieces[position].depth + 1
    item: list[Piece] = []
    for piece in pieces[position + 1 :]:
        if piece.depth < depth:
            break
        if piece.word == "," and piece.depth == depth:
            yield item
            item = []
        else:
            item.append(piece)
    yield item


def _columns(pieces: Sequence[Piece], after: int) -> Iterator[Objection]:
    """Check the columns and constraints of CREATE TABLE."""
    while after < len(pieces) and pieces[after].word in {"IF", "NOT", "EXISTS"}:
        after += 1
    _, after = name_at(pieces, after)
    items = list(_items(pieces, after))
    lengths: dict[str, int] = {}
    for item in items:
        if item and item[0].word not in _TABLE_CONSTRAINTS:
            yield from _refused_type(item[1:])
            lengths[item[0].text.lower()] = length_of(item[1:])
        yield from _deferrable(item)
    for item in items:
        yield from _declared_key(item, lengths)


def _declared_key(item: Sequence[Piece], lengths: dict[str, int]) -> Iterator[Objection]:
    """Check the PRIMARY KEY or UNIQUE that a column or a table declares."""
    for at, piece in enumerate(item):
        if piece.word not in {"KEY", "UNIQUE"} or item[at - 1].word == "FOREIGN":
            continue
        is_listed = at + 1 < len(item) and item[at + 1].word == "("
        columns = list(_items(item, at + 1)) if is_listed else [list(item[:1])]
        yield from key_columns(columns)
        yield from key_size(columns, lengths, piece.start, piece.end)


def _refused_type(item: Sequence[Piece]) -> Iterator[Objection]:
    if not item:
        return
    yield from declared_length(item)
    name = folded(item[0].text)
    if name in _REFUSED_TYPES:
        shown = {"varbit": "bit varying"}.get(name, name)
        message = f"datatype {shown} not supported"
        yield Objection("column_type", message, "", item[0].start, item[0].end)
    elif _may_be_unknown(item):
        message = f'type "{name}" does not exist, unless it is a domain'
        yield Objection("unknown_type", message, "", item[0].start, item[0].end, unsure=True)


def _may_be_unknown(item: Sequence[Piece]) -> bool:
    """Whether a column's type is an unqualified name of no type of the service."""
    is_bare = item[0].text[:1].isalpha() and item[0].is_name
    qualified_by = item[1].word if len(item) > 1 else ""
    return is_bare and qualified_by != "." and folded(item[0].text) not in _KNOWN_TYPES


def _deferrable(item: Sequence[Piece]) -> Iterator[Objection]:
    """Report DEFERRABLE on a constraint other than a foreign key."""
    constraint = ""
    for before, piece in zip([None, *item], item, strict=False):
        if piece.word in _CONSTRAINED and piece.depth == item[0].depth:
            constraint = piece.word
        negated = before is not None and before.word == "NOT"
        waits = piece.word == "DEFERRABLE" and not negated
        if waits and constraint in {"UNIQUE", "PRIMARY", "CHECK"}:
            message = "DEFERRABLE constraint not supported"
            suggestion = "Only foreign keys can be deferrable."
            yield Objection("deferrable", message, suggestion, piece.start, piece.end)


def _added_columns(pieces: Sequence[Piece], after: int) -> Iterator[Objection]:
    """Check the ADD COLUMN actions of ALTER TABLE; dsql-lint sees DEFAULT and NOT NULL."""
    at = after
    while at < len(pieces):
        if pieces[at].word == "ADD" and pieces[at].depth == 0:
            end = at + 1
            while end < len(pieces) and not (pieces[end].word == "," and pieces[end].depth == 0):
                end += 1
            yield from _added_column(pieces[at + 1 : end])
            at = end
        at += 1


def _added_column(action: Sequence[Piece]) -> Iterator[Objection]:
    position = 0
    while position < len(action) and action[position].word in {"COLUMN", "IF", "NOT", "EXISTS"}:
        position += 1
    if position >= len(action) or action[position].word in _TABLE_CONSTRAINTS:
        return
    yield from _refused_type(action[position + 1 :])
    for piece in action[position + 2 :]:
        if piece.word in _COLUMN_CONSTRAINTS:
            message = "ALTER TABLE ADD COLUMN with constraint not supported"
            suggestion = "Add the column alone, then the constraint in a separate statement."
            yield Objection("add_column_constraint", message, suggestion, piece.start, piece.end)
            return


def _index(pieces: Sequence[Piece], after: int) -> Iterator[Objection]:
    if is_async(pieces, "CREATE INDEX", after):
        after += 1
    while after < len(pieces) and pieces[after].word in {"CONCURRENTLY", "IF", "NOT", "EXISTS"}:
        after += 1
    start = after
    parts: tuple[str, ...] = ()
    if start < len(pieces) and pieces[start].word != "ON":
        parts, after = name_at(pieces, start)
    if len(parts) > 1:
        message = "the name of a new index has no schema: it is that of its table"
        suggestion = f"Name it {parts[-1]}."
        yield Objection(
            "index_name", message, suggestion, pieces[start].start, pieces[after - 1].end
        )
    while after < len(pieces) and pieces[after].word in {"ON", "ONLY"}:
        after += 1
    _, after = name_at(pieces, after)
    items = list(_items(pieces, after))
    yield from key_columns(items)
    for item in items:
        yield from _operator_class(item)


def _operator_class(item: Sequence[Piece]) -> Iterator[Objection]:
    if not item:
        return
    own = [piece for piece in item if piece.depth == item[0].depth and piece.word not in {"(", ")"}]
    if item[0].word != "(":
        own = own[1:]  # the column, or the function of an expression
    for piece in own:
        if piece.is_name and piece.word not in _KEY_OPTIONS:
            message = "opclass not supported for index keys"
            yield Objection("opclass", message, f"Remove {piece.text}.", piece.start, piece.end)
            return
        if piece.word == "COLLATE":
            return


_Check = Callable[[Sequence[Piece], int], Iterator[Objection]]
_CHECKS: tuple[tuple[frozenset[str], _Check], ...] = (
    (frozenset({"SET", "SET LOCAL", "SET SESSION"}), _parameter),
    (words("SELECT WITH"), _select_into),
    (words("CALL"), _call),
    (frozenset({"CREATE TABLE"}), _columns),
    (frozenset({"ALTER TABLE"}), _added_columns),
    (frozenset({"CREATE INDEX"}), _index),
    (frozenset(), _functions),
    (words("SELECT WITH INSERT UPDATE DELETE TABLE EXPLAIN"), rows_and_catalogs),
)


def is_false_alarm(rule: str, statement: str) -> bool:
    """Whether dsql-lint reports what the service accepts (GRAM and LIVE-A, September 2026)."""
    if rule not in {"unsupported_alter_index", "parse_error", "index_using"}:
        return False
    pieces = pieces_of(statement)
    if not pieces:
        return False
    command, _ = command_of(pieces)
    spelled = [piece.word for piece in pieces]
    match rule, command:
        case "index_using", _:
            return ("USING", "BTREE_INDEX") in pairwise(spelled)  # live, August 2026
        case "unsupported_alter_index", _:
            return "RENAME" in spelled
        case "parse_error", "GRANT" | "REVOKE":
            return "ON" not in spelled  # a role granted to a role
        case "parse_error", "CREATE TABLE":
            return "LIKE" in spelled and "INCLUDING" in spelled
        case "parse_error", "CREATE SCHEMA":
            return "TABLE" in spelled
        case "parse_error", "ANALYZE" | "AWS IAM GRANT" | "AWS IAM REVOKE":
            return True
    return False
