"""Options and arguments that many commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from dsql_tui.cli.shared.values.types import CLUSTER, ROLE, VARIABLE

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
ROLE_DEFAULT = "[default: setting session.role, else admin]"
"""Help text of an option whose default role comes from the settings."""


def cluster_argument(*, required: bool = False) -> Decorator:
    """Return the argument CLUSTER."""
    return click.argument("cluster", required=required, type=CLUSTER)


def role_option(text: str = "Database role to connect as.") -> Decorator:
    """Return the option `--role`."""
    return click.option("--role", type=ROLE, metavar="ROLE", help=f"{text}  {ROLE_DEFAULT}")


def yes_option(text: str = "Do not ask for confirmation.") -> Decorator:
    """Return the option `--yes`."""
    return click.option("--yes", is_flag=True, help=text)


def when_unknown_option(text: str) -> Decorator:
    """Return the option `--when-unknown`, whose value is one of `WhenUnknown`."""
    from dsql_tui.model.unknown import WhenUnknown  # for the few commands that can be resumed

    return click.option(
        "--when-unknown",
        type=click.Choice([decision.value for decision in WhenUnknown]),
        default=WhenUnknown.ASK.value,
        show_default=True,
        help=text,
    )


def variable_option() -> Decorator:
    """Return the option `-v NAME=VALUE`, whose value is a dictionary."""

    def as_dict(
        _context: click.Context, _option: click.Parameter, pairs: tuple[tuple[str, str], ...]
    ) -> dict[str, str]:
        return dict(pairs)

    return click.option(
        "-v",
        "--set",
        "--variable",
        "variables",
        multiple=True,
        type=VARIABLE,
        metavar="NAME=VALUE",
        callback=as_dict,
        help="Value for :NAME, :'NAME' and :\"NAME\" in the SQL, as in psql; may be repeated.",
    )
