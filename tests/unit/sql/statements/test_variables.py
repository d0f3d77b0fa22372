from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.sql.statements.variables import interpolate

VALUES = {"id": "5", "t": 'od"d', "s": "it's", "1": "one", "x": ":id", "empty": ""}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("select :id", "select 5"),
        ("select :'s', :\"t\", :'id'", "select 'it''s', \"od\"\"d\", '5'"),
        ("select ':id', \":id\", $$:id$$ -- :id", "select ':id', \":id\", $$:id$$ -- :id"),
        ("select '5'::int, x::id", "select '5'::int, x::id"),
        ("select a[1:id], :id::text", "select a[15], 5::text"),
        ("select :other, :'other', :\"other\"", "select :other, :'other', :\"other\""),
        ("select :1, :x, :empty;", "select one, :id, ;"),
        ("select : id, :", "select : id, :"),
        ("select :id$, :ident", "select 5$, :ident"),
        ("x := :id", "x := 5"),
        ("select :e'id'", "select :e'id'"),
    ],
)
def test_variables_are_replaced_by_their_values_outside_of_quotes(text: str, result: str) -> None:
    assert interpolate(text, VALUES) == result


@given(st.text("ab:'\"$;- []1", max_size=30))
def test_without_a_variable_of_that_name_nothing_changes(text: str) -> None:
    assert interpolate(text, {"other": "value"}) == text
