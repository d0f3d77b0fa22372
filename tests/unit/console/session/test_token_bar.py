"""The bars of the token dialog and the urgency of a clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dsql_tui.console.session.status import urgency
from dsql_tui.console.session.token import bar
from dsql_tui.model.token import Clock, ClockKind
from tests.support.fakes import NOW


@pytest.mark.parametrize(
    ("share", "drawn"), [(0, "····"), (0.5, "██··"), (1, "████"), (0.53125, "██▏·"), (7, "████")]
)
def test_a_bar_is_as_full_as_its_share(share: float, drawn: str) -> None:
    assert bar(share, 4) == drawn


@pytest.mark.parametrize(("minutes", "word"), [(40, ""), (9, "low"), (1, "ends"), (-1, "expired")])
def test_urgency_is_a_word_as_well_as_a_colour(minutes: int, word: str) -> None:
    clock = Clock(ClockKind.SESSION, None, NOW + timedelta(minutes=minutes))
    assert urgency(clock, NOW)[1] == word


@pytest.mark.parametrize("minutes", [14, 4, 1])
def test_a_token_never_alarms_because_nothing_ends_with_it(minutes: int) -> None:
    clock = Clock(ClockKind.TOKEN, None, NOW + timedelta(minutes=minutes))
    assert urgency(clock, NOW) == ("", "")
