"""Catalog reads over a session that refuses some of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from dsql_tui.errors import OccConflict, StatementCancelled, StatementError
from dsql_tui.pg.session import Session
from dsql_tui.schema import catalogs
from dsql_tui.schema.catalogs import ALL, Catalog, Row, Selection, read_catalogs


class ScriptedSession:
    """Answers each catalog with one row that names it, or with the errors it is given."""

    def __init__(self, errors: Sequence[tuple[Catalog, StatementError]] = ()) -> None:
        self.is_open = True
        self.sent: list[str] = []
        self.parameters: dict[str, Sequence[object]] = {}
        self._errors = list(errors)

    def fetch(
        self, statement: str, parameters: Sequence[object] = (), *, size_max_bytes: int = 0
    ) -> list[Row]:
        del size_max_bytes
        self.sent.append(statement)
        self.parameters[statement] = parameters
        for each in self._errors:
            catalog, error = each
            if catalog.sql == statement:
                if isinstance(error, OccConflict):
                    self._errors.remove(each)
                raise error
        return [(statement,)]


def read(session: ScriptedSession, selection: Selection | None = None) -> catalogs.CatalogRows:
    return read_catalogs(cast("Session", session), selection or Selection())


REFUSAL = StatementError("permission denied for table pg_statistic_ext.", sqlstate="42501")


def test_all_catalogs_are_read_in_one_transaction() -> None:
    session = ScriptedSession()
    rows = read(session)
    assert session.sent[:2] == ["BEGIN READ ONLY", "SET LOCAL search_path = ''"]
    assert session.sent[2:-1] == [catalog.sql for catalog in ALL]
    assert session.sent[-1] == "ROLLBACK"
    assert rows.of(catalogs.COLUMNS) == [(catalogs.COLUMNS.sql,)]
    assert rows.notes == ()


def test_a_catalog_that_is_refused_is_left_out_and_named() -> None:
    session = ScriptedSession([(catalogs.STATISTICS, REFUSAL), (catalogs.FUNCTIONS, REFUSAL)])
    rows = read(session)
    assert rows.of(catalogs.STATISTICS) == rows.of(catalogs.FUNCTIONS) == ()
    assert rows.of(catalogs.DEPENDENCIES)
    assert sorted(rows.notes) == [
        "Functions cannot be read here: permission denied for table pg_statistic_ext.",
        "Statistics objects cannot be read here: permission denied for table pg_statistic_ext.",
    ]
    # The transaction that was refused is ended before the next one begins.
    assert session.sent.count("BEGIN READ ONLY") == session.sent.count("ROLLBACK") == 3


@pytest.mark.parametrize("catalog", [each for each in ALL if each.is_required])
def test_nothing_is_read_without_the_catalogs_that_matter(catalog: Catalog) -> None:
    session = ScriptedSession([(catalog, REFUSAL)])
    with pytest.raises(StatementError):
        read(session)
    assert session.sent[-1] == "ROLLBACK"


def test_a_conflict_with_other_ddl_is_retried() -> None:
    conflict = OccConflict("schema has been updated (OC001)", sqlstate="40001")
    session = ScriptedSession([(catalogs.FUNCTIONS, conflict)])
    rows = read(session)
    assert rows.of(catalogs.FUNCTIONS)
    assert rows.notes == ()
    assert session.sent.count("BEGIN READ ONLY") == 2


def test_a_cancelled_read_is_no_missing_catalog() -> None:
    cancelled = StatementCancelled("canceling statement due to user request", sqlstate="57014")
    with pytest.raises(StatementCancelled):
        read(ScriptedSession([(catalogs.FUNCTIONS, cancelled)]))


def test_chosen_tables_need_no_other_catalogs() -> None:
    session = ScriptedSession()
    read(session, Selection(tables=(("app", "t"), ("app", "u"))))
    assert catalogs.FUNCTIONS.sql not in session.sent
    assert catalogs.DEPENDENCIES.sql not in session.sent
    assert session.parameters[catalogs.COLUMNS.sql] == ('["app"]', '["t", "u"]')
    assert session.parameters[catalogs.SEQUENCES.sql] == ('["app"]',)
    assert session.parameters[catalogs.COMMENTS.sql] == ()


def test_a_table_of_any_schema_is_looked_for_in_all() -> None:
    session = ScriptedSession()
    read(session, Selection(tables=(("", "t"), ("app", "u"))))
    assert session.parameters[catalogs.COLUMNS.sql] == (None, '["t", "u"]')


@pytest.mark.parametrize(
    ("selection", "included", "left_out"),
    [
        (Selection(), [("a", "t")], []),
        (Selection(schemas=("a",)), [("a", "t")], [("b", "t")]),
        (Selection(tables=(("", "t"),)), [("a", "t"), ("b", "t")], [("a", "u")]),
        (Selection(tables=(("a", "t"),)), [("a", "t")], [("b", "t"), ("a", "u")]),
        (Selection(("a",), (("", "t"),)), [("a", "t")], [("b", "t"), ("a", "u")]),
    ],
)
def test_a_selection_includes(
    selection: Selection, included: list[tuple[str, str]], left_out: list[tuple[str, str]]
) -> None:
    assert all(selection.includes(*each) for each in included)
    assert not any(selection.includes(*each) for each in left_out)
