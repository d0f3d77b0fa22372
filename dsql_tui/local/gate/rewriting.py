"""Rewrites statements of DSQL's grammar for PostgreSQL and `pg_dsql`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dsql_tui.local.gate.skeleton import NAME, QUALIFIED
from dsql_tui.local.protocol.backend import literal
from dsql_tui.sql.lexing.names import Piece, folded

_IAM = re.compile(rf"^AWS IAM (GRANT|REVOKE) {NAME} (TO|FROM) '[^']*'$")
_ASYNC_INDEX = re.compile(r"^CREATE (?:UNIQUE )?INDEX (ASYNC)\b")
_SYNC_INDEX = re.compile(r"^CREATE (?:UNIQUE )?INDEX\b")
_ASYNC_VALIDATE = re.compile(
    rf"^ALTER TABLE (ASYNC) (?:IF EXISTS )?(?:ONLY )?{QUALIFIED} VALIDATE CONSTRAINT {NAME}$"
)
_SHOWN = re.compile(
    r"^SHOW (SERVER_VERSION|SERVER_VERSION_NUM|MAX_CONNECTIONS|DISABLE_SYNC_CREATE_INDEX)$"
)
_SHOW_ALL = "SELECT name, setting, description FROM pg_catalog.pg_dsql_show_all()"
_VERBOSE = re.compile(
    r"EXPLAIN (?:(?:ANALY[SZ]E )?VERBOSE\b|\([^()]*\bVERBOSE(?! (?:OFF|FALSE|0|'off'|'false')))"
)
_FORMATTED = re.compile(r"EXPLAIN \([^()]*\bFORMAT (?!TEXT\b)")
_SPELLED = {("TRIGGER", "ALL"): "USER", ("COMPRESSION", "LZ4"): "default"}
_BEHAVIORS = frozenset({"CASCADE", "RESTRICT"})
_OWN_SETTING = re.compile(
    rf"^(?:ALTER (?:ROLE|USER) {NAME} )?(?:SET (?:SESSION |LOCAL )?|RESET )"
    r"DISABLE_SYNC_CREATE_INDEX\b"
)
_DROPS_TRIGGER = re.compile(r"^DROP (EVENT )?TRIGGER IF EXISTS\b")
_NO_TRIGGER = "CALL pg_catalog.pg_dsql_drop_no_trigger({}, {})"
_NO_EVENT_TRIGGER = "CALL pg_catalog.pg_dsql_drop_no_event_trigger(ARRAY[{}]::pg_catalog.text[])"
_UNCHANGED = "RESET dsql.isolation"
"""Resets a setting that nothing reads: isolation is always the same."""


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A statement as it is sent to PostgreSQL.

    Attributes:
        sql: The statement that is sent.
        tag: Command tag to answer with, empty to keep PostgreSQL's.
        inserted: Number of characters inserted before the part that errors can refer to.
    """

    sql: str
    tag: str = ""
    inserted: int = 0


def rewritten(statement: str, pieces: Sequence[Piece], text: str) -> Rewriting | None:
    """Return `statement`, whose skeleton is `text`, rewritten; `None` if it is unchanged."""
    iam = _IAM.match(text)
    if iam and (iam[1], iam[2]) in {("GRANT", "TO"), ("REVOKE", "FROM")}:
        role, arn = folded(pieces[3].text), pieces[5].text[1:-1].replace("''", "'")
        call = f"CALL pg_catalog.pg_dsql_iam_{iam[1].lower()}({literal(role)}, {literal(arn)})"
        return Rewriting(call, f"AWS IAM {iam[1]}")
    if text.startswith(("SHOW", "RESET", "SET", "ALTER ROLE", "ALTER USER")):
        return _of_setting(statement, pieces, text)
    if text.startswith("EXPLAIN ") and not is_verbose(text) and not _FORMATTED.match(text):
        return _made_verbose(statement, pieces)
    return _of_definition(statement, pieces, text)


def _of_definition(statement: str, pieces: Sequence[Piece], text: str) -> Rewriting | None:
    index = _ASYNC_INDEX.match(text)
    if index:
        statement = _without_method(statement, pieces)
        return _index_job(statement, pieces, pieces[index[0].count(" ")])
    if _SYNC_INDEX.match(text):
        statement = _without_method(statement, pieces)
        call = f"CALL pg_catalog.pg_dsql_create_index_now({literal(statement)})"
        return Rewriting(call, "CREATE INDEX")
    if _ASYNC_VALIDATE.match(text):
        end = next(at for at, piece in enumerate(pieces) if piece.word == "VALIDATE")
        table = statement[_name_start(pieces) : pieces[end - 1].end]
        return Rewriting(_job("validate", table, folded(pieces[end + 2].text)), "ALTER TABLE")
    if text.startswith(("CREATE TABLE", "ALTER TABLE")):
        return _respelled(statement, pieces)
    drop = _DROPS_TRIGGER.match(text)
    if drop:
        kind = "EVENT TRIGGER" if drop[1] else "TRIGGER"
        return _dropping_no_trigger(statement, pieces, kind)
    return None


def _dropping_no_trigger(statement: str, pieces: Sequence[Piece], kind: str) -> Rewriting:
    """Make a DROP report a missing object: clients have no triggers, and ours are hidden."""
    ends = pieces[-1].word in _BEHAVIORS and pieces[-2].word not in {".", ",", "ON", "EXISTS"}
    named = pieces[kind.count(" ") + 4 : -1 if ends else None]
    names = [literal(folded(piece.text)) for piece in named if piece.is_name]
    if kind == "TRIGGER":
        table = statement[named[2].start : named[-1].end]
        return Rewriting(_NO_TRIGGER.format(names[0], literal(table)), f"DROP {kind}")
    return Rewriting(_NO_EVENT_TRIGGER.format(", ".join(names)), f"DROP {kind}")


def _of_setting(statement: str, pieces: Sequence[Piece], text: str) -> Rewriting | None:
    if text == "RESET ALL":
        return Rewriting("CALL pg_catalog.pg_dsql_reset_all()", "RESET")
    if text == "RESET TRANSACTION ISOLATION LEVEL":
        return Rewriting(_UNCHANGED)
    if text == "SHOW ALL":
        return Rewriting(_SHOW_ALL, "SHOW")
    shown = _SHOWN.match(text)
    if shown:
        name = shown[1].lower()
        return Rewriting(f"SELECT pg_catalog.pg_dsql_setting('dsql.{name}') AS {name}", "SHOW")
    if _OWN_SETTING.match(text):
        start = next(piece.start for piece in pieces if piece.word == "DISABLE_SYNC_CREATE_INDEX")
        return Rewriting(f"{statement[:start]}dsql.{statement[start:]}")
    return None


def is_verbose(text: str) -> bool:
    """Whether an EXPLAIN has the option VERBOSE switched on."""
    return bool(_VERBOSE.match(text))


def _made_verbose(statement: str, pieces: Sequence[Piece]) -> Rewriting:
    """Make the plan name columns and schemas; `explain/plans.py` removes them again."""
    if pieces[1:2] and pieces[1].word == "(":
        at, added = next((one.start for one in pieces if one.word == ")"), 0), ", VERBOSE"
    else:
        analyzes = pieces[1:2] and pieces[1].word in {"ANALYZE", "ANALYSE"}
        at, added = pieces[1 if analyzes else 0].end, " VERBOSE"
    if not at:
        return Rewriting(statement)  # it is not SQL
    return Rewriting(f"{statement[:at]}{added}{statement[at:]}", inserted=len(added))


def _respelled(statement: str, pieces: Sequence[Piece]) -> Rewriting | None:
    """Replace words that have a different meaning in PostgreSQL.

    `ENABLE TRIGGER ALL` does nothing in DSQL; `ENABLE TRIGGER USER` does nothing here, because no
    user has triggers. DSQL compresses with lz4, which the bundled PostgreSQL does not support.
    """
    replaced = [
        (piece, spelled)
        for before, piece in pairwise(pieces)
        if (spelled := _SPELLED.get((before.word, piece.word)))
    ]
    for piece, spelled in reversed(replaced):
        statement = f"{statement[: piece.start]}{spelled}{statement[piece.end :]}"
    return Rewriting(statement) if replaced else None


def _index_job(statement: str, pieces: Sequence[Piece], keyword: Piece) -> Rewriting:
    """Create the index empty, with a predicate that no row meets; the job fills it.

    PostgreSQL still has to check the client's own predicate; a constant predicate would prevent it.
    """
    synchronous = _without(statement, keyword)
    where = next((piece for piece in pieces if piece.word == "WHERE" and not piece.depth), None)
    if where is None:
        emptied = f"{synchronous} WHERE false"
    else:
        unmet = f"pg_catalog.num_nulls({_table_of_index(pieces)}) OPERATOR(pg_catalog.<) 0"
        predicate = synchronous[where.end :]
        emptied = f"{synchronous[: where.end]} CASE WHEN {unmet} THEN ({predicate}) END"
    call = _job("create_index", synchronous, emptied, whole=where is None)
    return Rewriting(call, "CREATE INDEX")


def _table_of_index(pieces: Sequence[Piece]) -> str:
    """Return the table of a CREATE INDEX as it is written, without its schema."""
    ends = {"(", "USING"}
    opening = next((at for at, piece in enumerate(pieces) if piece.word in ends), len(pieces))
    return pieces[opening - 1].text


def _without_method(statement: str, pieces: Sequence[Piece]) -> str:
    """Blank out `USING btree_index`, DSQL's only method; PostgreSQL has another name for it."""
    for using, method, opening in zip(pieces, pieces[1:], pieces[2:], strict=False):
        if using.word == "USING" and opening.word == "(" and not opening.depth:
            return _without(_without(statement, using), method)
    return statement


def _name_start(pieces: Sequence[Piece]) -> int:
    return next(piece.start for piece in pieces[3:] if piece.word not in {"IF", "EXISTS", "ONLY"})


def _job(function: str, *texts: str, **flags: bool) -> str:
    arguments = [literal(text) for text in texts] + [str(flag).lower() for flag in flags.values()]
    return f"SELECT job_id FROM pg_catalog.pg_dsql_{function}({', '.join(arguments)})"  # noqa: S608 - literals


def _without(statement: str, piece: Piece) -> str:
    """Blank out a word, so that positions in errors stay correct."""
    blank = " " * (piece.end - piece.start)
    return statement[: piece.start] + blank + statement[piece.end :]
