"""The catalog reads name no column that PostgreSQL 12, the oldest version read, does not have."""

from __future__ import annotations

import re

import pytest

from dsql_tui.migrate import source_catalogs
from dsql_tui.migrate.source_catalogs import SourceCatalog
from dsql_tui.schema import catalogs

SINCE_13_TO_18 = {
    "attcompression": 14,
    "colliculocale": 15,
    "collicurules": 16,
    "colllocale": 17,
    "conenforced": 18,
    "conperiod": 18,
    "daticulocale": 15,
    "datlocale": 17,
    "datlocprovider": 15,
    "indnullsnotdistinct": 15,
    "inhdetachpending": 14,
    "prosqlbody": 14,
    "pubviaroot": 13,
    "stxstattarget": 13,
    "tgparentid": 13,
    "typsubscript": 14,
}
"""Columns of catalogs → the version that has added them (release notes of PostgreSQL)."""
NEWER = SINCE_13_TO_18.keys()
OWN = [each for each in vars(source_catalogs).values() if isinstance(each, SourceCatalog)]
SHARED = [each for each in catalogs.ALL if each not in {catalogs.INDEXES, catalogs.STATISTICS}]
"""Indexes are read by a statement of this package; statistics are left out where they fail."""


@pytest.mark.parametrize("catalog", [*OWN, *SHARED], ids=lambda each: each.subject)
def test_a_read_works_with_the_oldest_version(catalog: SourceCatalog) -> None:
    without_strings = re.sub(r"'[^']*'", "", catalog.sql)
    assert NEWER.isdisjoint(re.findall(r"\w+", without_strings))


def test_the_reads_that_are_left_out_are_those_of_newer_columns() -> None:
    assert "indnullsnotdistinct" in catalogs.INDEXES.sql
    assert "stxstattarget" in catalogs.STATISTICS.sql
    assert not catalogs.STATISTICS.is_required
    assert OWN
