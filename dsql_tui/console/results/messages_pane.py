"""Messages of the runs, the newest last: command tags, notices, errors with advice."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from dsql_tui.console.shared.words import explanation, headline
from dsql_tui.console.widgets.cells import visible
from dsql_tui.errors import DsqlTuiError, OccConflict, StatementCancelled
from dsql_tui.model.result import Completed, Notice
from dsql_tui.model.span import duration
from dsql_tui.sql.lexing.split import Statement

NOTHING = "Command tags, notices and errors appear here."
ENTRIES_KEPT = 200
REPORTED_FROM_MS = 100
"""How long a failed statement must have run for its time to be of interest."""
PRIVATE = "  not in the history"
"""Shown after a statement that begins with exactly one space."""
STATEMENT_SHOWN = 70
"""Characters of a statement that name it in a message."""


class MessageLog(VerticalScroll):
    """The messages of the last runs, up to a maximum, each run with its time.

    Args:
        now: Returns the current time, aware.
    """

    def __init__(self, now: Callable[[], datetime], *, id: str | None = None) -> None:  # noqa: A002
        self._now = now
        self._heading = ""
        self._body = Static(NOTHING, markup=False)
        super().__init__(self._body, id=id)
        self._entries: deque[Content] = deque(maxlen=ENTRIES_KEPT)
        self.mark = ""

    def begin(self) -> None:
        """Begin a new run; the time is shown above its first message."""
        self.mark = ""
        self._heading = self._time()

    def completed(self, statement: Statement, completed: Completed) -> None:
        """Show that a statement has succeeded."""
        self._add(
            ("✓ ", "$text-success"),
            (completed.command_tag or "no statement", "bold $text"),
            (f"  {duration(completed.elapsed_ms)}", "$muted"),
            (f"  {_name(statement)}", "$muted"),
            (PRIVATE if statement.is_private else "", "$muted"),
        )

    def notice(self, notice: Notice) -> None:
        """Show a notice of the server."""
        style = "$text-warning" if notice.severity == "WARNING" else "$text-accent"
        self.mark = self.mark or "•"
        lines = [(f"• {notice.severity.lower()} ", style), (notice.message, "$text")]
        if notice.hint:
            lines.append((f"\n  Hint: {notice.hint}", "$muted"))
        self._add(*lines)

    def failed(self, statement: Statement, error: DsqlTuiError, elapsed_ms: float) -> None:
        """Show a failed statement's error."""
        quiet = isinstance(error, StatementCancelled)
        self.mark = self.mark if quiet else "✗"
        self._add(
            ("– " if quiet else "✗ ", "$muted" if quiet else "$text-error"),
            (headline(error), "bold $muted" if quiet else "bold $text-error"),
            (f"  {duration(elapsed_ms)}" if elapsed_ms >= REPORTED_FROM_MS else "", "$muted"),
            (f"  {_name(statement)}", "$muted"),
            (PRIVATE if statement.is_private else "", "$muted"),
            (f"\n  {error.message}", "$text"),
            *((f"\n  {line}", "$muted") for line in explanation(error)),
        )

    def retried(self, attempt: int, error: OccConflict) -> None:
        """Show that a statement had a conflict and is retried."""
        self._add(
            ("↻ ", "$text-warning"),
            (headline(error), "bold $text-warning"),
            (f"  rolled back; retrying, attempt {attempt}", "$muted"),
        )

    def trouble(self, words: str, error: DsqlTuiError) -> None:
        """Show an error outside of a statement."""
        self.mark = "✗"
        self._add(
            ("✗ ", "$text-error"),
            (headline(error), "bold $text-error"),
            (f"  {words}, {self._time()}", "$muted"),
            (f"\n  {error.message}", "$text"),
            *((f"\n  {line}", "$muted") for line in explanation(error)),
        )

    def _time(self) -> str:
        """Return the local time of day to the second."""
        return f"{self._now().astimezone():%H:%M:%S}"

    def _add(self, *parts: tuple[str, str]) -> None:
        if self._heading:
            space = "\n" if self._entries else ""
            self._entries.append(Content.styled(f"{space}Run at {self._heading}", "$muted"))
            self._heading = ""
        self._entries.append(Content.assemble(*((visible(text), style) for text, style in parts)))
        self._draw()

    def _draw(self) -> None:
        self._body.update(Content("\n").join(self._entries))
        self.scroll_end(animate=False)


def _name(statement: Statement) -> str:
    """Return the statement on one line, cut."""
    line = " ".join(statement.text.split())
    return line if len(line) <= STATEMENT_SHOWN else line[: STATEMENT_SHOWN - 1] + "…"
