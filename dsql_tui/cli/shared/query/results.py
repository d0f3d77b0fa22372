"""Writes the results of statements to standard output in a format."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dsql_tui.cli.shared import output
from dsql_tui.errors import InputError
from dsql_tui.export.formats import Encoder, ExportOptions, Format
from dsql_tui.model.result import Column, RowChunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsql_tui.sql.statements.classify import StatementClass

_ALIGNED = frozenset({Format.TABLE, Format.UNALIGNED})
_ONE_RESULT = "A document of {format} holds one result, and this is the second."


class ResultWriter:
    """Writes results to standard output.

    Once the reader has stopped (`| head`), rows are dropped: what statements do must not depend on
    how much of their rows somebody reads.

    Args:
        file_format: How rows are written.
        options: The options of the format.

    Attributes:
        has_reader: Whether output still has a reader.
        bytes_written: Of all results so far.
    """

    def __init__(self, file_format: Format, options: ExportOptions) -> None:
        self._format: Format = Format.TABLE if file_format is Format.EXPANDED else file_format
        self._options = options
        self._is_expanded = file_format is Format.EXPANDED
        self._expands_next = False
        self._omits_empty = False
        self._expects = ""
        self._held = b""
        """The beginning of a result that is not written before its first row."""
        self._encoder: Encoder | None = None
        self._results = 0
        self.has_reader = True
        self.bytes_written = 0

    def check(self) -> None:
        """Check what can be checked before a statement is sent.

        Raises:
            InputError: The format's library is missing, or there is no standard output.
        """
        from dsql_tui.export.encode import encoder

        output.require()
        encoder(self._format, (), self._options).discard()

    # Changes of the output during a run, as by commands of psql.

    def use(self, file_format: Format) -> None:
        """Write the next results in another format."""
        self._format = file_format

    def expand(self, is_on: bool | None) -> None:
        """Write a line for each column, or no longer; `None` toggles it."""
        self._is_expanded = not self._is_expanded if is_on is None else is_on

    def expand_next(self) -> None:
        """Write the next result with a line for each column."""
        self._expands_next = True

    def toggle_alignment(self) -> None:
        """Switch between aligned and unaligned columns."""
        is_aligned = self._format is not Format.UNALIGNED
        self._format = Format.UNALIGNED if is_aligned else Format.TABLE

    def write_only_rows(self, is_on: bool | None) -> None:
        """Write no headings and counts, or write them again; `None` toggles it."""
        header = not self._options.header if is_on is None else not is_on
        self._options = replace(self._options, header=header)

    def omit_next_if_empty(self, expects: str) -> None:
        """Omit the next result if it is empty.

        Args:
            expects: The error that is raised then; empty for none.
        """
        self._omits_empty, self._expects = True, expects

    @property
    def _chosen(self) -> Format:
        is_expanded = self._is_expanded or self._expands_next
        return Format.EXPANDED if is_expanded and self._format in _ALIGNED else self._format

    def check_results(self, classes: Sequence[StatementClass]) -> None:
        """Refuse statements of which several return rows, for a format with one result per file.

        Raises:
            InputError: Names the format.
        """
        if self._format.holds_one_result and sum(each.answers_rows for each in classes) > 1:
            raise InputError(
                f"A document of {self._format.value} holds one result, and several statements"
                " return rows.",
                remedy="Nothing was sent. Run them one by one, or use --json-lines.",
            )

    def check_watched(self, *, is_watched: bool) -> None:
        """Refuse statements that run again and again, for a format with one result per file.

        Raises:
            InputError: Names the format.
        """
        if self._format.holds_one_result and is_watched:
            raise InputError(
                f"A document of {self._format.value} holds one result, and a watched statement has"
                " many.",
                remedy="Nothing was sent. Use --json-lines.",
            )

    def begin(self, columns: tuple[Column, ...]) -> None:
        """Begin a result.

        Raises:
            InputError: Its columns cannot be written in this format.
        """
        from dsql_tui.export.encode import encoder

        self._results += 1
        if self._results > 1 and self._format.holds_one_result:
            raise InputError(_ONE_RESULT.format(format=self._format.value))
        self._encoder = encoder(self._chosen, columns, self._options)
        self._held = self._encoder.begin()
        if not self._omits_empty:
            self._write_held()

    def rows(self, chunk: RowChunk) -> None:
        """Write rows of the result that was begun.

        Raises:
            InputError: A value cannot be written in this format, or the output takes no more.
        """
        if self._encoder and self.has_reader:
            self._omits_empty, self._expects = False, ""
            self._write_held()
            self._write(self._encoder.rows(chunk))

    def end(self) -> None:
        """End the current result; afterwards everything is written.

        Raises:
            InputError: The output is full or closed, or the result has no rows and needs some.
        """
        if self._encoder and self.has_reader and not self._omits_empty:
            self._write(self._encoder.end(), flush=True)
        expected, self._expects = self._expects, ""
        self._omits_empty = self._expands_next = False
        self.discard()
        if expected:
            raise InputError(expected)

    def finish(self) -> None:
        """Write an empty JSON document if there was no result.

        Raises:
            InputError: The output is full or closed.
        """
        if self._format is Format.JSON and not self._results:
            self._write(b"[]\n", flush=True)

    def withdraw(self) -> None:
        """Discard an unfinished result of which nothing was written."""
        self._results -= self._encoder is not None
        self.discard()

    def discard(self) -> None:
        """Release the resources of an unfinished result."""
        if self._encoder:
            self._encoder.discard()
        self._encoder = None

    def _write_held(self) -> None:
        held, self._held = self._held, b""
        if held:
            self._write(held)

    def _write(self, data: bytes, *, flush: bool = False) -> None:
        if self.has_reader:
            self.bytes_written += len(data)
            self.has_reader = output.write(data, flush=flush)
