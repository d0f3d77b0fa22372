"""A script becomes transactions that DSQL accepts, and a run can be resumed correctly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.sql.dsql.script_plan import REPEAT_MARK, StepKind, plan_script
from dsql_tui.sql.statements.inserts import count_rows, split_insert


def planned(script: str) -> list[tuple[str, ...]]:
    return [(step.kind.value, *step.statements) for step in plan_script(script).steps]


def test_each_ddl_statement_is_a_step_and_rows_share_a_transaction() -> None:
    script = """
        create table a (id int primary key);
        create table b (id int primary key);
        insert into a values (1), (2);
        insert into b values (1);
        grant select on a to r;
        insert into a values (3);
    """
    assert planned(script) == [
        ("DDL", "create table a (id int primary key)"),
        ("DDL", "create table b (id int primary key)"),
        ("rows", "insert into a values (1), (2)", "insert into b values (1)"),
        ("DDL", "grant select on a to r"),
        ("rows", "insert into a values (3)"),
    ]


def test_a_statement_that_changes_an_unknown_number_of_rows_is_committed_alone() -> None:
    script = "insert into a values (1); update a set b = 1; insert into a select * from b; select 1"
    assert planned(script) == [
        ("rows", "insert into a values (1)"),
        ("rows", "update a set b = 1"),
        ("rows", "insert into a select * from b"),
        ("single", "select 1"),
    ]


def test_asynchronous_jobs_are_awaited() -> None:
    plan = plan_script("create index async i on a (b); alter table async a validate constraint c")
    assert [step.awaits_job for step in plan.steps] == [True, True]


def test_rows_are_cut_to_the_limit() -> None:
    script = ";".join(f"insert into a values ({n})" for n in range(3_001))
    sizes = [len(step.statements) for step in plan_script(script).steps]
    assert sizes == [3_000, 1]


def test_one_insert_of_many_rows_is_split_and_reported() -> None:
    rows = ", ".join(f"({n}, 'a;b')" for n in range(3_001))
    plan = plan_script(f"insert into a (id, t) values {rows} on conflict do nothing")
    texts = [text for step in plan.steps for text in step.statements]
    assert [count_rows(text) for text in texts] == [3_000, 1]
    assert all(text.startswith("insert into a (id, t) values (") for text in texts)
    assert all(text.endswith(" on conflict do nothing") for text in texts)
    assert plan.notes == (
        "The INSERT at line 1 exceeds the limit of one transaction: it is committed in 2 parts.",
    )


def test_large_rows_are_cut_by_their_bytes() -> None:
    row = "('" + "x" * 1_000_000 + "')"
    plan = plan_script("insert into a values " + ", ".join([row] * 12))
    assert [count_rows(step.statements[0]) for step in plan.steps] == [5, 5, 2]


def test_an_explicit_transaction_of_dml_stays_one_transaction() -> None:
    script = "begin; update a set b = 1; insert into a values (1); commit; select 1"
    assert planned(script)[0] == ("rows", "update a set b = 1", "insert into a values (1)")
    assert plan_script(script).notes == ()


def test_a_transaction_with_ddl_is_split_and_reported() -> None:
    plan = plan_script(
        "-- hello\nbegin;\ncreate table a (id int);\ninsert into a values (1);\nend;"
    )
    assert [step.kind for step in plan.steps] == [StepKind.DDL, StepKind.ROWS]
    assert plan.notes == (
        "The transaction at line 2 holds DDL with other statements, which DSQL does not support:"
        " they are committed one by one.",
    )


def test_a_transaction_with_a_single_ddl_statement_is_as_it_was() -> None:
    plan = plan_script("begin; create table a (id int); commit;")
    assert (len(plan.steps), plan.notes) == (1, ())


def test_settings_are_repeated_when_a_run_is_resumed() -> None:
    plan = plan_script(
        "set search_path = s; create table a (b int); set timezone = 'UTC'; select 1"
    )
    assert plan.settings_before(0) == ()
    assert plan.settings_before(2) == ("set search_path = s",)
    assert plan.settings_before(4) == ("set search_path = s", "set timezone = 'UTC'")


def test_a_step_knows_its_line_and_its_title() -> None:
    plan = plan_script(
        "\n\ncreate table a (\n id int);\n\ninsert into a values (1);insert into a values (2)"
    )
    assert [(step.line, step.title) for step in plan.steps] == [
        (3, "create table a ("),
        (6, "insert into a values (1) … and 1 more"),
    ]


REFUSED = [
    ("select 'open", "ends inside a quoted string or comment"),
    ("begin; select 1", "The transaction of line 1 is never committed"),
    ("select 1;\nrollback;", "Line 2: ROLLBACK cannot be planned"),
    ("begin;\nbegin;", "Line 2: a transaction is already open"),
    ("begin; rollback", "Line 1: ROLLBACK cannot be planned"),
    ("\\dt", r"Line 1: \\dt is a command of psql, not SQL"),
    ("select 1;\ncopy a from stdin;", "Line 2: COPY needs its data"),
]


@pytest.mark.parametrize(("script", "sentence"), REFUSED, ids=[s for s, _ in REFUSED])
def test_what_cannot_be_run_step_by_step_is_refused(script: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        plan_script(script)


def test_an_empty_script_has_no_steps() -> None:
    assert plan_script("-- nothing\n;").steps == ()


@given(st.lists(st.integers(0, 9), min_size=1, max_size=50), st.integers(1, 7))
def test_no_row_is_lost_or_changed_when_an_insert_is_cut(rows: list[int], most: int) -> None:
    statement = "INSERT INTO t VALUES " + ",".join(f"({row}, f(1, 2))" for row in rows)
    parts = split_insert(statement, most, 1_000_000)
    assert all((count_rows(part) or 0) <= most for part in parts)
    joined = ",".join(part.removeprefix("INSERT INTO t VALUES ") for part in parts)
    assert joined.replace(", (", ",(") == statement.removeprefix("INSERT INTO t VALUES ")


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("insert into t values (1), (2)", 2),
        ("insert into t (values) values ((1))", 1),
        ("insert into t select 1", None),
        ("insert into t default values", None),
        ("insert into t values (1", None),
        ("update t set a = 1", None),
        ("with x as (select 1) insert into t values (1)", None),
    ],
)
def test_rows_are_counted_where_they_are_listed(statement: str, rows: int | None) -> None:
    assert count_rows(statement) == rows


def test_a_marked_statement_is_a_step_that_is_repeated() -> None:
    marked = f"insert {REPEAT_MARK} into b select * from a limit 5"
    step = plan_script(f"insert into a values (1); {marked}; insert into a values (2)").steps[1]
    assert (step.kind, step.statements) == (StepKind.REPEATED, (marked,))
    assert not step.asks
    quoted = f"insert into b values ('{REPEAT_MARK}')"
    assert planned(quoted) == [("rows", quoted)]


def test_a_query_that_only_reads_is_run_again_without_a_question() -> None:
    asks = {
        "select 1": False,
        "select setval('s', 5)": True,
        "select own.f()": True,
        "call sys.wait_for_job('x')": True,
    }
    assert {text: plan_script(text).steps[0].asks for text in asks} == asks
