"""Files as our exporters write them, read back equal: no server, many random values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.export.encode import encode
from dsql_tui.export.formats import ExportOptions, Format
from dsql_tui.load import records
from dsql_tui.load.batches import cut
from dsql_tui.load.copy_rows import CopyFormat
from dsql_tui.load.json_text import members
from dsql_tui.load.records import Malformed, Position
from dsql_tui.load.source import Dialect, open_source
from dsql_tui.model.result import Column
from tests.support.json_values import JSON_TEXTS
from tests.support.rows import TYPE_OIDS, chunks_of

Row = tuple[str | None, ...]
ODD = st.sampled_from(
    [
        *("", " ", "NULL", "\\N", "\\.", "\\", '"', '""', '"a', ",", "\t", "\n", "\r", "\r\n"),
        *("\ufeff", "\ufeffx", "\x85", "\u2028", "\v", "\f", "null", "[", "\\x41", "\\", "'", "-"),
    ]
)
ANY_TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]))
TEXT = ODD | ANY_TEXT | st.lists(ODD, max_size=4).map("".join)
NAME = TEXT.filter(bool)
TYPES = {
    "text": TEXT,
    "json": JSON_TEXTS,
    "numeric": st.sampled_from(["1.10", "-0", "NaN", "-Infinity", "1e-7", "9" * 5_000]),
    "boolean": st.sampled_from(["t", "f"]),
}
READ = {"t": "true", "f": "false"}
quick = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def tables(draw: st.DrawFn) -> tuple[tuple[Column, ...], list[Row]]:
    names = draw(st.lists(NAME, min_size=1, max_size=4, unique=True))
    kinds = draw(st.lists(st.sampled_from(list(TYPES)), min_size=len(names), max_size=len(names)))
    rows = draw(st.lists(st.tuples(*(st.none() | TYPES[kind] for kind in kinds)), max_size=5))
    shape = tuple(Column(name, TYPE_OIDS[kind]) for name, kind in zip(names, kinds, strict=True))
    return shape, rows


def read_back(
    folder: Path,
    file_format: Format,
    shape: tuple[Column, ...],
    rows: Sequence[Row],
    *,
    header: bool = True,
) -> tuple[tuple[str, ...], list[Row]]:
    path = folder / f"rows{file_format.suffix}"
    options = ExportOptions(header=header)
    path.write_bytes(b"".join(encode(file_format, shape, chunks_of(rows, 2), options)))
    names = tuple(column.name for column in shape)
    source = open_source(path, dialect=Dialect(() if header else names))
    json_oids = {TYPE_OIDS["json"], TYPE_OIDS["jsonb"]}
    documents = frozenset(column.name for column in shape if column.type_oid in json_oids)
    columns = tuple(name for name in source.columns if name in names)
    found = list(source.into(columns, documents).records(Position()))
    assert [record.problem for record in found] == [""] * len(found)
    return columns, [record.values for record in found]


@quick
@given(tables(), st.sampled_from([Format.CSV, Format.TSV]), st.booleans())
def test_delimited_text_comes_back(
    tmp_path: Path, table: tuple[tuple[Column, ...], list[Row]], kind: Format, header: bool
) -> None:
    shape, rows = table
    names = tuple(column.name for column in shape)
    assert read_back(tmp_path, kind, shape, rows, header=header) == (names, rows)


@quick
@given(tables(), st.sampled_from([Format.JSON, Format.JSONL]), st.integers(1, 40))
def test_json_comes_back(
    tmp_path: Path, table: tuple[tuple[Column, ...], list[Row]], kind: Format, block: int
) -> None:
    shape, rows = table
    oids = [column.type_oid for column in shape]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "BLOCK_BYTES", block)
        names, found = read_back(tmp_path, kind, shape, rows)
    assert found == [
        tuple(_as_json_has_it(value, oid) for value, oid in zip(row, oids, strict=True))
        for row in rows
    ]
    assert names == (tuple(column.name for column in shape) if rows else ())


def _as_json_has_it(value: str | None, oid: int) -> str | None:
    if value is None:
        return None
    if oid == TYPE_OIDS["json"]:
        return value.strip(" \t\r\n")
    return READ[value] if oid == TYPE_OIDS["boolean"] else value


@quick
@given(tables())
def test_parquet_comes_back(tmp_path: Path, table: tuple[tuple[Column, ...], list[Row]]) -> None:
    shape, rows = table
    names, found = read_back(tmp_path, Format.PARQUET, shape, rows)
    assert names == tuple(column.name for column in shape)
    assert found == [
        tuple(
            READ[value] if oid == TYPE_OIDS["boolean"] and value else value
            for value, oid in zip(row, [column.type_oid for column in shape], strict=True)
        )
        for row in rows
    ]


@pytest.mark.parametrize("kind", [Format.JSON, Format.JSONL])
def test_a_json_null_is_not_sql_null(tmp_path: Path, kind: Format) -> None:
    shape = (Column("id", 20), Column("d", 114), Column("e", 3802))
    rows: list[Row] = [("1", "null", None), ("2", None, "null"), ("3", "null", "null")]
    assert read_back(tmp_path, kind, shape, rows)[1] == rows


def test_json_keeps_the_line_breaks_within_a_value_and_json_lines_makes_them_blanks(
    tmp_path: Path,
) -> None:
    shape, rows = (Column("d", 114),), [('{"a":\r\n 1}',)]
    assert read_back(tmp_path, Format.JSON, shape, rows)[1] == rows
    assert read_back(tmp_path, Format.JSONL, shape, rows)[1] == [('{"a":   1}',)]


def test_a_column_called_like_our_own_key_has_no_room_for_json_nulls(tmp_path: Path) -> None:
    shape = (Column("_json_null", 25), Column("d", 114))
    assert read_back(tmp_path, Format.JSONL, shape, [("a", "1")])[1] == [("a", "1")]
    with pytest.raises(InputError, match="_json_null"):
        read_back(tmp_path, Format.JSONL, shape, [("a", "null")])


@quick
@given(st.lists(st.tuples(st.none() | TEXT, st.none() | TEXT), max_size=5))
def test_what_is_sent_to_the_server_means_the_values(tmp_path: Path, rows: list[Row]) -> None:
    path = tmp_path / "rows.csv"
    shape = (Column("a", 25), Column("b", 25))
    path.write_bytes(b"".join(encode(Format.CSV, shape, chunks_of(rows, 2))))
    batches = cut(open_source(path).records(Position()), rows_max=2, bytes_max=10_000)
    sent = b"".join(row.data for batch in batches for row in batch.rows).decode()
    lines = iter(f"{line}\n" for line in sent.split("\n")[:-1])
    read = CopyFormat().records(lines, path, 2, has_header=False)
    assert [record.values for record in read] == rows


@given(JSON_TEXTS | st.text(alphabet='{}[]",:01.eE-\\ "tnu\n'), st.booleans())
@example('{"a":1}', False)
@example("1" * 5_000, True)
def test_json_is_json_where_python_finds_it_to_be(text: str, wrapped: bool) -> None:
    text = f'{{"k": {text}}}' if wrapped else text
    try:
        pairs = json.loads(
            text, parse_int=str, parse_constant=_refuse, object_pairs_hook=lambda found: found
        )
    except ValueError:
        pairs = None
    if pairs is None or not text.strip(" \t\r\n").startswith("{"):
        with suppress(Malformed):
            _, end = members(text)
            assert pairs is None
            assert text[end:].strip(" \t\r\n")
        return
    found, end = members(text)
    assert not text[end:].strip(" \t\r\n")
    assert [json.loads(f'"{member.key}"') for member in found] == [key for key, _ in pairs]
    for member, (_, value) in zip(found, pairs, strict=True):
        assert text[member.offset] == '"'
        assert member.value in text
        again = json.loads(
            member.value, parse_int=str, parse_constant=_refuse, object_pairs_hook=lambda x: x
        )
        assert again == value


def _refuse(constant: str) -> object:
    raise ValueError(constant)


@pytest.mark.parametrize("depth", [1, 2, 200_000])
@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}")])
def test_no_depth_is_too_deep(depth: int, opens: str, closes: str) -> None:
    value = opens * depth + "1" + closes * depth
    [member], end = members('{"k": ' + value + "}")
    assert (member.value, end) == (value, len(value) + 7)


def test_the_plain_form_and_the_general_one_agree(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    plain = '{"a": "1", "b": null, "c": 1.10}\n{ "a" :"x\\n", "b":true,"c":"\\u00e9" }\n'
    other = '{"b": null, "a": "1", "c": 1.10}\n{"c":"\\u00e9","a":"x\\n","b":true}\n'
    path.write_text(plain + other * 200 + plain)
    read = [record.values for record in open_source(path).records(Position())]
    assert read[:2] * 202 == read == [("1", None, "1.10"), ("x\n", "true", "é")] * 202
