"""Random schemas: statements that DSQL accepts and that use every kind of definition.

The same seed gives the same statements. Names are of every spelling that PostgreSQL allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from dsql_tui.sql.lexing.names import qualified, quoted
from dsql_tui.sql.lexing.string_constants import literal

_AWKWARD = (
    *("plain", "Mixed Case", "dotted.name", 'with "quotes"', "select", "größe", "数字", "a'b"),
    *("$1", "semi;colon", "-- comment", "tab\there", "line\nbreak", "back\\slash", "x" * 60, "%"),
)
_TYPES = (
    *("integer", "bigint", "smallint", "text", "character varying(20)", "character(5)", "boolean"),
    *("numeric(10,2)", "numeric", "timestamp(3) with time zone", "date", "time", "uuid"),
    *("double precision", "real", "timestamp without time zone"),
)
_UNSORTED_TYPES = ("jsonb", "json", "bytea", "interval")
_DEFAULTS = {
    "integer": "1 + 1",
    "bigint": "- 5",
    "text": "'it''s'",
    "boolean": "true",
    "uuid": "gen_random_uuid()",
    "timestamp(3) with time zone": "now()",
}
_COMMENTS = ("plain", "it's", 'a "quoted" $$ thing', "two\nlines", "back\\slash; -- ü")
_ACTIONS = (
    "",
    " ON DELETE CASCADE",
    " ON DELETE SET NULL ON UPDATE CASCADE",
    " ON UPDATE RESTRICT",
)


@dataclass(slots=True)
class _Table:
    schema: str
    name: str
    columns: list[tuple[str, str]]
    key: list[str]

    @property
    def sql(self) -> str:
        return qualified([self.schema, self.name])


class RandomSchema:
    """A schema made of a seed.

    Attributes:
        statements: Each for its own transaction, in an order that works.
    """

    def __init__(self, seed: int, tables_max: int = 5) -> None:
        self.statements: list[str] = []
        self._tables_max = tables_max
        self._random = Random(seed)
        self._number = 0
        self._tables: list[_Table] = []
        self._make()

    def _make(self) -> None:
        schemas = ["public", *(self._new_name() for _ in range(2))]
        for schema in schemas[1:]:
            self._add(f"CREATE SCHEMA {quoted(schema)}")
            self._comment(f"SCHEMA {quoted(schema)}")
        domain = self._domain(self._random.choice(schemas))
        check = self._check_function(self._random.choice(schemas))
        sequence = self._sequence(self._random.choice(schemas))
        for _ in range(self._random.randint(3, self._tables_max)):
            self._table(self._random.choice(schemas), domain, check, sequence)
        for table in self._tables:
            self._extras(table)
        self._foreign_keys()
        view = self._views(schemas)
        self._readers(schemas, view)

    def _add(self, statement: str) -> None:
        self.statements.append(statement)

    def _new_name(self) -> str:
        self._number += 1
        return f"{self._random.choice(_AWKWARD)}{self._number}"

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _comment(self, subject: str) -> None:
        if self._chance(0.5):
            self._add(f"COMMENT ON {subject} IS {literal(self._random.choice(_COMMENTS))}")

    def _domain(self, schema: str) -> str:
        name = qualified([schema, self._new_name()])
        check = quoted(self._new_name())
        self._add(
            f"CREATE DOMAIN {name} AS numeric(8,3) DEFAULT 3 CONSTRAINT {check} CHECK (value > 0)"
        )
        self._comment(f"DOMAIN {name}")
        self._comment(f"CONSTRAINT {check} ON DOMAIN {name}")
        return name

    def _check_function(self, schema: str) -> str:
        name = qualified([schema, self._new_name()])
        self._add(
            f"CREATE FUNCTION {name}(value text) RETURNS boolean LANGUAGE sql IMMUTABLE"
            " AS $body$ select value is null or value <> ';' and value <> '$$' $body$"
        )
        self._comment(f"FUNCTION {name}(text)")
        return name

    def _sequence(self, schema: str) -> str:
        name = qualified([schema, self._new_name()])
        options = self._random.choice(
            (
                "CACHE 1",
                "CACHE 65536 INCREMENT BY -2",
                "CACHE 1 START 5 MINVALUE 3 MAXVALUE 99 CYCLE",
            )
        )
        self._add(f"CREATE SEQUENCE {name} {options}")
        self._comment(f"SEQUENCE {name}")
        return name

    def _table(self, schema: str, domain: str, check: str, sequence: str) -> None:
        table = _Table(schema, self._new_name(), [], [])
        lines: list[str] = []
        for _ in range(self._random.randint(1, 6)):
            name, type_name = self._new_name(), self._random.choice(_TYPES)
            table.columns.append((name, type_name))
            lines.append(self._column(name, type_name))
        for name, definition in (
            (self._new_name(), f"{domain}"),
            (self._new_name(), f"bigint DEFAULT nextval({literal(sequence)})"),
            (self._new_name(), "integer GENERATED ALWAYS AS (1 + 2) STORED"),
            (self._new_name(), f"{self._random.choice(_UNSORTED_TYPES)}"),
            (self._new_name(), "bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 65536 START 7)"),
            (self._new_name(), f"text CONSTRAINT {quoted(self._new_name())} CHECK ({{check}})"),
        ):
            if self._chance(0.4):
                text = definition.format(check=f"{check}({quoted(name)})")
                lines.append(f"{quoted(name)} {text}")
        if self._chance(0.8):
            table.key = [name for name, _ in table.columns[: self._random.randint(1, 2)]]
            columns = ", ".join(quoted(name) for name in table.key)
            lines.append(f"CONSTRAINT {quoted(self._new_name())} PRIMARY KEY ({columns})")
        if self._chance(0.5):
            distinct = " NULLS NOT DISTINCT" if self._chance(0.5) else ""
            lines.append(f"UNIQUE{distinct} ({quoted(table.columns[-1][0])})")
        self._add(f"CREATE TABLE {table.sql} ({', '.join(lines)})")
        self._comment(f"TABLE {table.sql}")
        self._comment(f"COLUMN {table.sql}.{quoted(table.columns[0][0])}")
        self._tables.append(table)

    def _column(self, name: str, type_name: str) -> str:
        storage = " STORAGE EXTERNAL" if type_name == "text" and self._chance(0.5) else ""
        default = _DEFAULTS.get(type_name, "")
        words = f" DEFAULT {default}" if default and self._chance(0.5) else ""
        not_null = " NOT NULL" if self._chance(0.4) else ""
        return f"{quoted(name)} {type_name}{storage}{words}{not_null}"

    def _extras(self, table: _Table) -> None:
        first, _ = table.columns[0]
        last, _ = table.columns[-1]
        if self._chance(0.4):
            unique = "UNIQUE " if self._chance(0.3) else ""
            include = f" INCLUDE ({quoted(last)})" if first != last else ""
            where = f" WHERE {quoted(last)} IS NOT NULL" if self._chance(0.5) else ""
            index = quoted(self._new_name())
            keys = f"{quoted(first)} NULLS FIRST, ({quoted(last)} IS NULL)"
            self._add(f"CREATE {unique}INDEX ASYNC {index} ON {table.sql} ({keys}){include}{where}")
            self._comment(f"INDEX {qualified([table.schema])}.{index}")
        if self._chance(0.4) and first != last:
            name = qualified([table.schema, self._new_name()])
            kind = self._random.choice(("", " (ndistinct)", " (dependencies, mcv)"))
            columns = f"{quoted(first)}, {quoted(last)}"
            self._add(f"CREATE STATISTICS {name}{kind} ON {columns} FROM {table.sql}")
            self._comment(f"STATISTICS {name}")
        if self._chance(0.4):
            check = quoted(self._new_name())
            self._add(
                f"ALTER TABLE {table.sql} ADD CONSTRAINT {check}"
                f" CHECK ({quoted(first)} IS NOT NULL) NOT VALID"
            )
            self._comment(f"CONSTRAINT {check} ON {table.sql}")

    def _foreign_keys(self) -> None:
        """Link tables to each other, in a circle too."""
        targets = [table for table in self._tables if len(table.key) == 1]
        for table in targets:
            target = self._random.choice(targets)
            key_type = dict(target.columns)[target.key[0]]
            column, name = self._new_name(), quoted(self._new_name())
            self._add(f"ALTER TABLE {table.sql} ADD COLUMN {quoted(column)} {key_type}")
            action = self._random.choice(_ACTIONS)
            later = self._random.choice(("", " DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED"))
            reference = f"REFERENCES {target.sql} ({quoted(target.key[0])}){action}{later}"
            self._add(
                f"ALTER TABLE {table.sql} ADD CONSTRAINT {name}"
                f" FOREIGN KEY ({quoted(column)}) {reference} NOT VALID"
            )
            if self._chance(0.5):
                self._add(f"ALTER TABLE ASYNC {table.sql} VALIDATE CONSTRAINT {name}")

    def _views(self, schemas: list[str]) -> str:
        table = self._random.choice(self._tables)
        column = quoted(table.columns[0][0])
        first = qualified([self._random.choice(schemas), self._new_name()])
        check = " WITH LOCAL CHECK OPTION" if self._chance(0.5) else ""
        self._add(
            f"CREATE VIEW {first} AS SELECT {column} AS {quoted(self._new_name())}, {column} AS c"
            f" FROM {table.sql} AS t WHERE {column} IS NOT NULL{check}"
        )
        self._comment(f"VIEW {first}")
        self._comment(f"COLUMN {first}.c")
        # Its name sorts before that of the view it reads.
        second = qualified([self._random.choice(schemas), f"!{self._new_name()}"])
        self._add(f"CREATE VIEW {second} AS SELECT count(*) AS n, 'x;y' AS s FROM {first}")
        return first

    def _readers(self, schemas: list[str], view: str) -> None:
        name = qualified([self._random.choice(schemas), f"zz{self._new_name()}"])
        self._add(
            f"CREATE FUNCTION {name}(a integer DEFAULT 3) RETURNS SETOF {view} LANGUAGE sql"
            f" BEGIN ATOMIC SELECT * FROM {view}; END"
        )
        caller = qualified([self._random.choice(schemas), f"!{self._new_name()}"])
        body = literal(f"select count(*) from {name}(1)")
        self._add(f"CREATE FUNCTION {caller}() RETURNS bigint LANGUAGE sql AS {body}")
