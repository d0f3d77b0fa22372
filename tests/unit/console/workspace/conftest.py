"""What the objects that the workspace holds are built on: each is tested without a screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.fake_ui import FakeUi
from tests.support.open_tabs import Board


@pytest.fixture
def ui() -> Iterator[FakeUi]:
    fake = FakeUi()
    yield fake
    fake.close()


@pytest.fixture
def board() -> Iterator[Board]:
    made = Board()
    yield made
    made.ui.close()
