"""Real clients at the local DSQL: psql, asyncpg and AWS's own connector."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess

import pytest

from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.endpoint import Endpoint
from tests.support.local_dsql import asyncpg_to, connect, endpoint_of, token_for


@pytest.fixture
def shop(local_dsql: ServerInfo) -> Endpoint:
    return endpoint_of(local_dsql, "shop")


def psql(local_dsql: ServerInfo, endpoint: Endpoint, script: str) -> str:
    program = shutil.which("psql")
    if program is None:
        pytest.skip("psql is not installed")
    address = (
        f"host={endpoint.host} hostaddr=127.0.0.1 port={endpoint.port} user={endpoint.role}"
        f" dbname=postgres sslmode=verify-full sslrootcert={local_dsql.root_certificate}"
    )
    done = subprocess.run(
        [program, "--no-psqlrc", "--quiet", "--no-align", address],
        input=script,
        env=os.environ | {"PGPASSWORD": token_for(local_dsql, endpoint)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout + done.stderr


def test_psql_describes_copies_and_shows_refusals(local_dsql: ServerInfo, shop: Endpoint) -> None:
    said = psql(
        local_dsql,
        shop,
        r"""
        \d orders
        \dt
        \du
        \copy (SELECT id, sku FROM products ORDER BY id LIMIT 2) TO STDOUT
        CREATE TABLE psql_copied (id int PRIMARY KEY);
        \copy psql_copied FROM PROGRAM 'seq 10'
        SELECT 'copied ' || count(*) FROM psql_copied;
        TRUNCATE psql_copied;
        BEGIN; SELECT 'in a block'; COMMIT;
        DROP TABLE psql_copied;
        """,
    )
    assert "orders_pkey" in said
    assert "dsql_insert" not in said
    assert "public|products|table|admin" in said
    assert "1\tSKU-00001" in said
    assert "copied 10" in said
    assert "ERROR:  unsupported statement: Truncate" in said
    assert "in a block" in said


def test_asyncpg_runs_prepared_statements_transactions_and_copies(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    import asyncpg

    async def session() -> None:
        connection = await asyncpg_to(local_dsql, shop)
        try:
            cheap = await connection.fetch("SELECT id FROM products WHERE price < $1", 100)
            assert cheap
            async with connection.transaction():
                await connection.execute("UPDATE products SET price = price + $1 WHERE id = 2", 1)
            async with connection.transaction():
                with pytest.raises(asyncpg.UniqueViolationError):
                    await connection.execute("INSERT INTO customers SELECT * FROM customers")
                raise_rollback = True
            assert raise_rollback
        except asyncpg.InFailedSQLTransactionError:
            pass  # leaving the block after the failure raises again; the session remains usable
        await connection.execute("CREATE TABLE asyncpg_copied (id int PRIMARY KEY, word text)")
        await connection.copy_records_to_table("asyncpg_copied", records=[(1, "a"), (2, None)])
        rows = await connection.fetch("SELECT * FROM asyncpg_copied ORDER BY id")
        assert [tuple(row) for row in rows] == [(1, "a"), (2, None)]
        await connection.execute("DROP TABLE asyncpg_copied")
        with pytest.raises(asyncpg.FeatureNotSupportedError, match="unsupported statement: Lock"):
            await connection.fetch("LOCK TABLE orders")
        await connection.close()

    asyncio.run(session())


@pytest.fixture
def aws_files(local_dsql: ServerInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(local_dsql.config_file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(local_dsql.credentials_file))


@pytest.mark.usefixtures("aws_files")
def test_aws_s_own_connector_signs_connects_and_verifies(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    import aurora_dsql_psycopg

    with aurora_dsql_psycopg.connect(
        host=shop.host,
        hostaddr="127.0.0.1",
        port=shop.port,
        user="admin",
        profile=local_dsql.aws_profile,
        sslmode="verify-full",
        sslrootcert=str(local_dsql.root_certificate),
    ) as connection:
        assert connection.execute("SELECT sys.dsql_major_version()").fetchone() == (1,)
        connection.execute("UPDATE products SET price = price WHERE id = %s", (3,))
        connection.commit()
        shown = connection.execute("SHOW application_name").fetchone()
        assert shown is not None
        assert "aurora-dsql-python-psycopg" in shown[0]


def test_plans_come_in_dsql_s_nodes_with_the_estimate(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    with connect(local_dsql, shop) as connection:
        for binary in (False, True):
            cursor = connection.cursor(binary=binary)
            cursor.execute("EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM products WHERE price > 5")
            lines = [line for (line,) in cursor.fetchall()]
            assert cursor.statusmessage == "EXPLAIN"
            assert lines[0].startswith("Full Scan (btree-table) on public.products")
            assert any(line.strip().startswith("Filters: ") for line in lines)
            assert lines[-1].startswith("  Total: ")
        plain = connection.execute("EXPLAIN SELECT 1").fetchall()
        assert not any("DPU" in line for (line,) in plain)


def test_an_index_job_goes_through_its_states_and_a_duplicate_fails_it(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'doubled_v_idx'::regclass"
    with connect(local_dsql, shop) as connection:
        connection.execute("CREATE TABLE doubled (id int PRIMARY KEY, v int)")
        connection.execute("INSERT INTO doubled VALUES (1, 1), (2, 1)")
        (job_id,) = connection.execute("CREATE UNIQUE INDEX ASYNC ON doubled (v)").fetchone() or (
            "",
        )
        assert connection.execute(valid).fetchone() == (False,)
        assert connection.execute("CALL sys.wait_for_job(%s)", (job_id,)).fetchone() == (False,)
        job = "SELECT status, details, job_type, object_name FROM sys.jobs WHERE job_id = %s"
        assert connection.execute(job, (job_id,)).fetchone() == (
            "failed",
            "found duplicate key(s) while validating index uniqueness",
            "INDEX_BUILD",
            "public.doubled_v_idx",
        )
        assert connection.execute(valid).fetchone() == (False,)
        connection.execute("DROP INDEX doubled_v_idx")
        connection.execute("DELETE FROM doubled WHERE id = 2")
        (job_id,) = connection.execute("CREATE UNIQUE INDEX ASYNC ON doubled (v)").fetchone() or (
            "",
        )
        assert connection.execute("CALL sys.wait_for_job(%s)", (job_id,)).fetchone() == (True,)
        assert connection.execute(valid).fetchone() == (True,)
        connection.execute("DROP TABLE doubled")


def test_two_hundred_sessions_are_served_at_once(local_dsql: ServerInfo, shop: Endpoint) -> None:
    token = token_for(local_dsql, shop)
    sessions = [connect(local_dsql, shop, password=token) for _ in range(200)]
    try:
        for number, session in enumerate(sessions):
            assert session.execute("SELECT %s::int", (number,)).fetchone() == (number,)
    finally:
        for session in sessions:
            session.close()
