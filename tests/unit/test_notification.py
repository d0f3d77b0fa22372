"""The end of long work is notified, with sequences that hold no data."""

from __future__ import annotations

import pytest

from dsql_tui.notification import METHODS, Notifier

SENT = {
    "bell": "\a",
    "osc9": "\x1b]9;dsql-tui: Load ended after 2 min 05 s\a",
    "osc777": "\x1b]777;notify;dsql-tui;Load ended after 2 min 05 s\a",
    "off": "",
}
IN_TMUX = SENT | {
    "osc9": "\x1bPtmux;\x1b\x1b]9;dsql-tui: Load ended after 2 min 05 s\a\x1b\\",
    "osc777": "\x1bPtmux;\x1b\x1b]777;notify;dsql-tui;Load ended after 2 min 05 s\a\x1b\\",
}


def sent(method: str, spent_s: float, *, in_tmux: bool = False, failed: bool = False) -> str:
    written: list[str] = []
    notifier = Notifier(written.append, method, 10, in_tmux=in_tmux)
    notifier.work_ended("Load", spent_s, failed=failed)
    return "".join(written)


@pytest.mark.parametrize("method", METHODS)
def test_each_method_has_its_sequence(method: str) -> None:
    assert sent(method, 125) == SENT[method]
    assert sent(method, 125, in_tmux=True) == IN_TMUX[method]


def test_short_work_is_not_notified() -> None:
    assert sent("bell", 9.99) == ""
    assert sent("bell", 10) == "\a"


def test_failed_work_is_called_so() -> None:
    assert sent("osc9", 125, failed=True) == "\x1b]9;dsql-tui: Load failed after 2 min 05 s\a"
