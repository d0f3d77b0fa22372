"""Run the mutants of one module against its unit tests; see `tests.mutants`."""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import pytest

from tests.mutants.loader import Finder
from tests.mutants.mutations import Mutant, mutants_of

UNIT = Path("tests/unit")
EQUIVALENT = Path(__file__).with_name("equivalent.tsv")
KILLED_LEAST, EQUIVALENT_MOST = 0.9, 0.1
OPTIONS = ("-q", "-x", "-n", "0", "-p", "no:cacheprovider", "--hypothesis-seed=0")
QUIET = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""Plugins that are imported before pytest starts are not rewritten, which does not matter here."""
FORK = get_context("fork")


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
    runner = Runner(module, given.tests or _tests_of(module))
    with ThreadPoolExecutor(given.jobs) as pool:
        return _report(module, mutants, pool.map(runner.passes, mutants))


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


class Runner:
    """Runs tests in forks of this process, which has imported the libraries they use.

    Args:
        module: The module to mutate.
        tests: Test files.

    Raises:
        SystemExit: The tests fail without any mutant.
    """

    def __init__(self, module: str, tests: list[str]) -> None:
        self._module, self._tests = module, tests
        self._timeout_s: float | None = None
        names: SimpleQueue[list[str]] = FORK.SimpleQueue()
        begun = time.monotonic()
        if not self.passes(None, names):
            raise SystemExit(f"{' '.join(tests)} fail without any mutant.")
        self._timeout_s = 20 + 5 * (time.monotonic() - begun)
        for name in names.get():
            with suppress(ImportError):
                import_module(name)
        if not self.passes(None):
            raise SystemExit(f"{' '.join(tests)} fail when libraries are imported before.")

    def passes(self, mutant: Mutant | None, names: SimpleQueue[list[str]] | None = None) -> bool:
        """Whether all tests pass with a mutant; one that takes too long does not."""
        process = FORK.Process(target=self._run, args=(mutant, names))
        process.start()
        process.join(self._timeout_s)
        process.kill()
        process.join()
        return process.exitcode == 0

    def _run(self, mutant: Mutant | None, names: SimpleQueue[list[str]] | None) -> None:
        output = os.open(os.devnull if mutant else "/dev/stderr", os.O_WRONLY)
        os.dup2(output, 1)
        os.dup2(output, 2)
        if mutant is not None:
            sys.meta_path.insert(0, Finder(self._module, mutant.tree))
        status = pytest.main([*OPTIONS, *QUIET, *self._tests])
        if names is not None:
            ours = ("dsql_tui", "tests", "conftest", "__main__")
            names.put([name for name in sys.modules if not name.startswith(ours)])
        sys.stdout.flush()
        os._exit(int(status))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _source_of(module: str) -> str:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise SystemExit(f"There is no module {module}.")
    return spec.origin


def _tests_of(module: str) -> list[str]:
    """Return the unit tests of a module: `dsql_tui/a/b.py` has `a/test_b.py`."""
    _, *folders, name = module.split(".")
    return [str(UNIT.joinpath(*folders, f"test_{name}.py"))]


def _equivalent(module: str) -> dict[str, str]:
    """Return the reasons by mutant of a module."""
    with EQUIVALENT.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["mutant"]: row["reason"] for row in rows if row["module"] == module}


if __name__ == "__main__":
    sys.exit(main())
