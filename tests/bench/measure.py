"""The result of a benchmark, and how competitors are compared fairly."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Target:
    """The most that is allowed; what is `None` does not count.

    Attributes:
        ratio: Ours ÷ the floor's.
        value: Ours, in the benchmark's unit.
        least: Ours must be at least this share of the floor's; for rates, where more is better.
    """

    ratio: float | None = None
    value: float | None = None
    least: float | None = None

    def __str__(self) -> str:
        words = []
        if self.ratio is not None:
            words.append(f"≤ {self.ratio:g} ×")
        if self.value is not None:
            words.append(f"≤ {self.value:g}")
        if self.least is not None:
            words.append(f"≥ {self.least:g} ×")
        return " and ".join(words) or "–"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One line of the table.

    Attributes:
        name: The benchmark's, with what is measured.
        unit: Of `ours` and `floor`.
        ours: Median.
        floor: Median of what it is compared with; `None` without one.
        against: What it is compared with.
        target: What is allowed.
        note: Anything a reader must know.
    """

    name: str
    unit: str
    ours: float
    floor: float | None = None
    against: str = ""
    target: Target = field(default_factory=Target)
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours ÷ the floor's."""
        return self.ours / self.floor if self.floor else None

    @property
    def holds(self) -> bool:
        """Whether the target is met."""
        target, ratio = self.target, self.ratio
        if target.value is not None and self.ours > target.value:
            return False
        if target.ratio is not None and ratio is not None and ratio > target.ratio:
            return False
        return not (target.least is not None and ratio is not None and ratio < target.least)


@dataclass(frozen=True, slots=True)
class Options:
    """How much to measure.

    Attributes:
        runs: Repetitions whose median counts.
        quick: Fewer and smaller.
    """

    runs: int
    quick: bool


Benchmark = Callable[[Options], Iterator[Measurement]]


def medians(runs: int, competitors: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """Run competitors in turns, so that a noisy minute hits all of them; return their medians."""
    found: dict[str, list[float]] = {name: [] for name in competitors}
    for _ in range(runs):
        for name, run in competitors.items():
            found[name].append(run())
    return {name: statistics.median(values) for name, values in found.items()}


def timed(run: Callable[[], object]) -> float:
    """Return the seconds a call takes."""
    started = time.monotonic()
    run()
    return time.monotonic() - started


def percentile(values: list[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def machine() -> dict[str, str | int]:
    """Return a description of the machine."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        model = next((line.split(": ")[1] for line in lines if "model name" in line), model)
    return {
        "cpu": model,
        "cores": os.cpu_count() or 0,
        "system": platform.platform(),
        "python": platform.python_version(),
    }
