"""libpq's variables redirect neither our sessions nor the psql that we start."""

from __future__ import annotations

import os

import pytest
from psycopg import pq

from dsql_tui.pg.environment import (
    PREFERENCES,
    VARIABLES,
    ignore_libpq_variables,
    without_libpq,
)


def test_every_variable_of_libpq_is_known() -> None:
    known = {each.envvar.decode() for each in pq.Conninfo.get_defaults() if each.envvar}
    assert "PGHOSTADDR" in known
    assert known <= VARIABLES | PREFERENCES
    assert not VARIABLES & PREFERENCES


def test_an_environment_keeps_variables_that_do_not_set_a_destination() -> None:
    shell = {"PATH": "/bin", "PGAPPNAME": "nightly", "PGPORT": "1", "PGSERVICE": "x"}
    assert without_libpq(shell) == {"PATH": "/bin", "PGAPPNAME": "nightly"}


def test_this_process_forgets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES | PREFERENCES:
        monkeypatch.setenv(name, "x")
    ignore_libpq_variables()
    assert not (VARIABLES | PREFERENCES) & set(os.environ)


def defaults() -> dict[bytes, bytes | None]:
    """Return what libpq uses for parameters that a connection string does not contain."""
    return {each.keyword: each.val for each in pq.Conninfo.get_defaults()}


@pytest.mark.parametrize("name", sorted(VARIABLES | PREFERENCES))
def test_none_of_them_reaches_libpq(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for each in VARIABLES | PREFERENCES:
        monkeypatch.delenv(each, raising=False)
    before = defaults()
    monkeypatch.setenv(name, "hostile")
    ignore_libpq_variables()
    assert defaults() == before


def test_libpq_reads_them_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATESTYLE", "German")
    monkeypatch.setenv("PGHOSTADDR", "203.0.113.1")
    assert defaults()[b"hostaddr"] == b"203.0.113.1"
    assert os.environ["PGDATESTYLE"] == "German"
