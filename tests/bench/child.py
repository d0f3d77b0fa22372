"""Measurements that need a process of their own; each prints one line of JSON.

usage: python -m tests.bench.child NAME CONNINFO [ARGUMENT]
"""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from dsql_tui.export.encode import encoder
from dsql_tui.export.formats import Format
from dsql_tui.model.result import Described, RowChunk
from dsql_tui.pg.stream import stream
from dsql_tui.results.find import Pattern, find_cells
from dsql_tui.results.sort import SortKey, sort_rows
from dsql_tui.results.store import ResultStore
from dsql_tui.results.work import Work

Found = dict[str, float]
MIB = 1024 * 1024
TICK_S = 0.001


def peak_bytes() -> int:
    """Return the most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def fetched(conninfo: str, sql: str) -> ResultStore:
    """Fetch a result through the program's one door and keep it."""
    store = ResultStore(())
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for event in stream(connection, sql, outcome_matters=False):
            match event:
                case Described(columns):
                    store = ResultStore(columns)
                case RowChunk():
                    store.append(event)
    return store


def fetch(conninfo: str, sql: str) -> Found:
    with psycopg.connect(conninfo) as connection:
        connection.execute("select 1")
    idle = peak_bytes()
    started = time.monotonic()
    store = fetched(conninfo, sql)
    return {
        "seconds": time.monotonic() - started,
        "rows": store.row_count,
        "over_idle_bytes": peak_bytes() - idle,
    }


def _with_stalls(job: Callable[[], object]) -> tuple[float, float]:
    """Run a function in a thread; return its seconds and the longest stall of this thread."""
    thread = threading.Thread(target=job)
    longest = 0.0
    started = last = time.monotonic()
    thread.start()
    while thread.is_alive():
        time.sleep(TICK_S)
        now = time.monotonic()
        longest = max(longest, now - last - TICK_S)
        last = now
    return time.monotonic() - started, longest


def find(conninfo: str, text: str) -> Found:
    store = fetched(conninfo, "select * from big")
    seconds, stall = _with_stalls(lambda: find_cells(store, Pattern(text), None, Work()))
    return {"seconds": seconds, "stall_ms": stall * 1000}


def sort(conninfo: str, column: str) -> Found:
    store = fetched(conninfo, "select * from big")
    number = [each.name for each in store.columns].index(column)
    seconds, stall = _with_stalls(
        lambda: sort_rows(store, [SortKey(number, descending=True)], None, Work())
    )
    return {"seconds": seconds, "stall_ms": stall * 1000}


def export(conninfo: str, target: str) -> Found:
    """Stream a table into a file as `dsql-tui query --format … > file` does."""
    path = Path(target)
    with psycopg.connect(conninfo, autocommit=True) as connection, path.open("wb") as file:
        connection.execute("select 1")
        idle = peak_bytes()
        started = time.monotonic()
        for event in stream(connection, "select * from big", outcome_matters=False):
            match event:
                case Described(columns):
                    rows = encoder(Format(path.suffix[1:]), columns)
                    file.write(rows.begin())
                case RowChunk():
                    file.write(rows.rows(event))
        file.write(rows.end())
    return {"seconds": time.monotonic() - started, "over_idle_bytes": peak_bytes() - idle}


MEASURES: dict[str, Callable[[str, str], Found]] = {
    "fetch": fetch,
    "find": find,
    "sort": sort,
    "export": export,
}

if __name__ == "__main__":
    name, where, argument = sys.argv[1:4]
    print(json.dumps(MEASURES[name](where, argument)))  # noqa: T201 - its answer
