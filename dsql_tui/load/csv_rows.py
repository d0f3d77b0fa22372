r"""CSV (RFC 4180): delimited fields, quoted if needed, `""` for a quote inside quotes.

A field is the text between delimiters, including spaces. A field is NULL if its text, quotes
included, is one of `nulls`, by default only the empty text; so `""` is an empty string. An empty
line is a NULL if there is one column, and is skipped if there are more. Lines end with `\n` or
`\r\n`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dsql_tui.errors import InputError
from dsql_tui.load.records import RECORD_MAX_BYTES, Malformed, Record, without_break

COMMA = ","
NULLS = frozenset({""})
_QUOTE_REMEDY = 'Put the value in quotes and write each quote inside it twice: "5"" pipe".'
_RETURN_REMEDY = r"End lines with \n or \r\n, and put a value with a line break in quotes."


@dataclass(frozen=True)
class CsvFormat:
    """The delimiter and the spelling of NULL.

    Attributes:
        delimiter: One character.
        nulls: The spellings of NULL in the file, quotes included.
    """

    delimiter: str = COMMA
    nulls: frozenset[str] = NULLS

    @cached_property
    def _field(self) -> re.Pattern[str]:
        mark = re.escape(self.delimiter)
        return re.compile(rf'{mark}("[^"]*(?:""[^"]*)*"|[^"\r\n{mark}]*)')

    def names(self, lines: Iterator[str], path: Path) -> tuple[str, ...]:
        """Return the names in the first line; none if it is missing or empty.

        Raises:
            InputError: It is malformed.
        """
        for _, fields, _ in self._rows(lines, path):
            return tuple(map(_meaning, fields)) if fields != [""] else ()
        return ()

    def split(self, text: str) -> list[str]:
        """Return the fields of one record as written, without its line break.

        Raises:
            Malformed: The record is not valid CSV.
        """
        if '"' not in text and "\r" not in text:
            return text.split(self.delimiter)
        fields: list[str] = self._field.findall(self.delimiter + text)
        # Text that the pattern skipped is not valid CSV.
        if sum(map(len, fields)) + len(fields) != len(text) + 1:
            raise self._fault(text)
        return fields

    def records(
        self, lines: Iterator[str], path: Path, width: int, *, has_header: bool
    ) -> Iterator[Record]:
        """Yield the rows; one with another number of fields is a record with its problem.

        Raises:
            InputError: The rest cannot be read, because the start of the next row is unknown.
        """
        rows = self._rows(lines, path)
        if has_header:
            next(rows, None)
        nulls = self.nulls
        for line, fields, has_quotes in rows:
            if len(fields) != width:
                if fields != [""]:
                    problem = f"{len(fields)} fields where there are {width} columns"
                    yield Record(line, (), problem, self.delimiter.join(fields))
            elif has_quotes:
                yield Record(
                    line, tuple([None if each in nulls else _meaning(each) for each in fields])
                )
            else:
                yield Record(line, tuple([None if each in nulls else each for each in fields]))

    def _rows(self, lines: Iterator[str], path: Path) -> Iterator[tuple[int, list[str], bool]]:
        """Yield each record's first line, its fields as written, and whether any has quotes."""
        delimiter = self.delimiter
        number = 0
        for line in lines:
            first = number = number + 1
            if '"' not in line and "\r" not in line:
                yield first, line.removesuffix("\n").split(delimiter), False
                continue
            text, number = _whole(line, number, lines)
            try:
                yield first, self.split(without_break(text)), True
            except Malformed as fault:
                raise fault.in_file(path, text, first) from None

    def _fault(self, text: str) -> Malformed:
        """Return what is wrong with a record: the text after its last complete field."""
        delimited, at, field_at, spelled = self.delimiter + text, 0, 0, ""
        while whole := self._field.match(delimited, at):
            at, field_at, spelled = whole.end(), whole.start(1) - 1, whole[1]
        offset = at - 1
        if text[offset] == '"' and (not spelled or spelled[0] == '"'):
            # Without a closing quote, the pattern matched one of a doubled quote as the closing
            # one.
            return Malformed(field_at, "the quote that opens here is not closed")
        if spelled[:1] == '"':
            return Malformed(offset, "text after a closing quote", _QUOTE_REMEDY)
        if text[offset] == '"':
            return Malformed(offset, "a quote in a value without quotes", _QUOTE_REMEDY)
        return Malformed(offset, "a carriage return outside quotes", _RETURN_REMEDY)


def _whole(line: str, number: int, lines: Iterator[str]) -> tuple[str, int]:
    """Return a record, which a quoted line break continues, and the number of its last line.

    Quotes come in pairs, so a record ends where their number is even. A record that has no end, or
    none within the maximum size of a row, is returned as far as it was read.
    """
    if line.count('"') % 2 == 0:
        return line, number
    parts, size, is_open = [line], len(line), True
    while is_open and size <= RECORD_MAX_BYTES:
        more = next(lines, None)
        if more is None:
            break
        number += 1
        parts.append(more)
        size += len(more)
        is_open = more.count('"') % 2 == 0
    return "".join(parts), number


def _meaning(spelled: str) -> str:
    if spelled[:1] != '"':
        return spelled
    value = spelled[1:-1]
    return value.replace('""', '"') if '"' in value else value


def parse_names(text: str) -> tuple[str, ...]:
    """Return the names of a comma-separated list, quoted where they contain a comma.

    Raises:
        InputError: It is not such a list.
    """
    csv = CsvFormat()
    try:
        return tuple(_meaning(name.strip()) for name in csv.split(text))
    except Malformed as fault:
        raise InputError(f"--columns, column {fault.offset + 1}: {fault.why}.") from None
