"""What each key costs in the editor."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from dsql_tui.model.catalog import CatalogSnapshot, NamedColumn, NamedRelation
from dsql_tui.model.relation import RelationKind
from dsql_tui.sql.completion.complete import Completer
from dsql_tui.sql.lexing.split import StatementIndex
from tests.bench.measure import Measurement, Options, Target, medians, percentile, timed
from tests.bench.terminal import Terminal, module

STATEMENT = (
    "select o.id, o.total, 'it''s' as text -- a comment; with a semicolon\n"
    "from orders o join customers c on c.id = o.customer_id\n"
    "where o.created_at >= now() - interval '1 day' and c.name <> $$a;b$$\n"
    "order by o.total desc limit 10;\n"
)
SCRIPT_BYTES = 1_000_000
IDENTIFIERS = 10_000


def statement_at_cursor(options: Options) -> Iterator[Measurement]:
    """The statement at the cursor of a 1 MB script, and the first index of it."""
    lines = (STATEMENT * (SCRIPT_BYTES // len(STATEMENT))).split("\n")
    first = medians(options.runs, {"ours": lambda: timed(lambda: StatementIndex(lines)) * 1000})
    index = StatementIndex(lines)
    rows = range(0, len(lines), max(1, len(lines) // 500))
    medians_by_side = medians(
        options.runs,
        {"ours": lambda: timed(lambda: [index.statement_at(row, 3) for row in rows])},
    )
    yield Measurement(
        "statement_at_cursor",
        "ms",
        medians_by_side["ours"] * 1000 / len(rows),
        target=Target(value=0.1),
    )
    yield Measurement(
        "statement_at_cursor, first index", "ms", first["ours"], target=Target(value=60)
    )


def complete(options: Options) -> Iterator[Measurement]:
    """A key of completion among ten thousand names."""
    snapshot = snapshot_of(IDENTIFIERS)
    completer = Completer(snapshot)
    waits = []
    for word in ("table_9", "t9", "orders_77", "xyz", "tab", "o1"):
        for end in range(1, len(word) + 1):
            text = f"select * from {word[:end]}"
            for _ in range(options.runs):
                started = time.monotonic()
                completer.complete(text, len(text))
                waits.append((time.monotonic() - started) * 1000)
    yield Measurement(
        "complete, p95 of a key", "ms", percentile(waits, 0.95), target=Target(value=5)
    )


def snapshot_of(names: int) -> CatalogSnapshot:
    """Return a database with that many tables and columns."""
    columns = tuple(NamedColumn(f"column_{number}", "text") for number in range(9))
    tables = range(names // (len(columns) + 1))
    kind = RelationKind.TABLE
    return CatalogSnapshot(
        relations=tuple(NamedRelation("public", f"table_{n}", columns, kind) for n in tables)
    )


def echo_ms(script: str, keys: int) -> list[float]:
    """Return how long each of some letters takes to be drawn in the editor, milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script.sql"
        path.write_text(script, encoding="utf-8")
        with Terminal(module("tests.bench.apps", "editor", str(path))) as terminal:
            terminal.until(b"select")
            terminal.settle(0.5)
            waits = []
            for _ in range(keys):
                terminal.write(b"x")
                waits.append(terminal.until_frame() * 1000)
                terminal.settle(0.02)
            return waits


def key_echo(options: Options) -> Iterator[Measurement]:
    """From a typed letter to its frame, in a long script and in a short one."""
    keys = 40 if options.quick else 100
    waits: dict[str, list[float]] = {"long": [], "short": []}
    for _ in range(max(2, options.runs // 2)):
        waits["long"] += echo_ms(STATEMENT * (5_000 // STATEMENT.count("\n")), keys)
        waits["short"] += echo_ms("select", keys)
    yield Measurement(
        "key_echo, p95, 5,000 lines",
        "ms",
        percentile(waits["long"], 0.95),
        percentile(waits["short"], 0.95),
        "one word",
        Target(ratio=1.5, value=25),
    )
