"""Statements that DSQL refuses, as dated data: patterns over skeletons with their errors.

State of October 2026. Each row of `refusals.tsv` has these fields: where it applies (a statement's
first word, `*` for all statements, or a part of a statement), the pattern (empty for every
statement with that first word), the SQLSTATE, the text, and the source. Sources are LIVE-A, LIVE-B,
GRAM and UG as in the facts sheet (§6), ORMS for the tests of AWS's ORM adapters, `live` for other
logs of real clusters, or `unsure` for an unpublished text that is modelled on the known ones. A row
with an empty SQLSTATE accepts the statement. The first matching row decides. Rows that apply to
`PostgreSQL 42501` and the like match the text of PostgreSQL's error and replace it with DSQL's.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from dsql_tui.local.gate.skeleton import NAME, QUALIFIED
from dsql_tui.local.protocol.answers import BLOCKED_FUNCTIONS, SETTABLE, setting_refused

NOT_SUPPORTED: Final = "0A000"
EVERYWHERE: Final = "*"
DISPUTED: Final = "disputed"
CREATE_TABLE: Final = "CREATE TABLE"
ALTER_TABLE_ACTION: Final = "ALTER TABLE action"
ROLE: Final = rf"(?!(?:ALL|CURRENT_ROLE|CURRENT_USER|SESSION_USER)\b){NAME}"
QUERIES: Final = frozenset({"SELECT", "VALUES", "TABLE", "WITH", "(", "INSERT", "UPDATE", "DELETE"})
ACCEPTED: Final = frozenset(
    {
        *QUERIES,
        *(
            "COPY",
            "CALL",
            "EXPLAIN",
            "SHOW",
            "SET",
            "RESET",
            "DEALLOCATE",
            "ANALYZE",
            "COMMENT",
            "AWS",
        ),
        *("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"),
        *("CREATE", "ALTER", "DROP", "GRANT", "REVOKE"),
    }
)
"""First words of statements that DSQL may accept. Any other word without a row is not SQL."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The error that DSQL returns for a statement that it does not run."""

    message: str
    sqlstate: str = NOT_SUPPORTED


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern and the error for statements that match it.

    Attributes:
        pattern: Searched in the skeleton.
        message: DSQL's message; `{0}` is the pattern's first group in lower case, `{1}` the same
            in upper case.
        sqlstate: Five characters, or empty if matching statements are accepted.
    """

    pattern: re.Pattern[str]
    message: str
    sqlstate: str

    def answer(self, text: str) -> Refusal | None:
        """Return the refusal of a statement's skeleton, or `None` when it does not match."""
        match = self.pattern.search(text)
        if match is None:
            return None
        word = next((group for group in match.groups() if group is not None), "").strip('"')
        return Refusal(self.message.format(word.lower(), word), self.sqlstate)


_BLOCKED: Final = Rule(
    re.compile(
        rf"(?:(?<! \. )|(?<=PG_CATALOG \. ))\b(?=PG_)({'|'.join(BLOCKED_FUNCTIONS)}) \(",
        re.IGNORECASE,
    ),
    "function {0} not supported",
    NOT_SUPPORTED,
)
"""Functions that are refused before anything runs, as in DSQL. `catalogs.sql` also revokes EXECUTE
on them, so other ways to call them fail too. Functions whose names are likely names of tables are
not listed here and are refused by that only."""


@cache
def rules() -> Mapping[str, Sequence[Rule]]:
    """Return the rows of the table in order, grouped by where they apply."""
    table: dict[str, list[Rule]] = {EVERYWHERE: [_BLOCKED]}
    text = resources.files(__package__).joinpath("refusals.tsv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        pattern = row["pattern"].replace("<qname>", QUALIFIED).replace("<name>", NAME)
        pattern = pattern.replace("<word>", ROLE)
        rule = Rule(re.compile(pattern), row["message"], row["sqlstate"])
        table.setdefault(row["where"], []).append(rule)
    return table


def of(where: str, text: str) -> Refusal | None:
    """Return the error of the first matching row, or `None` if that row accepts the statement."""
    for rule in rules().get(where, ()):
        refusal = rule.answer(text)
        if refusal is not None:
            return refusal if refusal.sqlstate else None
    return None


def of_disputed(text: str) -> Refusal | None:
    """Return the error for a statement that DSQL refuses by some sources only."""
    return of(DISPUTED, text)


def of_function(head: str) -> Refusal | None:
    """Return the error for a function whose body contains a statement that starts with `head`.

    Statements other than queries would bypass the transaction rules, because the statement that
    calls the function is a SELECT. unsure: DSQL's text, and whether it refuses all of these.
    """
    if head in QUERIES or head not in ACCEPTED:
        return None
    return Refusal(f"{head} not supported in CREATE FUNCTION")


def dsql_error(sqlstate: str, message: str) -> Refusal | None:
    """Return DSQL's message for an error of PostgreSQL, or `None` if it is the same."""
    return of(f"PostgreSQL {sqlstate}", message)


_SETTING_PATTERN = (
    r"^(?:SET (?!SESSION AUTH)(?:SESSION |LOCAL )?|SET |RESET )(?!ALL$)"
    r"(?!(?:TIME ZONE|NAMES|SCHEMA|CONSTRAINTS)\b)"
    rf"(SESSION AUTHORIZATION|XML OPTION|{NAME}(?: \. {NAME})*)"
)
_TRANSACTION: Final = re.compile(r"SET (?:LOCAL |SESSION )?TRANSACTION\b")
_OWN_IDENTITY: Final = re.compile(
    r"^(?:SET (?:SESSION |LOCAL )?SESSION AUTHORIZATION DEFAULT"
    r"|RESET (?:ROLE|SESSION AUTHORIZATION|TRANSACTION ISOLATION LEVEL))$"
)
"""Statements that reset a session to its defaults and change nothing here; in AWS's grammar (GRAM).
"""
_OF_ROLE: Final = re.compile(rf"^ALTER (?:ROLE|USER) {NAME} (?=SET |RESET )")
_NO_SETTING: Final = re.compile(_SETTING_PATTERN)
_OF_FUNCTION: Final = re.compile(
    rf"^(?:CREATE|ALTER)\b.*?\bSET ({NAME}(?: \. {NAME})*) (?:TO\b|=|FROM\b)"
)
_BODY: Final = re.compile(r" (?:RETURN|BEGIN ATOMIC|AS) .*")
_SEVERAL_WORDS: Final = {
    "SESSION AUTHORIZATION": "session_authorization",
    "XML OPTION": "xmloption",
}
_ISOLATION: Final = re.compile(
    r"\bISOLATION LEVEL (SERIALIZABLE|READ COMMITTED|READ UNCOMMITTED)\b"
)


def of_setting(text: str) -> Refusal | None:
    """Return the error for a SET or RESET that DSQL does not allow (facts §6.8)."""
    isolation = _ISOLATION.search(text)
    if isolation and text.startswith(("SET", "BEGIN", "START")):
        return Refusal(f"Unsupported isolation level: {isolation[1]}")
    if _TRANSACTION.match(text):
        return Refusal(setting_refused("TRANSACTION"))
    if text.startswith(("SET SESSION CHARACTERISTICS", "SET LOCAL ROLE")):
        return None
    if _OWN_IDENTITY.match(text):
        return None
    setting = None
    text = _OF_ROLE.sub("", text)
    if text.startswith(("SET ", "RESET ")):
        setting = _NO_SETTING.search(text)
    elif re.match(r"(?:CREATE|ALTER) (?:OR REPLACE )?(?:FUNCTION|ROUTINE)\b", text):
        setting = _OF_FUNCTION.search(_BODY.sub("", text))
    name = _spelled(setting[1]) if setting else ""
    return Refusal(setting_refused(name)) if name and name not in SETTABLE else None


def _spelled(name: str) -> str:
    return _SEVERAL_WORDS.get(name, name.replace(" ", "").replace('"', "").lower())
