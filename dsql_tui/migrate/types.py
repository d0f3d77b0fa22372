"""The type that a column has in DSQL.

What DSQL refuses is known to `sql/dsql/rules.py`; here is what is written in its place, and how a
value is read from PostgreSQL so that it fits. Source: user guide, supported data types.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dsql_tui.migrate.expressions import with_names
from dsql_tui.migrate.source import SourceDatabase
from dsql_tui.schema.definitions import DomainDefinition
from dsql_tui.sql.dsql.limits import COLUMN_BYTES
from dsql_tui.sql.dsql.rules import objections
from dsql_tui.sql.lexing.names import name_at, pieces_of

QualifiedName = tuple[str, str]
NO_KEY: Final = frozenset({"json", "jsonb", "bytea", "interval", "time with time zone"})
"""Types that cannot be part of a key (user guide, supported data types)."""


@dataclass(frozen=True, slots=True)
class NewType:
    """What a type becomes.

    Attributes:
        type_name: The type in DSQL.
        reason: Why it is another one; empty if it is the same.
        action: What to do about it, or empty.
        read: SQL that reads a value of `{}` so that it fits the type.
        is_alike: Expressions over the old type work with the new one.
        labels: The labels of an enum, which a check constraint allows.
    """

    type_name: str
    reason: str = ""
    action: str = ""
    read: str = "{}"
    is_alike: bool = True
    labels: tuple[str, ...] = ()


def _as_text(reason: str, action: str = "", *, is_alike: bool = False) -> NewType:
    return NewType("text", reason, action, "{}::text", is_alike)


_NETWORK = "Compare addresses in the application, or cast in queries: address::inet."
_SEARCH = (
    "Search in the application or in a search service; DSQL has only the configuration simple."
)
_RANGE = "Store the two bounds in separate columns, or cast in queries."
_SHAPE = "Store the coordinates in columns of type double precision, or cast in queries."
_BUILTIN: Final[Mapping[str, NewType]] = {
    "money": NewType("numeric(19,2)", "it is not supported", "", "{}::numeric", is_alike=False),
    "xml": _as_text("it is not supported"),
    "inet": _as_text("it is not supported in tables", _NETWORK),
    "cidr": _as_text("it is not supported in tables", _NETWORK),
    "macaddr": _as_text("it is not supported in tables"),
    "macaddr8": _as_text("it is not supported in tables"),
    "tsvector": _as_text("it is not supported in tables", _SEARCH),
    "tsquery": _as_text("it is not supported in tables", _SEARCH),
    "bit": _as_text("it is not supported in tables"),
    "bit varying": _as_text("it is not supported in tables"),
    "name": _as_text("it is a type of catalogs", is_alike=True),
    '"char"': _as_text("it is a type of catalogs", is_alike=True),
    "bpchar": _as_text("bpchar without a length is text", is_alike=True),
    "oid": NewType("bigint", "it is a type of catalogs", "", "{}::bigint"),
    **{
        name: _as_text("it is not supported in tables", _SHAPE)
        for name in ("point", "line", "lseg", "box", "path", "polygon", "circle")
    },
    **{
        name: _as_text("it is not supported in tables", _RANGE)
        for kind in ("range", "multirange")
        for name in (
            *(f"int4{kind}", f"int8{kind}", f"num{kind}", f"ts{kind}", f"tstz{kind}"),
            f"date{kind}",
        )
    },
}
_OF_EXTENSION: Final[Mapping[str, NewType]] = {
    "citext": _as_text(
        "it is of an extension; text distinguishes upper and lower case",
        "Compare lower(column), with an index on it and a unique one where it was unique.",
        is_alike=True,
    ),
    "hstore": NewType(
        "jsonb", "it is of an extension", "Use the operators of jsonb.", "{}::jsonb", False
    ),
    "vector": _as_text("it is of an extension", "Search for neighbours in another service."),
    "ltree": _as_text("it is of an extension", "Find descendants with LIKE 'path.%'."),
}
_DOCUMENT = "Use the functions of jsonb: jsonb_array_elements, jsonb_path_query, @>."
_MODIFIED = re.compile(r"(?P<base>[a-z\" ]+?)\s*(?:\((?P<modifier>[^)]*)\))?(?P<zone> with.*)?")


class Types:
    """The types of one database, and what they become.

    Args:
        source: The database.
        number: The type of `numeric` without a precision, which in DSQL means numeric(18,6).
    """

    def __init__(self, source: SourceDatabase, number: str = "numeric(38,12)") -> None:
        self._source = source
        self._number = number
        self._new_types: dict[str, NewType] = {}
        self._domains = {
            (each.schema, each.name): each
            for each in source.definitions.objects
            if isinstance(each, DomainDefinition)
        }
        self._members = {
            (member.schema, member.name): member.extension
            for member in source.members
            if member.kind in {"type", "view", "table"}
        }
        self.renamed: dict[QualifiedName, str] = {
            name: self._user_type(name).type_name
            for name in (*source.types, *self._members)
            if name not in self._domains
        }
        """Types that DSQL has not → what is written for their names in expressions."""

    def new_type(self, type_name: str) -> NewType:
        """Return what a type becomes, as `format_type` prints it."""
        if type_name not in self._new_types:
            self._new_types[type_name] = self._new_type(type_name)
        return self._new_types[type_name]

    def in_expression(self, sql: str) -> str:
        """Return an expression with the types that DSQL has not by their new names."""
        return with_names(sql, self.renamed)

    def is_key_type(self, type_name: str) -> bool:
        """Whether a column of a type, by its name in DSQL, can be part of a key."""
        parts, _ = name_at(pieces_of(type_name), 0)
        if len(parts) == 2 and (domain := self._domains.get((parts[0], parts[1]))):
            return self.is_key_type(self.new_type(domain.type_name).type_name)
        plain = re.sub(r"\(\d+\)", "", type_name)
        return plain not in NO_KEY and not plain.startswith("interval")

    def _new_type(self, type_name: str) -> NewType:
        if type_name.endswith("[]"):
            reason = "arrays exist in queries only"
            return NewType("jsonb", reason, _DOCUMENT, "pg_catalog.to_jsonb({})", is_alike=False)
        parts, _ = name_at(pieces_of(type_name), 0)
        if len(parts) == 2:
            return self._qualified_type(type_name, (parts[0], parts[1]))
        return self._builtin(type_name)

    def _qualified_type(self, type_name: str, name: QualifiedName) -> NewType:
        if (domain := self._domains.get(name)) is not None:
            base = self.new_type(domain.type_name)
            return NewType(type_name, read=base.read, is_alike=base.is_alike)
        return self._user_type(name)

    def _user_type(self, name: QualifiedName) -> NewType:
        kind = self._source.types.get(name)
        if name in self._members or kind is None or kind.kind == "b":
            return _OF_EXTENSION.get(name[1], _as_text("PostgreSQL does not have it by itself"))
        if kind.kind == "e":
            reason = "a check constraint allows the labels of the enum"
            return NewType("text", reason, "", "{}::text", labels=kind.labels)
        if kind.kind == "c":
            reason = "composite types are not supported"
            return NewType("jsonb", reason, _DOCUMENT, "pg_catalog.to_jsonb({})", is_alike=False)
        return _as_text("range types are not supported", _RANGE)

    def _builtin(self, type_name: str) -> NewType:
        if type_name == "numeric":
            reason = "without a precision it is numeric(18,6) in DSQL"
            action = "Choose another precision with --numeric where values do not fit."
            return NewType(self._number, reason, action)
        match = _MODIFIED.fullmatch(type_name)
        base = match["base"] if match else type_name
        if base == "numeric":
            return NewType(type_name)
        if replacement := _BUILTIN.get(base):
            return replacement
        length = int(match["modifier"] or 0) if match and base.startswith("character") else 0
        most = COLUMN_BYTES["varchar" if base == "character varying" else "char"]
        if length > most:
            reason = f"a length above {most:,} is not supported; text holds 1 MiB"
            return _as_text(reason, is_alike=True)
        if base.startswith("reg"):
            return _as_text("it is a type of catalogs")
        refused = objections(f"CREATE TABLE t (c {type_name})")
        return _as_text(refused[0].message) if refused else NewType(type_name)
