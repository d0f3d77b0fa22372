"""Answers of Aurora DSQL, recorded by others on real clusters in September and October 2026.

`dialect-facts.tsv`: statements with the SQLSTATE and message they get (empty: accepted).
`suite-facts.tsv`: statements with what AWS's own tools, their tests and later logs of real clusters
say of them: SQLSTATE and message, or tag and notice, and the source. `D.n` is an item of the facts
sheet, GRAM the grammar that AWS's linter carries.
`transaction-facts.json`: sequences in one session. `occ-scenarios.json`: interleaved sessions.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Fact:
    """What one statement is answered."""

    statement: str
    sqlstate: str
    message: str

    def __str__(self) -> str:
        return self.statement


@dataclass(frozen=True)
class SuiteFact:
    """What one statement is answered: an error, or a tag and perhaps a notice."""

    statement: str
    sqlstate: str
    answer: str
    notice: str
    source: str

    def __str__(self) -> str:
        return self.statement


def suite_facts() -> list[SuiteFact]:
    with (_FOLDER / "suite-facts.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [SuiteFact(**row) for row in rows]


def dialect_facts() -> list[Fact]:
    with (_FOLDER / "dialect-facts.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Fact(row["statement"], row["sqlstate"], row["message"]) for row in rows]


def transaction_cases() -> list[Any]:
    cases: list[Any] = _read("transaction-facts.json")["cases"]
    return cases


def occ_scenarios() -> tuple[list[str], list[Any]]:
    """Return the statements that set the stage, and the scenarios."""
    recorded = _read("occ-scenarios.json")
    return recorded["setup"], recorded["scenarios"]


def _read(name: str) -> Any:
    return json.loads((_FOLDER / name).read_text(encoding="utf-8"))
