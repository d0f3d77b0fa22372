r"""Watching a statement: how often it runs, what it may do, and what it has cost so far."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from dsql_tui.errors import InputError
from dsql_tui.sql.dsql.discipline import reason_it_writes
from dsql_tui.sql.statements.classify import StatementClass

DEFAULT_INTERVAL_S = 2.0
"""That of psql 16."""
INTERVAL_MIN_S, INTERVAL_MAX_S = 0.1, 86_400.0
COUNT_MAX = 1_000_000
_SECONDS = re.compile(r"(?:i(?:nterval)?=)?(\d{1,6}(?:\.\d{1,6})?)s?")
_COUNT = re.compile(r"c(?:ount)?=(\d{1,7})")
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Watch:
    """How often a statement runs.

    Attributes:
        interval_s: From the start of one run to the start of the next; one that takes longer is
            followed by the next at once, and none are made up for.
        count: Runs at most; 0 is no limit.
    """

    interval_s: float = DEFAULT_INTERVAL_S
    count: int = 0

    @property
    def words(self) -> str:
        """The interval in words: `every 2 s`."""
        return f"every {self.interval_s:g} s"

    def pause_s(self, elapsed_s: float) -> float:
        """Return how long to wait after a run that took so long."""
        return max(self.interval_s - elapsed_s, 0.0)

    def cost_words(self, runs: int, dpu: Decimal | None, million_dpu: Decimal) -> str:
        """Return the estimated cost of the runs so far, or that it is unknown.

        Args:
            runs: How many.
            dpu: DPU of one run, as measured; `None` if that is not known.
            million_dpu: Price of a million DPU in dollars.
        """
        if dpu is None:
            return "DPU unknown"
        spent = dpu * runs
        return f"~{spent.normalize():f} DPU, ${spent * million_dpu / MILLION:.6f}"


def read_watch(arguments: Sequence[str]) -> Watch:
    r"""Return what the arguments of `\watch [[i=]SECONDS] [c=COUNT]` ask for.

    Raises:
        InputError: One of them is neither, or out of range.
    """
    interval_s, count = DEFAULT_INTERVAL_S, 0
    for argument in arguments:
        if match := _SECONDS.fullmatch(argument):
            interval_s = float(match[1])
        elif match := _COUNT.fullmatch(argument):
            count = int(match[1])
        else:
            raise InputError("\\watch: give seconds, and c=COUNT: \\watch 2 c=10.")
    if not INTERVAL_MIN_S <= interval_s <= INTERVAL_MAX_S:
        raise InputError(f"\\watch: seconds are from {INTERVAL_MIN_S:g} to {INTERVAL_MAX_S:,.0f}.")
    if count > COUNT_MAX:
        raise InputError(f"\\watch: at most {COUNT_MAX:,} runs can be counted.")
    return Watch(interval_s, count)


def reason_not_watched(statement_class: StatementClass, text: str) -> str:
    """Return why a statement is not run again and again, as a sentence; empty if it only reads."""
    if statement_class.is_transaction_control:
        return f"{statement_class.command} cannot be watched."
    reason = reason_it_writes(statement_class, text)
    return f"{reason}; only statements that read are watched." if reason else ""
