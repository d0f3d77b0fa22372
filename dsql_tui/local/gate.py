"""DSQL's own grammar over PostgreSQL's: statements that must be rewritten before they are sent."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dsql_tui.local.backend import literal

_IDENTIFIER = r'("(?:[^"]|"")+"|[A-Za-z_][\w$]*)'
_IAM = re.compile(
    rf"\s*AWS\s+IAM\s+(GRANT|REVOKE)\s+{_IDENTIFIER}\s+(TO|FROM)\s+'((?:[^']|'')*)'\s*;?\s*",
    re.IGNORECASE,
)
_ASYNC_INDEX = re.compile(
    r"\s*(CREATE\s+(?:UNIQUE\s+)?INDEX)\s+ASYNC\b(.*?);?\s*", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A statement as PostgreSQL is to see it.

    Attributes:
        sql: What is sent.
        unchanged: Whether that is what the client sent.
        tag: Command tag to answer with; `None` keeps PostgreSQL's.
    """

    sql: str
    unchanged: bool = True
    tag: str | None = None


def _unquoted(identifier: str) -> str:
    if identifier.startswith('"'):
        return identifier[1:-1].replace('""', '"')
    return identifier.lower()


def rewrite(text: str) -> Rewriting:
    """Return what to send for `text`, the whole of one Query or Parse message."""
    iam = _IAM.fullmatch(text)
    if iam and (iam[1].upper(), iam[3].upper()) in {("GRANT", "TO"), ("REVOKE", "FROM")}:
        verb = iam[1].lower()
        arn = iam[4].replace("''", "'")
        call = f"CALL pg_dsql.iam_{verb}({literal(_unquoted(iam[2]))}, {literal(arn)})"
        return Rewriting(call, unchanged=False, tag=f"AWS IAM {verb.upper()}")
    index = _ASYNC_INDEX.fullmatch(text)
    if index:
        statement = literal(f"{index[1]}{index[2]}")
        call = f"SELECT job_id FROM pg_dsql.create_index({statement})"  # noqa: S608 - a literal
        return Rewriting(call, unchanged=False, tag="CREATE INDEX")
    return Rewriting(text)
