"""SQL files: read or written completely, or refused with one sentence."""

from __future__ import annotations

import os
import stat
import sys
from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dsql_tui.errors import InputError
from dsql_tui.files.atomic import real_path, reason, replace_file
from dsql_tui.sql.text.fuzzy import fit

SIZE_MAX_BYTES = 100 * 1024 * 1024
"""A larger file is data: load it instead."""
EDITOR_MAX_BYTES = 20 * 1024 * 1024
"""The most the editor opens; every key goes through what is open."""
STANDARD_INPUT = Path("-")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A statement or script kept in the repository.

    Attributes:
        name: The file's name without `.sql`, with the folders it is in.
        text: Its SQL.
        about: The first line of comment at its head, or empty.
    """

    name: str
    text: str
    about: str = ""


def read_sql(path: Path, *, size_max: int = SIZE_MAX_BYTES, is_file: bool = False) -> str:
    """Return a file's SQL without a byte order mark; `-` is standard input.

    Args:
        path: Where it is.
        size_max: Largest that is read, bytes.
        is_file: Refuse pipes, terminals and devices, which may keep a reader waiting for ever.

    Raises:
        InputError: It cannot be read, is too large, or is no UTF-8 text.
    """
    try:
        if path == STANDARD_INPUT:
            data = sys.stdin.buffer.read(size_max + 1)
        else:
            mode = path.stat().st_mode
            if stat.S_ISDIR(mode):
                raise InputError(f"{path} is a folder.")
            if is_file and not stat.S_ISREG(mode):
                raise InputError(f"{path} is not a regular file.")
            with path.open("rb") as file:
                data = file.read(size_max + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    if len(data) > size_max:
        raise InputError(
            f"{path} is larger than {size_max // (1024 * 1024)} MiB.",
            remedy="Split it, or load its rows with dsql-tui load.",
        )
    return text_of(data, str(path))


def text_of(data: bytes, name: str) -> str:
    """Return the text of a file's bytes, without a byte order mark.

    Raises:
        InputError: It is no UTF-8 text; the message begins with `name`.
    """
    if b"\0" in data:
        raise InputError(f"{name} is not a text file: byte {data.index(0)} is NUL.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is not UTF-8 text (byte {error.start}).", remedy="Save it as UTF-8."
        ) from None


def write_sql(path: Path, text: str) -> None:
    """Write a text, keeping the file's mode and byte order mark.

    If that fails it is as it was.

    Raises:
        InputError: It cannot be written.
    """
    try:
        target = real_path(path)  # a link stays a link
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()
        data = text.encode(errors="replace")
        replace_file(target, _mark_left_out(target, data) + data, mode=mode)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {reason(error)}.") from None


def _mark_left_out(path: Path, data: bytes) -> bytes:
    """Return the byte order mark that a file begins with and `text_of` has left out, or nothing.

    A text may begin with marks of its own: the file then begins with more of them.

    Raises:
        OSError: The file cannot be read.
    """
    if not path.is_file():
        return b""
    own = 0
    while data.startswith(BOM_UTF8, own):
        own += len(BOM_UTF8)
    with path.open("rb") as file:
        begins = file.read(own + len(BOM_UTF8))
    return BOM_UTF8 if begins == data[:own] + BOM_UTF8 else b""


def in_the_way(path: Path, text: str, known: str | None, *, own: bool) -> str:
    """Return what writing a text would overwrite, as a sentence, or an empty string.

    Args:
        path: Where it would be written.
        text: What would.
        known: What the file held when it was read or written last; `None` when that is not known.
        own: Whether it is the file that the text belongs to.
    """
    if not path.is_file():
        return ""
    try:
        there = read_sql(path)
    except InputError:
        return f"{path} exists and is not an SQL file."
    if there in (text, known):
        return ""
    return f"{path} has changed since it was opened." if own else f"{path} already exists."


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current


def fitting(snippets: Sequence[Snippet], pattern: str) -> list[Snippet]:
    """Return the snippets that match a query, matching names first; all for an empty query."""
    lowered_pattern = pattern.strip().lower()
    ranked: list[tuple[bool, tuple[int, int], Snippet]] = []
    for each in snippets:
        by_name = fit(lowered_pattern, each.name.lower())
        how = by_name or fit(lowered_pattern, f"{each.about}\n{each.text}".lower())
        if how is not None:
            ranked.append((by_name is None, how, each))
    if lowered_pattern:
        ranked.sort(key=lambda one: (*one[:2], one[2].name))
    return [each for _, _, each in ranked]
