"""What the commands of the group share: options, and what they print of a server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.local.process.server import AWS_ENDPOINT, DATABASE_ENDPOINTS, LocalServer
from dsql_tui.local.process.server_info import ServerInfo

FORWARDED = {"ignore_unknown_options": True, "help_option_names": []}
"""Settings of a command whose arguments all go to another one."""
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
"""Condition → its line in `--help`; each is an option."""


def condition_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an option for each condition that can be simulated."""
    for name, text in reversed(CONDITIONS.items()):
        alone = "on" if name == "waking-up" else None  # what it means without a value
        command = click.option(f"--{name}", help=text, is_flag=False, flag_value=alone)(command)
    return command


data_option = click.option(
    "--data",
    "data_dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Data folder, whatever the shell or another server would mean.",
)


def set_conditions(running: LocalServer, conditions: dict[str, str | None]) -> dict[str, str]:
    """Set the conditions that were given, and return all of them as they are then."""
    wanted = {name.replace("_", "-"): value for name, value in conditions.items() if value}
    answer: dict[str, str] = running.ask("set", conditions=wanted)["conditions"]
    return answer


def print_server(info: ServerInfo, silent: Sequence[str] = ()) -> None:
    """Print addresses, CA file, AWS profile and data folder; `silent` are ports without answer."""
    ports = {AWS_ENDPOINT: info.api_url, DATABASE_ENDPOINTS: f"127.0.0.1:{info.gateway_port}"}
    for name, address in ports.items():
        echo_line(f"{name:<20} {address}{' does not answer' if name in silent else ''}")
    echo_line(f"CA file              {info.root_certificate}")
    echo_line(f"AWS profile          {info.aws_profile} in {info.config_file}")
    echo_line(f"data folder          {info.data_dir}")


def local_arguments(data_dir: Path | None, arguments: tuple[str, ...]) -> list[str]:
    """Return the arguments of a command that is to use the local DSQL."""
    named = () if data_dir is None else ("--data", str(data_dir))
    return ["--local", *named, *arguments]
