"""`dsql-tui schema apply`: give a cluster the definitions of SQL files."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import click

from dsql_tui.cli.schema.shared import (
    allow_drop_option,
    planned_changes,
    print_differences,
    rename_option,
)
from dsql_tui.cli.shared.confirm import ask
from dsql_tui.cli.shared.definition_sources import (
    empty_cluster,
    exclude_option,
    no_privileges_option,
    report_notes,
)
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.script_run import run_file
from dsql_tui.cli.shared.sessions import reach
from dsql_tui.cli.shared.target import Target, allow_writes_option, profile_of, target_options
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.cli.shared.values.options import (
    cluster_argument,
    role_option,
    when_unknown_option,
)
from dsql_tui.cli.shared.values.types import FILE
from dsql_tui.errors import InputError
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.schema.catalogs import Selection
from dsql_tui.schema.change import DefinitionChange
from dsql_tui.schema.compare import changes
from dsql_tui.schema.definitions import Database
from dsql_tui.schema.folder import write_file
from dsql_tui.schema.plan import difference_script
from dsql_tui.schema.read import read_database
from dsql_tui.schema.renames import Rename
from dsql_tui.schema.sources import definitions_of_files
from dsql_tui.scripts.checkpoint import checkpoint_path
from dsql_tui.scripts.checkpoint_file import hold_checkpoint, remove_checkpoint

_PLAN_SUFFIX = ".apply.sql"


@click.command("apply")
@click.argument("files", type=FILE)
@cluster_argument()
@click.option(
    "--plan", "only_plan", is_flag=True, help="Print the statements without running them."
)
@click.option("--yes", is_flag=True, help="Run the statements without asking.")
@rename_option
@exclude_option
@allow_drop_option
@no_privileges_option
@when_unknown_option(
    "What to do with a statement whose outcome is unknown: stop, run it again, or skip it."
)
@role_option()
@allow_writes_option
@target_options
def command(
    files: Path,
    cluster: str | None,
    only_plan: bool,
    yes: bool,
    renames: tuple[Rename, ...],
    exclude: tuple[str, ...],
    allow_drop: bool,
    no_privileges: bool,
    when_unknown: str,
    role: str | None,
    target: Target,
) -> int:
    """Give CLUSTER the definitions of FILES: a SQL file, or a folder of SQL files.

    Prints the statements, asks, and runs them as dsql-tui script does: one DDL statement a
    transaction, jobs awaited. Then the cluster is read and compared again. A run that was stopped
    resumes when the same command runs again: its statements are in FILES.apply.sql until it ends.

    Examples:
      dsql-tui schema apply definitions/ shop --plan
      dsql-tui schema apply definitions/ shop
    """
    selection = Selection(with_access=not no_privileges, exclude=exclude)
    run = _Apply(files, cluster, role, target, selection)
    if run.is_unfinished and not only_plan:
        narrate(f"Resuming the run of {run.plan_file}. Delete that file to plan again.")
        code = run.run(WhenUnknown(when_unknown))
        if code != ExitCode.OK:
            return code
    present = run.present()
    wanted = definitions_of_files(str(files), partial(empty_cluster, target), selection)
    listed = planned_changes(present, wanted, renames, target, asks=not yes)
    if not listed:
        narrate("The cluster has the definitions of the files.")
        return ExitCode.OK
    click.echo(difference_script(listed, allow_drop=allow_drop), nl=False)
    if only_plan:
        return ExitCode.OK
    _refuse(listed, allow_drop=allow_drop)
    if not yes:
        ask("Run these statements?")
    run.save_plan(listed)
    code = run.run(WhenUnknown(when_unknown))
    return code if code != ExitCode.OK else _verified(changes(run.present(), wanted))


def plan_file_of(files: Path) -> Path:
    """Return the path of the file that holds the statements, beside the files, never in them."""
    named = files if files.name not in {"", ".."} else files.resolve()
    return named.parent / f"{named.name or 'definitions'}{_PLAN_SUFFIX}"


class _Apply:
    """A run on one cluster, with the file that holds its statements until it has ended."""

    def __init__(
        self,
        files: Path,
        cluster: str | None,
        role: str | None,
        target: Target,
        selection: Selection,
    ) -> None:
        self.plan_file = plan_file_of(files)
        self._cluster = cluster
        self._role = role
        self._target = target
        self._selection = selection

    @property
    def is_unfinished(self) -> bool:
        """Whether an earlier run has begun and not ended."""
        return self.plan_file.exists() and checkpoint_path(self.plan_file).exists()

    def present(self) -> Database:
        """Return the definitions that the cluster has now."""
        with profile_of(self._target) as profile:
            reached = reach(profile, self._target, self._cluster, self._role)
            with closing(reached.connect()) as session:
                database = read_database(session, self._selection)
        report_notes(database)
        return database

    def save_plan(self, listed: Sequence[DefinitionChange]) -> None:
        """Store the statements, so that a run that is stopped can be resumed.

        Raises:
            FileInUse: Another process runs those of the same files.
            InputError: The file cannot be written.
        """
        checkpoint = checkpoint_path(self.plan_file)
        with hold_checkpoint(checkpoint, "dsql-tui schema apply"):
            remove_checkpoint(checkpoint)
            write_file(self.plan_file, difference_script(listed, allow_drop=True))

    def run(self, when_unknown: WhenUnknown) -> int:
        """Run the stored statements, and remove the file when all are done.

        Raises:
            ClusterReadOnly: The cluster is protected.
        """
        code = run_file(
            self.plan_file,
            self._cluster,
            self._role,
            self._target,
            variables={},
            when_unknown=when_unknown,
            yes=True,  # the statements were shown and confirmed
        )
        if code == ExitCode.OK:
            self.plan_file.unlink(missing_ok=True)
        return code


def _refuse(listed: Sequence[DefinitionChange], *, allow_drop: bool) -> None:
    """Refuse to begin what cannot be completed, or what would drop something unasked.

    Raises:
        InputError: Names how many differences, and what to do.
    """
    impossible = sum(bool(change.impossible) for change in listed)
    if impossible:
        raise InputError(
            f"DSQL has no statement for {impossible} of the differences. Nothing was changed.",
            remedy="Follow the comments above, or change the files.",
        )
    drops = sum(bool(change.drops) for change in listed)
    if drops and not allow_drop:
        raise InputError(
            f"{drops} of the changes drop something. Nothing was changed.",
            remedy="Read what they drop above, and add --allow-drop.",
        )


def _verified(remaining: Sequence[DefinitionChange]) -> int:
    if not remaining:
        narrate("The cluster has the definitions of the files.")
        return ExitCode.OK
    narrate("The statements ran, and the cluster still differs:")
    print_differences(remaining)
    return ExitCode.NO
