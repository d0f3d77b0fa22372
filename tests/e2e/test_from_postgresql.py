"""PostgreSQL databases with what Aurora DSQL lacks, read from a server and converted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from dsql_tui.errors import ConnectError, InputError, StatementError
from dsql_tui.local.postgres.plain import plain_postgres
from dsql_tui.migrate.conversion import Conversion
from dsql_tui.migrate.convert import convert
from dsql_tui.migrate.report import Outcome
from dsql_tui.migrate.source import SourceDatabase, read_source
from dsql_tui.pg.postgres import open_postgres
from dsql_tui.schema.definitions import TableDefinition
from dsql_tui.schema.dump import dump_text
from dsql_tui.sql.dsql.lint import LintSeverity, check
from dsql_tui.sql.lexing.names import qualified

SAMPLES = sorted((Path(__file__).parents[1] / "data" / "postgres").glob("*.sql"))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Give a PostgreSQL with a shop, Django's and Rails' tables, and what DSQL lacks."""
    with plain_postgres() as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            for sample in SAMPLES:
                connection.execute(sample.read_bytes())
        yield conninfo


@pytest.fixture(scope="module")
def source(server: str) -> SourceDatabase:
    """Give what is read from it."""
    with closing(open_postgres(server)) as session:
        return read_source(session)


@pytest.fixture(scope="module")
def conversion(source: SourceDatabase) -> Conversion:
    """Give what it becomes."""
    return convert(source)


def test_every_object_of_the_server_is_reported_with_what_to_do(
    source: SourceDatabase, conversion: Conversion
) -> None:
    assert (source.notes, source.definitions.notes) == ((), ())
    labels = "\n".join(each.label for each in conversion.entries)
    for name, relation in source.relations.items():
        if not relation.is_partition:
            assert f" {qualified(name)}" in labels, name
    for schema, function, arguments in source.functions:
        assert f"function {qualified((schema, function))}({arguments})" in labels
    for table, indexes in source.indexes.items():
        kept = {each.name for each in _table(conversion, table).indexes}
        for index in indexes:
            assert index.name in kept or f"index {qualified([index.name])} on" in labels
    lost = [each for each in conversion.entries if each.outcome is Outcome.LOST]
    assert all(each.reason and each.action for each in lost)
    assert len(list(conversion.database.tables())) == 59
    assert len(lost) == 35


def _table(conversion: Conversion, name: tuple[str, str]) -> TableDefinition:
    return next(each for each in conversion.database.tables() if (each.schema, each.name) == name)


def test_lint_has_nothing_against_what_is_written(conversion: Conversion) -> None:
    findings = check(dump_text(conversion.database))
    assert [each for each in findings if each.severity is LintSeverity.ERROR] == []


def test_a_session_of_the_server_writes_nothing(server: str) -> None:
    with (
        closing(open_postgres(server)) as session,
        pytest.raises(StatementError, match="read-only transaction"),
    ):
        session.fetch("CREATE TABLE public.written (id integer)")


def test_what_cannot_be_reached_is_stated_without_the_connection_string(server: str) -> None:
    with pytest.raises(ConnectError, match='database "nowhere" does not exist'):
        open_postgres(server.replace("dbname=postgres", "dbname=nowhere"))
    with pytest.raises(ConnectError, match="cannot be reached"):
        open_postgres("host=127.0.0.1 port=1 dbname=x connect_timeout=2")
    with pytest.raises(InputError, match="cannot be read") as refused:
        open_postgres("postgresql://u:secret@[x")
    assert "secret" not in str(refused.value)
