"""`dsql-tui config edit`: open the config file in the user's editor."""

from __future__ import annotations

import os
import shlex
import subprocess
from contextlib import suppress
from pathlib import Path

import click

from dsql_tui.cli.config.shared import findings_of, print_findings
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.terminal import echo_line, narrate
from dsql_tui.config import Severity, read_settings
from dsql_tui.config.loading import own_file_path
from dsql_tui.config.template import template
from dsql_tui.errors import InputError
from dsql_tui.files.atomic import PRIVATE, reason, write_all


@click.command("edit")
def command() -> int:
    """Open the config file in $VISUAL or $EDITOR, and check it afterwards.

    A file that does not exist is created, readable by you alone, with every setting as a comment.
    Ends with 1 if something in the file cannot be used or has no effect.

    Examples:
      dsql-tui config edit
      EDITOR=nano dsql-tui config edit
    """
    editor = _editor()
    path, _ = own_file_path(os.environ)
    if _create(path):
        narrate(f"Created {path}.")
    _run(editor, path)
    settings = read_settings(environ={}, path=path)
    findings = findings_of(settings)
    print_findings(findings, err=True)
    if any(each.severity > Severity.NOTICE for each in findings):
        echo_line("Run dsql-tui config edit again to correct the file.", err=True)
        return ExitCode.NO
    return ExitCode.OK


def _editor() -> list[str]:
    """Return the command that opens the person's editor.

    Raises:
        InputError: None is set, or what is set is no command.
    """
    variable = "VISUAL" if os.environ.get("VISUAL") else "EDITOR"
    try:
        words = shlex.split(os.environ.get(variable, ""))
    except ValueError:
        raise InputError(f"{variable} is not a command: its quotes are not closed.") from None
    if not words:
        raise InputError(
            "No editor is set.",
            remedy="Set EDITOR, for example: export EDITOR=vim. dsql-tui config path prints the"
            " file.",
        )
    return words


def _create(path: Path) -> bool:
    """Create the file with a commented template if it does not exist; say whether it did not.

    Raises:
        InputError: It cannot be created.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    except FileExistsError:
        return False
    except OSError as error:
        raise InputError(f"Cannot create {path}: {reason(error)}.") from None
    try:
        write_all(handle, template().encode())
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise InputError(f"Cannot write {path}: {reason(error)}.") from None
    finally:
        os.close(handle)
    return True


def _run(editor: list[str], path: Path) -> None:
    """Wait for the editor.

    Raises:
        InputError: It cannot be started, or reports that it failed.
    """
    INTERRUPTION.restore()  # ctrl+c belongs to the editor
    try:
        code = subprocess.run([*editor, str(path)], check=False).returncode
    except OSError as error:
        raise InputError(f"Cannot run {editor[0]}: {reason(error)}.") from None
    if code != 0:
        raise InputError(f"{editor[0]} ended with exit code {code}.")
