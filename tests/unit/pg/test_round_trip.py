"""The round-trip time to an endpoint: the median of five TCP connections within a bound."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest

from dsql_tui.model.endpoint import Endpoint
from dsql_tui.pg.round_trip import SAMPLES, round_trip_ms

FAILS = None


def endpoint_on(port: int) -> Endpoint:
    return Endpoint("cluster.test", "us-east-1", port=port, hostaddr="127.0.0.1")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        yield listening


class TimedConnections:
    """Replaces clock and network: each connection takes as long as it is told, or fails."""

    def __init__(self, durations_s: Sequence[float | None]) -> None:
        self.durations_s = iter(durations_s)
        self.now_s = 100.0
        self.timeouts_s: list[float] = []

    def monotonic(self) -> float:
        return self.now_s

    def create_connection(self, address: tuple[str, int], timeout: float) -> socket.socket:
        assert address == ("127.0.0.1", 5432)
        self.timeouts_s.append(timeout)
        duration_s = next(self.durations_s)
        if duration_s is FAILS:
            raise ConnectionRefusedError
        self.now_s += duration_s
        return socket.socket()


@pytest.mark.parametrize(
    ("durations_s", "median_ms"),
    [
        ((0.5, 0.125, 0.25, 0.375, 0.0625), 250),
        ((0.125, 0.125, 0.25, 0.375, 0.5), 250),
        # A connection that fails is slower than every other.
        ((0.25, 0.5, 0.125, 0.375, FAILS), 375),
        ((0.25, 0.5, 0.125, FAILS), 500),
        ((0.25, 0.125, FAILS), None),
        ((FAILS,), None),
        # The bound is 3 s, for all together.
        ((1.0, 0.5, 1.5), 1_500),
        ((1.0, 2.0), None),
    ],
)
def test_it_is_the_median_and_failures_count_as_slowest(
    monkeypatch: pytest.MonkeyPatch,
    durations_s: Sequence[float | None],
    median_ms: float | None,
) -> None:
    network = TimedConnections(durations_s)
    monkeypatch.setattr(time, "monotonic", network.monotonic)
    monkeypatch.setattr(socket, "create_connection", network.create_connection)
    assert round_trip_ms(endpoint_on(5432)) == median_ms
    assert next(network.durations_s, "all used") == "all used"
    spent_s = [sum(each or 0 for each in durations_s[:index]) for index in range(len(durations_s))]
    assert network.timeouts_s == [3.0 - each for each in spent_s]


def test_it_makes_five_connections_and_closes_them(listener: socket.socket) -> None:
    listener.listen(SAMPLES)
    assert (round_trip_ms(endpoint_on(listener.getsockname()[1])) or 0) > 0
    listener.setblocking(False)
    with ExitStack() as accepted:
        for _ in range(5):
            connected, _ = listener.accept()
            assert accepted.enter_context(connected).recv(1) == b""
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_it_is_unknown_where_nothing_listens(listener: socket.socket) -> None:
    assert round_trip_ms(endpoint_on(listener.getsockname()[1])) is None


def test_it_is_unknown_where_nothing_answers_in_time(listener: socket.socket) -> None:
    listener.listen(0)
    port = listener.getsockname()[1]
    with ExitStack() as waiting:
        # The queue of connections is full once one does not open any more.
        for _ in range(10):
            connecting = waiting.enter_context(socket.socket())
            connecting.setblocking(False)
            connecting.connect_ex(("127.0.0.1", port))
        assert round_trip_ms(endpoint_on(port), bound_s=0.05) is None


def test_it_is_unknown_where_the_name_has_no_address() -> None:
    assert round_trip_ms(Endpoint("no-such-host.invalid", "us-east-1")) is None
