"""The folder of one restore of a dump into one cluster, and the file of the steps that are done."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

from dsql_tui.errors import InputError, WriteFailed
from dsql_tui.files.atomic import reason
from dsql_tui.files.checked import Check, text, texts
from dsql_tui.files.lock import hold
from dsql_tui.scripts.checkpoint_file import read_errors_translated, read_fields, write_fields

_FILE = "restore.json"


class RestoreStep(StrEnum):
    """The steps of a restore, in their order."""

    ROLES = "roles"
    BEFORE_ROWS = "before rows"
    ROWS = "rows"
    NUMBERS = "numbers"
    AFTER_ROWS = "after rows"
    FOREIGN_KEYS = "foreign keys"
    PRIVILEGES = "privileges"
    COMPARED = "compared"


class RestoreState:
    """The steps of a restore that are done, on disk.

    Attributes:
        folder: Where manifests, checkpoints and rejected rows of the restore are.
        resumed: Whether an earlier run began it.
    """

    def __init__(self, folder: Path, dump: str, choices: str) -> None:
        self.folder = folder
        self._fields = {"dump": dump, "choices": choices}
        path = folder / _FILE
        try:
            with read_errors_translated(path):
                stored = read_fields(path, _FIELDS)
        except FileNotFoundError:
            self.resumed, self._done = False, list[str]()
            return
        self.resumed, self._done = True, stored.pop("done")
        if stored != self._fields:
            what = "other options" if stored["dump"] == dump else "another dump"
            raise InputError(
                f"{folder} is of a restore that was begun with {what}.",
                remedy="Resume with what it was begun with, or delete that folder and restore into"
                " an empty cluster.",
            )

    def begin(self) -> None:
        """Record that the restore has begun.

        Raises:
            WriteFailed: It cannot be recorded.
        """
        self._save()

    def has_done(self, step: RestoreStep) -> bool:
        """Whether a step is done."""
        return step in self._done

    def add(self, step: RestoreStep) -> None:
        """Record that a step is done.

        Raises:
            WriteFailed: It cannot be recorded.
        """
        self._done.append(step.value)
        self._save()

    def remove(self) -> None:
        """Remove the folder of a restore that is complete.

        Raises:
            WriteFailed: It cannot be removed.
        """
        try:
            shutil.rmtree(self.folder)
        except OSError as error:
            raise WriteFailed(f"{self.folder} cannot be removed: {reason(error)}.") from None

    def _save(self) -> None:
        write_fields(self.folder / _FILE, {**self._fields, "done": self._done})


@contextmanager
def hold_restore(dump: Path, cluster: str) -> Iterator[Path]:
    """Yield the folder of a restore into a cluster, locked for this process.

    Args:
        dump: The folder of the dump.
        cluster: The cluster's identifier.

    Raises:
        FileInUse: Another process restores the same dump into the same cluster.
        InputError: The folder cannot be made.
    """
    folder = dump / f"restore-{cluster}"
    with hold(folder, "dsql-tui restore"):
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder} cannot be made: {reason(error)}.") from None
        try:
            yield folder
        finally:
            with suppress(OSError):
                folder.rmdir()  # it is empty if the restore was refused


_FIELDS: dict[str, Check] = {"dump": text, "choices": text, "done": texts}
