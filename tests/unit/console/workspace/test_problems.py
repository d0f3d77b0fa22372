"""Problems with what is kept between starts, reported once."""

from __future__ import annotations

from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.workspace.open_tabs import ActiveServices
from dsql_tui.console.workspace.problems import Problems
from tests.support.fake_ui import FakeUi
from tests.support.fakes import FakeServices


def test_a_problem_is_reported_once(ui: FakeUi) -> None:
    services = FakeServices()
    services.history_problem = "The history is full."
    problems = Problems(ui, ActiveServices(services), Preferences())
    problems.report()
    problems.report()
    assert ui.notices == ["The history is full."]
