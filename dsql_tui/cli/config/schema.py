"""`dsql-tui config schema`: the JSON Schema of the config file."""

from __future__ import annotations

import json

import click

from dsql_tui.cli.shared.output import output_option
from dsql_tui.config.schema import json_schema


@click.command("schema")
@click.option("--repository", is_flag=True, help="The schema of a repository's file.")
@output_option
def command(repository: bool) -> None:
    """Print the JSON Schema of the config file.

    Editors with a TOML language server complete and check settings with it, if the first line of
    the config file is #:schema ./dsql-tui.schema.json.

    Examples:
      dsql-tui config schema > dsql-tui.schema.json
      dsql-tui config schema --repository
    """
    from dsql_tui.console.shared.keys import KEYS

    actions = [(key.id, f"{key.label}: {key.description}") for key in KEYS]
    click.echo(json.dumps(json_schema(actions=actions, is_repository=repository), indent=2))
