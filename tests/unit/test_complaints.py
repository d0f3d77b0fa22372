"""What users of other terminal clients complain about, each with the test that keeps it away.

The complaints are threads of harlequin, sqlit, pgcli, rainfrog and lazysql; the tests are named by
file and function and must exist.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

COMPLAINTS = [
    # splitting
    ("harlequin#348", "a `;` in a string ends the statement",
     "unit/sql/test_split.py", "test_a_script_is_cut_at_its_semicolons"),
    ("harlequin#929", "statements are merged, skipped or repeated",
     "unit/sql/test_split.py", "test_sqlparse_cuts_the_same_statements_on_shared_ground"),
    ("harlequin#1015", "positions are wrong behind letters outside of ASCII",
     "unit/sql/test_split.py", "test_an_index_finds_what_the_whole_text_says"),
    ("sqlit 61be617", "dollar quotes are cut", "unit/sql/test_lexer.py",
     "test_a_sentence_is_read_as_postgresql_reads_it"),
    ("sqlit#254", "a comment behind the last statement is run",
     "unit/sql/test_split.py", "test_the_cursor_means_the_statement_a_person_expects"),
    ("rainfrog#32, #46", "comments in SQL crash the program",
     "unit/sql/test_lexer.py", "test_joined_tokens_are_the_input_and_none_is_empty"),
    ("rainfrog `postgresql.rs`", "only the first of several statements runs",
     "pilot/test_workspace.py", "test_run_all_gives_each_result_set_a_tab_and_keeps_the_focus"),
    # the editor
    ("harlequin#71, #425; sqlit#299", "the key that runs does not arrive",
     "pilot/test_workspace.py", "test_several_keys_run"),
    ("harlequin (seen)", "the focus jumps away after a run",
     "pilot/test_workspace.py", "test_run_all_gives_each_result_set_a_tab_and_keeps_the_focus"),
    ("pgcli#979", "typing lags", "unit/sql/test_split.py",
     "test_an_edit_reads_only_the_lines_that_change_their_meaning"),
    ("rainfrog#143, PR#193", "a local parser refuses valid SQL",
     "pilot/test_advice.py", "test_what_is_marked_still_runs"),
    # completion
    ("sqlit PR#252", "a completed name lacks its schema",
     "unit/sql/test_complete.py", "test_the_first_suggestions_fit_the_place"),
    ("sqlit PR#262", "a completed name of mixed case does not run",
     "unit/sql/test_complete.py", "test_the_first_suggestions_fit_the_place"),
    ("pgcli#1048", "aliases are not completed",
     "pilot/test_completion.py", "test_columns_of_the_alias_are_suggested_after_its_point"),
    ("sqlit#299", "enter is swallowed by the suggestions",
     "pilot/test_completion.py", "test_enter_breaks_the_line_unless_an_arrow_was_pressed"),
    ("harlequin#838, #331; pgcli#570", "names are fetched while somebody waits",
     "unit/sql/test_complete.py", "test_ten_thousand_names_cost_a_few_milliseconds"),
    # cancelling
    ("sqlit (seen)", "“cancelled” is said while the statement still runs",
     "pilot/test_workspace.py",
     "test_escape_cancels_and_says_so_only_when_the_server_confirms"),
    ("pgcli#1607", "a cancel leaves a connection that is stuck",
     "e2e/test_sessions.py", "test_leaving_a_read_early_keeps_the_session_and_its_transaction"),
    ("pgcli#1467, #600", "a server that has gone leaves a program that cannot go on",
     "pilot/test_workspace.py", "test_a_lost_session_is_opened_again_by_the_next_run"),
    ("TablePro PR#2765", "a write is run again after the connection was lost",
     "unit/console/test_session_pair.py",
     "test_a_transaction_that_died_with_its_session_is_told_and_not_rerun"),
    # safety
    ("rainfrog PR#285", "a write inside of WITH is taken for a read",
     "unit/sql/test_classify.py", "test_a_write_is_seen_however_it_is_wrapped"),
    ("lazysql PR#234", "DELETE … IN (SELECT …) is taken for a read",
     "unit/sql/test_classify.py", "test_a_write_is_seen_however_it_is_wrapped"),
    ("lazysql#39, #226", "read-only is a check of words, or missing",
     "unit/console/test_jobs.py",
     "test_read_only_mode_wraps_each_statement_in_a_transaction_the_server_enforces"),
    ("sqlit#98", "UPDATE and DELETE without WHERE run without a question",
     "pilot/test_transactions.py", "test_a_delete_without_where_asks_naming_what_it_touches"),
    ("lazysql PR#293", "a stray key quits and loses what is open",
     "pilot/test_workspace.py",
     "test_quitting_with_an_open_transaction_asks_and_the_safe_answer_has_the_focus"),
    ("sqlit#158", "the secret stands in the list of processes",
     "e2e/test_secrets.py",
     "test_psql_gets_the_token_in_its_environment_and_never_in_its_arguments"),
    ("harlequin#898, #667", "secrets end up in history and settings",
     "unit/test_history.py", "test_secrets_are_taken_out_before_anything_is_written"),
    # data
    ("harlequin#933, #894; sqlit#229", "the content of a cell acts as markup",
     "pilot/test_workspace.py", "test_data_is_never_read_as_markup"),
    ("harlequin#658, #655", "NULL looks like a text",
     "pilot/test_grid.py", "test_null_is_marked_and_an_empty_text_is_not"),
    ("rainfrog PR#327, #330", "wide characters bend the columns",
     "pilot/test_grid.py", "test_wide_characters_keep_columns_aligned"),
    ("harlequin#1026", "a part of the rows is presented as all of them",
     "pilot/test_row_limit.py", "test_at_the_limit_the_status_says_that_there_is_more"),
    ("pgcli#1018", "a row limit throws a slow result away",
     "unit/console/test_jobs.py", "test_at_the_row_limit_the_worker_waits_for_more"),
    ("pgcli#807", "the real error is hidden behind a lost connection",
     "e2e/test_sessions.py",
     "test_a_session_cut_in_the_middle_keeps_what_came_and_tells_what_is_unknown"),
    ("pgcli#558; lazysql#112", "results cannot be taken in a format of choice",
     "pilot/test_grid_work.py", "test_c_copies_everything_shown_in_a_chosen_format"),
]  # fmt: skip


@cache
def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize(
    ("thread", "complaint", "path", "name"), COMPLAINTS, ids=[row[0] for row in COMPLAINTS]
)
def test_a_test_keeps_each_complaint_away(
    thread: str, complaint: str, path: str, name: str
) -> None:
    assert name in functions_of(TESTS / path), f"{thread}: {complaint}"
