"""Selects the local DSQL of a command and reports the selection on stderr.

Every command that touches the local DSQL gets it here; `local.process.selection` has the rule.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.local.process.shell import configures_endpoint

if TYPE_CHECKING:
    from dsql_tui.local.process.selection import SelectedServer


def selected(data_dir: Path | None, *, renews: bool = False, quiet: bool = False) -> SelectedServer:
    """Return the selected local DSQL.

    Args:
        data_dir: Its folder as named on the command line.
        renews: The command is how an environment that is out of date is replaced.
        quiet: Print no notice.
    """
    from dsql_tui.local.process.selection import select

    return _reported(select(data_dir, os.environ, renews=renews), quiet=quiet)


def selected_by_aws(profile: str | None, *, quiet: bool = False) -> SelectedServer | None:
    """Return the local DSQL that the AWS configuration refers to, or `None` for AWS.

    Args:
        profile: The profile that was named on purpose.
        quiet: Print no notice.

    Raises:
        LocalError: The shell's environment is out of date.
    """
    if not configures_endpoint(profile, os.environ):
        return None
    from dsql_tui.local.process.selection import select_by_aws

    chosen = select_by_aws(profile, os.environ)
    return None if chosen is None else _reported(chosen, quiet=quiet)


def _reported(chosen: SelectedServer, *, quiet: bool) -> SelectedServer:
    if chosen.is_implied and not chosen.is_gone and not quiet:
        narrate(f"Using {chosen}.")
    return chosen
