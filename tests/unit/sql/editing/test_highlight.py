"""How the editor highlights each token."""

from __future__ import annotations

from dsql_tui.sql.editing.highlight import Syntax, highlight
from dsql_tui.sql.lexing.lexer import Inside, LineState


def drawn(line: str, state: LineState | None = None) -> dict[str, Syntax]:
    parts = highlight(line, state) if state else highlight(line)
    return {line[start:end]: syntax for start, end, syntax in parts}


def test_the_words_only_dsql_knows_are_keywords() -> None:
    assert drawn("create index async on t(a)")["async"] is Syntax.KEYWORD
    assert drawn("AWS IAM GRANT r TO 'arn'")["IAM"] is Syntax.KEYWORD


def test_a_name_before_a_parenthesis_is_a_function_and_a_column_is_plain() -> None:
    parts = drawn("select count(id), t.value from t")
    assert parts["count"] is Syntax.FUNCTION
    assert "id" not in parts
    assert "value" not in parts


def test_a_line_that_begins_inside_a_comment_or_a_string_continues_it() -> None:
    assert (
        drawn("still */ select", LineState(Inside.COMMENT, depth=1))["still */"] is Syntax.COMMENT
    )
    assert drawn("still' , 1", LineState(Inside.STRING))["still'"] is Syntax.STRING
    assert drawn("never closed", LineState(Inside.STRING)) == {"never closed": Syntax.STRING}


def test_what_is_not_closed_on_its_line_is_drawn_as_what_it_will_be() -> None:
    assert drawn("/* open")["/* open"] is Syntax.COMMENT
    assert drawn('"Open')['"Open'] is Syntax.NAME
    assert drawn("'it")["'it"] is Syntax.STRING
