"""Options and arguments that many commands have, in the same words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from dsql_tui.cli.shared.values.types import CLUSTER, ROLE, VARIABLE
from dsql_tui.model.endpoint import ADMIN_ROLE

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def cluster_argument(*, required: bool = False) -> Decorator:
    """Return the argument CLUSTER."""
    return click.argument("cluster", required=required, type=CLUSTER)


def role_option(text: str = "Database role to connect as.") -> Decorator:
    """Return the option `--role`."""
    return click.option(
        "--role", default=ADMIN_ROLE, show_default=True, type=ROLE, metavar="ROLE", help=text
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
