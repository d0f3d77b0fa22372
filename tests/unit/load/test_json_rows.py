from __future__ import annotations

from pathlib import Path

import pytest

from dsql_tui.load.records import Position, Record
from dsql_tui.load.source import Dialect, open_source


def read(path: Path, text: str, documents: frozenset[str] = frozenset()) -> list[Record]:
    path.write_text(text, encoding="utf-8")
    source = open_source(path)
    columns = tuple(name for name in source.columns if name not in source.own_keys)
    return list(source.into(columns, documents).records(Position()))


def test_numbers_and_structures_are_their_source_text(tmp_path: Path) -> None:
    found = read(
        tmp_path / "a.jsonl",
        '{"id": 12345678901234567890, "n": 1.10, "ok": true, "tags": ["ä",  1.50], "x": null}\n'
        '{"id": 2}\n',
    )
    assert [record.values for record in found] == [
        ("12345678901234567890", "1.10", "true", '["ä",  1.50]', None),
        ("2", None, None, None, None),
    ]


def test_a_document_is_its_source_text_a_string_too(tmp_path: Path) -> None:
    text = '{"d": "1", "t": "1"}\n{"d": {"a": 1, "a": 2}, "t": {"a": 1}}\n{"d": null, "t": null}\n'
    found = read(tmp_path / "a.jsonl", text, frozenset({"d"}))
    assert [record.values for record in found] == [
        ('"1"', "1"),
        ('{"a": 1, "a": 2}', '{"a": 1}'),
        (None, None),
    ]


def test_a_corrected_side_file_holds_the_text_of_json(tmp_path: Path) -> None:
    text = '{"_line": 7, "_reason": "x", "id": "1", "d": "{\\"a\\": 1}"}\n'
    assert read(tmp_path / "a.bad.jsonl", text, frozenset({"d"})) == [Record(1, ("1", '{"a": 1}'))]


def test_a_side_file_whose_first_row_could_not_be_read_has_the_columns_of_the_next(
    tmp_path: Path,
) -> None:
    text = (
        '{"_line": 2, "_reason": "x", "_text": "1,2,3"}\n{"_line": 3, "_reason": "y", "id": "7"}\n'
    )
    bad, good = read(tmp_path / "a.bad.jsonl", text)
    assert bad.problem.endswith("not corrected: _text is a row that could not be read")
    assert good == Record(2, ("7",))


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff"])
def test_json_lines_without_rows_have_no_columns_and_no_fault(tmp_path: Path, text: str) -> None:
    assert read(tmp_path / "a.jsonl", text) == []


@pytest.mark.parametrize("text", ["[]", " [\n] \n", "\ufeff[]"])
def test_an_empty_array_has_no_rows(tmp_path: Path, text: str) -> None:
    assert read(tmp_path / "a.json", text) == []


def test_an_array_on_one_line_is_read_in_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsql_tui.load.records.BLOCK_BYTES", 7)
    rows = ",".join(f'{{"id":{number},"t":"é{number}"}}' for number in range(500))
    found = read(tmp_path / "a.json", f"[{rows}]")
    assert found == [Record(number + 1, (str(number), f"é{number}")) for number in range(500)]


def test_the_keys_to_read_can_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 1}\n{"t": "x", "id": 2}\n')
    source = open_source(path, dialect=Dialect(("t", "id")))
    assert [record.values for record in source.records(Position())] == [(None, "1"), ("x", "2")]
