"""Reads and writes private files with keys or state; replaced atomically.

A reader sees either the complete old content or the complete new content, and `kill -9` at any time
leaves one of the two.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem import ownership
from dsql_tui.local.remedies import start_over


def write_private(path: Path, text: str) -> None:
    """Replace the file `path` by `text` atomically, readable only by its owner (mode 0600).

    Raises:
        LocalError: The folder cannot be written.
    """
    # There is one writer per data folder, so a temporary file left by a killed one is overwritten.
    draft = path.with_name(f".{path.name}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            number = ownership.open_file(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(number)
            draft.replace(path)
        finally:
            ownership.delete(draft)
    except OSError as error:
        raise LocalError(
            f"Cannot write {path}: {error.strerror or error}.",
            remedy="Free some space or choose another data folder with --data.",
        ) from error


def write_json(path: Path, value: Any) -> None:
    """Replace the file `path` by `value` as JSON, atomically and privately.

    Raises:
        LocalError: The folder cannot be written.
    """
    write_private(path, json.dumps(value, indent=1) + "\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the JSON object in `path`, or `None` if the file does not exist.

    Raises:
        LocalError: The file cannot be read or does not hold a JSON object.
    """
    try:
        value = json.loads(ownership.read_text(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LocalError(f"Cannot read {path}: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise LocalError(
            f"{path} is damaged: {error}.",
            remedy=start_over(path.parent),
        ) from error
    if not isinstance(value, dict):
        raise LocalError(
            f"{path} is damaged: it does not contain a JSON object.",
            remedy=start_over(path.parent),
        )
    return value
