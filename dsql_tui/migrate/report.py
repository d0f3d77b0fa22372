"""What becomes of each object of a PostgreSQL database, with the reason and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What becomes of an object."""

    CARRIED = "carried over"
    REWRITTEN = "rewritten"
    LOST = "left out"


_MARKS = {Outcome.CARRIED: "=", Outcome.REWRITTEN: "~", Outcome.LOST: "-"}


@dataclass(frozen=True, slots=True)
class ReportEntry:
    """What becomes of one object.

    Attributes:
        kind: `table`, `column`, `trigger` and so on, in lower case.
        name: As written in SQL, a column's with its table.
        outcome: What becomes of it.
        reason: What is different or why it is not possible; empty if it is as it was.
        action: What to do about it, or empty.
        definition: The SQL of what is not carried over, or empty.
    """

    kind: str
    name: str
    outcome: Outcome
    reason: str = ""
    action: str = ""
    definition: str = ""

    @property
    def label(self) -> str:
        """The kind and the name, for display."""
        return f"{self.kind} {self.name}"

    def lines(self) -> Iterator[str]:
        """Yield the lines that show it."""
        yield f"{_MARKS[self.outcome]} {self.label}{f': {self.reason}' if self.reason else ''}"
        if self.action:
            yield f"    {self.action}"


def report_text(title: str, entries: Iterable[ReportEntry]) -> str:
    """Return a report for people: what is left out first, then the rest."""
    listed = list(entries)
    lines = [title, counts_text(listed), ""]
    for outcome in (Outcome.LOST, Outcome.REWRITTEN, Outcome.CARRIED):
        chosen = [entry for entry in listed if entry.outcome is outcome]
        if chosen:
            lines.append(f"{outcome.capitalize()} ({len(chosen):,})")
            lines += [f"  {line}" for entry in chosen for line in entry.lines()]
            lines.append("")
    return "\n".join(lines)


def counts_text(entries: Iterable[ReportEntry]) -> str:
    """Return how many objects have which outcome, as one sentence."""
    counts = Counter(entry.outcome for entry in entries)
    return ", ".join(f"{counts[outcome]:,} {outcome}" for outcome in Outcome) + "."


def left_out_sql(entries: Iterable[ReportEntry]) -> str:
    """Return the definitions of what is not carried over, as comments of a SQL file."""
    parts = ["-- What was not carried over, as PostgreSQL defines it.\n"]
    for entry in entries:
        if entry.definition and entry.outcome is Outcome.LOST:
            head = [entry.label, *filter(None, (entry.reason, entry.action))]
            body = [*head, *entry.definition.splitlines()]
            parts.append("".join(f"-- {line}".rstrip() + "\n" for line in body))
    return "\n".join(parts)
