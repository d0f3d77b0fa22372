"""Reads and validates files written earlier: JSON with a known structure, or an error.

A file may have been cut off, edited, copied from another machine or be something else entirely. The
message of `Damaged` says what is wrong; the caller adds the name of the file and the remedy.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

Check = Callable[[object], str]
"""Returns what a value has to be, in words, when it is not that; empty when it is."""


class Damaged(ValueError):
    """A file is damaged; the text describes the problem and follows a colon."""


def read_regular(path: Path, size_max: int) -> bytes:
    """Return the content of a regular file.

    Raises:
        OSError: It cannot be read.
        Damaged: It is no regular file (a named pipe would be waited for), or too large.
    """
    with os.fdopen(open_regular(path, os.O_RDONLY), "rb") as file:
        return read_limited(file, size_max)


def read_limited(file: BinaryIO, size_max: int) -> bytes:
    """Return the rest of a file of any kind.

    Raises:
        OSError: It cannot be read.
        Damaged: It is too large.
    """
    data = file.read(size_max + 1)
    if len(data) > size_max:
        raise Damaged(f"it is larger than {size_max // 1024:,} KiB")
    return data


def open_regular(path: Path, flags: int) -> int:
    """Open a file and return its handle.

    Raises:
        OSError: It cannot be opened.
        Damaged: It is not a regular file.
    """
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return handle
    os.close(handle)
    raise Damaged("it is a folder" if stat.S_ISDIR(mode) else "it is not a regular file")


def parse_json(data: bytes) -> Any:
    """Return the JSON value of a UTF-8 text.

    Raises:
        Damaged: The file contains none.
    """
    try:
        return json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Damaged(f"byte {error.start + 1} is not UTF-8") from None
    except RecursionError:
        raise Damaged("it is nested too deeply") from None
    except ValueError as error:
        at = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Damaged(f"it is not JSON{at}") from None


def checked_object(
    value: object, required: Mapping[str, Check], optional: Mapping[str, Check] | None = None
) -> dict[str, Any]:
    """Return a JSON object after checking the names and types of its fields.

    Raises:
        Damaged: It is something else; names the field.
    """
    if not isinstance(value, dict):
        raise Damaged("it is not a JSON object")
    known = {**required, **(optional or {})}
    for name in value:
        if name not in known:
            raise Damaged(f"it has an unknown field {name[:40]!r}")
    for name, check in known.items():
        if name not in value:
            if name in required:
                raise Damaged(f"the field {name!r} is missing")
        elif expected := check(value[name]):
            raise Damaged(f"the field {name!r} must be {expected}")
    return value


def text(value: object) -> str:
    """Accept text."""
    return "" if isinstance(value, str) else "text"


def flag(value: object) -> str:
    """Accept true and false."""
    return "" if isinstance(value, bool) else "true or false"


def whole(value: object) -> str:
    """Accept whole numbers."""
    return "" if isinstance(value, int) and not isinstance(value, bool) else "a whole number"


def count(value: object) -> str:
    """Accept whole numbers from 0."""
    return "" if _is_whole(value, 0) else "a whole number from 0"


def ordinal(value: object) -> str:
    """Accept whole numbers from 1."""
    return "" if _is_whole(value, 1) else "a whole number from 1"


def texts(value: object) -> str:
    """Accept lists of text."""
    sound = isinstance(value, list) and all(isinstance(part, str) for part in value)
    return "" if sound else "a list of text"


def line_range(value: object) -> str:
    """Accept a range of lines as first and last, numbered from 1."""
    sound = isinstance(value, list) and len(value) == 2 and all(_is_whole(n, 1) for n in value)
    return "" if sound and value[0] <= value[1] else "two line numbers in order"  # type: ignore[index]


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not whole(value) and value >= least
