"""What we are measured against: a small C program on psycopg's own libpq, and psql."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import psycopg_binary

from tests.bench.measure import timed

SOURCE = Path(__file__).with_name("floor.c")


@cache
def chunked_floor() -> Path | None:
    """Build the C program against the libpq that psycopg brings; `None` without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    libraries = Path(psycopg_binary.__file__).parent.parent / "psycopg_binary.libs"
    libpq = next(iter(sorted(libraries.glob("libpq-*"))), None)
    if compiler is None or libpq is None:
        return None
    program = Path(tempfile.mkdtemp(prefix="dsql-tui-floor-")) / "floor"
    atexit.register(shutil.rmtree, program.parent, ignore_errors=True)
    command = [compiler, "-O2", "-o", str(program), str(SOURCE), str(libpq)]
    command += [f"-Wl,-rpath,{libraries}", "-Wl,--allow-shlib-undefined"]
    built = subprocess.run(command, capture_output=True, check=False)
    return program if built.returncode == 0 else None


def floor_seconds(conninfo: str, sql: str) -> float:
    """Return the seconds the C program, or `psql -At` in its place, takes for all rows."""
    program = chunked_floor()
    if program is None:
        return psql_seconds(conninfo, sql)
    done = subprocess.run([program, conninfo, sql], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[1])


def psql_seconds(conninfo: str, sql: str) -> float:
    """Return the seconds `psql -At` takes to print all rows to nowhere."""
    command = ["psql", conninfo, "-XAtq", "-o", "/dev/null", "-c", sql]
    return timed(lambda: subprocess.run(command, check=True, capture_output=True))


def copy_seconds(conninfo: str, table: str, path: Path) -> float:
    r"""Return the seconds psql's `\copy … csv` takes."""
    command = ["psql", conninfo, "-Xq", "-c", rf"\copy {table} to '{path}' csv header"]
    return timed(lambda: subprocess.run(command, check=True, capture_output=True))


def has_psql() -> bool:
    """Whether psql is there to compare with."""
    return shutil.which("psql") is not None
