"""Small JSON files that the console saves between starts, without secrets.

One JSON file beside the history has sections of strings (`{"role": {"<cluster ARN>": "app_rw"}}`).
Its mode is 0600 and it is replaced atomically; a file that cannot be read is renamed and reported.
Consoles that run at the same time share it: each merges its changes into the current content of the
file.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dsql_tui.errors import FileInUse, InputError
from dsql_tui.files.atomic import reason, replace_file
from dsql_tui.files.checked import Damaged, parse_json, read_regular
from dsql_tui.files.lock import hold

SIZE_MAX_BYTES = 256 * 1024 * 1024
"""A larger file was not written by this program."""
LOCK_PATIENCE_S = 1.0
HOLDER = "dsql-tui launch"
"""What another process is told that holds a file."""


def state_folder() -> Path:
    """Return the platform's folder for the state of a program; it may not exist yet."""
    from platformdirs import user_state_path  # not needed where a folder is named

    return user_state_path("dsql-tui", appauthor=False)


def private_folder(folder: Path) -> Path:
    """Create `folder` with mode 0700 if it does not exist, and return it.

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


SLOTS = 50
"""Consoles at the same time that have a file each."""


def own_file(folder: Path, stem: str, held: ExitStack) -> Path:
    """Return a file that no other console uses: `tabs.json`, or `tabs-2.json` and so on.

    It is this process's until `held` is closed.
    """
    files = _files(folder, stem)
    return next((file for file in files if _take(file, held)), files[-1])


@contextmanager
def left_behind(folder: Path, stem: str) -> Iterator[list[Path]]:
    """Yield the files of `own_file` that no process uses, locked meanwhile.

    They are those of consoles that ran beside another one, and have ended.
    """
    with ExitStack() as held:
        yield [file for file in _files(folder, stem) if file.is_file() and _take(file, held)]


def _files(folder: Path, stem: str) -> list[Path]:
    return [folder / f"{stem}{'' if n == 1 else f'-{n}'}.json" for n in range(1, SLOTS + 1)]


def _take(file: Path, held: ExitStack) -> bool:
    try:
        private_folder(file.parent)
        held.enter_context(hold(file, HOLDER))
    except FileInUse:
        return False
    except (InputError, OSError):
        pass  # without locks, or where nothing can be written, it is used all the same
    return True


class JsonStore:
    """Sections of strings by name, saved on each change.

    What cannot be written is still remembered until the program ends, and written with the next
    change; `problem` says why in one sentence, or is empty.

    Args:
        path: The file, `None` for the platform's place.
        shared: Whether other processes write the file too.
    """

    def __init__(self, path: Path | None = None, *, shared: bool = True) -> None:
        self._path = path or state_folder() / "state.json"
        self._shared = shared
        self.problem = ""
        self.unwritten = ""
        """Why the last change is not in the file, as a sentence, or empty."""
        self._unwritten: dict[tuple[str, str], str] = {}
        self._sections = self._read()

    def get(self, section: str, name: str) -> str:
        """Return the saved string, or an empty one."""
        return self._sections.get(section, {}).get(name, "")

    def put(self, section: str, name: str, value: str) -> None:
        """Save `value`; an empty string removes it."""
        if self.get(section, name) == value and not self._unwritten:
            return
        self._unwritten[section, name] = value
        self._apply()
        try:
            private_folder(self._path.parent)
            self._write()
        except InputError as error:
            self.problem = self.unwritten = f"{error.message} The changes are written later."
        except OSError as error:
            self.problem = self.unwritten = f"Cannot write {self._path}: {reason(error)}."
        else:
            if self.problem == self.unwritten:
                self.problem = ""
            self.unwritten = ""
            self._unwritten.clear()

    def _apply(self) -> None:
        for (section, name), value in self._unwritten.items():
            names = self._sections.setdefault(section, {})
            names[name] = value
            if not value:
                del names[name]

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            return self._load()
        except OSError as error:
            self.problem = f"Cannot read {self._path}: {reason(error)}."
            return {}

    def _load(self) -> dict[str, dict[str, str]]:
        """Return the file's content; a damaged file is renamed.

        Raises:
            OSError: It cannot be read, and must not be replaced then.
        """
        try:
            return _sections(parse_json(read_regular(self._path, SIZE_MAX_BYTES)))
        except FileNotFoundError:
            return {}
        except Damaged as damage:
            return self._start_again(str(damage))

    def _start_again(self, damage: str) -> dict[str, dict[str, str]]:
        try:
            aside = set_aside(self._path)
            self.problem = f"{self._path} was damaged ({damage}); it is now {aside.name}."
        except OSError as error:
            self.problem = f"{self._path} is damaged and cannot be renamed: {reason(error)}."
        return {}

    def _write(self) -> None:
        """Write what changed into what the file holds now.

        Raises:
            OSError: It cannot be read or written.
            FileInUse: Another process holds it for long.
        """
        with ExitStack() as held:
            if self._shared:
                try:
                    held.enter_context(hold(self._path, HOLDER, patience_s=LOCK_PATIENCE_S))
                except FileInUse:
                    raise
                except InputError:
                    pass  # a file system without locks: the last one to write wins
                self._sections = self._load()
                self._apply()
            data = json.dumps(self._sections, indent=1, sort_keys=True).encode()
            if len(data) > SIZE_MAX_BYTES:  # it would not be read again
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
            replace_file(self._path, data)


def _sections(value: object) -> dict[str, dict[str, str]]:
    """Return a file's sections.

    Raises:
        Damaged: They are not that.
    """
    if not isinstance(value, dict):
        raise Damaged("it is not a JSON object")
    for section, names in value.items():
        if not isinstance(names, dict) or any(not isinstance(v, str) for v in names.values()):
            raise Damaged(f"the section {section[:40]!r} must map names to strings")
    return value
