"""A PostgreSQL database is imported into a cluster, killed at every step, and compared."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dsql_tui.cli.root import run
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.local.postgres.plain import plain_postgres
from dsql_tui.local.process import server
from tests.support.local_dsql import Connection, connect, endpoint_of

SCHEMA = """
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('good', 'it''s bad');
CREATE TABLE app.people (
    id serial PRIMARY KEY, name text NOT NULL, mood app.mood, tags text[], price money,
    share numeric, seen timestamptz, born date, raw bytea, place point
);
CREATE TABLE app.orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person integer NOT NULL REFERENCES app.people, total numeric(10, 2), twice numeric(12, 2)
        GENERATED ALWAYS AS (total * 2) STORED
);
CREATE INDEX orders_person ON app.orders (person);
CREATE VIEW app.good AS SELECT id FROM app.people WHERE mood = 'good'::app.mood;
CREATE TABLE app.empty (id integer PRIMARY KEY);
INSERT INTO app.people (name, mood, tags, price, share, seen, born, raw, place)
    SELECT E'tab\\t\\\\N \\n' || n, CASE WHEN n % 3 > 0 THEN 'it''s bad'::app.mood END,
           ARRAY['a', NULL, 'q"' || n], n::money, n / 8.0, 'infinity', '0044-03-15 BC',
           decode(lpad(to_hex(n), 8, '0'), 'hex'), point(n, 0.1)
    FROM generate_series(1, 3000) n;
INSERT INTO app.orders (person, total) SELECT 1 + n % 3000, n / 4.0 FROM generate_series(1, 7000) n;
CREATE SCHEMA part;
CREATE TABLE part.seen (id integer PRIMARY KEY);
CREATE TABLE part.secret (id integer PRIMARY KEY);
INSERT INTO part.seen VALUES (1);
INSERT INTO part.secret VALUES (1);
CREATE ROLE reader LOGIN PASSWORD 'geheim';
GRANT USAGE ON SCHEMA part TO reader;
GRANT SELECT ON part.seen TO reader;
"""
HBA = "local all reader scram-sha-256\nlocal all all trust\n"


@pytest.fixture(scope="module")
def source() -> Iterator[str]:
    """Give a PostgreSQL with a role that needs a password and may not read one table."""
    with plain_postgres() as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(SCHEMA.encode())
            found = connection.execute("SHOW hba_file").fetchone()
            assert found is not None
            Path(found[0]).write_text(HBA, encoding="utf-8")
            connection.execute("SELECT pg_reload_conf()")
        yield conninfo


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """Give a session on a cluster of a local DSQL of this module's own home."""
    home = tmp_path_factory.mktemp("home")
    names = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setenv(name, str(home))
        patch.chdir(home)
        with (
            server.start(port=0) as running,
            connect(running.info, endpoint_of(running.info, "todos-dev")) as session,
        ):
            yield session


def import_args(source: str, *options: str) -> list[str]:
    return ["import", "postgres", source, "todos-dev", "--local", "--yes", *options]


def kill_at(end: str, arguments: list[str]) -> None:
    """Run a command and kill it when it has reported a line with this end."""
    command = [sys.executable, "-m", "dsql_tui", *arguments]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stderr is not None
        if not any(line.rstrip().endswith(end) for line in process.stderr):
            pytest.fail(f"no line ends with {end}")
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert process.returncode == -signal.SIGKILL


def test_an_import_that_is_killed_at_every_step_ends_with_the_same_rows(
    source: str, cluster: Connection, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = import_args(source, "--schema", "app", "-o", "moved")
    kill_at("] CREATE TABLE app.people (", arguments)
    kill_at("10,000 rows read.", arguments)
    kill_at("rows loaded.", arguments)
    assert run(arguments) == ExitCode.OK
    told = capfd.readouterr().err
    assert "Resuming the import in moved." in told
    assert "10,000 rows compared." in told
    assert "3 tables have the same rows as in PostgreSQL." in told
    assert sorted(each.name for each in Path("moved").glob("[!.]*")) == [
        *("1-tables.sql", "2-indexes-and-keys.sql", "3-functions-and-views.sql"),
        *("left-out.sql", "report.txt"),
    ]
    one = cluster.execute(
        "SELECT name, mood, tags::text, price, share, born::text, place FROM app.people"
        " WHERE id = 4"
    ).fetchone()
    assert one is not None
    assert [str(value) for value in one] == [
        *("tab\t\\N \n4", "it's bad", '["a", null, "q\\"4"]', "4.00", "0.500000000000"),
        *("0044-03-15 BC", "(4,0.1)"),
    ]
    query = "SELECT count(*), count(DISTINCT id), sum(twice) FROM app.orders"
    assert cluster.execute(query).fetchone() == (7_000, 7_000, 12_251_750)
    new = "INSERT INTO app.orders (person) VALUES (1) RETURNING id"
    made = cluster.execute(new).fetchone()
    assert made is not None
    assert made[0] >= 7_001
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        cluster.execute("INSERT INTO app.orders (person) VALUES (99999)")
    with pytest.raises(psycopg.errors.CheckViolation):
        cluster.execute("INSERT INTO app.people (name, mood) VALUES ('x', 'other')")
    assert cluster.execute("SELECT count(*) FROM app.good").fetchone() == (0,)
    # What is there is not created a second time.
    assert run(arguments) == ExitCode.BAD_INPUT
    assert "has a table app.empty already" in capfd.readouterr().err


def test_a_table_that_may_not_be_read_is_reported_and_the_others_are_loaded(
    source: str,
    cluster: Connection,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = source.replace("user=postgres", "user=reader")
    arguments = import_args(reader, "--schema", "part", "-o", "part")
    monkeypatch.delenv("PGPASSWORD", raising=False)
    assert run(arguments) == ExitCode.CONNECT
    assert "wants a password" in capfd.readouterr().err
    monkeypatch.setenv("PGPASSWORD", "falsch")
    assert run(arguments) == ExitCode.CONNECT
    assert "falsch" not in capfd.readouterr().err
    monkeypatch.setenv("PGPASSWORD", "geheim")
    assert run(arguments) == ExitCode.PARTIAL
    told = capfd.readouterr()
    assert "- table part.secret: this role may not read its rows" in told.out
    assert "part.secret: this role may not read its rows" in told.err
    assert cluster.execute("SELECT count(*) FROM part.seen").fetchone() == (1,)
    assert cluster.execute("SELECT count(*) FROM part.secret").fetchone() == (0,)
    assert "geheim" not in json.dumps([path.read_text() for path in Path("part").glob("*.*")])


@pytest.mark.usefixtures("cluster")
def test_a_plan_writes_the_scripts_and_touches_no_cluster(
    source: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    arguments = ["import", "postgres", source, "--plan", "-o", "plan", "--serial", "uuid", "--json"]
    assert run(arguments) == ExitCode.OK
    report = json.loads(capfd.readouterr().out)
    assert report["database"] == "postgres"
    lost = [each["reason"] for each in report["objects"] if each["outcome"] == "lost"]
    assert lost == ["roles, owners and privileges (on 1 tables and views) are not copied"]
    tables = Path("plan", "1-tables.sql").read_text(encoding="utf-8")
    assert tables.count("uuid DEFAULT gen_random_uuid()") == 2
    assert "person uuid NOT NULL" in tables
    assert Path("plan", "1-tables.sql").stat().st_mode & 0o777 == 0o600


def test_a_file_of_statements_is_imported_like_a_server(
    cluster: Connection, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("old shop.sql").write_text(
        "CREATE EXTENSION hstore;\n"
        "CREATE TABLE public.words (id serial PRIMARY KEY, word text);\n"
        "COPY public.words (word) FROM stdin;\nä\n\\N\n\\.\n",
        encoding="utf-8",
    )
    assert run(["import", "postgres", "old shop.sql", "--plan", "-o", "import-old-shop"]) == 0
    tables = Path("import-old-shop", "1-tables.sql")
    edited = tables.read_text(encoding="utf-8").replace("word text", "word text DEFAULT 'edited'")
    tables.write_text(edited, encoding="utf-8")
    programs = Path("import-old-shop", "3-functions-and-views.sql")
    views = "CREATE VIEW public.bad AS SELECT nope;\nCREATE VIEW public.good AS SELECT 1 AS a;\n"
    programs.write_text(views, encoding="utf-8")
    Path("import-old-shop", "2-indexes-and-keys.sql").write_text(
        "CREATE INDEX ASYNC w ON public.words (word);\n", encoding="utf-8"
    )
    assert run(import_args("old shop.sql")) == ExitCode.PARTIAL
    told = capfd.readouterr()
    assert "1-tables.sql is run as it is, with the changes" in told.err
    assert "2-indexes-and-keys.sql is run as it is" in told.err
    assert "- statement in line 1 (CREATE EXTENSION hstore): PostgreSQL 16 refuses it" in told.out
    assert "Objects left out: 1 (see import-old-shop/report.txt)." in told.err
    rows = cluster.execute("SELECT id, word FROM public.words ORDER BY id").fetchall()
    assert rows == [(1, "ä"), (2, None)]
    query = "INSERT INTO public.words DEFAULT VALUES RETURNING word"
    assert cluster.execute(query).fetchone() == ("edited",)
    assert 'CREATE VIEW public.bad AS SELECT nope: column "nope" does not exist' in told.err
    assert cluster.execute("SELECT a FROM public.good").fetchone() == (1,)
