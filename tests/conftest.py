"""How tests are selected and divided, how hard property tests try, and disks that fail.

`pytest -m fast` runs the unit tests alone; `pytest --hypothesis-profile=thorough` tries harder.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is, so no test fails of it.
_ANY_PACE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", _ANY_PACE, max_examples=25)
settings.register_profile("thorough", _ANY_PACE, max_examples=1_000)
settings.load_profile("quick")

# Thousands of tests are collected once and live to the end: looking through them again at every
# collection of garbage is a third of what collecting them costs.
gc.disable()

# History, checkpoints and tabs of the tests are not those of whoever runs them.
_STATE = tempfile.TemporaryDirectory(prefix="dsql-tui-tests-")
os.environ["XDG_STATE_HOME"] = _STATE.name

UNIT = Path(__file__).parent / "unit"
WORKERS = 2
GARBAGE_THRESHOLDS = (50_000, 20, 20)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many processes share the tests: none when a person runs one test or debugs."""
    is_debugged = "debugpy" in sys.modules or "pydevd" in sys.modules
    is_single = any("::" in argument for argument in config.args)
    return 0 if is_debugged or is_single or config.getoption("trace") else WORKERS


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the other folders unread where only the unit tests are wanted."""
    is_unit = collection_path in UNIT.parents or UNIT in (collection_path, *collection_path.parents)
    return True if config.getoption("markexpr") == "fast" and not is_unit else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the unit tests as fast, and run them last: many short files keep both workers busy."""
    for item in items:
        if UNIT in item.path.parents:
            item.add_marker(pytest.mark.fast)
    items.sort(key=lambda item: UNIT in item.path.parents)


def pytest_collection_finish() -> None:
    """Exclude the collected tests from every later garbage collection, and make those rarer.

    An application under test makes some 100,000 objects, and lives for a second: by Python's own
    thresholds a fifth of its time goes into looking through them.
    """
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    gc.enable()


class FailingDisk:
    """Counts file operations, and fails from a given one on, while a failure is set.

    Attributes:
        steps: How many writes, flushes and renames there were.
    """

    CALLS = ("write", "fsync", "replace", "ftruncate")

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps = 0
        self._fails_from = 0
        self._error = errno.EIO
        self._torn = False
        for name in self.CALLS:
            monkeypatch.setattr(os, name, self._wrapped(name, getattr(os, name)))

    @contextmanager
    def failing_from(self, step: int, error: int = errno.EIO, *, torn: bool) -> Iterator[None]:
        """Fail every step from this one on; `torn` leaves half of what was to be written."""
        self.steps, self._fails_from, self._error, self._torn = 0, step, error, torn
        try:
            yield
        finally:
            self._fails_from = 0

    def _wrapped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            self.steps += 1
            if self._fails_from and self.steps >= self._fails_from:
                if name == "write" and self._torn:
                    handle, data = arguments
                    call(handle, bytes(data)[: len(data) // 2])
                raise OSError(self._error, os.strerror(self._error))
            return call(*arguments, **named)

        return wrapped


@pytest.fixture
def failing_disk(monkeypatch: pytest.MonkeyPatch) -> FailingDisk:
    """Yield a disk that fails on request."""
    return FailingDisk(monkeypatch)
