"""JSON Lines and JSON arrays: one object per row, with values as written in the file.

A string is loaded as its characters, `null` as NULL, and every other value as its source text; a
column of type json or jsonb receives the source text of strings too. A missing key is NULL. The key
`_json_null` is a list of keys whose `null` is the JSON value null and not SQL NULL.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from dsql_tui.errors import InputError
from dsql_tui.load.json_text import (
    Member,
    flat_object,
    members,
    skip_space,
    string_list,
    string_value,
)
from dsql_tui.load.records import (
    Malformed,
    Position,
    Record,
    TextBlocks,
    Values,
    malformed,
    without_break,
)
from dsql_tui.model.result import JSON_NULLS_KEY

LINE_KEY, REASON_KEY, TEXT_KEY = "_line", "_reason", "_text"
"""What the side file says about a row that was set aside."""
OWN_KEYS = frozenset({LINE_KEY, REASON_KEY, TEXT_KEY, JSON_NULLS_KEY})
"""Keys that are no columns, unless the table has columns of these names."""
_SIDE_FILE = frozenset({LINE_KEY, REASON_KEY})
MISSES_MAX = 100
"""Lines that may differ from the plain form before it is no longer looked for."""
_NOT_AN_OBJECT = "not a JSON object"


class RowReader:
    """Converts objects into rows.

    Args:
        columns: The keys to read, in the order of the values.
        documents: The keys whose column is json or jsonb.
    """

    def __init__(self, columns: tuple[str, ...], documents: frozenset[str] = frozenset()) -> None:
        self._columns = columns
        self._names = frozenset(columns)
        self._documents = documents
        self._spelled = tuple(name in documents for name in columns)
        self._plain_row = flat_object(columns)
        self._misses_left = MISSES_MAX

    def row_of_line(self, line: str) -> Values | None:
        """Return the row of a line of JSON Lines; `None` for a blank line.

        Raises:
            Malformed: It is not an object, or does not fit these columns.
        """
        if self._misses_left:
            if plain := self._plain_row.fullmatch(line):
                # A problem with a value is found again below, with its position.
                with suppress(Malformed):
                    return tuple(
                        [
                            _meaning(value, is_spelled=is_spelled)
                            for value, is_spelled in zip(plain.groups(), self._spelled, strict=True)
                        ]
                    )
            self._misses_left -= 1
        pairs = _only_object(line)
        return None if pairs is None else self.row(pairs)

    def row(self, pairs: list[Member]) -> Values:
        """Return the row of an object.

        Raises:
            Malformed: It is valid JSON but does not fit these columns.
        """
        row = by_key(pairs)
        documents, json_nulls = self._documents, list[str]()
        if row.keys() != self._names:
            own = self._own(row)
            if TEXT_KEY in own:
                raise Malformed(
                    row[TEXT_KEY].offset, "not corrected: _text is a row that could not be read"
                )
            if own >= _SIDE_FILE:
                # The file of rejected rows has PostgreSQL's text of every value, as a string.
                documents = frozenset()
            if JSON_NULLS_KEY in own:
                json_nulls = _json_nulls(row)
        values = list[str | None]()
        for name in self._columns:
            member = row.get(name)
            if member is None:
                values.append(None)
            elif member.value == "null" and name in json_nulls:
                values.append(member.value)
            else:
                values.append(_value(member, is_spelled=name in documents))
        return tuple(values)

    def _own(self, row: dict[str, Member]) -> frozenset[str]:
        """Return the keys of a row that are not columns.

        Raises:
            Malformed: One of them is not a key of this program either.
        """
        others = row.keys() - self._names
        if unknown := [key for key in row if key in others - OWN_KEYS]:
            named = ", ".join(map(printable, unknown))
            raise Malformed(row[unknown[0]].offset, f"keys without a column: {named}")
        return frozenset(others)


def read_lines_of_json(lines: Iterator[str], reader: RowReader) -> Iterator[Record]:
    """Yield the rows of JSON Lines; a malformed line is a record with its problem."""
    for number, line in enumerate(lines, start=1):
        try:
            row = reader.row_of_line(line)
            if row is not None:
                yield Record(number, row)
        except Malformed as fault:
            yield Record(number, (), _problem(fault.why, fault.offset + 1), without_break(line))


def keys_of_lines(lines: Iterator[str], path: Path) -> tuple[str, ...]:
    """Return the keys of the first object with columns; none if there is no object.

    Raises:
        InputError: There are lines, but none has columns; names the problem of the first line.
    """
    first_fault: InputError | None = None
    for number, line in enumerate(lines, start=1):
        try:
            pairs = _only_object(line)
            if pairs is None:
                continue
            keys = by_key(pairs)
            if keys.keys() - OWN_KEYS:
                return tuple(keys)
            raise Malformed(0, "an object without columns")
        except Malformed as fault:
            first_fault = first_fault or fault.in_file(path, line, number)
    if first_fault is not None:
        raise first_fault
    return ()


def read_array(
    stream: IO[bytes], path: Path, position: Position, reader: RowReader
) -> Iterator[Record]:
    """Yield the rows of an array of objects; `line` is a row's number, from 1.

    Raises:
        InputError: It is malformed, so the start of the next row is unknown.
    """
    blocks = TextBlocks(stream, path, position)
    for number, (pairs, begin, end) in enumerate(_objects(blocks), start=1):
        try:
            yield Record(number, reader.row(pairs))
        except Malformed as fault:
            line, column = blocks.place(fault.offset)
            problem = f"line {line}, {_problem(fault.why, column)}"
            yield Record(number, (), problem, blocks.text[begin:end])


def keys_of_array(stream: IO[bytes], path: Path) -> tuple[str, ...]:
    """Return the keys of the first object; none if the array is empty.

    Raises:
        InputError: It is malformed.
    """
    blocks = TextBlocks(stream, path, Position())
    for pairs, _, _ in _objects(blocks):
        try:
            return tuple(by_key(pairs))
        except Malformed as fault:
            raise malformed(path, *blocks.place(fault.offset), fault.why) from None
    return ()


def by_key(pairs: list[Member]) -> dict[str, Member]:
    """Return the members by their decoded keys.

    Raises:
        Malformed: A key occurs twice, so one of its values would be lost.
    """
    row = {member.key if "\\" not in member.key else _key(member): member for member in pairs}
    if len(row) < len(pairs):
        keys_read = set[str]()
        for member in pairs:
            key = _key(member)
            if key in keys_read:
                raise Malformed(member.offset, f"the key {printable(key)} comes twice")
            keys_read.add(key)
    return row


def printable(name: str) -> str:
    """Return a name escaped for printing."""
    return name if name.isprintable() else ascii(name)


def _problem(why: str, column: int) -> str:
    return f"column {column}: {why}"


def _only_object(line: str) -> list[Member] | None:
    """Return the members of the object in a line; `None` for a blank line.

    Raises:
        Malformed: The line is not exactly one object.
    """
    line = without_break(line)
    start = skip_space(line, 0)
    if start == len(line):
        return None
    if line[start] != "{":
        raise Malformed(start, _NOT_AN_OBJECT)
    pairs, end = members(line, start)
    end = skip_space(line, end)
    if end < len(line):
        raise Malformed(end, "text after the object; a line holds one")
    return pairs


def _objects(blocks: TextBlocks) -> Iterator[tuple[list[Member], int, int]]:
    """Yield the members of each object of an array, and where in `blocks.text` it is.

    Raises:
        InputError: It is malformed.
    """
    if blocks.next_mark() != "[":
        remedy = "For one object a line add --format jsonl."
        raise blocks.fault(blocks.at, "no [, which begins a list of rows", remedy)
    blocks.skip(1)
    mark = "]" if blocks.next_mark() == "]" else ","
    while mark == ",":
        if blocks.next_mark() != "{":
            raise blocks.fault(blocks.at, _NOT_AN_OBJECT)
        pairs, begin, end = _object(blocks)
        yield pairs, begin, end
        blocks.skip(end - begin)
        mark = blocks.next_mark()
        if mark not in {",", "]"}:
            raise blocks.fault(blocks.at, "no comma, and no ] that ends the list")
        if mark == ",":
            blocks.skip(1)
    blocks.skip(1)
    if blocks.next_mark():
        raise blocks.fault(blocks.at, "text after the end of the list")


def _object(blocks: TextBlocks) -> tuple[list[Member], int, int]:
    while True:
        try:
            pairs, end = members(blocks.text, blocks.at)
            return pairs, blocks.at, end
        except Malformed as fault:
            # The object may be incomplete only because its end has not been read yet.
            error = blocks.fault(fault.offset, fault.why, fault.remedy)
            if not blocks.more():
                raise error from None


def _key(member: Member) -> str:
    try:
        return string_value(f'"{member.key}"')
    except Malformed as fault:
        raise Malformed(member.offset, f"a key: {fault.why}") from None


def _meaning(value: str, *, is_spelled: bool) -> str | None:
    """Return a value as its column stores it: the source text if the column holds JSON.

    Raises:
        Malformed: A string contains half of a surrogate pair.
    """
    if value[0] == '"':
        return value if is_spelled else string_value(value)
    return None if value == "null" else value


def _value(member: Member, *, is_spelled: bool) -> str | None:
    try:
        return _meaning(member.value, is_spelled=is_spelled)
    except Malformed as fault:
        raise Malformed(member.offset, f"the value of {member.key}: {fault.why}") from None


def _json_nulls(row: dict[str, Member]) -> list[str]:
    marker = row[JSON_NULLS_KEY]
    names = string_list(marker.value)
    if names is None or any(name not in row or row[name].value != "null" for name in names):
        raise Malformed(marker.offset, f"{JSON_NULLS_KEY} is not a list of keys that are null")
    return names
