"""A private PostgreSQL 16: creates template data folders and starts copies of them.

A small shell script, the watcher, blocks on a pipe from this process. When this process ends, for
any reason, the pipe is closed and the watcher stops PostgreSQL. PostgreSQL does not listen on TCP.
If the kernel can restrict `postgres` (`sandbox.py`), it can run no other program and use no files
except its own, not even for statements of its superuser.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import IO

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem import ownership
from dsql_tui.local.filesystem.folders import copy_folder, digest, draft, give_away, workshop
from dsql_tui.local.filesystem.ownership import account
from dsql_tui.local.postgres.binaries import Binaries
from dsql_tui.local.postgres.left_over import stop_left_over
from dsql_tui.local.postgres.sandbox import SandboxAccess, start_restricted
from dsql_tui.local.protocol.answers import (
    BLOCKED_FUNCTIONS,
    MAX_CONNECTIONS,
    SERVER_VERSION,
    SERVER_VERSION_NUM,
    SETTABLE,
)
from dsql_tui.sql.dsql.limits import KEY_BYTES

SUPERUSER = "postgres"
"""Owner of `sys` and of all other objects of the local DSQL in a database."""
SOCKET_NAME = ".s.PGSQL.5432"
STOP_TIMEOUT_S = 10.0
FIRST_OID = 16_384
"""OID of the first user object in PostgreSQL; in single-user mode it would use lower ones."""
BOOTSTRAP = (
    "bootstrap.sql",
    "jobs.sql",
    "unpublished.sql",
    "limits.sql",
    "definitions.sql",
    "catalogs.sql",
    "closing.sql",
)
"""Scripts that create a DSQL database, in this order."""
MARK = "dsql_scripts"
"""File in a data folder that names the scripts it was created with."""

_USERS, _NAME_SOURCES = Path("/etc/passwd"), Path("/etc/nsswitch.conf")

SETTINGS = {
    # Nothing waits for the disk: a local database for tests may lose data in a power failure. It
    # loses none by `kill -9`: the kernel has all committed data, and the log has complete pages.
    "fsync": "off",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "max_connections": "400",
    # Shared memory is in the data folder: files left after a kill are deleted with the folder, and
    # a container's /dev/shm is small.
    "dynamic_shared_memory_type": "mmap",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_prepared_transactions": "0",
    # A deadlock of two sessions must be detected in milliseconds, not after a second.
    "deadlock_timeout": "10ms",
    "default_transaction_isolation": "repeatable read",
    "createrole_self_grant": "set, inherit",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "default_text_search_config": "english",
    "listen_addresses": "",
    "log_destination": "stderr",
    "log_statement": "none",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    "jit": "off",
    # Tables are analysed by our own jobs, which `sys.jobs` shows.
    "autovacuum_analyze_threshold": "2147483647",
    "temp_file_limit": "128MB",
    # DSQL's plans have no bitmap scans, no Memoize and no Gather. Parallel workers would also fail
    # to start: the default text search configuration that they would set is missing, as in DSQL.
    "enable_bitmapscan": "off",
    "enable_memoize": "off",
    "max_parallel_workers_per_gather": "0",
    # DSQL looks up keys in an index even in small tables, so an index page must cost less.
    "seq_page_cost": "4",
    "random_page_cost": "1",
    "max_parallel_maintenance_workers": "0",
    "update_process_title": "off",
    # Values that our SQL functions read.
    "dsql.server_version": SERVER_VERSION,
    "dsql.server_version_num": SERVER_VERSION_NUM,
    "dsql.max_connections": MAX_CONNECTIONS,
    "dsql.settable": " ".join(sorted(SETTABLE)),
    "dsql.blocked_functions": "|".join(BLOCKED_FUNCTIONS),
    "dsql.disable_sync_create_index": "on",
    "dsql.key_bytes": str(KEY_BYTES),
}

# The watcher is not restricted, so it is neither a child nor the parent of `postgres`. It may run
# longer than `postgres`, whose process ID ($1) may then belong to another process. So it signals
# only a process whose working directory is the data folder ($2), and waits until it is.
_WATCHER = """
works_there() {
  if [ -d /proc/self ]; then
    [ "/proc/$1/cwd" -ef "$2" ]
  else
    case "$(ps -ww -o command= -p "$1")" in *" -D $2 "*) ;; *) false ;; esac
  fi
}
read -r _
for _ in 1 2 3 4 5 6 7 8 9 10; do
  works_there "$1" "$2" && exec kill -INT "$1"
  kill -0 "$1" 2>/dev/null || break
  sleep 0.1
done
"""


def _environment() -> dict[str, str]:
    """Return the environment for PostgreSQL's programs: not ours, which may contain AWS keys."""
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


def _access(binaries: Binaries, *written: Path) -> SandboxAccess | None:
    """Return the paths that `postgres` may use: its installation, and those that it writes."""
    if binaries.access is None:
        return None
    return replace(binaries.access, write=(*written, Path(os.devnull)))


def _single_user_access(binaries: Binaries, pgdata: Path) -> SandboxAccess | None:
    """Return the paths that `postgres --single` may use, or `None` to run it unrestricted.

    It looks up the name of its user and fails without it. If the name is not in `/etc/passwd`, it
    runs unrestricted, because the other sources of user names are not known.
    """
    access = _access(binaries, pgdata)
    user = account()
    uid = user.uid if user else os.getuid()
    try:
        users = _USERS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    if access is None or not any(line.split(":")[2:3] == [str(uid)] for line in users):
        return None
    return replace(access, read=(*access.read, _USERS, _NAME_SOURCES))


def _run(command: list[str], script: str = "", access: SandboxAccess | None = None) -> None:
    """Run one of PostgreSQL's programs to its end, as PostgreSQL's user.

    Args:
        command: The program and its arguments.
        script: Its input.
        access: The paths that it may use; `None` does not restrict it.

    Raises:
        LocalError: It failed; the message is the last line it wrote.
    """
    user = account()

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            input=script,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=_environment(),
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )

    try:
        completed = start_restricted(access, run)
    except OSError as error:
        raise LocalError(f"Cannot run {command[0]}: {error.strerror or error}.") from error
    if completed.returncode != 0:
        errors = completed.stderr.strip().splitlines() or ["no reason given"]
        reason = next((line for line in errors if "FATAL" in line or "error:" in line), errors[-1])
        raise LocalError(
            f"PostgreSQL could not prepare a database: {reason}",
            remedy="Free some space, or choose another data folder with --data.",
        )


def script(name: str) -> str:
    """Return one of the SQL scripts of this package."""
    return resources.files(__package__).joinpath("sql", name).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Templates:
    """Template data folders, stored between starts and shared by all data folders.

    Attributes:
        binaries: The installation that creates and reads them.
        folder: Where they are stored.
    """

    binaries: Binaries
    folder: Path

    def copy(self, seed: str | None, target: Path) -> None:
        """Create a new data folder at `target`, empty or from the script `seed`.

        Raises:
            LocalError: It cannot be created or written.
        """
        template = self._template(seed)
        with draft(target) as fresh:
            copy_folder(template, fresh)
            give_away(fresh)

    def prepare(self) -> None:
        """Create the empty template now, so that errors are reported at the start.

        Raises:
            LocalError: It cannot be created.
        """
        self._template(None)

    def _template(self, seed: str | None) -> Path:
        texts = ["".join(script(name) for name in BOOTSTRAP).encode()]
        texts += [script(seed).encode()] if seed else []
        mark = digest(self.binaries.version.encode(), repr(SETTINGS).encode(), *texts)
        template = self.folder / f"template-{(seed or 'empty').removesuffix('.sql')}-{mark}"
        if not template.exists():
            with draft(template) as fresh, workshop() as bench:
                made = bench or fresh
                if seed is None:
                    self._initialise(made)
                else:
                    copy_folder(self._template(None), made)
                give_away(made)
                execute(self.binaries, made, texts[-1].decode())
                if seed is None:
                    self._number(made)
                if bench:
                    copy_folder(bench, fresh)
                    give_away(fresh)
        if not ownership.is_our_folder(template):  # its owner would control all databases
            raise LocalError(
                f"{template} belongs to another user.", remedy="Delete it, and start again."
            )
        return template

    def _initialise(self, pgdata: Path) -> None:
        give_away(pgdata)
        initialise(self.binaries, pgdata, SETTINGS)
        (pgdata / MARK).write_text(scripts_mark(), encoding="ascii")

    def _number(self, pgdata: Path) -> None:
        """Give later objects the OIDs of user objects, because database browsers sort by OID."""
        _run([str(self.binaries.bin / "pg_resetwal"), "-o", str(FIRST_OID), "-D", str(pgdata)])


def initialise(binaries: Binaries, pgdata: Path, settings: Mapping[str, str]) -> None:
    """Make a data folder of an empty folder of PostgreSQL's user.

    Raises:
        LocalError: It cannot be written.
    """
    _run(
        [
            str(binaries.bin / "initdb"),
            *("--pgdata", str(pgdata), "--username", SUPERUSER),
            *("--encoding", "UTF8", "--locale", "C", "--auth", "trust"),
            # The smallest possible size is 1 MB: less to copy for each new cluster.
            *("--wal-segsize", "1", "--no-sync", "--no-instructions"),
        ]
    )
    lines = (f"{name} = '{value}'\n" for name, value in settings.items())
    with (pgdata / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.writelines(lines)


def execute(binaries: Binaries, pgdata: Path, sql: str) -> None:
    """Run a script in single-user mode, where statements end in `;` and an empty line.

    Raises:
        LocalError: A statement failed.
    """
    _run(
        [
            binaries.postgres,
            *("--single", "-j", "-O", "-D", str(pgdata), "-c", "exit_on_error=on", "postgres"),
        ],
        sql.rstrip() + "\n\n",
        _single_user_access(binaries, pgdata),
    )


def scripts_mark() -> str:
    """Return a digest of the current scripts."""
    return digest(*(script(name).encode() for name in BOOTSTRAP))


def log_of(pgdata: Path) -> Path:
    """Return PostgreSQL's log file, next to its data folder."""
    return pgdata.with_name(pgdata.name + ".log")


class Postmaster:
    """A running PostgreSQL and the thread that watches it.

    Args:
        binaries: The installation.
        pgdata: Its data folder.
        sockets: Private folder in which a folder for the socket is created. Permission to enter
            that folder is the only authentication.

    Raises:
        LocalError: It cannot be started.
    """

    def __init__(self, binaries: Binaries, pgdata: Path, sockets: Path) -> None:
        self._log = log_of(pgdata)
        try:
            stop_left_over(pgdata)
            socket_folder = Path(tempfile.mkdtemp(dir=sockets))
            give_away(socket_folder)
            self._postgres = self._launched(binaries, pgdata, socket_folder)
            self._watcher, self._lifeline = self._watched(pgdata)
        except OSError as error:
            raise LocalError(f"Cannot start PostgreSQL: {error.strerror or error}.") from error
        self.socket = socket_folder / SOCKET_NAME

    def _launched(
        self, binaries: Binaries, pgdata: Path, socket_folder: Path
    ) -> subprocess.Popen[bytes]:
        command = [binaries.postgres, "-D", str(pgdata), "-k", str(socket_folder)]
        access = _access(binaries, pgdata, socket_folder)
        log = ownership.open_file(self._log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        with os.fdopen(log, "wb") as messages:
            return start_restricted(access, lambda: _start(command, subprocess.DEVNULL, messages))

    def _watched(self, pgdata: Path) -> tuple[subprocess.Popen[bytes], int]:
        """Start the watcher; return it and our end of its pipe, which is closed when we end."""
        command = ["/bin/sh", "-c", _WATCHER, "watcher", str(self._postgres.pid), str(pgdata)]
        watched, lifeline = os.pipe()
        with os.fdopen(watched) as pipe:
            try:
                return _start(command, pipe, subprocess.DEVNULL), lifeline
            except OSError:
                os.close(lifeline)
                self._postgres.kill()
                self._postgres.wait()
                raise

    @property
    def alive(self) -> bool:
        """Whether PostgreSQL is running."""
        return self._postgres.poll() is None

    def last_words(self) -> str:
        """Return the last line of its log, which explains why it ended."""
        lines = ownership.read_bytes(self._log).decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def stop(self) -> None:
        """Stop PostgreSQL (fast: sessions are ended) and wait for its end."""
        self._postgres.send_signal(signal.SIGINT)
        self._watcher.kill()
        self._watcher.wait()
        os.close(self._lifeline)
        try:
            self._postgres.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._postgres.kill()
            self._postgres.wait()
        with suppress(OSError):
            ownership.delete(self.socket.parent)


def _start(
    command: list[str], stdin: IO[str] | int, output: IO[bytes] | int
) -> subprocess.Popen[bytes]:
    """Start a program in the background, as PostgreSQL's user.

    Raises:
        OSError: It cannot be started.
    """
    user = account()
    return subprocess.Popen(
        command,
        stdin=stdin,
        stdout=output,
        stderr=output,
        cwd="/",
        env=_environment(),
        start_new_session=True,
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
    )
