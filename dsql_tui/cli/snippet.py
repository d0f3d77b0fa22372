"""`dsql-tui snippet`: print a program that connects to a cluster."""

from __future__ import annotations

from pathlib import Path

import click

from dsql_tui.cli.shared.lazy import NoticingCommand, Renamed
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.sessions import cluster_meant
from dsql_tui.cli.shared.target import Target, profile_of, target_options
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.cli.shared.values.options import cluster_argument, role_option
from dsql_tui.cli.shared.values.types import FOLDER
from dsql_tui.errors import InputError
from dsql_tui.snippets import Language, SnippetFile, render


@click.command("snippet", cls=NoticingCommand)
@click.argument(
    "language", type=click.Choice([each.value for each in Language]), metavar="LANGUAGE"
)
@cluster_argument()
@role_option()
@click.option(
    "--folder",
    "out",
    type=FOLDER,
    metavar="FOLDER",
    help="Write the files into a folder; files that exist are not replaced.",
)
@click.option("--out", "out", type=FOLDER, cls=Renamed, now="--folder")
@output_option
@target_options
def command(
    language: str, cluster: str | None, role: str | None, out: Path | None, target: Target
) -> None:
    """Print a program in LANGUAGE that connects to CLUSTER.

    LANGUAGE is psql, python, python-connector, node, go, rust, java or lambda. The program signs
    its own tokens; it holds no secret.

    Examples:
      dsql-tui snippet python shop --role app_rw
      dsql-tui snippet java shop --folder demo
    """
    chosen = Language(language)
    with profile_of(target) as profile:
        found_cluster = cluster_meant(profile, target, cluster)
        files = render(chosen, found_cluster, target.role_for(found_cluster, role), profile)
    if chosen.dials_by_name_only and profile.hostaddr:
        requirement = (
            f"{found_cluster.endpoint_host} must resolve to {profile.hostaddr}, port {profile.port}"
        )
        narrate(f"{chosen.label} connects by host name only: {requirement}.")
    if out is None:
        _print(files)
    else:
        _write(out, files)


def _print(files: tuple[SnippetFile, ...]) -> None:
    for number, file in enumerate(files):
        if number:
            click.echo(f"\n# {file.name}")
        click.echo(file.text, nl=False)


def _write(folder: Path, files: tuple[SnippetFile, ...]) -> None:
    """Write the files; existing files are not replaced.

    Raises:
        InputError: A file is there, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            with (folder / file.name).open("x", encoding="utf-8") as out:
                out.write(file.text)
            narrate(str(folder / file.name))
    except FileExistsError as error:
        raise InputError(f"{error.filename} already exists; it was not replaced.") from None
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from None
