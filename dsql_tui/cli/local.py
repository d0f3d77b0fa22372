"""`dsql-tui local`: the embedded local DSQL as a server of its own, for any client."""

from __future__ import annotations

import json
import os
import shlex
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from dsql_tui.cli.shared.selected import selected
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.errors import LocalError
from dsql_tui.local import server
from dsql_tui.local.data_folder import remember_ephemeral
from dsql_tui.local.remedies import RENEW, restart_it
from dsql_tui.local.selection import Selection
from dsql_tui.local.server import (
    AWS_ENDPOINT,
    DATABASE_ENDPOINTS,
    DEFAULT_REGIONS,
    DOES_NOT_ANSWER,
    LocalServer,
    ServerInfo,
)
from dsql_tui.local.shell import DATA_VARIABLE, UNSET_FIRST, VARIABLES
from dsql_tui.model.cells import inert_lines

_CLUSTER = "{name:<20} {region:<12} {status:<10} {database:<15} {endpoint}"
_PASSED_ON = {"ignore_unknown_options": True, "help_option_names": []}
CONDITIONS = {
    "latency": "Delay writing commits: us-east-2=60ms, or off.",
    "commit-conflicts": "Share of writing commits refused with OC000: 10%.",
    "refuse-connects": "Share of connects refused: 20%.",
    "session-limit": "How long a session lasts: 60s; the service has 60m.",
    "transaction-limit": "How old a transaction may become: 20s; the service has 300s.",
    "waking-up": "Answer each cluster's next connect with waking up: on, off.",
    "region-down": "Regions that refuse connects and lose sessions; none for none.",
    "schema-conflicts": "OC001 after DDL: for touched, or strict: once in every other session.",
    "job-time": "How long an asynchronous job takes at least: 5s.",
    "auto-analyze": "How long after many changes a table is analysed: 60s, or off.",
    "disputed": "What reports differ on, SET LOCAL ROLE for one: accepted or refused.",
    "failed-unique": "Whether an index that failed as UNIQUE refuses: enforced, or ignored.",
    "unknown-role": "SQLSTATE of a connect as an unknown role: 08006 or 08P01.",
    "key-bytes": "Largest key a new session may write: 1981 as seen, 1024 as documented.",
}


def _conditions(command: Callable[..., Any]) -> Callable[..., Any]:
    for name, text in reversed(CONDITIONS.items()):
        alone = "on" if name == "waking-up" else None  # what it means without a value
        command = click.option(f"--{name}", help=text, is_flag=False, flag_value=alone)(command)
    return command


_data_option = click.option(
    "--data",
    "data_dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Data folder, whatever the shell or another server would mean.",
)


@click.group("local")
def command() -> None:
    """Run the local DSQL as a server, for psql, drivers, boto3 and the AWS CLI."""


@command.command("start")
@_data_option
@click.option("--ephemeral", is_flag=True, help="Delete all data when it stops.")
@click.option("--port", type=click.IntRange(0, 65_534), help="Port of the AWS endpoint.")
@click.option(
    "--regions",
    show_default=",".join(DEFAULT_REGIONS),
    help="Regions to play, with commas.",
)
@click.option("--foreground", is_flag=True, help="Stay, and stop it with Ctrl-C.")
@_conditions
def start(
    data_dir: Path | None,
    *,
    ephemeral: bool,
    port: int | None,
    regions: str | None,
    foreground: bool,
    **conditions: str | None,
) -> None:
    """Start it, or attach to the one that already serves the data folder."""
    names = DEFAULT_REGIONS if regions is None else _names(regions)
    if not names:
        raise click.UsageError("--regions names no Region.")
    if foreground:
        _end_when_told()
    with _start(data_dir, ephemeral=ephemeral, port=port, regions=names) as running:
        if not running.is_new:
            _tell_what_stays(running.info, ephemeral=ephemeral, port=port, regions=regions)
        _set(running, conditions)
        if not foreground:
            running.ask("stay")
        _describe(running.info)
        if data_dir is None and running.info.ephemeral and running.is_new:
            _remember(running.info.data_dir)
        if foreground:
            click.echo("Ctrl-C stops it.", err=True)
            running.wait()


@command.command("status")
@_data_option
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def status(data_dir: Path | None, *, as_json: bool) -> None:
    """Report whether it answers, where, its clusters and settings, and how it differs from AWS.

    Both ports and every database are asked. If one of them does not answer, the exit status says
    so.
    """
    from dsql_tui.local.differences import DIFFERENCES
    from dsql_tui.local.health import check

    with selected(data_dir).attach() as running:
        state, health = running.ask("status"), check(running.info)
        if as_json:
            shown = {**_public(running.info), **state, "answers": asdict(health)}
            click.echo(json.dumps({**shown, "differences": DIFFERENCES}, default=str, indent=2))
        else:
            _describe(running.info, silent=health.silent)
            for cluster in state["clusters"]:
                echo_line(_CLUSTER.format_map(cluster))
            for name, value in state["conditions"].items():
                echo_line(f"{name:<20} {value or 'off'}")
            click.echo("\nHow it differs from the service:")
            for difference in DIFFERENCES:
                echo_line(f"  · {difference}")
        _check_answers(running.info.data_dir, health.silent, state["clusters"])


@command.command("env")
@_data_option
@click.option("--plain", is_flag=True, help="As NAME=value, for $GITHUB_ENV or --env-file.")
@click.option("--unset", is_flag=True, help="Print what leads a shell back to AWS instead.")
def env(data_dir: Path | None, *, plain: bool, unset: bool) -> None:
    """Print what a shell needs: eval "$(dsql-tui local env)"."""
    if unset:
        if plain or data_dir is not None:
            raise click.UsageError("--unset goes with no other option.")
        echo_line(f"unset {' '.join(VARIABLES)}")
        return
    with selected(data_dir, renews=True).attach() as running:
        in_the_way = [name for name in UNSET_FIRST if name in os.environ]
        if in_the_way and plain:
            echo_line(f"Unset {', '.join(in_the_way)} as well: psql would follow it.", err=True)
        elif in_the_way:
            echo_line(f"unset {' '.join(in_the_way)}")
        for name, value in running.environment().items():
            click.echo(f"{name}={value}" if plain else f"export {name}={shlex.quote(value)}")


@command.command("token", context_settings=_PASSED_ON)
@_data_option
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def token(data_dir: Path | None, arguments: tuple[str, ...]) -> Any:
    """Print an auth token, as `dsql-tui token --local` does."""
    from dsql_tui.cli.token import command as sibling

    return sibling.main(_local(data_dir, arguments), "dsql-tui token", standalone_mode=False)


@command.command("psql", context_settings=_PASSED_ON)
@_data_option
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(data_dir: Path | None, arguments: tuple[str, ...]) -> Any:
    """Open psql, as `dsql-tui connect --local` does; what follows `--` goes to psql."""
    from dsql_tui.cli.connect import command as sibling

    return sibling.main(_local(data_dir, arguments), "dsql-tui connect", standalone_mode=False)


@command.command("set")
@_data_option
@_conditions
def set_conditions(data_dir: Path | None, **conditions: str | None) -> None:
    """Change how the running one behaves."""
    with selected(data_dir).attach() as running:
        for name, value in _set(running, conditions).items():
            echo_line(f"{name:<20} {value or 'off'}")


@command.command("stop")
@_data_option
def stop(data_dir: Path | None) -> None:
    """Stop it, whoever uses it."""
    chosen = selected(data_dir, quiet=True)
    was_running = server.stop(chosen.folder)
    echo_line(f"{'Stopped' if was_running else 'Not running:'} {chosen}.", err=True)


@command.command("reset")
@_data_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(data_dir: Path | None, *, yes: bool) -> None:
    """Stop it and delete all of its data; no other folder is touched."""
    chosen = selected(data_dir, quiet=True)
    if not chosen.folder.exists():
        echo_line(f"Nothing to delete: {chosen}.", err=True)
        return
    if not yes:
        click.confirm(inert_lines(_question(chosen)), abort=True, err=True)
    server.reset(chosen.folder)
    echo_line(f"Deleted all data of {chosen}.", err=True)


def _check_answers(
    folder: Path, silent: Sequence[str], clusters: Sequence[Mapping[str, Any]]
) -> None:
    """Fail if a port or a database does not answer.

    Raises:
        LocalError: That is so.
    """
    databases = dict.fromkeys(
        f"the database of {cluster['name']}"
        for cluster in clusters
        if cluster["database"] == DOES_NOT_ANSWER
    )
    parts = [*(f"its {name}" for name in silent), *databases]
    if parts:
        raise LocalError(
            f"The local DSQL runs, but {', '.join(parts)} did not answer.",
            remedy=restart_it(folder),
        )


def _question(chosen: Selection) -> str:
    """Return what is asked before everything in a data folder is deleted."""
    question = f"Delete all data of {chosen}?"
    running = server.attach(chosen.folder)
    if running is None:
        return question
    with running:
        clusters = running.ask("status")["clusters"]
    sessions = sum(cluster["sessions"] for cluster in clusters)
    return f"{question} It is running with {sessions} open sessions and will be stopped."


def _start(
    data_dir: Path | None, *, ephemeral: bool, port: int | None, regions: tuple[str, ...]
) -> LocalServer:
    """Return the server that is meant, started unless it runs; `--ephemeral` means a new one."""
    if ephemeral and data_dir is None:
        return server.start(ephemeral=True, port=port, regions=regions)
    chosen = selected(data_dir, renews=True)
    if chosen.is_ephemeral:
        return chosen.attach()
    return server.start(chosen.folder, ephemeral=ephemeral, port=port, regions=regions)


def _remember(folder: Path) -> None:
    """Make an ephemeral server the one that other commands mean, as far as the environment lets."""
    if not remember_ephemeral(folder):
        echo_line(f"Name it to other commands: --data {shlex.quote(str(folder))}", err=True)
    elif os.environ.get(DATA_VARIABLE):
        echo_line(f"This shell's environment names another one; to change that: {RENEW}", err=True)


def _end_when_told() -> None:
    """End in order on SIGTERM, which the first process of a container hears only if it listens."""

    def leave(*_: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def _tell_what_stays(
    info: ServerInfo, *, ephemeral: bool, port: int | None, regions: str | None
) -> None:
    """Say which options a server that runs already does not follow."""
    differing = {
        "--ephemeral": ephemeral and not info.ephemeral,
        "--port": port and not info.api_url.endswith(f":{port}"),
        "--regions": regions is not None and _names(regions) != info.regions,
    }
    names = ", ".join(name for name, differs in differing.items() if differs)
    if names:
        echo_line(f"It runs already; {names} would take a stop and a new start.", err=True)


def _set(running: LocalServer, conditions: dict[str, str | None]) -> dict[str, str]:
    wanted = {name.replace("_", "-"): value for name, value in conditions.items() if value}
    answer: dict[str, str] = running.ask("set", conditions=wanted)["conditions"]
    return answer


def _describe(info: ServerInfo, silent: Sequence[str] = ()) -> None:
    ports = {AWS_ENDPOINT: info.api_url, DATABASE_ENDPOINTS: f"127.0.0.1:{info.gateway_port}"}
    for name, address in ports.items():
        echo_line(f"{name:<20} {address}{' does not answer' if name in silent else ''}")
    echo_line(f"CA file              {info.root_certificate}")
    echo_line(f"AWS profile          {info.aws_profile} in {info.config_file}")
    echo_line(f"data folder          {info.data_dir}")


def _public(info: ServerInfo) -> dict[str, Any]:
    """Return what may be told of a server: all but the secret of its channel."""
    fields = json.loads(info.to_json())
    return {name: value for name, value in fields.items() if not name.startswith("channel_")}


def _local(data_dir: Path | None, arguments: tuple[str, ...]) -> list[str]:
    named = () if data_dir is None else ("--data", str(data_dir))
    return ["--local", *named, *arguments]
