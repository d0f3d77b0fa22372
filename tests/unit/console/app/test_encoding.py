"""Frames keep their shape in locales that lack their characters, and no byte ends the console."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len

from dsql_tui.console.app.encoding import decoder_for, drawable, is_unicode
from dsql_tui.console.app.terminal import _LostWithTheTerminal

FRAME = "╭─ Clusters ─╮\n│ ● café ⇄ … │\n╰────────────╯"


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252", "cp437", "iso8859-15"])
def test_every_character_has_a_stand_in_of_its_own_width(encoding: str) -> None:
    text = FRAME + "漢字 👍 ✓ ✗ ▁▂▃▄▅▆▇█ ☃ “q” \x1b[38;2;1;2;3m"
    drawn = drawable(text, encoding)
    assert drawn.encode(encoding), "all of it can be encoded"
    assert [cell_len(line) for line in drawn.split("\n")] == [
        cell_len(line) for line in text.split("\n")
    ]
    assert drawn.endswith("\x1b[38;2;1;2;3m")


def test_a_frame_is_drawn_with_ascii_and_what_latin_1_has() -> None:
    assert drawable(FRAME, "latin-1") == "+- Clusters -+\n| * café = . |\n+------------+"


@pytest.mark.parametrize(
    ("encoding", "known"),
    [("utf-8", True), ("UTF8", True), (None, True), ("latin-1", False), ("US-ASCII", False)],
)
def test_utf_is_written_as_it_is(encoding: str | None, known: bool) -> None:
    assert is_unicode(encoding) is known


@pytest.mark.parametrize(("encoding", "frame"), [("latin-1", b"+|"), ("utf-8", "╭│".encode())])
def test_the_driver_writes_the_encoding_of_the_terminal(encoding: str, frame: bytes) -> None:
    below = io.BytesIO()
    terminal = io.TextIOWrapper(below, encoding=encoding, errors="backslashreplace")
    file = _LostWithTheTerminal(terminal)
    file.write("╭│")
    file.flush()
    assert below.getvalue() == frame


@pytest.mark.parametrize(
    ("encoding", "sent", "typed"),
    [
        ("latin-1", b"caf\xe9", "café"),
        ("utf-8", b"caf\xc3\xa9", "café"),
        ("utf-8", b"caf\xe9!", "caf\ufffd!"),
        (None, b"\xff", "\ufffd"),
    ],
)
def test_typed_bytes_are_read_in_the_encoding_of_the_terminal(
    encoding: str | None, sent: bytes, typed: str
) -> None:
    decoder = decoder_for(encoding)()
    assert "".join(decoder.decode(bytes([byte])) for byte in sent) + decoder.decode(b"", True) == (
        typed
    )
