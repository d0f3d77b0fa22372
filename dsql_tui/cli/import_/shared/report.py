"""The report of an import: shown, and written with the scripts."""

from __future__ import annotations

import hashlib
from pathlib import Path

from dsql_tui.cli.shared.json_output import print_json
from dsql_tui.cli.shared.terminal import echo_line, narrate
from dsql_tui.errors import InputError
from dsql_tui.files.atomic import reason
from dsql_tui.migrate.conversion import Conversion
from dsql_tui.migrate.report import left_out_sql, report_text
from dsql_tui.migrate.scripts import scripts_of
from dsql_tui.migrate.source import SourceDatabase
from dsql_tui.migrate.state import FILE
from dsql_tui.schema.folder import write_file
from dsql_tui.scripts.checkpoint import checkpoint_path
from dsql_tui.scripts.checkpoint_file import remove_checkpoint
from dsql_tui.sql.dsql.lint import LintSeverity, check
from dsql_tui.sql.text.sql_files import read_sql

REPORT_FILE, LEFT_OUT_FILE = "report.txt", "left-out.sql"
_MARK = "-- dsql-tui import "
"""Begins the first line of a script; a digest of what was written follows."""


class ImportReport:
    """What becomes of a database, shown or written.

    Args:
        database: The database.
        conversion: What it becomes.
        as_json: Print JSON.
    """

    def __init__(self, database: SourceDatabase, conversion: Conversion, *, as_json: bool) -> None:
        self.conversion = conversion
        self._database = database
        self._as_json = as_json

    def write(self, folder: Path, *, keep: bool = False) -> list[Path]:
        """Write the report and the scripts, and return the scripts that were kept.

        Args:
            folder: Where.
            keep: Leave scripts that are there and differ, which a person may have edited.

        Raises:
            InputError: The folder has an import that is not complete, or cannot be written.
        """
        if (folder / FILE).exists():
            raise InputError(
                f"{folder} has an import that is not complete.",
                remedy="Name another folder with -o, or run the import again without --plan.",
            )
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder} cannot be made: {reason(error)}.") from None
        kept = []
        for name, text in scripts_of(self.conversion.database).items():
            path = folder / name
            remove_checkpoint(checkpoint_path(path))
            if keep and path.exists() and _is_edited(path, text):
                kept.append(path)
            else:
                write_file(path, f"{_MARK}{_digest(text)}\n{text}")
            _lint(path)
        write_file(folder / REPORT_FILE, self._text)
        write_file(folder / LEFT_OUT_FILE, left_out_sql(self.conversion.entries))
        return kept

    def show(self) -> None:
        """Print the report, and on standard error what could not be read."""
        for note in self._notes:
            narrate(note)
        if self._as_json:
            print_json(self._fields())
            return
        for line in self._text.rstrip("\n").split("\n"):
            echo_line(line)

    @property
    def _notes(self) -> list[str]:
        return [*self._database.definitions.notes, *self._database.notes]

    @property
    def _text(self) -> str:
        title = f"Import of {self._database.name} (PostgreSQL {self._database.version})"
        return report_text(title, self.conversion.entries)

    def _fields(self) -> dict[str, object]:
        return {
            "database": self._database.name,
            "serverVersion": self._database.version,
            "objects": [
                {
                    "kind": entry.kind,
                    "name": entry.name,
                    "outcome": entry.outcome.name.lower(),
                    "reason": entry.reason,
                    "action": entry.action,
                    "definition": entry.definition,
                }
                for entry in self.conversion.entries
            ],
            "tables": [
                {
                    "schema": move.schema,
                    "name": move.name,
                    "estimatedRows": move.rows,
                    "isReadable": move.is_readable,
                }
                for move in self.conversion.moves
            ],
            "notes": self._notes,
        }


def _is_edited(path: Path, text: str) -> bool:
    """Whether a script is one that a person has changed or written, for this very import.

    Args:
        path: The script.
        text: What would be written there.

    Raises:
        InputError: It was changed, and was made for another import.
    """
    first, _, rest = read_sql(path).partition("\n")
    if not first.startswith(_MARK):
        return True
    made_of = first.removeprefix(_MARK)
    if made_of == _digest(text):
        return rest != text
    if made_of != _digest(rest):
        raise InputError(
            f"{path} was edited, and is of another database or of other choices.",
            remedy="Name another folder with -o, or delete that file.",
        )
    return False


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _lint(path: Path) -> None:
    """Report what Aurora DSQL would refuse in a script, edited or not."""
    findings = [each for each in check(read_sql(path)) if each.severity is LintSeverity.ERROR]
    for finding in findings:
        echo_line(f"{path}: {finding.message} {finding.suggestion}".rstrip(), err=True)
    if findings:
        narrate(f"Correct {path}, and check it with dsql-tui lint.")
