"""The editor, `query -f` and `script` cut the same statements out of a file, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.console.editor.sql_editor import SqlEditor
from dsql_tui.sql.dsql.script_plan import plan_script
from dsql_tui.sql.statements.sources import SqlSource
from dsql_tui.sql.text.sql_files import read_sql
from tests.unit.sql.sql_texts import ENDINGS, ODD_CHARACTERS

ODD = [each for each in ODD_CHARACTERS if each != "\x00"]


@st.composite
def scripts(draw: st.DrawFn) -> str:
    """Return settings, which a script runs one by one, with odd characters and mixed endings."""
    ending = st.sampled_from(ENDINGS)
    odd = st.lists(st.sampled_from([*ODD, "\t", *ENDINGS]), max_size=3).map("".join)
    parts = []
    for number in range(draw(st.integers(1, 4))):
        comment = draw(st.sampled_from(["", "-- c", "/* c;\u2028 */"]))
        parts.append(f"{comment}{draw(ending)}")
        parts.append(f"set{draw(ending)}\tx.y{number} = '{draw(odd)}'{draw(ending)};{draw(ending)}")
    return "".join(parts)


@given(scripts(), st.booleans())
def test_every_way_to_run_a_file_sends_the_same_statements(
    tmp_path_factory: pytest.TempPathFactory, script: str, has_mark: bool
) -> None:
    path: Path = tmp_path_factory.mktemp("same") / "a.sql"
    path.write_bytes((b"\xef\xbb\xbf" if has_mark else b"") + script.encode())
    text = read_sql(path)
    sent = [each.text for each in SqlSource("a.sql", text).statements()]
    editor = SqlEditor(text)
    assert editor.text == text == script
    assert [each.text for each in editor.all_statements()] == sent
    assert [each for step in plan_script(text).steps for each in step.statements] == sent
    at_cursor = []
    for statement in editor.all_statements():
        editor.move_cursor(editor.location_of(statement.start))
        at_cursor += [each.text for each in editor.statements_at_cursor()]
    assert at_cursor == sent
