from __future__ import annotations

import pytest
from rich.cells import cell_len

from dsql_tui.console.widgets.listing import fit


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("shop", "shop"),
        ("select 1\n\tfrom t", "select 1 from t"),
        ("a\x1b[31mb", "a␛[31mb"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("del\x7fc1\x9b", "del␡c1\ufffd"),
        ("over\u202eride", "over\ufffdride"),
        ("[bold]", "[bold]"),
        ("表", "表"),
    ],
)
def test_no_list_lets_a_name_write_to_the_terminal(text: str, shown: str) -> None:
    fitted = fit(text, 20)
    assert fitted.rstrip() == shown
    assert fitted.isprintable()
    assert cell_len(fitted) == 20
