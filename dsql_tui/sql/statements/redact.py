"""Removes secrets from SQL before it is stored: tokens, keys and passwords.

Everything that looks like a secret is replaced, even if it may not be one: removing too much from
the history and logs is acceptable, storing a secret is not.
"""

from __future__ import annotations

import re

from dsql_tui.sql.lexing.lexer import TokenKind, significant

REDACTED = "<redacted>"
_PATTERNS = (
    # the parts of a presigned token or URL that are secret or lead to one
    re.compile(r"(?i)(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s'\"]+"),
    # access key ids: long-term AKIA, temporary ASIA
    re.compile(r"()\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    # aws_secret_access_key = …, "SecretAccessKey": "…", session_token: …
    re.compile(
        r"(?i)((?:secret[_-]?(?:access[_-]?)?key|session[_-]?token)['\"]?\s*(?:[=:]|\bto\b)\s*['\"]?)"
        r"[A-Za-z0-9/+=_-]{16,}"
    ),
    # scheme://user:password@host
    re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@'\"]+:)[^\s@'\"]+(?=@)"),
)
_LITERALS = {TokenKind.STRING, TokenKind.DOLLAR_STRING, TokenKind.UNTERMINATED}


def redact(statement: str) -> str:
    """Return `statement` without its secrets."""
    if "password" in statement.lower():
        statement = _without_passwords(statement)
    for pattern in _PATTERNS:
        statement = pattern.sub(rf"\1{REDACTED}", statement)
    return statement


def _without_passwords(statement: str) -> str:
    """Replace the literal after each PASSWORD, as in `ALTER ROLE r PASSWORD 'x'`."""
    parts: list[str] = []
    copied_to = 0
    previous = ""
    for token in significant(statement):
        if token.kind in _LITERALS and previous == "password":
            parts += [statement[copied_to : token.start], f"'{REDACTED}'"]
            copied_to = token.end
        spelled = token.of(statement).lower()
        previous = previous if spelled in {"=", "to"} else spelled
    return "".join([*parts, statement[copied_to:]])
