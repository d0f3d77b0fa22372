"""Access control lists, parsed from PostgreSQL's format.

`aclexplode` and `acldefault` are functions DSQL may or may not offer; the text of an `aclitem[]` is
documented (PostgreSQL 16, 5.7 Privileges) and costs one short column on the wire.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from dsql_tui.model.access.role import SecurableKind

PUBLIC = ""
"""The grantee that is every role, now and later; in an acl it has no name, as no role has."""


def grantee_name(grantee: str) -> str:
    """Return a grantee for display."""
    return grantee or "PUBLIC"


class Right(StrEnum):
    """A privilege, named as in GRANT."""

    SELECT = "SELECT"
    INSERT = "INSERT"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    TRUNCATE = "TRUNCATE"
    REFERENCES = "REFERENCES"
    TRIGGER = "TRIGGER"
    USAGE = "USAGE"
    CREATE = "CREATE"
    EXECUTE = "EXECUTE"


_LETTERS = {
    "r": Right.SELECT,
    "a": Right.INSERT,
    "w": Right.UPDATE,
    "d": Right.DELETE,
    "D": Right.TRUNCATE,
    "x": Right.REFERENCES,
    "t": Right.TRIGGER,
    "U": Right.USAGE,
    "C": Right.CREATE,
    "X": Right.EXECUTE,
}
_RELATION_RIGHTS = (
    Right.SELECT,
    Right.INSERT,
    Right.UPDATE,
    Right.DELETE,
    Right.TRUNCATE,
    Right.REFERENCES,
    Right.TRIGGER,
)
RIGHTS_ON = {
    SecurableKind.SCHEMA: (Right.USAGE, Right.CREATE),
    SecurableKind.TABLE: _RELATION_RIGHTS,
    SecurableKind.VIEW: _RELATION_RIGHTS,
    SecurableKind.SEQUENCE: (Right.USAGE, Right.SELECT, Right.UPDATE),
    SecurableKind.FUNCTION: (Right.EXECUTE,),
}
"""What can be granted on which kind of object, in the order it is shown."""
COLUMN_RIGHTS = (Right.SELECT, Right.INSERT, Right.UPDATE, Right.REFERENCES)
"""What can be granted on single columns."""


@dataclass(frozen=True, slots=True)
class AclItem:
    """The privileges that one role has granted to another on an object.

    Attributes:
        grantee: Role name, or `PUBLIC` (empty).
        grantor: Who gave it.
        rights: The privileges.
        grantable: Those of `rights` that were granted with grant option.
    """

    grantee: str
    grantor: str
    rights: frozenset[Right]
    grantable: frozenset[Right] = frozenset()


Acl = tuple[AclItem, ...]

_ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|([^",{}]+)', re.DOTALL)
"""An element of an array's text: in quotes with backslashes, or plain."""
_NAME = r'"(?:[^"]|"")*"|[^"=/]*'
_ITEM = re.compile(rf"({_NAME})=([A-Za-z*]*)/({_NAME})", re.DOTALL)


def parse_acl(text: str | None) -> Acl:
    """Return the items of an `aclitem[]` in text form; none for NULL.

    Letters of privileges that newer servers invent are passed over.
    """
    if not text:
        return ()
    items: list[AclItem] = []
    for match in _ELEMENT.finditer(text):
        in_quotes, plain = match.groups()
        item = plain if in_quotes is None else re.sub(r"\\(.)", r"\1", in_quotes)
        if parts := _ITEM.fullmatch(item):
            grantee, letters, grantor = parts.groups()
            rights, grantable = _rights(letters)
            items.append(AclItem(_name(grantee), _name(grantor), rights, grantable))
    return tuple(items)


def default_acl(kind: SecurableKind, owner: str) -> Acl:
    """Return the default privileges, which apply when the acl is NULL."""
    items = [AclItem(owner, owner, frozenset(RIGHTS_ON[kind]))]
    if kind is SecurableKind.FUNCTION:
        items.append(AclItem(PUBLIC, owner, frozenset({Right.EXECUTE})))
    return tuple(items)


@lru_cache(maxsize=1024)
def _rights(letters: str) -> tuple[frozenset[Right], frozenset[Right]]:
    """Return rights and grantable rights; shared, because a cluster uses few combinations."""
    pairs = re.findall(r"([A-Za-z])(\*?)", letters)
    known = [(_LETTERS[letter], star) for letter, star in pairs if letter in _LETTERS]
    return (
        frozenset(right for right, _ in known),
        frozenset(right for right, star in known if star),
    )


def _name(spelled: str) -> str:
    return spelled[1:-1].replace('""', '"') if spelled.startswith('"') else spelled
