"""A summary of a column."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Static

from dsql_tui.console.widgets.cells import clip, inert, width_of
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.results.summary import Summary, sparkline

VALUE_WIDTH = 44


class SummaryDialog(Dialog[None]):
    """Counts, extremes, sum, average, histogram and most common values of one column."""

    HEADING = "Column summary"

    def __init__(self, summary: Summary) -> None:
        super().__init__()
        self._summary = summary

    def body(self) -> ComposeResult:
        """Yield one line for each fact."""
        yield Static("\n".join(summary_lines(self._summary)), classes="dialog-text", markup=False)


def summary_lines(summary: Summary) -> list[str]:
    """Return the facts with their labels; values are clipped, without control characters."""
    facts = [
        ("column", f"{inert(summary.name)} {summary.type_name}"),
        ("rows", f"{summary.row_count:,}"),
        ("NULL", f"{summary.null_count:,}{_share(summary.null_count, summary.row_count)}"),
        ("distinct", f"{summary.distinct_count:,}"),
        ("minimum", _value(summary.minimum)),
        ("maximum", _value(summary.maximum)),
        ("sum", _value(summary.total)),
        ("average", _value(summary.average)),
        ("histogram", sparkline(summary.bins)),
    ]
    lines = [f"{label:<10}{value}" for label, value in facts if value]
    if summary.commonest:
        lines += ["", "most common"]
        lines += [f"{count:>8,}  {_value(text) or '(empty)'}" for text, count in summary.commonest]
    return lines


def _share(part: int, whole: int) -> str:
    return f" ({part / whole:.1%})" if part else ""


def _value(text: str | None) -> str:
    shown = inert(text or "")
    return clip(shown, VALUE_WIDTH) if width_of(shown) > VALUE_WIDTH else shown
