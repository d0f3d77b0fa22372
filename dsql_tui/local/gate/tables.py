"""Refused parts of CREATE TABLE, ALTER TABLE and CREATE INDEX: columns, types, actions.

State of October 2026; sources as in `refusals` (facts sheet §6.2–6.6, §6.10).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from dsql_tui.local.gate import refusals
from dsql_tui.local.gate.refusals import Refusal
from dsql_tui.local.gate.skeleton import NAME, QUALIFIED, inside, listed, skeleton
from dsql_tui.sql.lexing.names import Piece, folded

_SERIAL: Final = re.compile(r"^(small|big)?serial[248]?$")
_TABLE_ELEMENTS: Final = frozenset(
    {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE", "LIKE"}
)
_CACHE: Final = re.compile(r"\bCACHE ((?:[+-] ?)?\d\w*)")
_CACHE_LEAST: Final = 65_536
_NO_CACHE: Final = (
    "{} is not supported without an explicit cache size. please define CACHE greater"
    " than or equal to 65536 or equal to 1"
)
_BAD_CACHE: Final = "CACHE ({}) must be greater than or equal to 65536 or equal to 1"
_ADD_COLUMN: Final = Refusal("ALTER TABLE ADD COLUMN with constraint not supported")
_COLUMN_CONSTRAINT: Final = re.compile(
    r"\b(?:CONSTRAINT|NOT NULL|(?<!STORAGE )(?<!COMPRESSION )DEFAULT|CHECK|UNIQUE|PRIMARY"
    r"|REFERENCES|GENERATED)\b"
)


def of_create_table(pieces: Sequence[Piece], text: str) -> Refusal | None:
    """Return the error for a CREATE TABLE that DSQL refuses."""
    refusal = refusals.of(refusals.CREATE_TABLE, text)
    if refusal:
        return refusal
    opening = next((at for at, piece in enumerate(pieces) if piece.word == "("), None)
    if opening is None:
        return None
    return _first(_of_element, listed(inside(pieces, opening)))


def _first(
    check: Callable[[Sequence[Piece]], Refusal | None], elements: Sequence[Sequence[Piece]]
) -> Refusal | None:
    return next(filter(None, map(check, elements)), None)


def _of_element(pieces: Sequence[Piece]) -> Refusal | None:
    text = skeleton(pieces)
    if pieces[0].word in _TABLE_ELEMENTS:
        return _of_table_constraint(text)
    refusal = _of_type(pieces[1:])
    if refusal:
        return refusal
    if re.search(r"\bCOLLATE\b", text):
        return Refusal("COLLATE clause not supported")
    return _of_identity(text) or _of_deferrable(text)


def _of_table_constraint(text: str) -> Refusal | None:
    if re.search(r"^(?:CONSTRAINT \S+ )?EXCLUDE\b", text):
        return Refusal("unsupported CREATE TABLE constraint: EXCLUDE")
    return _of_deferrable(text)


def _of_deferrable(text: str) -> Refusal | None:
    """DEFERRABLE is for foreign keys only (UG/working-with-foreign-key-constraints)."""
    if re.search(r"(?<!NOT )DEFERRABLE\b", text) and not re.search(
        r"\b(?:REFERENCES|FOREIGN KEY)\b", text
    ):
        return Refusal("DEFERRABLE constraint not supported")
    return None


def _of_identity(text: str) -> Refusal | None:
    if not re.search(r"\bGENERATED\b.* AS IDENTITY\b", text):
        return None
    return _of_cache(text, "identity column")


def of_sequence(text: str) -> Refusal | None:
    """Return the error for a CREATE or ALTER SEQUENCE whose CACHE DSQL refuses."""
    return _of_cache(text, "CREATE SEQUENCE" if text.startswith("CREATE") else "")


def _of_cache(text: str, subject: str) -> Refusal | None:
    """Refuse a CACHE that is neither 1 nor large, and none where `subject` must have one.

    Sources: LIVE-A for a missing CACHE; tests of AWS's ORM adapters and a live log for a wrong one.
    """
    cache = _CACHE.search(text)
    if cache is None:
        return Refusal(_NO_CACHE.format(subject)) if subject else None
    try:
        size = int(cache[1].replace(" ", ""), 0)
    except ValueError:
        return None  # PostgreSQL reports the error
    is_right = size == 1 or size >= _CACHE_LEAST
    return None if is_right else Refusal(_BAD_CACHE.format(size), "22023")


def _of_type(pieces: Sequence[Piece]) -> Refusal | None:
    """Refuse types that DSQL does not have; `limits.sql` refuses those not allowed in columns."""
    name = folded(pieces[0].text) if pieces else ""
    return Refusal(f'type "{name}" does not exist', "42704") if _SERIAL.match(name) else None


def of_alter_table(pieces: Sequence[Piece], text: str) -> Refusal | None:
    """Return the error for an ALTER TABLE that DSQL refuses."""
    if re.match(rf"^ALTER TABLE ASYNC (?:IF EXISTS )?(?:ONLY )?{QUALIFIED} VALIDATE\b", text):
        return None
    head = re.match(rf"^ALTER TABLE (?:IF EXISTS )?(?:ONLY )?{QUALIFIED}(?: \*)? ?", text)
    if head is None:
        return None
    count = head[0].count(" ") + (0 if head[0].endswith(" ") else 1)
    return _first(_of_action, listed(pieces[count:]))


def _of_action(pieces: Sequence[Piece]) -> Refusal | None:
    text = skeleton(pieces)
    column = re.match(rf"^ADD (?:COLUMN )?(?:IF NOT EXISTS )?({NAME}) ", text)
    if column and not re.match(r"^ADD (?:CONSTRAINT|PRIMARY|UNIQUE|CHECK|FOREIGN|EXCLUDE)\b", text):
        return _of_added_column(pieces[column[0].count(" ") :], text)
    refusal = _of_identity(text) or refusals.of(refusals.ALTER_TABLE_ACTION, text)
    if refusal is None and re.search(r"\bSET CACHE\b", text):
        refusal = _of_cache(text, "")
    return refusal


def _of_added_column(pieces: Sequence[Piece], text: str) -> Refusal | None:
    refusal = _of_type(pieces)
    if refusal:
        return refusal
    if re.search(r"\bCOLLATE\b", text):
        return Refusal("COLLATE clause not supported")
    return _ADD_COLUMN if _COLUMN_CONSTRAINT.search(text) else None


INDEX_METHOD: Final = "btree_index"
"""The only access method that may be named (live, eu-north-1, August 2026)."""
_INDEX_CLAUSE: Final = re.compile(r"\) (WITH|TABLESPACE)\b")
_INDEX_KEY_TAILS: Final = frozenset({"NULLS", "ASC", "DESC", "COLLATE"})


def of_create_index(pieces: Sequence[Piece], text: str) -> Refusal | None:
    """Return the error for a CREATE INDEX that DSQL refuses."""
    if re.match(r"^CREATE (?:UNIQUE )?INDEX (?:ASYNC )?CONCURRENTLY\b", text):
        return Refusal("CONCURRENTLY not supported for CREATE INDEX")
    opening = next((at for at, piece in enumerate(pieces) if piece.word == "("), None)
    if opening is None:
        return None
    method = re.search(rf" USING ({NAME}) \($", skeleton(pieces[: opening + 1]))
    if method and method[1].strip('"').lower() != INDEX_METHOD:
        return Refusal("USING not supported for CREATE INDEX")
    clause = _INDEX_CLAUSE.search(text)
    if clause:
        return Refusal(f"{clause[1]} clause not supported for CREATE INDEX")
    return _first(_of_index_key, listed(inside(pieces, opening)))


def _of_index_key(pieces: Sequence[Piece]) -> Refusal | None:
    depth = pieces[0].depth
    words = [piece.word for piece in pieces if piece.depth == depth]
    if "COLLATE" in words:
        return Refusal("COLLATE clause not supported")
    if {"ASC", "DESC"} & set(words):
        return Refusal("specifying sort order not supported for index keys")
    tail = words[words.index(")") + 1 :] if ")" in words else words[1:]
    if tail and tail[0] not in _INDEX_KEY_TAILS:
        return Refusal("opclass not supported for index keys")
    return None
