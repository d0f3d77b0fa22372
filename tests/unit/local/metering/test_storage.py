from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from dsql_tui.local.metering.counters import ClusterMetric, Counters
from dsql_tui.local.metering.storage import StorageSampler, stored_bytes

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def test_relations_count_and_catalogs_do_not(tmp_path: Path) -> None:
    database = tmp_path / "base" / "5"
    database.mkdir(parents=True)
    sizes = {"16384": 10, "16384.1": 20, "12000_vm": 5, "1259": 1_000, "pg_filenode.map": 500}
    for name, size in sizes.items():
        (database / name).write_bytes(b"x" * size)
    assert stored_bytes(tmp_path) == 35


def test_a_database_that_is_gone_stores_nothing(tmp_path: Path) -> None:
    assert stored_bytes(tmp_path / "gone") == 0


def test_only_clusters_in_use_are_sampled_and_once_a_minute() -> None:
    counters = Counters(lambda: NOW)
    clusters = [("used", "its-database"), ("idle", "another")]
    counters.session_opened("used")
    sampler = StorageSampler(lambda: clusters, counters, lambda database_id: len(database_id) * 100)
    sampler.sample()
    sampler.sample()
    (sample,) = counters.samples(
        "used", ClusterMetric.STORAGE_SIZE, NOW, NOW + timedelta(minutes=1)
    ).values()
    assert (sample.count, sample.total) == (1, 1_200)
    assert counters.metrics("idle") == []


def test_sampling_starts_and_ends() -> None:
    sampler = StorageSampler(list, Counters(), lambda _: 0)
    sampler.close()
    sampler = StorageSampler(list, Counters(), lambda _: 0)
    sampler.start()
    sampler.close()
