"""Runs a measurement: sessions on every side in parallel, progress reports, and the cleanup.

All threads share one Python interpreter. When they keep a CPU core busy, the measured latencies
include time that the client itself waited. `Snapshot.client_busy` reports the CPU use of the run,
so that a reader can judge whether the latencies are those of the cluster.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from threading import Event, Thread

from dsql_tui.bench.side import BenchSide, scratch
from dsql_tui.bench.worker import Worker, connect_repeatedly
from dsql_tui.bench.workload import DEFAULT_WORKLOAD, Operation
from dsql_tui.errors import InputError
from dsql_tui.model.latency import OperationStats, Tally, stats
from dsql_tui.pg.session import Session
from dsql_tui.sql.dsql.limits import CONNECT_BURST

SNAPSHOT_EVERY_S = 0.25
OPENING_AT_ONCE = 8
KEYS_KNOWN = 1_000


@dataclass(frozen=True, slots=True)
class BenchPlan:
    """The settings of a measurement.

    Attributes:
        sessions: Sessions on each side.
        duration_s: Duration without the preparation and the cleanup.
        workload: The operations; statements alternate, connects run in a separate thread.
    """

    sessions: int = 30
    duration_s: float = 30.0
    workload: tuple[Operation, ...] = DEFAULT_WORKLOAD

    def check(self) -> None:
        """Refuse an invalid plan.

        Raises:
            InputError: A setting is out of range.
        """
        if not 1 <= self.sessions <= CONNECT_BURST:
            raise InputError(f"{self.sessions} sessions: choose 1 to {CONNECT_BURST} for a Region.")
        if not 0 < self.duration_s <= 3_000:
            raise InputError("The duration must be greater than zero and at most 50 minutes.")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a measurement.

    Attributes:
        elapsed_s: Time since the first operation.
        duration_s: The planned duration.
        rows: One row per operation and side, in the order of the workload.
        client_busy: Cores' worth of CPU this process has used during the run.
        problem: Message of the last error; empty if there was none.
        finished: Whether this is the last snapshot.
    """

    elapsed_s: float
    duration_s: float
    rows: tuple[OperationStats, ...]
    client_busy: float = 0.0
    problem: str = ""
    finished: bool = False


def run(sides: Sequence[BenchSide], plan: BenchPlan) -> Iterator[Snapshot]:
    """Run a plan and yield its state four times a second and once at the end.

    Sides are endpoints of one database. Closing the iterator early, as Ctrl-C does, stops the
    sessions and drops the scratch schema before it returns.

    Raises:
        InputError: The plan cannot be carried out; nothing was called.
        ConnectError: Sessions could not be opened.
        StatementError: The scratch schema could not be created or dropped.
    """
    plan.check()
    with scratch(sides[0]) as schema:
        yield from _BenchRun(sides, plan, schema).snapshots()


class _BenchRun:
    def __init__(self, sides: Sequence[BenchSide], plan: BenchPlan, schema: str) -> None:
        self._sides = sides
        self._plan = plan
        self._schema = schema
        self._stop = Event()
        self._workers: list[Worker] = []
        self._connects: dict[str, Tally] = {}
        self._started = self._cpu_at_start = 0.0

    def snapshots(self) -> Iterator[Snapshot]:
        statements = [each for each in self._plan.workload if each is not Operation.CONNECT]
        threads: list[Thread] = []
        try:
            if statements:
                threads += self._statement_threads(statements)
            if Operation.CONNECT in self._plan.workload:
                threads += self._connect_threads()
            self._started, self._cpu_at_start = time.monotonic(), time.process_time()
            for thread in threads:
                thread.start()
            while (left_s := self._started + self._plan.duration_s - time.monotonic()) > 0:
                self._stop.wait(min(SNAPSHOT_EVERY_S, left_s))
                yield self._snapshot(finished=False)
        finally:
            self._stop.set()
            for thread in threads:
                if thread.is_alive():
                    thread.join()
        yield self._snapshot(finished=True)

    def _statement_threads(self, statements: Sequence[Operation]) -> list[Thread]:
        with closing(self._sides[0].open()) as session:
            keys = [
                key
                for (key,) in session.fetch(
                    f"SELECT id FROM {self._schema}.items LIMIT {KEYS_KNOWN}"
                )
                if key
            ]
        threads = []
        for side in self._sides:
            for session in _open_all(side, self._plan.sessions):
                worker = Worker(side, statements, self._schema, keys, self._stop)
                self._workers.append(worker)
                threads.append(Thread(target=worker.run, args=(session,), name="bench-session"))
        return threads

    def _connect_threads(self) -> list[Thread]:
        self._connects = {side.name: Tally() for side in self._sides}
        return [
            Thread(
                target=connect_repeatedly,
                args=(side, self._connects[side.name], self._stop),
                name="bench-connect",
            )
            for side in self._sides
        ]

    def _snapshot(self, *, finished: bool) -> Snapshot:
        elapsed_s = max(time.monotonic() - self._started, 0.001)
        tallies = [
            (operation, side.name, self._tallies(operation, side.name))
            for operation in self._plan.workload
            for side in self._sides
        ]
        problems = [tally.last_error for _, _, each in tallies for tally in each]
        return Snapshot(
            elapsed_s=elapsed_s,
            duration_s=self._plan.duration_s,
            rows=tuple(stats(str(name), side, each, elapsed_s) for name, side, each in tallies),
            client_busy=(time.process_time() - self._cpu_at_start) / elapsed_s,
            problem=next(filter(None, problems), ""),
            finished=finished,
        )

    def _tallies(self, operation: Operation, side: str) -> list[Tally]:
        if operation is Operation.CONNECT:
            return [self._connects[side]]
        return [worker.tallies[operation] for worker in self._workers if worker.side.name == side]


def _open_all(side: BenchSide, number: int) -> list[Session]:
    """Open sessions, a few at a time; if one fails, close all.

    Raises:
        ConnectError: A session could not be opened; the others are closed.
    """
    with ThreadPoolExecutor(OPENING_AT_ONCE, thread_name_prefix="bench-open") as pool:
        pending = [pool.submit(side.open) for _ in range(number)]
    failed = next(filter(None, (future.exception() for future in pending)), None)
    if failed is None:
        return [future.result() for future in pending]
    for future in pending:
        if future.exception() is None:
            future.result().close()
    raise failed
