"""What the settings say about results."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from dsql_tui.config import Config
from dsql_tui.console.results.result_choices import choices_of
from dsql_tui.results.formats import LocalZone


@pytest.mark.parametrize(
    ("timezone", "kind"), [("", type(None)), ("local", LocalZone), ("Europe/Berlin", ZoneInfo)]
)
def test_every_time_zone_that_the_setting_accepts_can_be_used(timezone: str, kind: type) -> None:
    assert type(choices_of(Config(timezone=timezone)).formats.zone) is kind
