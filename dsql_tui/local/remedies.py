"""Command lines that the local DSQL's errors recommend.

Every one names the data folder it is about, quoted for a shell: pasted word for word, it concerns
that folder whatever the shell's environment, or another server, would make it mean.
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
"""Leads a shell to the server that is meant now."""
LEAVE = 'eval "$(dsql-tui local env --unset)"'
"""Leads a shell back to AWS."""
