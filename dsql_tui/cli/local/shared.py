"""Helpers shared by the commands of the group: options, and printing a server's settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.cli.shared.values.checked import Reads
from dsql_tui.cli.shared.values.types import DATA_FOLDER
from dsql_tui.errors import LocalError
from dsql_tui.local.process.server import AWS_ENDPOINT, DATABASE_ENDPOINTS, WEBSOCKETS, LocalServer
from dsql_tui.local.process.server_info import ServerInfo

FORWARDED = {"ignore_unknown_options": True, "help_option_names": []}
"""Settings of a command whose arguments all go to another one."""
CONDITIONS = {
    "latency": "Delay of writing commits by Region, such as us-east-2=60ms, or off.",
    "commit-conflicts": "Share of writing commits that fail with OC000, such as 10%.",
    "refuse-connects": "Share of connections that are refused, such as 20%.",
    "session-limit": "Maximum duration of a session, such as 60s; 60m in the service.",
    "transaction-limit": "Maximum age of a transaction, such as 20s; 300s in the service.",
    "waking-up": "Refuse the next connection to each cluster, as while it wakes up: on or off.",
    "region-down": "Regions that refuse connections and end sessions, with commas, or none.",
    "schema-conflicts": "Transactions that fail with OC001 after DDL: touched (those that used the"
    " relation) or strict (the next statement of every other session).",
    "job-time": "Minimum duration of an asynchronous job, such as 5s.",
    "auto-analyze": "Delay of the automatic ANALYZE after many changes, such as 60s, or off.",
    "disputed": "Statements about which reports differ, such as SET LOCAL ROLE: accepted or"
    " refused.",
    "failed-unique": "Whether a unique index that failed to build still refuses duplicates:"
    " enforced or ignored.",
    "unknown-role": "SQLSTATE for a connection as an unknown role: 08006 or 08P01.",
    "key-bytes": "Largest key in bytes that a new session may write: 1981 (observed) or 1024"
    " (documented).",
    "cancels": "Whether a request to cancel a statement has an effect: honored or ignored.",
}
"""Condition → its line in `--help`; each is an option."""
METAVARS = {
    "latency": "REGION=DURATION",
    "commit-conflicts": "PERCENT",
    "refuse-connects": "PERCENT",
    "waking-up": "[on|off]",
    "region-down": "REGIONS",
    "schema-conflicts": "[touched|strict]",
    "auto-analyze": "DURATION",
    "disputed": "[accepted|refused]",
    "failed-unique": "[enforced|ignored]",
    "unknown-role": "[08006|08P01]",
    "key-bytes": "BYTES",
    "cancels": "[honored|ignored]",
}
"""Condition → what its value is called; a DURATION elsewhere."""


def condition_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for each simulated condition to a command."""
    for name, text in reversed(CONDITIONS.items()):
        alone = "on" if name == "waking-up" else None  # what it means without a value
        option = click.option(
            f"--{name}",
            help=text,
            is_flag=False,
            flag_value=alone,
            type=Reads(_checked(name), "setting"),
            metavar=METAVARS.get(name, "DURATION"),
        )
        command = option(command)
    return command


def _checked(name: str) -> Callable[[str], str]:
    """Return what reads one condition; which Regions there are is known by the server."""

    def read(text: str) -> str:
        from dsql_tui.local.faults import Conditions  # --help need not wait for it

        Conditions().changed({name: text}, re.split(r"[\s,=]+", text))
        return text

    return read


data_option = click.option(
    "--data",
    "data_dir",
    type=DATA_FOLDER,
    metavar="FOLDER",
    help="Data folder of the server.  [default: the shell's, else the user's]",
)


def set_conditions(running: LocalServer, conditions: dict[str, str | None]) -> dict[str, str]:
    """Set the given conditions, and return all conditions."""
    given = {name.replace("_", "-"): value for name, value in conditions.items() if value}
    check_conditions(given, running.info.regions)
    answer: dict[str, str] = running.ask("set", conditions=given)["conditions"]
    return answer


def check_conditions(given: Mapping[str, str], regions: Collection[str]) -> None:
    """Refuse conditions for Regions that the server does not offer.

    Raises:
        click.UsageError: Names the Regions.
    """
    from dsql_tui.local.faults import Conditions

    try:
        Conditions().changed(given, regions)
    except LocalError as error:
        raise click.UsageError(f"{error.message} {error.remedy}") from None


def print_conditions(conditions: Mapping[str, str]) -> None:
    """Print every condition in the form that `set` accepts."""
    for name, value in conditions.items():
        echo_line(f"{name:<20} {value}")


def print_server(info: ServerInfo, silent: Sequence[str] = ()) -> None:
    """Print addresses, CA file, AWS profile and data folder; `silent` ports do not respond."""
    ports = {AWS_ENDPOINT: info.api_url, DATABASE_ENDPOINTS: f"127.0.0.1:{info.gateway_port}"}
    if info.websocket_port:
        ports[WEBSOCKETS] = f"127.0.0.1:{info.websocket_port}"
    for name, address in ports.items():
        echo_line(f"{name:<20} {address}{' does not answer' if name in silent else ''}")
    echo_line(f"CA file              {info.root_certificate}")
    echo_line(f"AWS profile          {info.aws_profile} in {info.config_file}")
    echo_line(f"data folder          {info.data_dir}")


def local_arguments(data_dir: Path | None, arguments: tuple[str, ...]) -> list[str]:
    """Return the arguments of a command for the local DSQL."""
    named = () if data_dir is None else ("--data", str(data_dir))
    return ["--local", *named, *arguments]
