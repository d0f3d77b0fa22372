"""Progress of an import, drawn on standard error."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.terminal import echo_line, end_progress, narrate, redraw_line
from dsql_tui.migrate.run import Loaded, RowDifference, TableProgress


def follow_rows(events: Iterator[TableProgress | RowDifference], verb: str) -> list[str]:
    """Draw the progress over tables, and return the differences as sentences.

    Args:
        events: What happens.
        verb: What is done with the rows, in the past tense.
    """
    differences: list[str] = []
    rows = 0
    for event in events:
        match event:
            case TableProgress():
                redraw_line(_bar(event))
                rows += event.rows if event.is_complete else 0
            case RowDifference(table, reason):
                differences.append(f"{table}: {reason}")
    end_progress()
    narrate(f"{rows:,} rows {verb}.")
    return differences


def follow_loading(events: Iterator[TableProgress | Loaded]) -> int:
    """Draw the progress of loading, and return the exit code."""
    code: int = ExitCode.OK
    rows = 0
    try:
        for event in events:
            match event:
                case TableProgress():
                    redraw_line(_bar(event))
                case Loaded(table, stored, rejected, path):
                    rows += stored
                    if rejected:
                        end_progress()
                        echo_line(f"{table}: {rejected:,} rows were rejected ({path}).", err=True)
                        code = ExitCode.PARTIAL
    except KeyboardInterrupt:
        end_progress()
        narrate("Stopping after the current transactions …")
        code = INTERRUPTION.exit_code
    finally:
        events.close()  # type: ignore[attr-defined]  # a generator; keeps the manifests true
    end_progress()
    narrate(f"{rows:,} rows loaded.")
    if code not in {ExitCode.OK, ExitCode.PARTIAL}:
        narrate("Run the same command to resume.")
    return code


def _bar(at: TableProgress) -> str:
    return f"{at.number:,} of {at.tables:,}  {at.table}  {at.rows:,} rows   "
