"""What the commands of the group share."""

from __future__ import annotations

import click

wait_option = click.option(
    "--wait/--no-wait", default=True, show_default=True, help="Wait until it is done."
)
