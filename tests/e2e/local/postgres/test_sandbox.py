"""PostgreSQL's superuser reaches no program and no file but the database's own, on Linux.

Nobody is meant to become superuser; these hold if somebody does, through a fault of ours.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dsql_tui.local.filesystem.folders import MEMORY
from dsql_tui.local.postgres.sandbox import landlock_version
from dsql_tui.local.process.server import LocalServer
from tests.support import system_namesakes
from tests.support.local_dsql import Connection, connect, endpoint_of

needs_landlock = pytest.mark.skipif(
    not landlock_version(),
    reason="this kernel cannot restrict processes (no Landlock): a superuser's SQL may do these",
)


@pytest.fixture
def superuser(unruly: LocalServer) -> Iterator[Connection]:
    """Give a session of the superuser, straight to PostgreSQL, in a transaction."""
    with (
        connect(unruly.info, endpoint_of(unruly.info, "shop")) as client,
        system_namesakes.system_session(unruly.info) as session,
    ):
        client.execute("SELECT 1")
        session.execute("BEGIN")
        session.execute("CREATE TABLE pg_temp.t (a text)")
        session.execute("INSERT INTO pg_temp.t VALUES ('written')")
        yield session
        session.execute("ROLLBACK")


@pytest.fixture
def outside() -> Iterator[Path]:
    """Give a folder that everybody may write to."""
    folder = Path(tempfile.mkdtemp())  # pytest's are inside of one that others cannot enter
    folder.chmod(0o777)
    shutil.copy("/bin/true", folder / "library.so")
    (folder / "file").write_text("outside")
    (folder / "file").chmod(0o666)
    yield folder
    shutil.rmtree(folder)


FORBIDDEN = {
    "COPY t TO PROGRAM 'cat >{0}/made'": "could not execute command",
    "COPY t FROM PROGRAM 'echo here'": "could not execute command",
    "COPY t FROM '/etc/passwd'": "Permission denied",
    "COPY t FROM '{0}/file'": "Permission denied",
    "COPY t TO '{0}/made'": "Permission denied",
    "COPY t TO '{0}/file'": "Permission denied",
    "COPY t TO '{2}/made'": "Permission denied",
    "SELECT pg_read_file('/etc/hostname')": "Permission denied",
    "SELECT pg_read_binary_file('{0}/file')": "Permission denied",
    "SELECT pg_read_file('/proc/self/environ')": "Permission denied",
    "SELECT pg_read_file('/proc/{1}/cmdline')": "Permission denied",
    "SELECT pg_ls_dir('{0}')": "Permission denied",
    "SELECT pg_ls_dir('/')": "Permission denied",
    "SELECT lo_import('/etc/passwd')": "Permission denied",
    "SELECT lo_export(12345, '{0}/made')": "Permission denied",
    "LOAD '{0}/library.so'": "Permission denied",
    "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE c AS '{0}/library.so', 'f'":
        "Permission denied",
}  # fmt: skip


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """Give such a folder where Linux keeps files in memory."""
    folder = Path(tempfile.mkdtemp(dir=MEMORY))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@needs_landlock
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_neither_programs_nor_files_nor_libraries(
    superuser: Connection, outside: Path, in_memory: Path, statement: str
) -> None:
    before = {path: path.read_bytes() for path in outside.iterdir()}
    superuser.execute("SELECT lo_from_bytea(12345, 'large')")
    with pytest.raises(psycopg.Error) as refused:
        superuser.execute(statement.format(outside, os.getpid(), in_memory).encode())
    assert FORBIDDEN[statement] in str(refused.value)
    assert {path: path.read_bytes() for path in outside.iterdir()} == before
    assert not list(in_memory.iterdir())


@needs_landlock
def test_the_data_folder_is_the_one_place_of_files(superuser: Connection) -> None:
    """So nothing but the restriction refuses the same elsewhere."""
    (data,) = superuser.execute("SHOW data_directory").fetchone() or ("",)
    superuser.execute(f"COPY t TO '{data}/dsql_test_file'".encode())
    read = superuser.execute("SELECT pg_read_file('dsql_test_file')").fetchone()
    (Path(str(data)) / "dsql_test_file").unlink()
    assert read == ("written\n",)


@pytest.mark.skipif(sys.platform != "linux", reason="it asks /proc")
def test_postgresql_has_no_environment_of_ours(superuser: Connection) -> None:
    """Keys of AWS may be in it, and on a kernel without Landlock a superuser can read it."""
    (pid,) = superuser.execute("SELECT pg_backend_pid()").fetchone() or (0,)
    environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    names = {entry.partition(b"=")[0] for entry in environment if entry.strip()}
    assert names <= {b"PATH", b"LC_ALL", b"TZ"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it asks /proc")
def test_postgresql_can_gain_no_privileges(superuser: Connection) -> None:
    if not landlock_version():
        pytest.skip("set together with the restriction, which this kernel has not")
    (pid,) = superuser.execute("SELECT pg_backend_pid()").fetchone() or (0,)
    assert "NoNewPrivs:\t1" in Path(f"/proc/{pid}/status").read_text()
