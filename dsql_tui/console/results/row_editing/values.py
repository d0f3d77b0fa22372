"""Which field fits a column's value, and what is checked before a value is staged."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from dsql_tui.model.source_table import JSON_OID, TableColumn
from dsql_tui.rows.staged import Value

BOOLEAN_OID, BYTEA_OID, JSONB_OID = 16, 17, 3802
_TEXT_OIDS = frozenset({18, 19, 25, 1042, 1043})
"""Types of which every text is a value, as far as it is short enough."""
_HEX = re.compile(r"\\x(?:[0-9a-fA-F]{2})*")
FIELD_MAX_CHARACTERS = 2_000
"""Longer values are edited in a dialog."""


def is_boolean(column: TableColumn) -> bool:
    """Whether the value is chosen from a list."""
    return column.type_oid == BOOLEAN_OID


def needs_dialog(column: TableColumn, value: Value) -> bool:
    """Whether a value is edited in a dialog with several lines."""
    if is_json(column):
        return True
    return isinstance(value, str) and (len(value) > FIELD_MAX_CHARACTERS or not value.isprintable())


def is_json(column: TableColumn) -> bool:
    """Whether the value is JSON."""
    return column.type_oid in {JSON_OID, JSONB_OID}


def has_empty_text(column: TableColumn) -> bool:
    """Whether empty text is a value of the column's type."""
    return column.type_oid in _TEXT_OIDS


def problem_of(column: TableColumn, text: str) -> str:
    """Return why a text is no value of the column, or an empty string; the server checks more."""
    if is_json(column):
        return _json_problem(text)
    if column.type_oid == BYTEA_OID and not _HEX.fullmatch(text):
        return "Bytes are written as \\x and two hexadecimal digits for each."
    return "A value cannot contain the character NUL." if "\0" in text else ""


def needs_server(column: TableColumn) -> bool:
    """Whether only the server can check a value: dates, numbers, UUIDs and others."""
    return not is_json(column) and column.type_oid not in {*_TEXT_OIDS, BYTEA_OID, BOOLEAN_OID}


def _json_problem(text: str) -> str:
    try:
        json.loads(text, parse_constant=_refuse)
    except RecursionError:
        return "The JSON is nested too deeply."
    except ValueError as error:
        return f"Not valid JSON: {error}."
    return ""


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON value")
