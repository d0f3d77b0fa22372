"""Selects the local DSQL that a command uses: one rule for all commands.

    --data DIR
    > the folder in the shell's environment, which `dsql-tui local env` has written
    > the ephemeral server started last, while it runs
    > the user's own folder

Each line takes precedence over the lines below it. A folder in the environment is used even after
its server has ended: falling back to another server would use data that the user did not select.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem import data_folder
from dsql_tui.local.process import server
from dsql_tui.local.process.server import LocalServer
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.local.process.shell import LOOPBACK, aws_endpoint, exported_folder, folder_of_profile
from dsql_tui.local.remedies import LEAVE, RENEW, START_EPHEMERAL, local_command, start_it


class SelectedBy(Enum):
    """How a data folder was selected; the value is shown to the user."""

    OPTION = "named with --data"
    PROFILE = "named by the AWS profile"
    ENVIRONMENT = "named by this shell's environment"
    EPHEMERAL = "the most recent ephemeral server"
    OWN = "your own"


@dataclass(frozen=True, slots=True)
class SelectedServer:
    """The local DSQL that a command uses.

    Attributes:
        folder: Its data folder, absolute.
        source: How the folder was selected.
        info: Its running server, or `None`.
    """

    folder: Path
    source: SelectedBy
    info: ServerInfo | None

    @property
    def is_ephemeral(self) -> bool:
        """Whether its data is deleted when its server ends."""
        runs_ephemeral = self.info is not None and self.info.ephemeral
        return runs_ephemeral or self.source is SelectedBy.EPHEMERAL

    @property
    def is_gone(self) -> bool:
        """Whether the environment names it, but its server has ended and its data was deleted."""
        if self.source is not SelectedBy.ENVIRONMENT or self.info is not None:
            return False
        return data_folder.is_free(self.folder) and not _is_kept(self.folder)

    @property
    def is_implied(self) -> bool:
        """Whether it was not named on the command line."""
        return self.source not in {SelectedBy.OPTION, SelectedBy.OWN}

    def __str__(self) -> str:
        return f"the local DSQL in {self.folder} ({self.source.value})"

    def attach(self) -> LocalServer:
        """Acquire a lease on its server, which must be running.

        Raises:
            LocalError: It is not running, or does not answer.
        """
        if self.is_gone:
            raise _ended(self.folder)
        running = server.attach(self.folder) if self.info is not None else None
        if running is not None:
            return running
        if not data_folder.is_free(self.folder):
            raise server.unanswered(self.folder)
        remedy = start_it(self.folder)
        if self.is_ephemeral:
            remedy = f"Its data was deleted. Start another one: {START_EPHEMERAL}"
        elif self.source is SelectedBy.ENVIRONMENT:
            remedy += f"; then run {RENEW} again"
        raise LocalError(f"The local DSQL in {self.folder} is not running.", remedy=remedy)

    def start(self) -> LocalServer:
        """Acquire a lease on its server, which is started if needed.

        Raises:
            LocalError: It cannot start, or was ephemeral and has ended.
        """
        if self.is_gone or self.is_ephemeral:
            return self.attach()
        return server.start(self.folder)


Running = Callable[[Path], ServerInfo | None]


def select(
    named: Path | None,
    environ: Mapping[str, str],
    *,
    renews: bool = False,
    running: Running = server.running,
) -> SelectedServer:
    """Return the local DSQL that a command uses.

    Args:
        named: The folder given with `--data`, or `None`.
        environ: The shell's environment.
        renews: Ignore an environment whose server left no data, because the command replaces it.
        running: Returns the server of a folder.

    Raises:
        ConfigError: The environment does not name a folder.
    """
    if named is not None:
        return _selection(named, SelectedBy.OPTION, running)
    if exported := exported_folder(environ):
        chosen = _selection(exported, SelectedBy.ENVIRONMENT, running)
        if not (renews and chosen.is_gone):
            return chosen
    latest = data_folder.remembered_ephemeral()
    if latest is not None:
        chosen = _selection(latest, SelectedBy.EPHEMERAL, running)
        if chosen.info is not None or not data_folder.is_free(latest):
            return chosen
    return _selection(data_folder.default_data_dir(), SelectedBy.OWN, running)


def select_by_aws(
    profile: str | None, environ: Mapping[str, str], *, running: Running = server.running
) -> SelectedServer | None:
    """Return the local DSQL that the AWS configuration refers to, or `None` for AWS.

    An explicitly named profile of the local DSQL comes first, then the endpoint in the environment,
    as in the AWS SDKs, then the profile that the SDKs use by default.

    Args:
        profile: The profile that was explicitly named, or `None`.
        environ: The shell's environment.
        running: Returns the server of a folder.

    Raises:
        LocalError: The configuration refers to a server that has ended.
        ConfigError: The environment does not name a folder.
    """
    url = aws_endpoint(environ)
    if profile is not None or url is None:
        folder = folder_of_profile(profile, environ)
        if folder is not None:
            return _selection(folder, SelectedBy.PROFILE, running)
    if url is None or urlsplit(url).hostname not in {LOOPBACK, "localhost"}:
        return None
    for folder in _known_folders(environ):
        info = running(folder)
        if info is not None and info.api_url == url.rstrip("/"):
            return SelectedServer(folder, SelectedBy.ENVIRONMENT, info)
    if exported := exported_folder(environ):
        raise _ended(exported, running(exported))
    return None


def _known_folders(environ: Mapping[str, str]) -> list[Path]:
    """Return the data folders whose servers an endpoint may belong to."""
    config_file = environ.get("AWS_CONFIG_FILE")
    candidates = (
        exported_folder(environ),
        Path(config_file).parent if config_file else None,
        data_folder.remembered_ephemeral(),
        data_folder.default_data_dir(),
    )
    return list(dict.fromkeys(folder.absolute() for folder in candidates if folder is not None))


def _selection(folder: Path, source: SelectedBy, running: Running) -> SelectedServer:
    folder = folder.absolute()
    return SelectedServer(folder, source, running(folder))


def _is_kept(folder: Path) -> bool:
    """Whether a folder without a server has data, so that a server can be started on it again."""
    if folder == data_folder.default_data_dir():
        return True
    last = server.read_info(folder)
    return data_folder.is_marked(folder) and not (last is not None and last.ephemeral)


def _ended(folder: Path, current: ServerInfo | None = None) -> LocalError:
    """Return the error for a shell's environment that is out of date."""
    problem = f"This shell's environment names the local DSQL in {folder}"
    if current is not None:
        return LocalError(f"{problem}, which was restarted since.", remedy=f"Run {RENEW} again.")
    first = f"{local_command('start', folder)}, then " if _is_kept(folder) else ""
    return LocalError(
        f"{problem}, which has ended.",
        remedy=f"Run {first}{RENEW} again, or unset the environment: {LEAVE}",
    )
