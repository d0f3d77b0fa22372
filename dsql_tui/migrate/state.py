"""The file from which an import resumes: what it was begun with, and the steps that are done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from dsql_tui.errors import InputError, WriteFailed
from dsql_tui.files.atomic import reason, replace_file
from dsql_tui.files.checked import (
    Check,
    Damaged,
    checked_object,
    count,
    parse_json,
    read_regular,
    text,
)

FILE: Final = "import.json"
_VERSION: Final = 1
_SIZE_MAX_BYTES: Final = 16 * 1024 * 1024
_REMEDY: Final = "Choose another folder, or delete this one to start over."


class ImportStep(StrEnum):
    """The last step that is done."""

    BEGUN = "begun"
    TABLES = "tables"
    READ = "read"
    LOADED = "loaded"
    LINKED = "linked"


@dataclass(frozen=True, slots=True)
class TableRows:
    """What was read of a table: its rows and their checksum."""

    rows: int
    checksum: str


@dataclass(slots=True)
class ImportState:
    """What an import was begun with, and how far it is.

    Attributes:
        source: The server and the database, without a password.
        cluster: The cluster's ARN.
        choices: How definitions are converted, as text.
        tables_digest: A digest of the tables and of how their rows are read.
        step: The last step that is done.
        tables: Table, as SQL → what was read of it.
    """

    source: str
    cluster: str
    choices: str
    tables_digest: str
    step: ImportStep = ImportStep.BEGUN
    tables: dict[str, TableRows] = field(default_factory=dict)

    def has_done(self, step: ImportStep) -> bool:
        """Whether a step is done."""
        steps = list(ImportStep)
        return steps.index(self.step) >= steps.index(step)

    def save(self, folder: Path) -> None:
        """Write the file; it is on disk when this returns.

        Raises:
            WriteFailed: It cannot be written; the one before it is still there.
        """
        path = folder / FILE
        fields = {"version": _VERSION, **asdict(self)}
        try:
            replace_file(path, json.dumps(fields, indent=1).encode())
        except OSError as error:
            raise WriteFailed(f"{path} cannot be written: {reason(error)}.") from None


def read_state(folder: Path) -> ImportState | None:
    """Return the state of an import that was begun in a folder, or `None`.

    Raises:
        InputError: The file cannot be used.
    """
    path = folder / FILE
    try:
        content = parse_json(read_regular(path, _SIZE_MAX_BYTES))
        fields = checked_object(content, _FIELDS)
        if fields["version"] != _VERSION:
            raise Damaged("its version is not known to this program")
        tables = {name: _table(each) for name, each in fields["tables"].items()}
        return ImportState(
            source=fields["source"],
            cluster=fields["cluster"],
            choices=fields["choices"],
            tables_digest=fields["tables_digest"],
            step=ImportStep(fields["step"]),
            tables=tables,
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, reason(error)) from None
    except Damaged as damage:
        raise _unusable(path, str(damage)) from None


def check_same(state: ImportState, begun: ImportState, folder: Path) -> None:
    """Check that an import resumes with what it was begun with.

    Args:
        state: What is asked for now.
        begun: What is in the folder.
        folder: The folder.

    Raises:
        InputError: Names what differs.
    """
    for label in ("source", "cluster", "choices"):
        then, now = getattr(begun, label), getattr(state, label)
        if then != now:
            raise InputError(
                f"{folder} has an import that was begun with the {label} {then}, not {now}.",
                remedy=_REMEDY,
            )
    if state.tables_digest != begun.tables_digest:
        raise InputError(
            f"The tables in PostgreSQL have changed since the import in {folder} was begun.",
            remedy=_REMEDY,
        )


def _table(value: object) -> TableRows:
    fields: Mapping[str, Any] = checked_object(value, {"rows": count, "checksum": text})
    return TableRows(fields["rows"], fields["checksum"])


def _step(value: object) -> str:
    return "" if value in list(ImportStep) else "a step"


def _object(value: object) -> str:
    return "" if isinstance(value, dict) else "an object"


_FIELDS: Final[Mapping[str, Check]] = {
    "version": count,
    "source": text,
    "cluster": text,
    "choices": text,
    "tables_digest": text,
    "step": _step,
    "tables": _object,
}


def _unusable(path: Path, why: str) -> InputError:
    return InputError(f"{path} cannot be used: {why}.", remedy=_REMEDY)
