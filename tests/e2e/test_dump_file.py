"""Files of pg_dump run in a PostgreSQL of this program's own."""

from __future__ import annotations

import gzip
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from dsql_tui.errors import InputError
from dsql_tui.local.postgres.binaries import find_binaries
from dsql_tui.local.postgres.plain import plain_postgres
from dsql_tui.migrate.convert import convert
from dsql_tui.migrate.dump_file import run_dump
from dsql_tui.migrate.source import read_source
from dsql_tui.pg.postgres import open_postgres

RENTAL = Path(__file__).parents[1] / "data" / "postgres" / "rental.sql"
OWNERS = """
CREATE ROLE clerk;
ALTER TABLE rental.film OWNER TO clerk;
GRANT SELECT ON rental.city TO clerk;
"""


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[bytes, str]]:
    """Give a file of pg_dump and the report of the database that it is of."""
    path = tmp_path_factory.mktemp("dump") / "dump.sql"
    with plain_postgres() as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(RENTAL.read_bytes())
            connection.execute(OWNERS.encode())
        program = str(find_binaries().bin / "pg_dump")
        subprocess.run([program, "--dbname", conninfo, "--file", str(path)], check=True)
        yield path.read_bytes(), labels(conninfo)


def labels(conninfo: str) -> str:
    with closing(open_postgres(conninfo)) as session:
        entries = convert(read_source(session)).entries
    return "\n".join(
        f"{each.outcome} {each.label} {each.reason}" for each in entries if each.kind != "database"
    )


@pytest.fixture
def empty() -> Iterator[str]:
    """Give an empty PostgreSQL."""
    with plain_postgres() as conninfo:
        yield conninfo


def test_a_dump_says_the_same_as_the_server_it_is_of(
    dump: tuple[bytes, str], empty: str, tmp_path: Path
) -> None:
    path = tmp_path / "dump.sql.gz"
    path.write_bytes(gzip.compress(dump[0]))
    assert run_dump(path, empty) == []
    assert labels(empty) == dump[1]
    with psycopg.connect(empty) as connection:
        found = connection.execute("SELECT count(*), max(title) FROM rental.film").fetchone()
    assert found == (200, "Film 99")


HOSTILE = r"""
\! touch hacked
SET transaction_timeout = 0;
CREATE SCHEMA public;
CREATE EXTENSION hstore;
CREATE TABLE public.pairs (h public.hstore);
COPY public.pairs (h) FROM stdin;
"a"=>"1; DROP TABLE public.kept;"
\.
CREATE TABLE public.kept (a text);
COPY public.kept (a) FROM stdin;
x
\\.
\.
COPY public.kept (a) FROM PROGRAM 'echo hacked';
CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $$
SELECT 'a;
b';
$$;
INSERT INTO public.kept VALUES ('a;
-- PostgreSQL database dump complete
b');
ALTER TABLE public.kept OWNER TO nobody_here;
SELECT 1
"""


def test_what_is_refused_is_reported_and_the_rest_runs(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "hostile.sql"
    path.write_text(HOSTILE, encoding="utf-8")
    refused = run_dump(path, empty)
    assert [each.name.partition(" (")[0] for each in refused] == [
        *("in line 2", "in line 5", "in line 6", "in line 7", "in line 15")
    ]
    assert "command of psql" in refused[0].reason
    assert 'extension "hstore" is not available' in refused[1].reason
    assert "permission denied" in refused[4].reason
    assert all(each.action and each.definition for each in refused)
    assert not Path("hacked").exists()
    with psycopg.connect(empty) as connection:
        rows = connection.execute("SELECT a FROM public.kept").fetchall()
    assert rows == [("x",), ("\\.",), ("a;\n-- PostgreSQL database dump complete\nb",)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"--\n-- PostgreSQL database cluster dump\n--\n", "pg_dumpall"),
        (b"--\n-- PostgreSQL database dump\n--\nSELECT 1;\n", "ends too early"),
        (b"CREATE TABLE t (a text);\nCOPY t (a) FROM stdin;\nx\n", "ends too early"),
        (b"--\n-- PostgreSQL database dump\n--\nCREATE TABLE t (\n", "ends too early"),
        (b"SET client_encoding = 'LATIN1';\n", "is in LATIN1"),
        (b"SELECT '\xe9';\n", "line 1: this is not UTF-8"),
    ],
)
def test_a_file_that_is_not_whole_is_refused(
    text: bytes, message: str, server_of_refusals: str, tmp_path: Path
) -> None:
    path = tmp_path / "dump.sql"
    path.write_bytes(text)
    with psycopg.connect(server_of_refusals, autocommit=True) as connection:
        connection.execute("ALTER DATABASE postgres OWNER TO postgres")
        connection.execute("DROP OWNED BY dsql_tui_dump")
        connection.execute("DROP ROLE dsql_tui_dump")
    with pytest.raises(InputError, match=message):
        run_dump(path, server_of_refusals)


@pytest.fixture(scope="module")
def server_of_refusals() -> Iterator[str]:
    """Give a PostgreSQL in which a file has run."""
    with plain_postgres() as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("CREATE ROLE dsql_tui_dump LOGIN")
        yield conninfo
