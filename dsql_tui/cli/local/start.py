"""`dsql-tui local start`: start the local DSQL, or attach to a running one."""

from __future__ import annotations

import os
import shlex
import signal
from pathlib import Path

import click

from dsql_tui.cli.local.shared import condition_options, data_option, print_server, set_conditions
from dsql_tui.cli.shared.selected import selected
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.cli.shared.values.types import REGIONS, WholeNumber
from dsql_tui.local.filesystem.data_folder import remember_ephemeral
from dsql_tui.local.process import server
from dsql_tui.local.process.server import DEFAULT_REGIONS, LocalServer
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.local.process.shell import DATA_VARIABLE
from dsql_tui.local.remedies import RENEW, local_command


@click.command("start")
@data_option
@click.option("--ephemeral", is_flag=True, help="Delete all data when it stops.")
@click.option(
    "--port",
    type=WholeNumber(0, 65_534),
    metavar="PORT",
    help="Port of the AWS endpoint; those of databases and WebSockets follow. 0 is any free port.",
)
@click.option(
    "--regions",
    type=REGIONS,
    metavar="REGIONS",
    show_default=",".join(DEFAULT_REGIONS),
    help="Regions to offer, separated by commas.",
)
@click.option("--foreground", is_flag=True, help="Run until Ctrl-C.")
@condition_options
def command(
    data_dir: Path | None,
    *,
    ephemeral: bool,
    port: int | None,
    regions: tuple[str, ...] | None,
    foreground: bool,
    **conditions: str | None,
) -> None:
    """Start the local DSQL, or attach to the running one of the data folder.

    Examples:
      dsql-tui local start --ephemeral
      eval "$(dsql-tui local env)"
    """
    names = regions or DEFAULT_REGIONS
    if foreground:
        _end_on_sigterm()
    with _start(data_dir, ephemeral=ephemeral, port=port, regions=names) as running:
        if not running.is_new:
            _report_ignored_options(running.info, ephemeral=ephemeral, port=port, regions=regions)
        set_conditions(running, conditions)
        if not foreground:
            running.ask("stay")
        print_server(running.info)
        if data_dir is None and running.info.ephemeral and running.is_new:
            _remember(running.info.data_dir)
        if foreground:
            narrate("Ctrl-C stops it.")
            running.wait()


def _start(
    data_dir: Path | None, *, ephemeral: bool, port: int | None, regions: tuple[str, ...]
) -> LocalServer:
    """Return the selected server, started unless it runs; `--ephemeral` selects a new one."""
    if ephemeral and data_dir is None:
        return server.start(ephemeral=True, port=port, regions=regions)
    chosen = selected(data_dir, renews=True)
    if chosen.is_ephemeral:
        return chosen.attach()
    return server.start(chosen.folder, ephemeral=ephemeral, port=port, regions=regions)


def _remember(folder: Path) -> None:
    """Make an ephemeral server the one that other commands mean, as far as the environment lets."""
    if not remember_ephemeral(folder):
        narrate(f"To use it in other commands: --data {shlex.quote(str(folder))}")
    elif os.environ.get(DATA_VARIABLE):
        narrate(f"This shell's environment names another one; to change that: {RENEW}")


def _end_on_sigterm() -> None:
    """End in order on SIGTERM, which the first process of a container hears only if it listens."""

    def leave(*_: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)


def _report_ignored_options(
    info: ServerInfo, *, ephemeral: bool, port: int | None, regions: tuple[str, ...] | None
) -> None:
    """Say which options a server that runs already does not follow."""
    differing = {
        "--ephemeral": ephemeral and not info.ephemeral,
        "--port": port and not info.api_url.endswith(f":{port}"),
        "--regions": regions is not None and regions != info.regions,
    }
    names = ", ".join(name for name, differs in differing.items() if differs)
    if names:
        stop = local_command("stop", info.data_dir)
        narrate(f"It is already running; to apply {names}, stop it first: {stop}")
