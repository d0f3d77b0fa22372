"""Runs benchmarks, prints one table and writes it as JSON.

python -m tests.bench [--quick] [--check] [--peers] [--json FILE] [names…]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from tests.bench import (
    board,
    database,
    definitions,
    dumps,
    editing,
    local,
    peers,
    row_editing,
    rows,
    screens,
    start,
)
from tests.bench.measure import Benchmark, Measurement, Options, machine

NEEDS_DATABASE: dict[str, Benchmark] = {
    "fetch_big": rows.fetch_big,
    "first_rows": screens.first_rows,
    "loop_stall": screens.loop_stall,
    "scroll": screens.scroll,
    "find": rows.find,
    "sort": rows.sort,
    "export": rows.export,
    "ten_million": screens.ten_million,
}
NEEDS_NOTHING: dict[str, Benchmark] = {
    "start": start.start,
    "start_usable": start.start_usable,
    "cli_start": start.cli_start,
    "local_speed": local.local_speed,
    "local_start": local.local_start,
    "key_echo": editing.key_echo,
    "statement_at_cursor": editing.statement_at_cursor,
    "complete": editing.complete,
    "board": board.board,
    "definitions": definitions.definitions,
    "dumps": dumps.dumps,
    "row_editing": row_editing.row_editing,
}
PEERS: dict[str, Benchmark] = {"peers": peers.peers}
ALL = NEEDS_DATABASE | NEEDS_NOTHING | PEERS
QUICK_RUNS, FULL_RUNS = 3, 5
DEFAULT_JSON = Path("bench.json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 when `--check` was given and a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under five minutes")
    parser.add_argument("--check", action="store_true", help="fail when a target is missed")
    parser.add_argument("--peers", action="store_true", help="also installed peers")
    parser.add_argument("--json", type=Path, default=DEFAULT_JSON, help="where to write")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(ALL))
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.names) - set(ALL)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    names = chosen.names or [*NEEDS_DATABASE, *NEEDS_NOTHING, *(PEERS if chosen.peers else ())]
    options = Options(QUICK_RUNS if chosen.quick else FULL_RUNS, chosen.quick)
    measured = measure(names, options)
    sys.stdout.write(table(measured))
    report = {"machine": machine(), "measurements": [asdict(each) for each in measured]}
    chosen.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    missed = [each.name for each in measured if not each.holds]
    if missed:
        sys.stdout.write(f"\nmissed: {', '.join(missed)}\n")
    return 1 if chosen.check and missed else 0


def measure(names: Sequence[str], options: Options) -> list[Measurement]:
    """Run the benchmarks in order, saying which on stderr."""
    found: list[Measurement] = []
    with ExitStack() as stack:
        if any(name in NEEDS_DATABASE | PEERS for name in names):
            sys.stderr.write("database…\n")
            database.share(stack.enter_context(database.database()))
        for name in names:
            started = time.monotonic()
            found += ALL[name](options)
            sys.stderr.write(f"{name}: {time.monotonic() - started:.0f} s\n")
    return found


def table(found: Sequence[Measurement]) -> str:
    """Return a Markdown table."""
    lines = [
        "| benchmark | ours | floor | ratio | target | |",
        "|---|---:|---:|---:|---|---|",
    ]
    for each in found:
        floor = f"{each.floor:.3g} ({each.against})" if each.floor else "–"
        ratio = f"{each.ratio:.2f}" if each.ratio else "–"
        verdict = "" if each.holds else "missed"
        note = "; ".join(filter(None, (verdict, each.note)))
        lines.append(
            f"| {each.name} | {each.ours:.3g} {each.unit} | {floor} | {ratio} "
            f"| {each.target} | {note} |"
        )
    about = machine()
    where = f"{about['cpu']}, {about['cores']} cores, {about['system']}, Python {about['python']}"
    return "\n".join([*lines, "", where, ""])


if __name__ == "__main__":
    sys.exit(main())
