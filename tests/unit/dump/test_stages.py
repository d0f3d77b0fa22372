"""The scripts of a dump have every statement once, each on its side of the rows."""

from __future__ import annotations

from dsql_tui.dump.stages import AFTER_ROWS, BEFORE_ROWS, FOREIGN_KEYS, SCRIPTS, scripts_of
from dsql_tui.schema.definitions import (
    ColumnDefinition,
    ConstraintDefinition,
    ConstraintKind,
    Database,
    DomainDefinition,
    IndexDefinition,
    SequenceDefinition,
    SequenceOptions,
    TableDefinition,
)
from dsql_tui.sql.dsql.script_plan import plan_script

CHECK = ConstraintDefinition("positive", ConstraintKind.CHECK, "CHECK (n > 0)")
OPEN_CHECK = ConstraintDefinition(
    "open", ConstraintKind.CHECK, "CHECK (n < 9)", is_valid=False, comment="see #7"
)
KEY = ConstraintDefinition(
    "t_n_fkey",
    ConstraintKind.FOREIGN_KEY,
    "FOREIGN KEY (n) REFERENCES public.t(n)",
    columns=("n",),
    target=("public", "t"),
    comment="itself",
)
TABLE = TableDefinition(
    "public",
    "t",
    (ColumnDefinition("n", "bigint"),),
    (CHECK, OPEN_CHECK, KEY),
    (IndexDefinition("t_n_idx", False, "(n)"),),
)
DOMAIN = DomainDefinition("public", "d", "integer", constraints=(CHECK, OPEN_CHECK))
SEQUENCE = SequenceDefinition("public", "s", SequenceOptions(1), ("public", "t", "n"))
SCRIPTS_OF_ALL = scripts_of(Database((TABLE, DOMAIN, SEQUENCE)))


def test_each_part_of_the_definitions_is_in_one_script() -> None:
    assert tuple(SCRIPTS_OF_ALL) == SCRIPTS
    places = {
        "CREATE TABLE public.t": BEFORE_ROWS,
        "CREATE DOMAIN public.d": BEFORE_ROWS,
        "CREATE SEQUENCE public.s": BEFORE_ROWS,
        "CREATE INDEX ASYNC t_n_idx": AFTER_ROWS,
        "ALTER TABLE public.t ADD CONSTRAINT open CHECK (n < 9) NOT VALID": AFTER_ROWS,
        "COMMENT ON CONSTRAINT open ON public.t": AFTER_ROWS,
        "ALTER DOMAIN public.d ADD CONSTRAINT open CHECK (n < 9) NOT VALID": AFTER_ROWS,
        "COMMENT ON CONSTRAINT open ON DOMAIN public.d": AFTER_ROWS,
        "ALTER SEQUENCE public.s OWNED BY public.t.n": AFTER_ROWS,
        "ALTER TABLE public.t ADD CONSTRAINT t_n_fkey": FOREIGN_KEYS,
        "ALTER TABLE ASYNC public.t VALIDATE CONSTRAINT t_n_fkey": FOREIGN_KEYS,
        "COMMENT ON CONSTRAINT t_n_fkey ON public.t": FOREIGN_KEYS,
    }
    statements = {
        name: [each for step in plan_script(text).steps for each in step.statements]
        for name, text in SCRIPTS_OF_ALL.items()
    }
    for beginning, place in places.items():
        for name, listed in statements.items():
            assert sum(each.startswith(beginning) for each in listed) == (name == place), beginning
    assert sum(map(len, statements.values())) == len(places)


def test_valid_checks_are_made_with_the_table() -> None:
    assert SCRIPTS_OF_ALL[BEFORE_ROWS].count("CHECK (n > 0)") == 2
    assert "n < 9" not in SCRIPTS_OF_ALL[BEFORE_ROWS]
