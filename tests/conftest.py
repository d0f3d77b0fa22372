"""How hard property tests try; `pytest --hypothesis-profile=thorough` tries much harder."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

settings.register_profile("quick", max_examples=40)
settings.register_profile("thorough", max_examples=1_000, deadline=None)
settings.load_profile("quick")


@pytest.fixture
def file_limit() -> Iterator[Callable[[int], None]]:
    """Let the kernel refuse what makes a file grow beyond a size, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size_bytes: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
