"""Command lines that the local DSQL's errors recommend.

Each command names its data folder, quoted for a shell. So a user can paste it unchanged, and it
uses that folder even if the shell's environment or another running server selects a different one.
"""

from __future__ import annotations

import shlex
from pathlib import Path


def local_command(verb: str, folder: Path) -> str:
    """Return `dsql-tui local VERB` for one data folder."""
    return f"dsql-tui local {verb} --data {shlex.quote(str(folder.absolute()))}"


def start_over(folder: Path) -> str:
    """Return the advice for a data folder whose files cannot be used."""
    return f"Delete its data and start over: {local_command('reset', folder)}"


def start_it(folder: Path) -> str:
    """Return the command that starts a server on a data folder."""
    return f"Start it: {local_command('start', folder)}"


def restart_it(folder: Path) -> str:
    """Return the command that restarts a server that responds only in part."""
    return f"Restart it: {local_command('stop', folder)}, then {local_command('start', folder)}"


START_EPHEMERAL = "dsql-tui local start --ephemeral"
"""Starts a server without naming a data folder."""
RENEW = 'eval "$(dsql-tui local env)"'
"""Sets a shell's environment to the server that is selected now."""
LEAVE = 'eval "$(dsql-tui local env --unset)"'
"""Removes the local DSQL from a shell's environment, so that commands use AWS again."""
