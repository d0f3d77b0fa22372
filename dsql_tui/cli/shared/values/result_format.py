"""The options for printing rows, combined into one format and its options."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import click
from click.core import ParameterSource

from dsql_tui.cli.shared.values.types import OBJECT
from dsql_tui.export.formats import DEFAULT_TABLE, ExportOptions, Format

_SHORT = {
    "csv": Format.CSV,
    "as_json": Format.JSON,
    "json_lines": Format.JSONL,
    "no_align": Format.UNALIGNED,
    "expanded": Format.EXPANDED,
}
"""Flag → its format."""
_DELIMITED = frozenset({Format.CSV, Format.TSV})
_HEEDED_BY = {
    "table": frozenset({Format.INSERT}),
    "tuples_only": _DELIMITED | {Format.TABLE, Format.UNALIGNED, Format.EXPANDED},
    "guard_formulas": _DELIMITED,
}
"""Option → the formats that use it; any other format would ignore it silently."""


def format_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the format options to a command, which gets `file_format` and `options`."""

    def with_format(
        *args: Any, chosen: str, table: str, tuples_only: bool, guard_formulas: bool, **kwargs: Any
    ) -> Any:
        flags = [each for name, each in _SHORT.items() if kwargs.pop(name)]
        file_format = _one_of(flags, chosen)
        _refuse_ignored(file_format)
        options = ExportOptions(header=not tuples_only, table=table, guard_formulas=guard_formulas)
        return command(*args, file_format=file_format, options=options, **kwargs)

    wrapped: Callable[..., Any] = update_wrapper(with_format, command)
    for option in (
        click.option(
            "--guard-formulas",
            is_flag=True,
            help="In CSV and TSV, escape text that a spreadsheet treats as a formula with '.",
        ),
        click.option(
            "--table",
            default=DEFAULT_TABLE,
            show_default=True,
            type=OBJECT,
            metavar="NAME",
            help="Table named in INSERT statements, with --format insert.",
        ),
        click.option(
            "-t",
            "--tuples-only",
            "--no-header",
            "tuples_only",
            is_flag=True,
            help="Print rows only: no column names, no count of rows.",
        ),
        click.option(
            "-A", "--no-align", is_flag=True, help="Print unaligned columns, as psql -A does."
        ),
        click.option(
            "-x", "--expanded", is_flag=True, help="Print a line for each column, as psql -x does."
        ),
        click.option(
            "--json-lines",
            is_flag=True,
            help="Print one JSON object per row, each on its own line.",
        ),
        click.option(
            "--json",
            "as_json",
            is_flag=True,
            help="Print one JSON array; only for a single result.",
        ),
        click.option("--csv", is_flag=True, help="Print CSV."),
        click.option(
            "--format",
            "chosen",
            type=click.Choice([known.value for known in Format]),
            default=Format.TABLE.value,
            show_default=True,
            help="Format of the rows.",
        ),
    ):
        wrapped = option(wrapped)
    return wrapped


def _one_of(flags: list[Format], chosen: str) -> Format:
    """Return the requested format, of which there is at most one.

    Raises:
        click.UsageError: Several were.
    """
    context = click.get_current_context()
    asked = set(flags)
    if context.get_parameter_source("chosen") is not ParameterSource.DEFAULT:
        asked.add(Format(chosen))
    if len(asked) > 1:
        named = ", ".join(sorted(each.value for each in asked))
        raise click.UsageError(f"Choose one format, not {named}.")
    return next(iter(asked), Format(chosen))


def _refuse_ignored(file_format: Format) -> None:
    """Refuse options that the format would not heed.

    Raises:
        click.UsageError: Names the option and the formats that do.
    """
    context = click.get_current_context()
    for name, formats in _HEEDED_BY.items():
        given = context.get_parameter_source(name)
        if given is not ParameterSource.DEFAULT and file_format not in formats:
            listed = ", ".join(sorted(each.value for each in formats))
            option = name.replace("_", "-")
            raise click.UsageError(f"--{option} works with these formats: {listed}.")
