"""How a long run is counted and said, and how a key is written and read."""

from __future__ import annotations

import pytest

from dsql_tui.console.long_runs.batches import place
from dsql_tui.console.long_runs.progress import BAR_CELLS, LongRunProgress
from dsql_tui.errors import InputError
from dsql_tui.scripts.batches import key_text
from dsql_tui.scripts.events import BatchEnded, LongRunEnded, Retried, StepBegun, StepEnded


def test_a_script_is_counted_in_steps_and_its_bar_fills() -> None:
    progress = LongRunProgress(total=4)
    for event in (StepBegun(1, 4, "a"), StepEnded(1, 0, 0.5), StepEnded(2, 1_200, 1.5)):
        progress = progress.after(event)
    assert progress.words == "2 of 4 steps · 1,200 rows · 2.00 s"
    assert [len(part) for part in progress.bar] == [BAR_CELLS // 2, BAR_CELLS // 2]


def test_batches_are_counted_against_the_rows_the_planner_expects() -> None:
    progress = LongRunProgress().after(BatchEnded(2, 2_000, ("7",), 4.0, expected=8_000))
    assert progress.words == ("2,000 of ~8,000 rows · 2 batches · 500 rows/s · 00:12 left · 4.00 s")
    assert [len(part) for part in progress.bar] == [BAR_CELLS // 4, BAR_CELLS - BAR_CELLS // 4]
    progress = progress.after(BatchEnded(3, 9_000, ("9",), 6.0, expected=8_000))
    assert "left" not in progress.words
    assert [len(part) for part in progress.bar] == [BAR_CELLS - 1, 1]
    progress = progress.after(BatchEnded(4, 9_100, None, 6.5, expected=8_000))
    progress = progress.after(LongRunEnded(True, 9_100, 6.5))
    assert progress.words.startswith("9,100 rows · 4 batches")
    assert progress.bar == ("━" * BAR_CELLS, "")


def test_batches_have_no_progress_bar_if_the_number_of_rows_is_unknown() -> None:
    progress = LongRunProgress().after(Retried(1, 0.0, "OC000"))
    assert progress.words.endswith("conflict, retrying (attempt 2)")
    progress = progress.after(BatchEnded(1, 1_000, ("7",), 2.0))
    assert progress.words == ("1,000 rows · 1 batch · 500 rows/s · 1 conflict retried · 2.00 s")
    assert progress.bar == ("", "")


def test_the_key_reached_outlives_the_last_batch_and_the_next_run() -> None:
    progress = (
        LongRunProgress().after(BatchEnded(1, 5, ("7",), 1.0)).after(BatchEnded(2, 6, None, 1.0))
    )
    assert progress.upto == ("7",)
    assert progress.after(LongRunEnded(True, 6, 1.0)).is_complete
    assert progress.afresh() == LongRunProgress(upto=("7",))


@pytest.mark.parametrize("key", [None, ("7",), ("a", 'quoted "b"'), ("ä",)])
def test_a_written_key_is_read_again(key: tuple[str, ...] | None) -> None:
    assert place(key_text(key), len(key or ("",))) == key


def test_the_value_of_a_key_of_one_column_needs_no_brackets() -> None:
    assert place(" 42 ", 1) == ("42",)


@pytest.mark.parametrize("text", ["[1]", "[", '["1", "2"]', "[[]]"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="Start after key"):
        place(text, 1)
