"""What the console remembers between starts without being told to: small texts, never a secret.

One JSON file of sections of texts beside the history (`{"role": {"<cluster ARN>": "app_rw"}}`),
mode 0600, replaced atomically; a file that cannot be read is moved aside and said.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path


def state_folder() -> Path:
    """Return the platform's folder for what a program remembers; it may not exist yet."""
    from platformdirs import user_state_path  # not needed where a folder is named

    return user_state_path("dsql-tui", appauthor=False)


def private_folder(folder: Path) -> Path:
    """Make `folder` with mode 0700 if it is not there, and return it.

    Raises:
        OSError: It cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def set_aside(path: Path) -> Path:
    """Rename a damaged file so that a fresh one can be written, and return its new name."""
    number = 0
    while True:
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{number}")
        if not aside.exists():
            return path.replace(aside)


class State:
    """Sections of texts by name, written through on each change.

    What cannot be written is still remembered until the program ends; `problem` says why in one
    sentence, or is empty.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or state_folder() / "state.json"
        self.problem = ""
        self._sections = self._read()

    def get(self, section: str, name: str) -> str:
        """Return what is remembered, or an empty text."""
        return self._sections.get(section, {}).get(name, "")

    def put(self, section: str, name: str, value: str) -> None:
        """Remember `value`; an empty one forgets."""
        names = self._sections.setdefault(section, {})
        if names.get(name, "") == value:
            return
        names[name] = value
        if not value:
            del names[name]
        try:
            self._write()
        except OSError as error:
            self.problem = f"Cannot write {self._path}: {error.strerror}."

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            self.problem = f"Cannot read {self._path}: {error.strerror}."
            return {}
        except ValueError:  # not UTF-8, or not JSON
            return self._start_again()
        if not _is_sections(found):
            return self._start_again()
        return dict(found)

    def _start_again(self) -> dict[str, dict[str, str]]:
        try:
            aside = set_aside(self._path)
            self.problem = f"{self._path} was damaged; it is now {aside.name}."
        except OSError as error:
            self.problem = f"{self._path} is damaged and cannot be renamed: {error.strerror}."
        return {}

    def _write(self) -> None:
        folder = private_folder(self._path.parent)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=self._path.name)  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(self._sections, file, indent=1, sort_keys=True)
            Path(temporary).replace(self._path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise


def _is_sections(found: object) -> bool:
    return isinstance(found, dict) and all(
        isinstance(names, dict) and all(isinstance(value, str) for value in names.values())
        for names in found.values()
    )
