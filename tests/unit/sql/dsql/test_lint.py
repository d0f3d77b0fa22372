"""dsql-lint and our own rules together report what the service refuses, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsql_tui.errors import InputError
from dsql_tui.sql.dsql import lint
from dsql_tui.sql.dsql.lint import LintSeverity, check, fix, fix_all, program
from tests.recorded import dialect_facts

OUT_OF_SIGHT = {"SHOW lc_collate"}
"""Refused for a name that only the server knows."""

needs_dsql_lint = pytest.mark.skipif(program() is None, reason="the extra lint is not installed")


@needs_dsql_lint
def test_recorded_answers_of_the_service_are_foretold() -> None:
    for fact in dialect_facts():
        refused = any(finding.severity is LintSeverity.ERROR for finding in check(fact.statement))
        assert refused == bool(fact.message) or fact.statement in OUT_OF_SIGHT, fact.statement


def test_what_only_the_catalog_knows_is_a_hint_and_a_domain_of_the_script_is_none() -> None:
    script = "create domain price as numeric; create table t (a price, b nosuch); analyze verbose t"
    found = [(row.severity, script[row.start : row.end]) for row in check(script)]
    assert found == [(LintSeverity.HINT, "nosuch"), (LintSeverity.HINT, "verbose")]


@needs_dsql_lint
def test_a_finding_marks_the_word_it_is_about() -> None:
    table = "create table x (\n  id int,\n  größe serial,\n  b int[]\n)"
    script = f"select 1;\n\n{table}; create index i on x (b)"
    found = [(row.rule, script[row.start : row.end]) for row in check(script)]
    assert found == [("serial_type", "größe"), ("array_type", "b"), ("index_async", "i")]


@needs_dsql_lint
def test_several_statements_on_one_line_are_distinguished() -> None:
    script = "select ';é'; create index i on t (a); vacuum t;"
    statements = [(row.rule, row.statement.text) for row in check(script)]
    assert statements == [
        ("index_async", "create index i on t (a)"),
        ("unsupported_vacuum", "vacuum t"),
    ]


@needs_dsql_lint
def test_what_cannot_be_parsed_is_a_hint_at_its_place() -> None:
    (found,) = check("select 1;\nselect * frm t wher a")
    assert found.severity is LintSeverity.HINT
    assert found.start >= len("select 1;\n")


@needs_dsql_lint
def test_a_fix_replaces_one_statement_and_says_what_it_changes() -> None:
    script = "select 1;\ncreate index i on t (a desc); -- soon\nselect 2"
    found = next(row for row in check(script) if row.rule == "index_async")
    change = fix(script, found)
    assert change is not None
    assert (script[change.start : change.end], change.text) == (
        "create index i on t (a desc);",
        "CREATE INDEX ASYNC i ON t(a);",
    )
    assert any("NOT ready when the statement returns" in warning for warning in change.warnings)


@needs_dsql_lint
def test_a_fix_that_may_lose_comments_says_so() -> None:
    script = "create index i /* why */ on t (a)"
    change = fix(script, check(script)[0])
    assert change is not None
    assert "Comments inside a rewritten statement may be lost." in change.warnings
    assert not change.text.endswith(";")


@needs_dsql_lint
def test_a_transaction_is_fixed_as_a_whole() -> None:
    script = "begin; create table a (id int); insert into a values (1); commit; select 1;"
    found = next(row for row in check(script) if row.rule == "mixed_ddl_dml_transaction")
    change = fix(script, found)
    assert change is not None
    assert script[change.start : change.end] == script[: script.index(" select 1")]
    assert change.text.lower().count("commit") == 2
    assert any("LOST" in warning for warning in change.warnings)


@needs_dsql_lint
def test_all_that_can_be_fixed_is_fixed_and_the_rest_stays_as_it_was() -> None:
    script = (
        "-- setup\ncreate index i on t (a desc);\nselect 1;\nvacuum t;\n"
        "begin; create table a (id int); insert into a values (1); commit;\n"
    )
    fixed, warnings = fix_all(script)
    assert fixed.startswith("-- setup\nCREATE INDEX ASYNC i ON t(a);\nselect 1;\nvacuum t;\n")
    assert fixed.lower().count("commit") == 2
    assert len(warnings) == 3
    assert {row.rule for row in check(fixed)} == {"unsupported_vacuum"}


@needs_dsql_lint
def test_what_cannot_be_fixed_has_no_fix() -> None:
    script = "create table t (a int[])"
    (found,) = check(script)
    assert not found.is_fixable
    assert fix(script, found) is None


@needs_dsql_lint
@pytest.mark.parametrize(
    "text", ["", ";;", "-- nothing", "select 'open", "\x00", "select '\ud800'"]
)
def test_odd_texts_are_checked(text: str) -> None:
    assert all(found.severity is LintSeverity.HINT for found in check(text))


def test_without_dsql_lint_the_own_rules_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint, "program", lambda: None)
    script = "create index i on t (a); set statement_timeout = 1"
    (found,) = check(script)
    assert fix(script, found) is None
    assert fix_all(script) == (script, [])
    assert (found.rule, script[found.start : found.end]) == ("set_parameter", "statement_timeout")
    assert found.message == 'setting configuration parameter "statement_timeout" not supported'


@pytest.mark.parametrize(
    ("program_text", "timeout_s", "sentence"),
    [
        ("#!/bin/sh\nexec sleep 60\n", 0.05, "did not respond within"),
        ("#!/bin/sh\nexit 2\n", 60, "ended with code 2"),
        ("#!/bin/sh\necho '{}'\n", 60, "ended with code 0"),
        ("not a program", 60, "Cannot run dsql-lint"),
    ],
)
def test_a_broken_dsql_lint_is_reported_in_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program_text: str,
    timeout_s: float,
    sentence: str,
) -> None:
    fake = tmp_path / "dsql-lint"
    fake.write_text(program_text)
    fake.chmod(0o755)
    monkeypatch.setattr(lint, "program", lambda: str(fake))
    monkeypatch.setattr(lint, "TIMEOUT_S", timeout_s)
    with pytest.raises(InputError, match=sentence):
        check("select 1")


def test_commands_of_psql_are_not_checked_and_end_statements() -> None:
    text = "\\d orders\nselect 1 \\gx\ncreate index i on t (a);\n\\q"
    (finding,) = [each for each in check(text) if each.severity is not LintSeverity.HINT]
    assert text[finding.statement.start : finding.statement.end] == "create index i on t (a)"
    assert [each for each in check(text) if each.rule == "parse_error"] == []
