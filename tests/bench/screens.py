"""Times that a user notices: first rows, stalls while rows stream, scrolling, ten million rows."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.database import conninfo
from tests.bench.measure import Measurement, Options, Target, medians, percentile
from tests.bench.terminal import PAGE_DOWN, Terminal, module

SELECT_BIG = "select * from big"
SELECT_TEN_MILLION = "select b.* from generate_series(1, 10) g, big b"
SELECT_ONE = "select 4242424 as one"
READY = b"bench-is-ready"
FIRST_ROW_RUNS = 9
"""One is ten milliseconds of a busy machine."""
KEY_S = 1 / 60
MIB = 1024 * 1024
SPILL_MIB = 512


def grid(statement: str, notes: Path) -> Terminal:
    """Start a result pane and wait until it can be used."""
    command = module("tests.bench.apps", "grid", conninfo(), statement, str(SPILL_MIB))
    terminal = Terminal(command, environment={"BENCH_NOTES": str(notes)})
    terminal.until(READY)
    terminal.settle()
    terminal.forget()
    return terminal


def _first_row_s(statement: str, sign: bytes, notes: Path) -> float:
    with grid(statement, notes) as terminal:
        started = time.monotonic()
        terminal.write(b"r")
        terminal.until(sign)
        return time.monotonic() - started


def first_rows(options: Options) -> Iterator[Measurement]:
    """From the key to the first painted row."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "notes"
        medians_by_side = medians(
            max(options.runs, FIRST_ROW_RUNS),
            {
                "big": lambda: _first_row_s(SELECT_BIG, b"customer name ", notes) * 1000,
                "one": lambda: _first_row_s(SELECT_ONE, b"4242424", notes) * 1000,
            },
        )
    yield Measurement(
        "first_rows",
        "ms",
        medians_by_side["big"],
        medians_by_side["one"],
        "select 1",
        Target(ratio=1.5, value=50),
    )


def _streamed(terminal: Terminal, notes: Path, rows: str) -> tuple[float, float]:
    """Run the statement; return seconds until all rows are there, and the longest stall in ms."""
    notes.unlink(missing_ok=True)
    started = time.monotonic()
    terminal.write(b"r")
    while not notes.exists():
        terminal.read(0.01)
    seconds = time.monotonic() - started
    terminal.until(f"{rows} rows".encode())
    return seconds, float(notes.read_text() or "nan")


def loop_stall(options: Options) -> Iterator[Measurement]:
    """The longest time the event loop is kept from its work while a million rows stream."""
    stalls, seconds = [], []
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "notes"
        for _ in range(options.runs):
            with grid(SELECT_BIG, notes) as terminal:
                took, stall = _streamed(terminal, notes, "1,000,000")
                stalls.append(stall)
                seconds.append(took)
    yield Measurement(
        "loop_stall, 1,000,000 rows",
        "ms",
        statistics.median(stalls),
        target=Target(value=16),
        note=f"worst of {options.runs}: {max(stalls):.1f} ms; "
        f"all rows on screen after {statistics.median(seconds):.2f} s",
    )


def _scrolled(terminal: Terminal, keys: int) -> tuple[float, float]:
    """Hold page-down; return frames a second and CPU milliseconds a key."""
    terminal.settle()
    frames, cpu, started = terminal.frames, terminal.cpu_s, time.monotonic()
    for number in range(1, keys + 1):
        terminal.write(PAGE_DOWN)
        while (left := started + number * KEY_S - time.monotonic()) > 0:
            terminal.read(left)
    elapsed = time.monotonic() - started
    shown = terminal.frames - frames
    terminal.settle()
    return shown / elapsed, (terminal.cpu_s - cpu) * 1000 / keys


def _key_to_frame_ms(terminal: Terminal, keys: int) -> list[float]:
    waits = []
    for _ in range(keys):
        terminal.settle(0.02)
        terminal.write(PAGE_DOWN)
        waits.append(terminal.until_frame() * 1000)
    return waits


def scroll(options: Options) -> Iterator[Measurement]:
    """Page-down held on a million rows, against lines of constant text."""
    keys = 120 if options.quick else 300
    runs = max(3, options.runs // 2)
    frames: dict[str, list[float]] = {"ours": [], "floor": []}
    cpu: dict[str, list[float]] = {"ours": [], "floor": []}
    waits: dict[str, list[float]] = {"ours": [], "floor": []}
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "notes"
        floor_command = module("tests.bench.apps", "floor")
        with grid(SELECT_BIG, notes) as ours, Terminal(floor_command) as floor:
            _streamed(ours, notes, "1,000,000")
            floor.settle(1.0)
            for _ in range(runs):
                for name, terminal in {"ours": ours, "floor": floor}.items():
                    rate, spent = _scrolled(terminal, keys)
                    frames[name].append(rate)
                    cpu[name].append(spent)
                    waits[name] += _key_to_frame_ms(terminal, keys // 4)
    against = "constant text"
    middle = statistics.median
    yield Measurement(
        "scroll, page-down at 60/s",
        "frames/s",
        middle(frames["ours"]),
        middle(frames["floor"]),
        against,
        Target(least=0.95),
    )
    yield Measurement(
        "scroll, CPU per key",
        "ms",
        middle(cpu["ours"]),
        middle(cpu["floor"]),
        against,
        Target(ratio=1.7),
    )
    yield Measurement(
        "key_to_paint, p95",
        "ms",
        percentile(waits["ours"], 0.95),
        percentile(waits["floor"], 0.95),
        against,
        Target(ratio=2),
        note=f"p50 {middle(waits['ours']):.1f} ms",
    )


def ten_million(options: Options) -> Iterator[Measurement]:
    """10,000,000 rows × 10 columns stream while page-down is held; memory within the bound."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "notes"
        with grid(SELECT_TEN_MILLION, notes) as terminal:
            idle = terminal.memory_bytes
            peak = frames = 0
            started = time.monotonic()
            terminal.write(b"r")
            while not notes.exists():
                terminal.write(PAGE_DOWN)
                deadline = time.monotonic() + 0.05
                while (left := deadline - time.monotonic()) > 0:
                    terminal.read(left)
                peak = max(peak, terminal.memory_bytes)
                frames = terminal.frames
            elapsed = time.monotonic() - started
            terminal.until(b"10,000,000 rows")
    rate = frames / elapsed
    yield Measurement(
        "ten_million, memory over idle",
        "MiB",
        (peak - idle) / MIB,
        SPILL_MIB,
        "spill bound",
        Target(ratio=1.5),
        note=f"{elapsed:.1f} s, {1e7 / elapsed:,.0f} rows/s, {rate:.0f} frames/s at 20 keys/s",
    )
