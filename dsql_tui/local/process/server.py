"""Starts, finds and stops the local DSQL.

The server is a child process (`python -m dsql_tui.local`) in its own process session. It runs as
long as a lease on it is held; two starts on one data folder share it. This module imports no large
library, so that attaching to a running server takes a few milliseconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem import data_folder, ownership
from dsql_tui.local.filesystem.data_folder import INFO_FILE, LOG_FILE, default_data_dir
from dsql_tui.local.process.channel import ChannelClient, ServerGone
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.local.process.shell import environment

SERVER_MODULE = "dsql_tui.local"
"""The module that `python -m` runs as the server."""
DEFAULT_PORT = 8484
"""The AWS endpoint's port; those of databases and WebSockets follow. Busy ports are skipped."""
DEFAULT_REGIONS = ("us-east-1", "us-east-2", "us-west-2")
AWS_ENDPOINT = "AWS endpoint"
DATABASE_ENDPOINTS = "database endpoints"
WEBSOCKETS = "WebSockets"
DOES_NOT_ANSWER = "does not answer"
"""How `status` describes a port or a running database that does not respond."""
START_TIMEOUT_S = 60.0
_OF_PYTHON = frozenset(
    f"PYTHON{name}"
    for name in (
        *("HOME", "PLATLIBDIR", "EXECUTABLE", "USERBASE", "NOUSERSITE"),
        *("PYCACHEPREFIX", "DONTWRITEBYTECODE"),
    )
)
"""Variables by which Python finds and writes its own files."""
_RETRY_S = 0.02


class LocalServer:
    """A lease on a running server; leaving the context releases it.

    Attributes:
        info: The addresses of the server.
    """

    def __init__(self, info: ServerInfo, line: ChannelClient) -> None:
        self.info = info
        self._line: ChannelClient | None = line
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_new(self) -> bool:
        """Whether this process has started the server."""
        return self._process is not None

    def stop(self, *, for_all: bool = False) -> None:
        """Release the lease; wait for the server's end if this was the last one.

        Args:
            for_all: Stop the server even if others use it.
        """
        if self._line is None:
            return
        line, self._line = self._line, None
        leases_left = 0
        with data_folder.holder(self.info.data_dir) as is_held:
            with suppress(LocalError):
                leases_left = line.ask("stop" if for_all else "release").get("leases", 0)
            line.close()
            if leases_left == 0:
                _wait_for_end(self.info.data_dir, is_held)
        if self._process is not None:
            _let_go(self._process, others_stay=leases_left > 0)

    def adopt(self, process: subprocess.Popen[bytes]) -> Self:
        """Manage the server's process, which this one has started."""
        self._process = process
        return self

    def ask(self, do: str, **values: Any) -> dict[str, Any]:
        """Send a request to the server over its channel.

        Raises:
            LocalError: The server refuses the request, or has ended.
        """
        if self._line is None:
            raise LocalError("The lease on the local DSQL was released.")
        return self._line.ask(do, **values)

    def environment(self, shell: Mapping[str, str] = os.environ) -> dict[str, str]:
        """Return the variables for using the server; see `shell.environment`."""
        return environment(self.info, shell)

    def wait(self) -> None:
        """Wait for the server's end."""
        if self._line is not None:
            self._line.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def _let_go(process: subprocess.Popen[bytes], *, others_stay: bool) -> None:
    """Reap a child that has ended; leave one that others still use running."""
    if others_stay and process.poll() is None:
        process.returncode = 0
    else:
        process.wait(START_TIMEOUT_S)


def running(folder: Path) -> ServerInfo | None:
    """Return the responding server of a data folder, or `None`."""
    info, line = _called(folder)
    if line is None:
        return None
    with closing(line):
        try:
            # Another program may listen on the port of a server that was killed.
            line.ask("ping")
        except ServerGone:
            return None
        except LocalError:
            return info  # a server of an earlier version, which does not support the request
    return info


def attach(folder: Path) -> LocalServer | None:
    """Acquire a lease on the server of a data folder; `None` if none responds.

    Raises:
        LocalError: The server refuses the lease.
    """
    info, line = _called(folder)
    if info is None or line is None:
        return None
    try:
        line.ask("lease")
    except LocalError as error:
        line.close()
        if isinstance(error, ServerGone):
            return None
        raise
    return LocalServer(info, line)


def start(
    data_dir: Path | None = None,
    *,
    ephemeral: bool = False,
    port: int | None = None,
    regions: Sequence[str] = DEFAULT_REGIONS,
) -> LocalServer:
    """Start the local DSQL, or attach to the running server of the data folder.

    Args:
        data_dir: Data folder; by default the user's own, or a new one for an ephemeral server.
        ephemeral: Delete all data when the server ends.
        port: The AWS endpoint's port; 0 selects a free one. By default `DEFAULT_PORT`, or a free
            one for an ephemeral server.
        regions: Regions to simulate.

    Raises:
        LocalError: It cannot start; the message is the cause and the remedy what to do.
    """
    _check_platform()
    folder = (data_dir or default_data_dir()).absolute()
    if data_dir is None and ephemeral:
        folder = data_folder.new_ephemeral_dir()
    data_folder.check_is_ours(folder)
    api_port = port if port is not None else 0 if ephemeral else DEFAULT_PORT
    command = [sys.executable, "-P", "-m", SERVER_MODULE, "--data", str(folder)]
    command += ["--port", str(api_port), "--regions", ",".join(regions)]
    command += ["--ephemeral"] if ephemeral else []
    try:
        return _started(command, folder)
    except LocalError:
        if data_dir is None and ephemeral:
            data_folder.remove(folder)
        raise


def _started(command: list[str], folder: Path) -> LocalServer:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        server = attach(folder)
        if server is None and data_folder.is_free(folder):
            server = _spawn(command, folder)
        if server is not None:
            return server
        time.sleep(_RETRY_S)
    raise unanswered(folder)


def unanswered(folder: Path) -> LocalError:
    """Return the error for a server that locks a data folder and does not respond."""
    info = read_info(folder)
    pid = "" if info is None else f" (kill {info.pid})"
    return LocalError(
        f"The local DSQL in {folder} is running, but does not answer.",
        remedy=f"Try again in a few seconds, or end its process{pid} and start it again.",
    )


def _check_platform() -> None:
    if sys.platform == "win32":
        raise LocalError(
            "The local DSQL does not run on Windows yet.", remedy="Run dsql-tui inside WSL."
        )
    if find_spec("cryptography") is None:
        raise LocalError(
            "The local DSQL is not installed.", remedy="Install it: pip install 'dsql-tui[local]'."
        )


def stop(folder: Path) -> bool:
    """Stop the server of a data folder even if others use it; return whether there was one.

    Raises:
        LocalError: It does not answer, or does not end.
    """
    server = attach(folder)
    if server is not None:
        server.stop(for_all=True)
    elif not data_folder.is_free(folder):
        raise unanswered(folder)
    return server is not None


def reset(folder: Path) -> None:
    """Stop the server of a data folder and delete everything it has written there.

    Raises:
        LocalError: It does not end, or the files cannot be deleted.
    """
    folder = folder.absolute()
    data_folder.check_is_ours(folder)
    stop(folder)
    data_folder.clear(folder)


def read_info(folder: Path) -> ServerInfo | None:
    """Return the details written by a server of `folder`, whether it is running or not.

    A copied data folder contains the details of the original's server; these are not returned.
    """
    try:
        info = ServerInfo.from_json(ownership.read_text(folder / INFO_FILE))
        return info if info.data_dir.samefile(folder) else None
    except (OSError, ValueError):
        return None


def _called(folder: Path) -> tuple[ServerInfo | None, ChannelClient | None]:
    """Return the details and a channel to the server of `folder`; no channel if none listens."""
    info = read_info(folder)
    if info is None:
        return None, None
    try:
        return info, ChannelClient(info.channel_port, info.channel_secret)
    except OSError:
        return info, None


def _wait_for_end(folder: Path, is_held: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while is_held():
        if time.monotonic() > deadline:
            raise LocalError(f"The local DSQL in {folder} does not end.")
        time.sleep(_RETRY_S)


def _spawn(command: list[str], folder: Path) -> LocalServer | None:
    """Start the server process; return `None` if another process has started one meanwhile.

    Raises:
        LocalError: It could not start.
    """
    package_root = str(Path(__file__).parents[3])
    paths = [package_root, *filter(None, [os.environ.get("PYTHONPATH")])]
    stdin_end, lease = os.pipe()
    read_end, write_end = os.pipe()
    # The open pipe is our lease until the handshake; like every lease it ends with this process.
    with os.fdopen(lease, "wb"), os.fdopen(read_end, "rb") as handshake:
        with os.fdopen(stdin_end, "rb") as its_stdin, os.fdopen(write_end, "wb") as its_stdout:
            process = _popen(command, folder, paths, its_stdin, its_stdout)
        answer = _read_handshake(handshake.readline())
        server = attach(folder) if "ready" in answer else None
    if server is not None:
        return server.adopt(process)
    process.wait()
    if "error" in answer:
        raise LocalError(answer["error"], remedy=answer.get("remedy", ""))
    if "busy" in answer:
        return None
    raise LocalError(
        "The local DSQL ended during its start.", remedy=f"See the end of {folder / LOG_FILE}."
    )


def _popen(
    command: list[str], folder: Path, paths: list[str], stdin: BinaryIO, stdout: BinaryIO
) -> subprocess.Popen[bytes]:
    try:
        os.close(data_folder.make(folder))
        number = ownership.open_file(folder / LOG_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        with os.fdopen(number, "wb") as log:
            return subprocess.Popen(
                command,
                stdin=stdin,
                stdout=stdout,
                stderr=log,
                cwd="/",
                env={**_environment(os.environ), "PYTHONPATH": os.pathsep.join(paths)},
                start_new_session=True,  # the terminal's Ctrl-C is not for the server
            )
    except OSError as error:
        raise data_folder.cannot_use(folder, error) from error


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the server process.

    PGPORT would rename our own sockets, and PYTHONINSPECT or PYTHONWARNINGS=error keep the process
    from starting or ending. Variables by which Python finds its own files stay.
    """
    return {
        name: value
        for name, value in environ.items()
        if name in _OF_PYTHON or not name.startswith(("PG", "PYTHON"))
    }


def _read_handshake(line: bytes) -> dict[str, str]:
    try:
        answer: dict[str, str] = json.loads(line)
    except ValueError:
        return {}
    return answer
