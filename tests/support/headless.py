"""What tests of applications without a terminal share: parsed styles, waiting and painting."""

from __future__ import annotations

from tests.support.idle import wait_by_the_event_loop
from tests.support.painting import paint_when_idle
from tests.support.parsed_styles import share_parsed_styles


def prepare_headless_apps() -> None:
    """Spare the applications of this process what no test looks at."""
    share_parsed_styles()
    wait_by_the_event_loop()
    paint_when_idle()
