"""What is known about a whole database while its objects are converted one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from dsql_tui.migrate.expressions import first_of, foreign_operator, with_names
from dsql_tui.migrate.source import SourceDatabase
from dsql_tui.migrate.types import Types
from dsql_tui.sql.dsql.rules import objections
from dsql_tui.sql.lexing.names import qualified

if TYPE_CHECKING:
    from dsql_tui.migrate.columns import Serials

QualifiedName = tuple[str, str]
CACHE_MIN: Final = 65_536
"""The smallest cache of a sequence above 1 (user guide, create-sequence-syntax-support)."""
_BUILT_IN_NOW: Final = {"uuid_generate_v4": "gen_random_uuid", "gen_random_uuid": "gen_random_uuid"}
"""Functions of extensions → those of PostgreSQL that do the same."""


@dataclass(slots=True)
class MigrationScope:
    """The database, the choices, and what is not possible.

    Attributes:
        source: The database.
        types: What types become.
        serials: Columns with sequences, and those that refer to them.
        cache: The smallest cache of sequences: 1 or `CACHE_MIN`.
        lost: Functions and relations that are not carried over → why.
    """

    source: SourceDatabase
    types: Types
    serials: Serials
    cache: int = CACHE_MIN
    lost: dict[QualifiedName, str] = field(default_factory=dict)
    _built_in: Mapping[QualifiedName, str] = field(init=False)

    def __post_init__(self) -> None:
        """Find the functions of extensions that PostgreSQL has by itself now."""
        self._built_in = {
            (member.schema, member.name): _BUILT_IN_NOW[member.name]
            for member in self.source.members
            if member.kind == "function" and member.name in _BUILT_IN_NOW
        }

    def cache_of(self, cache: int) -> int:
        """Return the cache of a sequence that had another one."""
        return 1 if self.cache == 1 else max(CACHE_MIN, cache)

    def expression(self, sql: str) -> str:
        """Return an expression or a query with types and functions by their new names."""
        return with_names(self.types.in_expression(sql), self._built_in)

    def obstacle(self, sql: str) -> str | None:
        """Return why an expression or a query, as `expression` returns it, is not possible."""
        if (name := first_of(sql, self.lost)) is not None:
            return f"it uses {qualified(name)}, which is {self.lost[name]}"
        if (operator := foreign_operator(sql)) is not None:
            return f"it uses the operator {operator}"
        is_query = sql.lstrip().upper().startswith(("SELECT", "WITH", "VALUES"))
        refused = objections(sql if is_query else f"SELECT {sql}")
        return next((each.message for each in refused if not each.unsure), None)
