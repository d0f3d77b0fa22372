"""The manual's page of keys says what the key table says."""

from __future__ import annotations

from dsql_tui.console.shared.keys import KEYS, QUIT
from tests.support.key_manual import PAGE, page


def test_the_page_of_keys_is_written_from_the_table() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(), "python -m tests.support.key_manual writes it"


def test_every_action_is_on_the_page_once() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for key in (*KEYS, QUIT):
        assert text.count(f"| {key.label} | {key.description} | `{key.id}` |\n") == 1, key.id
