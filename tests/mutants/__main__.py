"""Run the mutants of one module against its unit tests; see `tests.mutants`."""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from tests.mutants.mutations import Mutant, mutants_of

UNIT = Path("tests/unit")
TESTS = {
    "dsql_tui.local.transactions.transaction": ("local/transactions",),
    "dsql_tui.local.transactions.replay": (
        "local/transactions/test_replay.py",
        "local/transactions/test_rescue.py",
    ),
}
"""Unit tests of a module; of any other its namesake: `dsql_tui/a/b.py` has `a/test_b.py`."""
EQUIVALENT = Path(__file__).with_name("equivalent.tsv")
KILLED_LEAST, EQUIVALENT_MOST = 0.9, 0.1
PYTEST = (sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider")


def main() -> int:
    """Print each mutant with its fate, then the counts; 0 where enough of them are killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("module", help="dotted name, or path")
    parser.add_argument("tests", nargs="*", help="test files; by default those of the module")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at once")
    parser.add_argument("--list", action="store_true", help="print the mutants, run nothing")
    given = parser.parse_args()
    module = given.module.removesuffix(".py").replace("/", ".")
    mutants = mutants_of(Path(_source_of(module)).read_text(encoding="utf-8"))
    if given.list:
        for mutant in mutants:
            _say(f"{mutant.line:5} {mutant.name}")
        return 0
    tests = given.tests or _tests_of(module)
    begun = time.monotonic()
    if not _pass(tests, module, None, timeout_s=None):
        _say(f"{' '.join(tests)} fail without any mutant.")
        return 2
    timeout_s = 20 + 5 * (time.monotonic() - begun)
    run = partial(_pass, tests, module, timeout_s=timeout_s)
    with ThreadPoolExecutor(given.jobs) as pool:
        survived = pool.map(run, range(len(mutants)))
        return _report(module, mutants, survived)


def _report(module: str, mutants: list[Mutant], survived: Iterable[bool]) -> int:
    reasons = _equivalent(module)
    counts = Counter[str]()
    for mutant, lives in zip(mutants, survived, strict=True):
        listed = reasons.pop(mutant.name, None) is not None
        fate = ("equivalent" if listed else "SURVIVED") if lives else "killed"
        if listed and not lives:
            fate = "NOT EQUIVALENT"
        counts[fate] += 1
        _say(f"{fate:14} {mutant.line:4} {mutant.name}")
    for name in reasons:
        _say(f"NOT A MUTANT        {name}")
    total = len(mutants)
    share = counts["killed"] / max(total - counts["equivalent"], 1)
    _say(f"{module}: {total} mutants, " + ", ".join(f"{n} {fate}" for fate, n in counts.items()))
    _say(f"{share:.0%} of those that differ are killed")
    is_honest = not reasons and counts["equivalent"] <= EQUIVALENT_MOST * total
    return 0 if share >= KILLED_LEAST and is_honest and not counts["NOT EQUIVALENT"] else 1


def _pass(tests: list[str], module: str, number: int | None, *, timeout_s: float | None) -> bool:
    """Whether all tests pass with a mutant, in a process of their own; `None` is no mutant."""
    environ = dict(os.environ)
    if number is not None:
        environ["MUTANT"] = f"{module}:{number}"
    command = [*PYTEST, "-p", "tests.mutants.plugin", "--hypothesis-seed=0", *tests]
    try:
        done = subprocess.run(
            command, env=environ, timeout=timeout_s, capture_output=True, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    if done.returncode not in (0, 1, 2):
        raise SystemExit(done.stdout.decode() + done.stderr.decode())
    return done.returncode == 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _source_of(module: str) -> str:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise SystemExit(f"There is no module {module}.")
    return spec.origin


def _tests_of(module: str) -> list[str]:
    _, *folders, name = module.split(".")
    named = TESTS.get(module, ("/".join([*folders, f"test_{name}.py"]),))
    return [str(UNIT / one) for one in named]


def _equivalent(module: str) -> dict[str, str]:
    """Return the reasons by mutant of a module."""
    with EQUIVALENT.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["mutant"]: row["reason"] for row in rows if row["module"] == module}


if __name__ == "__main__":
    sys.exit(main())
