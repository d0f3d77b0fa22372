"""A hex dump fits the width it has and makes only the lines that are looked at."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.results.cellview import HexLines

BYTES = bytes(range(64))


@pytest.mark.parametrize(
    ("width", "row_bytes"), [(10, 4), (27, 4), (43, 8), (59, 8), (60, 12), (76, 16), (110, 24)]
)
def test_a_row_has_as_many_bytes_as_fit(width: int, row_bytes: int) -> None:
    lines = HexLines(BYTES, width)
    assert len(lines) == -(-64 // row_bytes)
    assert lines[1].text.startswith(f"{row_bytes:08x}  {row_bytes:02x} ")


def test_sixteen_bytes_look_as_in_every_hex_dump() -> None:
    assert HexLines(b"0123456789abcde\xff", 76)[0].text == (
        "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 ff  0123456789abcde·"
    )


def test_there_are_no_lines_without_bytes() -> None:
    lines = HexLines(b"", 80)
    assert (len(lines), lines.width, list(lines)) == (0, 0, [])


@given(st.binary(min_size=1, max_size=200), st.integers(0, 140))
def test_the_lines_hold_every_byte_once_in_lines_of_one_width(data: bytes, width: int) -> None:
    lines = HexLines(data, width)
    read = b""
    for number, line in enumerate(lines):
        offset, rest = line.text[:8], line.text[10:]
        assert int(offset, 16) == len(read), "the offset is that of the first byte"
        row_bytes = int(lines[1].text[:8], 16) if len(lines) > 1 else len(data)
        row = data[len(read) : len(read) + row_bytes]
        assert bytes.fromhex(rest[: 3 * len(row) + (len(row) - 1) // 8]) == row
        assert line.text.endswith("  " + "".join(chr(b) if 32 <= b < 127 else "·" for b in row))
        if number < len(lines) - 1:
            assert len(line.text) == lines.width
        read += row
    assert read == data
    assert lines.width <= max(width, len(HexLines(b"1234", 0)[0].text))


def test_a_hundred_megabytes_are_not_laid_out() -> None:
    """Six million lines would take a gigabyte; a slice creates only the visible ones."""
    lines = HexLines(bytes(100_000_000), 76)
    assert len(lines) == 6_250_000
    assert lines[6_249_999].text.startswith("05f5e0f0  00 ")
    assert [line.text[:8] for line in lines[2:4]] == ["00000020", "00000030"]
    assert len(list(islice(lines, 3))) == 3
