from __future__ import annotations

import asyncio

import pytest

from dsql_tui.local.transactions.timer import Timer

MOST_S = 0.02


class Told:
    """Records when it was called, and lets a test wait for the call."""

    def __init__(self) -> None:
        self.at_s: asyncio.Queue[float] = asyncio.Queue()

    def __call__(self) -> None:
        self.at_s.put_nowait(asyncio.get_running_loop().time())


@pytest.fixture
def told() -> Told:
    return Told()


async def test_each_long_wait_is_reported_once(told: Told) -> None:
    patience = Timer(MOST_S, told)
    for _ in range(2):
        patience.begin()
        await asyncio.wait_for(told.at_s.get(), 5)
        patience.end()
    assert told.at_s.empty()


async def test_a_wait_that_follows_shorter_waits_has_its_full_time(told: Told) -> None:
    patience = Timer(MOST_S, told)
    for _ in range(1_000):
        patience.begin()
        patience.end()
    begun_s = asyncio.get_running_loop().time()
    patience.begin()
    assert await asyncio.wait_for(told.at_s.get(), 5) >= begun_s + MOST_S
    assert told.at_s.empty()
