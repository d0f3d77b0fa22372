"""Files that are not in their format: each stops, or sets a row aside, with its line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsql_tui.errors import InputError
from dsql_tui.load import records as records_module
from dsql_tui.load.records import Position, Record
from dsql_tui.load.source import open_source

QUOTE = 'Put the value in quotes and write each quote inside it twice: "5"" pipe".'
RETURN = r"End lines with \n or \r\n, and put a value with a line break in quotes."
UTF8 = "Save it as UTF-8."
STOPS: list[tuple[str, bytes, str, str]] = [
    (
        "a.csv",
        b'id,t\n1,"abc\n2,x\n3,y\n',
        "line 2, column 3: the quote that opens here is not closed",
        "",
    ),
    ("a.csv", b'id,t\n1,"a""b\n', "line 2, column 3: the quote that opens here is not closed", ""),
    ("a.csv", b'id,t\n1,"', "line 2, column 3: the quote that opens here is not closed", ""),
    ("a.csv", b'id,t\n1,"a\n2,"b"\n', "line 3, column 4: text after a closing quote", QUOTE),
    ("a.csv", b'id,t\n1,"a"x\n', "line 2, column 6: text after a closing quote", QUOTE),
    ("a.csv", b'id,t\n1,"a" ,2\n', "line 2, column 6: text after a closing quote", QUOTE),
    (
        "a.csv",
        b'id,t\n1,5" pipe\n2,6" pipe\n',
        "line 2, column 4: a quote in a value without quotes",
        QUOTE,
    ),
    ("a.csv", b'id,t\n1,"a\nb","c"d\n', "line 3, column 7: text after a closing quote", QUOTE),
    ("a.csv", b"id,t\n1,a\rb\n", "line 2, column 4: a carriage return outside quotes", RETURN),
    ("a.csv", b"id,t\r1,a\r", "line 1, column 5: a carriage return outside quotes", RETURN),
    ("a.csv", b'i"d,t\n', "line 1, column 2: a quote in a value without quotes", QUOTE),
    ("a.csv", b"id,t\n1,\xff\n", "line 2, column 3: not UTF-8 text (byte 0xFF)", UTF8),
    ("a.csv", b"\xef\xbb\xbfid,\xc3\n", "line 1, column 4: not UTF-8 text (byte 0xC3)", UTF8),
    ("a.csv", b"\xff\xfei\0d\0", "line 1, column 1: not UTF-8 text (byte 0xFF)", UTF8),
    (
        "a.tsv",
        "id\tt\nä\t".encode() + b"\xe2\x82\n",
        "line 2, column 3: not UTF-8 text (byte 0xE2)",
        UTF8,
    ),
    (
        "a.tsv",
        b"id\tt\n1\ta\n\\.\n\n2\tb\n",
        r"line 5, column 1: text after the end of the data, \.",
        "",
    ),
    (
        "a.tsv",
        b"id\t\\q\n",
        r"line 1, column 4: a backslash that is not written \\ and escapes nothing",
        "",
    ),
    ("a.jsonl", b'{"id":1}\n{"id":\xff}\n', "line 2, column 7: not UTF-8 text (byte 0xFF)", UTF8),
    ("a.jsonl", b'{"id":1', "line 1, column 8: the text ends where , or } should follow", ""),
    ("a.jsonl", b'\n{"id":1,"id":2}\n', "line 2, column 9: the key id comes twice", ""),
    (
        "a.json",
        b"",
        "line 1, column 1: no [, which begins a list of rows",
        "For one object a line add --format jsonl.",
    ),
    (
        "a.json",
        b'{"id":1}\n',
        "line 1, column 1: no [, which begins a list of rows",
        "For one object a line add --format jsonl.",
    ),
    (
        "a.json",
        b'[{"id":1}\n{"id":2}]',
        "line 2, column 1: no comma, and no ] that ends the list",
        "",
    ),
    ("a.json", b'[{"id":1},\n 2]', "line 2, column 2: not a JSON object", ""),
    ("a.json", b'[{"id":1},]', "line 1, column 11: not a JSON object", ""),
    ("a.json", b'[{"id":1}', "line 1, column 10: no comma, and no ] that ends the list", ""),
    (
        "a.json",
        b'[{"id":1},\n {"id":\n  01}]',
        "line 3, column 4: '1' where , or } should follow",
        "",
    ),
    ("a.json", b'[{"id":1}] []', "line 1, column 12: text after the end of the list", ""),
    ("a.json", b"[]\n[]", "line 2, column 1: text after the end of the list", ""),
    ("a.json", b'[{"id":1},\n{"id":"\xff"}]', "line 2, column 8: not UTF-8 text (byte 0xFF)", UTF8),
    (
        "a.json",
        b'[{"id":NaN}]',
        "line 1, column 8: NaN is not JSON",
        'Write it as a string, "NaN".',
    ),
    ("a.json", b'[{"id":1,"id":2}]', "line 1, column 10: the key id comes twice", ""),
]


@pytest.mark.parametrize(("name", "data", "message", "remedy"), STOPS)
def test_a_file_that_cannot_be_read_on_stops_with_line_and_column(
    tmp_path: Path, name: str, data: bytes, message: str, remedy: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as stopped:
        list(open_source(path).records(Position()))
    assert stopped.value.message == f"{path}, {message}."
    assert stopped.value.remedy == remedy


ASIDE: list[tuple[str, str, str]] = [
    ("a.csv", "1,2,3", "3 fields where there are 2 columns"),
    ("a.csv", "1", "1 fields where there are 2 columns"),
    ("a.tsv", "1\t2\t3", "3 fields where there are 2 columns"),
    ("a.tsv", "1", "1 fields where there are 2 columns"),
    ("a.tsv", "1\tC:\\data", r"column 5: a backslash that is not written \\ and escapes nothing"),
    ("a.tsv", "1\ta\\", r"column 4: a backslash that is not written \\ and escapes nothing"),
    ("a.tsv", "1\t\\9", r"column 3: a backslash that is not written \\ and escapes nothing"),
    ("a.tsv", "1\t\\x", r"column 3: a backslash that is not written \\ and escapes nothing"),
    ("a.tsv", "1\tä\\\t", r"column 4: a backslash that is not written \\ and escapes nothing"),
    ("a.tsv", "1\t\\xff", r"column 3: bytes written as \x or octal that are not UTF-8 text"),
    ("a.tsv", "1\ta\rb", r"column 4: a carriage return that is not written \r"),
    ("a.jsonl", "{", "column 2: the text ends where a key in quotes should follow"),
    ("a.jsonl", "[1]", "column 1: not a JSON object"),
    ("a.jsonl", "1", "column 1: not a JSON object"),
    ("a.jsonl", '{"id" 1}', "column 7: '1' where : should follow"),
    ("a.jsonl", "{id: 1}", "column 2: 'i' where a key in quotes should follow"),
    ("a.jsonl", '{"id": }', "column 8: '}' where a value should follow"),
    ("a.jsonl", '{"id": 1,}', "column 10: '}' where a key in quotes should follow"),
    ("a.jsonl", '{"id": 1} {"id": 2}', "column 11: text after the object; a line holds one"),
    ("a.jsonl", '{"id": 1 "t": 2}', "column 10: a string where , or } should follow"),
    ("a.jsonl", '{"id": 01}', "column 9: '1' where , or } should follow"),
    ("a.jsonl", '{"id": 1.}', "column 9: '.' where , or } should follow"),
    ("a.jsonl", '{"id": +1}', "column 8: '+' where a value should follow"),
    ("a.jsonl", '{"id": -Infinity}', "column 8: -Infinity is not JSON"),
    ("a.jsonl", '{"id": "a}', "column 8: the string that begins here is not closed"),
    (
        "a.jsonl",
        '{"id": "a\tb"}',
        "column 10: a control character (U+0009) in a string, which must be escaped",
    ),
    ("a.jsonl", '{"id": "\\q"}', "column 9: an invalid escape sequence"),
    ("a.jsonl", '{"id": "\\u12"}', "column 9: an invalid escape sequence"),
    (
        "a.jsonl",
        '{"id": 1, "t": "\\ud800"}',
        "column 11: the value of t: \\ud800 is half of a character",
    ),
    (
        "a.jsonl",
        '{"id": 1, "t": "\\udc00x"}',
        "column 11: the value of t: \\udc00 is half of a character",
    ),
    ("a.jsonl", '{"id": 1, "\\ud800": 2}', "column 11: a key: \\ud800 is half of a character"),
    ("a.jsonl", '{"id": [1 2]}', "column 11: '2' where , or ] should follow"),
    ("a.jsonl", '{"id": [1}}', "column 10: '}' where , or ] should follow"),
    ("a.jsonl", '{"id": {"a": 1]}', "column 15: ']' where , or } should follow"),
    ("a.jsonl", '{"id": {"a"}}', "column 12: '}' where : should follow"),
    ("a.jsonl", '{"id": {"a": 1,}}', "column 16: '}' where a key in quotes should follow"),
    ("a.jsonl", '{"id": {1: 2}}', "column 9: '1' where a key in quotes or } should follow"),
    ("a.jsonl", '{"id": [', "column 9: the text ends where a value should follow"),
    ("a.jsonl", '{"id": 1, "other": 2}', "column 11: keys without a column: other"),
    ("a.jsonl", '{"id": 1, "a\\nb": 2}', "column 11: keys without a column: 'a\\nb'"),
    ("a.jsonl", '{"id": 1, "t": 2, "t": 2}', "column 19: the key t comes twice"),
    ("a.jsonl", '{"id": 1, "\\u0069d": 2}', "column 11: the key id comes twice"),
    (
        "a.jsonl",
        '{"_line": 1, "_reason": "x", "_text": "1,2"}',
        "column 30: not corrected: _text is a row that could not be read",
    ),
    (
        "a.jsonl",
        '{"id": 1, "_json_null": ["id"]}',
        "column 11: _json_null is not a list of keys that are null",
    ),
    (
        "a.jsonl",
        '{"id": 1, "_json_null": 1}',
        "column 11: _json_null is not a list of keys that are null",
    ),
]
HEADS = {"a.csv": "id,t\n0,x\n", "a.tsv": "id\tt\n0\tx\n", "a.jsonl": '{"id": 0, "t": "x"}\n\n'}
TAILS = {"a.csv": "9,y\n", "a.tsv": "9\ty\n", "a.jsonl": '{"t": "y", "id": 9}\n'}


@pytest.mark.parametrize(("name", "row", "problem"), ASIDE)
def test_a_row_that_cannot_be_read_says_why_and_the_next_one_is_read(
    tmp_path: Path, name: str, row: str, problem: str
) -> None:
    path = tmp_path / name
    path.write_bytes((HEADS[name] + row + "\n" + TAILS[name]).encode())
    first, bad, last = open_source(path).records(Position())
    assert first.values == ("0", "x")
    assert bad == Record(3, (), problem, row)
    assert last == Record(4, ("9", "y"))


def test_a_row_of_an_array_that_is_no_row_is_set_aside_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"id": 1},\n  {"id": 2,\n   "x": 3}, {"id": 4}]')
    one, bad, other = open_source(path).records(Position())
    assert (one, other) == (Record(1, ("1",)), Record(3, ("4",)))
    problem = "line 3, column 4: keys without a column: x"
    assert bad == Record(2, (), problem, '{"id": 2,\n   "x": 3}')


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.csv", 'id\n"' + "x" * 90, "line 2, column 1: the quote that opens here is not closed"),
        (
            "a.csv",
            'id\n"' + "x\n" * 90,
            "line 2, column 1: the quote that opens here is not closed",
        ),
        ("a.csv", "id\n" + "x" * 101, "line 2, column 1: a line of more than 100 bytes"),
        (
            "a.jsonl",
            '{"id":"' + "x" * 101 + '"}',
            "line 1, column 1: a line of more than 100 bytes",
        ),
        (
            "a.json",
            '[{"id":"' + "x" * 300,
            "line 1, column 8: the string that begins here is not closed",
        ),
    ],
)
def test_no_more_is_held_than_a_row_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, why: str
) -> None:
    monkeypatch.setattr(records_module, "RECORD_MAX_BYTES", 100)
    monkeypatch.setattr("dsql_tui.load.csv_rows.RECORD_MAX_BYTES", 100)
    monkeypatch.setattr(records_module, "BLOCK_BYTES", 10)
    path = tmp_path / name
    path.write_text(text + "\n" * 5_000)
    position = Position()
    with pytest.raises(InputError, match=why):
        list(open_source(path).records(position))
    assert position.bytes_read < 1_000


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1\0\0\0\0PAR1", b"x" * 300])
def test_damaged_parquet_is_a_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(data)
    with pytest.raises(InputError) as stopped:
        open_source(path)
    assert stopped.value.message.startswith(f"{path} cannot be read as Parquet: ")
    assert stopped.value.message.endswith(".")
    assert "\n" not in stopped.value.message
