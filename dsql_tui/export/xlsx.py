"""Excel workbooks, with the optional `xlsx` extra. Text is never written as a formula.

Excel keeps 15 digits of a number and no time zone: longer numbers, infinities and `timestamptz` are
written as text. The workbook is built in a temporary file and returned at the end.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, time

from dsql_tui.errors import InputError
from dsql_tui.export.formats import Encoder, ExportOptions
from dsql_tui.export.values import READERS
from dsql_tui.model.result import Column, RowChunk
from dsql_tui.results.kinds import NUMBERS, ValueKind, kind_of

MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
MAX_CHARACTERS = 32_767
"""Source: Microsoft, "Excel specifications and limits"."""
SAFE_DIGITS = 15
FIRST_YEAR = 1900


class XlsxEncoder(Encoder):
    """A workbook with one sheet: a header and the rows."""

    def __init__(self, columns: tuple[Column, ...], options: ExportOptions) -> None:
        super().__init__(columns, options)
        try:
            import xlsxwriter
        except ImportError:
            raise InputError(
                "Excel export needs an optional dependency of dsql-tui.",
                remedy="Install it with: pip install 'dsql-tui[xlsx]'",
            ) from None
        if len(columns) > MAX_COLUMNS:
            raise InputError(f"Excel holds at most {MAX_COLUMNS:,} columns.")
        self._file = io.BytesIO()
        with _errors_translated():
            # A separate folder, because xlsxwriter does not delete its files if it fails.
            self._scratch = tempfile.TemporaryDirectory(prefix="dsql-tui-")
        self._book = xlsxwriter.Workbook(
            self._file,
            {
                "constant_memory": True,
                "default_date_format": "yyyy-mm-dd hh:mm:ss",
                "tmpdir": self._scratch.name,
            },
        )
        self._sheet = self._book.add_worksheet("Result")
        self._dates = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._kinds = [kind_of(column) for column in columns]
        self._next_row = 0

    def begin(self) -> bytes:
        """Write the header."""
        for place, column in enumerate(self.columns):
            self._sheet.write_string(0, place, column.name)
        self._sheet.freeze_panes(1, 0)
        self._next_row = 1
        return b""

    def rows(self, chunk: RowChunk) -> bytes:
        """Write rows; returns nothing before the end."""
        if self._next_row + chunk.row_count > MAX_ROWS:
            raise InputError(
                f"Excel holds at most {MAX_ROWS - 1:,} rows.", remedy="Export as CSV or Parquet."
            )
        with _errors_translated():
            for row in chunk.rows.texts():
                for place, text in enumerate(row):
                    if text is not None:
                        self._write(self._next_row, place, text)
                self._next_row += 1
        return b""

    def end(self) -> bytes:
        """Return the whole workbook."""
        from xlsxwriter.exceptions import FileCreateError

        with _errors_translated():
            try:
                self._book.close()
            except FileCreateError as error:
                raise OSError(str(error)) from None
        return self._file.getvalue()

    def discard(self) -> None:
        """Remove the temporary files."""
        if not self._book.fileclosed:
            # It is not wanted any more: closing the book would still write all of it.
            self._book.fileclosed = True
            with suppress(OSError):
                self._sheet.row_data_fh.close()
        self._scratch.cleanup()

    def _write(self, row: int, place: int, text: str) -> None:
        value = excel_value(text, self._kinds[place])
        if isinstance(value, bool):
            self._sheet.write_boolean(row, place, value)
        elif isinstance(value, float):
            self._sheet.write_number(row, place, value)
        elif isinstance(value, datetime):
            self._sheet.write_datetime(row, place, value)
        elif isinstance(value, date):
            midnight = datetime.combine(value, time())
            self._sheet.write_datetime(row, place, midnight, self._dates)
        elif len(value) > MAX_CHARACTERS:
            raise InputError(
                f"A value of column “{self.columns[place].name}” is longer than the "
                f"{MAX_CHARACTERS:,} characters an Excel cell holds.",
                remedy="Export as CSV or Parquet.",
            )
        else:
            self._sheet.write_string(row, place, value)


@contextmanager
def _errors_translated() -> Iterator[None]:
    """Return the error for a temporary file of a workbook that cannot be written.

    Raises:
        InputError: It cannot.
    """
    try:
        yield
    except OSError as error:
        raise InputError(
            f"The workbook could not be built in {tempfile.gettempdir()}: "
            f"{error.strerror or error}.",
            remedy="Free space there, set TMPDIR, or export as CSV.",
        ) from None


def excel_value(text: str, kind: ValueKind) -> str | bool | float | date:
    """Return a value that Excel stores without loss, otherwise its text."""
    if kind is ValueKind.BOOLEAN:
        return text == "t"
    if kind in NUMBERS:
        digits = sum(character.isdigit() for character in text)
        exact = digits <= SAFE_DIGITS and text[-1].isdigit()
        return float(text) if exact else text
    if kind in {ValueKind.DATE, ValueKind.TIMESTAMP}:
        try:
            timestamp = READERS[kind](text)
        except ValueError:
            return text
        if isinstance(timestamp, date) and timestamp.year >= FIRST_YEAR and "." not in text:
            return timestamp
    return text
