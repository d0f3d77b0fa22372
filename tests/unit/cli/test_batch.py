"""`dsql-tui batch` runs one statement, and refuses others before it asks anything."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from dsql_tui.cli.root import group
from dsql_tui.errors import InputError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("delete from a; delete from b", "A batch runs exactly one statement; -c contains 2."),
        (" -- nothing", "A batch runs exactly one statement; -c contains 0."),
        ("delete from a where b = 'x", "-c:1:25: the string that begins here is not closed."),
        ("\\d a", "-c:1:1: \\d is a command of psql, not SQL."),
    ],
)
def test_it_takes_one_statement(text: str, message: str) -> None:
    result = CliRunner().invoke(group, ["batch", "shop", "-c", text], standalone_mode=False)
    assert isinstance(result.exception, InputError)
    assert result.exception.message == message
