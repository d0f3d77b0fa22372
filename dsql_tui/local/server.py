"""Starting, finding and stopping the local DSQL from outside: what `cli` and the tests call.

The server is a child process (`python -m dsql_tui.local`) with a session of its own. It lives as
long as somebody holds a lease on it; two starts on one data folder share it. This module imports
nothing heavy: attaching to a running server takes a few milliseconds.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from dsql_tui.errors import LocalError
from dsql_tui.local.channel import Line

DEFAULT_PORT = 8484
"""The AWS endpoint's port; the database port is the one after it. Taken ones are passed over."""
DEFAULT_REGIONS = ("us-east-1", "us-east-2", "us-west-2")
START_TIMEOUT_S = 60.0
_RETRY_S = 0.02
_INFO_FILE = "server.json"
_LOG_FILE = "server.log"
_LOCK_FILE = "lock"
EPHEMERAL_PREFIX = "dsql-tui-ephemeral-"
OWN_ENTRIES = (
    *("state.json", "keys.json", "aws-config", "aws-credentials", "settings.json"),
    *("tls", "databases", _INFO_FILE, _LOG_FILE),
)
"""Everything the server writes into its data folder; a reset deletes these and nothing else."""


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Where a running server is reached.

    Attributes:
        pid: Its process.
        data_dir: Its data folder.
        api_url: The AWS endpoint, for `endpoint_url`.
        gateway_port: Port of every database endpoint, on 127.0.0.1.
        root_certificate: CA file that endpoints are verified with.
        config_file: AWS config file with the profiles that lead here.
        credentials_file: AWS credentials file of those profiles.
        aws_profile: The profile of the account's own user.
        regions: Regions that it plays.
        ephemeral: Whether its data dies with it.
        channel_port: Port of the private channel.
        channel_secret: What opens that channel.
        runtime_dir: Folder of its sockets.
    """

    pid: int
    data_dir: Path
    api_url: str
    gateway_port: int
    root_certificate: Path
    config_file: Path
    credentials_file: Path
    aws_profile: str
    regions: tuple[str, ...]
    ephemeral: bool
    channel_port: int
    channel_secret: str = field(repr=False)
    runtime_dir: Path

    def to_json(self) -> str:
        """Return it as one line."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> ServerInfo:
        """Read what `to_json` wrote.

        Raises:
            ValueError: It is not that.
        """
        try:
            stored: dict[str, Any] = json.loads(text)
            for one in fields(cls):
                if one.type == "Path":
                    stored[one.name] = Path(stored[one.name])
            return cls(**{**stored, "regions": tuple(stored["regions"])})
        except (KeyError, TypeError) as error:
            raise ValueError("not a server's description") from error


class LocalServer:
    """A lease on a running server; leaving the context gives it back.

    Attributes:
        info: Where it is reached.
    """

    def __init__(self, info: ServerInfo, line: Line) -> None:
        self.info = info
        self._line: Line | None = line
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_new(self) -> bool:
        """Whether this process has started it, and not found it running."""
        return self._process is not None

    def stop(self) -> None:
        """Give the lease back; the server ends, and is waited for, if it was the last one."""
        if self._line is None:
            return
        line, self._line = self._line, None
        left = 0
        with suppress(LocalError):
            left = line.ask("release")["leases"]
        line.close()
        if left == 0:
            _wait_for_end(self.info.data_dir)
        if self._process is not None:
            _let_go(self._process, others_stay=left > 0)

    def adopt(self, process: subprocess.Popen[bytes]) -> Self:
        """Take charge of the server's process, which this one has started."""
        self._process = process
        return self

    def ask(self, do: str, **values: Any) -> dict[str, Any]:
        """Ask the server for something over its channel.

        Raises:
            LocalError: It says no, or is gone.
        """
        if self._line is None:
            raise LocalError("The local DSQL has been let go.")
        return self._line.ask(do, **values)

    def wait(self) -> None:
        """Wait until the server has ended."""
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
    """Collect a child that has ended; one that others still use is theirs from now on."""
    if others_stay and process.poll() is None:
        process.returncode = 0
    else:
        process.wait(START_TIMEOUT_S)


def default_data_dir() -> Path:
    """Return the user's data folder for the local DSQL."""
    import platformdirs  # attaching to a named folder does not need it

    return platformdirs.user_data_path("dsql-tui", appauthor=False) / "local"


def running(data_dir: Path | None = None) -> ServerInfo | None:
    """Return the server that serves a data folder, `None` when there is none."""
    info = read_info(data_dir or default_data_dir())
    if info is None:
        return None
    try:
        Line(info.channel_port, info.channel_secret).close()
    except OSError:
        return None
    return info


def attach(data_dir: Path | None = None) -> LocalServer | None:
    """Take a lease on the server of a data folder, `None` when there is none."""
    return _attach(data_dir or default_data_dir())


def start(
    data_dir: Path | None = None,
    *,
    ephemeral: bool = False,
    port: int | None = None,
    regions: Sequence[str] = DEFAULT_REGIONS,
) -> LocalServer:
    """Start the local DSQL, or attach to the one that already serves the data folder.

    Args:
        data_dir: Data folder; by default the user's own, or a new one for an ephemeral server.
        ephemeral: Delete all data when the server ends.
        port: The AWS endpoint's port; 0 takes any free one. By default `DEFAULT_PORT`, any free
            one for an ephemeral server.
        regions: Regions to play.

    Raises:
        LocalError: It cannot start; the message says why and the remedy what to do.
    """
    _check_platform()
    folder = data_dir or _new_folder(ephemeral=ephemeral)
    wanted = port if port is not None else 0 if ephemeral else DEFAULT_PORT
    command = [sys.executable, "-P", "-m", f"{__package__}", "--data", str(folder)]
    command += ["--port", str(wanted), "--regions", ",".join(regions)]
    command += ["--ephemeral"] if ephemeral else []
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        server = _attach(folder) or (_spawn(command, folder) if _is_free(folder) else None)
        if server is not None:
            return server
        time.sleep(_RETRY_S)
    raise LocalError(
        f"Another process uses {folder} and does not answer.",
        remedy="Stop it with `dsql-tui local stop`, or choose another data folder with --data.",
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


def stop(data_dir: Path | None = None) -> bool:
    """End the server of a data folder, whoever uses it; whether there was one.

    Raises:
        LocalError: It does not end.
    """
    folder = data_dir or default_data_dir()
    server = _attach(folder)
    if server is None:
        return False
    with suppress(LocalError):
        server.ask("stop")
    server.stop()
    return True


def reset(data_dir: Path | None = None) -> None:
    """End the server of a data folder and delete everything it has written there.

    Raises:
        LocalError: It does not end, or the files cannot be deleted.
    """
    from dsql_tui.local.folders import reachable

    folder = (data_dir or default_data_dir()).absolute()
    stop(folder)
    try:
        for path in (*(folder / name for name in OWN_ENTRIES), reachable(folder / "databases")):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise LocalError(f"Cannot delete {error.filename}: {error.strerror}.") from error


def _new_folder(*, ephemeral: bool) -> Path:
    if not ephemeral:
        return default_data_dir()
    folder = Path(tempfile.mkdtemp(prefix=EPHEMERAL_PREFIX))
    if os.geteuid() == 0:
        folder.chmod(0o711)  # PostgreSQL, which is another user then, passes through it
    return folder


def read_info(folder: Path) -> ServerInfo | None:
    """Return what a server of `folder` said of itself, whether it still runs or not."""
    try:
        return ServerInfo.from_json((folder / _INFO_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _attach(folder: Path) -> LocalServer | None:
    """Take a lease on the server of `folder`; `None` when none answers."""
    info = read_info(folder)
    if info is None:
        return None
    try:
        line = Line(info.channel_port, info.channel_secret)
    except OSError:
        return None
    try:
        line.ask("lease")
    except LocalError:
        line.close()
        return None
    return LocalServer(info, line)


@contextmanager
def folder_lock(folder: Path) -> Iterator[bool]:
    """Hold the data folder's lock if it is free, and say whether it was.

    Raises:
        LocalError: The folder cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    import fcntl  # not on Windows, where `start` says so

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        yield False
        return
    try:
        yield True
    finally:
        os.close(handle)


def _cannot_write(folder: Path, error: OSError) -> LocalError:
    return LocalError(
        f"Cannot write the data folder {folder}: {error.strerror or error}.",
        remedy="Choose another one with --data, or use --ephemeral.",
    )


def _is_free(folder: Path) -> bool:
    if not (folder / _LOCK_FILE).exists():
        return True  # looking must not make it: an ephemeral folder is being deleted
    with folder_lock(folder) as free:
        return free


def _wait_for_end(folder: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not _is_free(folder):
        if time.monotonic() > deadline:
            raise LocalError(f"The local DSQL in {folder} does not end.")
        time.sleep(_RETRY_S)


def _spawn(command: list[str], folder: Path) -> LocalServer | None:
    """Start the server process; `None` when another one was faster.

    Raises:
        LocalError: It could not start.
    """
    package_root = str(Path(__file__).parents[2])
    paths = [package_root, *filter(None, [os.environ.get("PYTHONPATH")])]
    held, lease = os.pipe()
    said, says = os.pipe()
    # The open pipe is our lease until the handshake; it dies with us, as a lease must.
    with os.fdopen(lease, "wb"), os.fdopen(said, "rb") as handshake:
        with os.fdopen(held, "rb") as its_stdin, os.fdopen(says, "wb") as its_stdout:
            process = _popen(command, folder, paths, its_stdin, its_stdout)
        answer = _read_handshake(handshake.readline())
        server = _attach(folder) if "ready" in answer else None
    if server is not None:
        return server.adopt(process)
    process.wait()
    if "error" in answer:
        raise LocalError(answer["error"], remedy=answer.get("remedy", ""))
    if "busy" in answer:
        return None
    raise LocalError(
        "The local DSQL ended at once.", remedy=f"Its last words are in {folder / _LOG_FILE}."
    )


def _popen(
    command: list[str], folder: Path, paths: list[str], stdin: BinaryIO, stdout: BinaryIO
) -> subprocess.Popen[bytes]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _LOG_FILE).open("wb") as log:
            return subprocess.Popen(
                command,
                stdin=stdin,
                stdout=stdout,
                stderr=log,
                cwd="/",
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                start_new_session=True,  # the terminal's Ctrl-C is not for the server
            )
    except OSError as error:
        raise _cannot_write(folder, error) from error


def _read_handshake(line: bytes) -> dict[str, str]:
    try:
        answer: dict[str, str] = json.loads(line)
    except ValueError:
        return {}
    return answer
