"""`dsql-tui config schema`: the JSON Schema of the config file."""

from __future__ import annotations

import json

import click

from dsql_tui.cli.shared import output
from dsql_tui.config.schema import json_schema


@click.command("schema")
@click.option("--repository", is_flag=True, help="The schema of a repository's file.")
def command(repository: bool) -> None:
    """Print the JSON Schema of the config file on stdout.

    Editors with a TOML language server complete and check settings with it:

        dsql-tui config schema > dsql-tui.schema.json

    and, as the first line of the config file:

        #:schema ./dsql-tui.schema.json
    """
    from dsql_tui.console.shared.keys import KEYS

    output.require()
    actions = [(key.id, f"{key.label}: {key.description}") for key in KEYS]
    click.echo(json.dumps(json_schema(actions=actions, is_repository=repository), indent=2))
