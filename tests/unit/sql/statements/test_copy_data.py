"""Files of pg_dump: inline data of COPY is read as rows, and is no SQL."""

from __future__ import annotations

import pytest

from dsql_tui.errors import InputError
from dsql_tui.sql.dsql.lint import check
from dsql_tui.sql.dsql.script_plan import StepKind, plan_script
from dsql_tui.sql.statements.copy_data import insert_of, without_copy_data

DUMP = r"""--
-- PostgreSQL database dump
--
\restrict abc

CREATE TABLE public.t (id integer PRIMARY KEY, note text);

COPY public.t (id, note) FROM stdin;
1	it's; "so" -- not $$ a /* comment
2	\N
3	tab\tbreak\nbackslash\\ \x41\101
4<tab>
\.

CREATE TABLE public.u (id integer PRIMARY KEY);
COPY public.u FROM stdin;
\.
SELECT 1;
\unrestrict abc
""".replace("<tab>", "\t")


def test_data_is_blanked_and_everything_else_stays_in_its_place() -> None:
    sql, data = without_copy_data(DUMP)
    assert len(sql) == len(DUMP)
    assert sql.count("\n") == DUMP.count("\n")
    assert "it's" not in sql
    assert "restrict" not in sql
    assert sql.index("SELECT 1") == DUMP.index("SELECT 1")
    assert sorted(data) == [DUMP.index("COPY public.t"), DUMP.index("COPY public.u")]


def test_a_dump_is_planned_with_its_rows() -> None:
    steps = plan_script(DUMP).steps
    assert [step.kind for step in steps] == [
        StepKind.DDL,
        StepKind.ROWS,
        StepKind.DDL,
        StepKind.SINGLE,
    ]
    assert steps[1].line == 8
    assert steps[1].statements == (
        "INSERT INTO public.t (id, note) VALUES\n"
        "('1', 'it''s; \"so\" -- not $$ a /* comment'),\n"
        "('2', NULL),\n"
        "('3', 'tab\tbreak\nbackslash\\ AA'),\n"
        "('4', '')",
    )


def test_rows_of_a_dump_are_cut_into_transactions() -> None:
    rows = "".join(f"{number}\n" for number in range(7_000))
    plan = plan_script(f"copy t (id) from stdin;\n{rows}\\.\n")
    assert [step.statements[0].count("(") - 1 for step in plan.steps] == [3_000, 3_000, 1_000]


def test_a_dump_is_checked_without_its_data() -> None:
    assert check(DUMP) == []
    findings = check(DUMP.replace("SELECT 1", "TRUNCATE t"))
    assert [DUMP[each.start :][:8] for each in findings] == ["SELECT 1"]


@pytest.mark.parametrize(
    "text",
    [
        "copy t from stdin;",
        "copy t from stdin;\n1\n",
        "copy t from stdin with (format csv);\n1\n\\.\n",
        "copy t to stdout;\n1\n\\.\n",
        "select 'copy t from stdin;\n1\n\\.\n'",
        "create function f() returns int language sql as $$ copy t from stdin;\n\\.\n$$",
    ],
)
def test_what_is_no_inline_data_stays(text: str) -> None:
    assert without_copy_data(text) == (text, {})


def test_a_copy_without_its_data_is_refused() -> None:
    with pytest.raises(InputError, match="COPY needs its data"):
        plan_script("copy t from stdin;\n1\n")


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(InputError, match="UTF-8"):
        insert_of("copy t from stdin", "\\xff\n")


def test_an_empty_line_is_a_row() -> None:
    assert insert_of("copy t (a) from stdin", "\n") == "INSERT INTO t (a) VALUES\n('')"
    assert insert_of("copy t (a) from stdin", "") == ""


def test_lines_of_windows_are_read() -> None:
    sql, data = without_copy_data("copy t from stdin;\r\n1\r\n\\.\r\nselect 1;")
    assert insert_of("copy t from stdin", data[0]) == "INSERT INTO t VALUES\n('1')"
    assert sql.endswith("select 1;")
