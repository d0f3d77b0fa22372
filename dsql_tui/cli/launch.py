"""`dsql-tui launch`: open the console."""

from __future__ import annotations

import gc
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dsql_tui.cli.shared.selected import selected
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.target import Target, profile_of, tolerant_target_options
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.cli.shared.values.options import cluster_argument
from dsql_tui.cli.shared.values.types import FILE
from dsql_tui.errors import InputError
from dsql_tui.model.endpoint import Profile

if TYPE_CHECKING:
    from dsql_tui.pg.session import Session

TERMINALS_WITHOUT_CURSOR = frozenset({"dumb", "unknown"})
"""Values of TERM of terminals that print the console's escape sequences as text."""


@click.command("launch")
@cluster_argument()
@click.option(
    "--log",
    "log_path",
    type=FILE,
    metavar="FILE",
    help="Append what happens to this file, without statements, values and secrets.",
)
@tolerant_target_options
def command(cluster: str | None, log_path: Path | None, target: Target) -> int:
    """Open the console, on CLUSTER if one is named.

    Without CLUSTER, the console lists the clusters of the profile. Press F1 there for its keys.

    Examples:
      dsql-tui launch --local
      dsql-tui launch shop@us-east-1 --profile ops
    """
    require_terminal()
    INTERRUPTION.restore()  # Textual reads the keyboard, and asyncio handles signals
    gc.disable()  # objects created at the start are not garbage; the console enables it again
    with ExitStack() as open_until_quit, ThreadPoolExecutor(1) as starter:

        def start_local() -> Profile:
            # Profile and Regions apply to AWS only; the console uses the screen, stderr included.
            local = replace(target, local=True, aws_profile=None, regions=(), quiet=True)
            return open_until_quit.enter_context(profile_of(local))

        def cluster_for_files() -> AbstractContextManager[Session]:
            # Its import would hold up the first frame.
            from dsql_tui.cli.shared.definition_sources import empty_cluster

            return empty_cluster(target)

        if target.local and not is_running(target):
            narrate("Starting the local DSQL…")  # the console's first frame waits for it
        # The local DSQL starts in its own process while Textual is imported in this one.
        profile = starter.submit(open_until_quit.enter_context, profile_of(target))
        from dsql_tui.console.app.app import launch

        return launch(
            profile.result(),
            cluster=cluster,
            config=target.config,
            findings=target.settings.findings,
            start_local=None if target.local else start_local,
            empty_cluster=cluster_for_files,
            log_path=log_path,
        )


def is_running(target: Target) -> bool:
    """Return whether the local DSQL that `target` selects runs already."""
    return not target.ephemeral and selected(target.data_dir, quiet=True).info is not None


def require_terminal() -> None:
    """Check that standard input and output are a terminal that can show the console.

    Raises:
        InputError: stdin, stdout or stderr is not a terminal; Textual draws on stderr. Or the
            terminal cannot show the console.
    """
    streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}
    redirected = [name for name, stream in streams.items() if not stream.isatty()]
    if redirected:
        verb = "is" if len(redirected) == 1 else "are"
        raise InputError(
            f"The console needs a terminal, but {' and '.join(redirected)} {verb} redirected.",
            remedy="Run it in a terminal, or use `dsql-tui query` in scripts.",
        )
    if (name := os.environ.get("TERM", "")) in TERMINALS_WITHOUT_CURSOR:
        raise InputError(
            f"The console needs a terminal that can move the cursor, but TERM is {name}.",
            remedy="Run it in another terminal, or use `dsql-tui query`.",
        )
