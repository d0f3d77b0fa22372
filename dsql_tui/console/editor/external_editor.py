"""Editing a text in the person's own editor, `$VISUAL` or `$EDITOR`."""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from pathlib import Path

from dsql_tui.console.shared.ui import Ui
from dsql_tui.errors import InputError
from dsql_tui.sql.text.sql_files import EDITOR_MAX_BYTES, read_sql, write_sql

NOT_SET = "EDITOR is not set. Set it before starting dsql-tui, for example: export EDITOR=vim."
CANNOT_SUSPEND = "This terminal cannot suspend."


def edited_outside(ui: Ui, text: str, name: str) -> str | None:
    """Edit a copy of a text in the external editor.

    Args:
        ui: Suspends the terminal, and warns why that is not possible.
        text: The text.
        name: The file's name, by which the editor knows the language: `statement.sql`.

    Returns:
        The text as it was saved, `None` if it could not be edited. A text that cannot be read
        stays in its file, which the warning names.
    """
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not command:
        ui.warn(NOT_SET)
        return None
    draft = _saved_draft(ui, command, text, name)
    if draft is None:
        return None
    try:
        edited = read_sql(draft, size_max=EDITOR_MAX_BYTES, is_file=True)
    except InputError as error:
        ui.warn(f"{error.message} Your text is still in that file. Nothing was changed.")
        return None
    shutil.rmtree(draft.parent, ignore_errors=True)
    return edited


def _saved_draft(ui: Ui, command: str, text: str, name: str) -> Path | None:
    """Open a copy of a text in the external editor; return it, `None` where impossible."""
    try:
        draft = Path(tempfile.mkdtemp(prefix="dsql-tui-")) / name
    except OSError as error:
        ui.warn(f"Could not run {command}: {error}.")
        return None
    try:
        write_sql(draft, text)
        if ui.run_program([*shlex.split(command), str(draft)]):
            return draft
        ui.warn(CANNOT_SUSPEND)
    except (OSError, ValueError) as error:
        ui.warn(f"Could not run {command}: {error}.")
    except InputError as error:
        ui.warn(error.message)
    shutil.rmtree(draft.parent, ignore_errors=True)  # no file was written there
    return None
