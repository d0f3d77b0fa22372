"""Samples the storage size of the clusters once a minute, for CloudWatch."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from dsql_tui.local.metering.counters import ClusterMetric, Counters

LOOK_EVERY_S = 10.0
"""How often clusters in use are searched for; each is sampled once a minute."""
FIRST_UNPINNED_OBJECT = 12_000
"""PostgreSQL's `FirstUnpinnedObjectId`: files with lower numbers are its own catalogs. Relations
created in single-user mode, as the sample databases' are, have numbers from here, not from 16,384.
"""


def stored_bytes(data: Path) -> int:
    """Return the size of the relations in a PostgreSQL data folder, except system catalogs."""
    total = 0
    try:
        databases = [entry.path for entry in os.scandir(data / "base") if entry.is_dir()]
        for database in databases:
            for file in os.scandir(database):
                number = file.name.partition("_")[0].partition(".")[0]
                if number.isdigit() and int(number) >= FIRST_UNPINNED_OBJECT:
                    total += file.stat().st_size
    except FileNotFoundError:
        # The database, or one of its relations, has been deleted meanwhile.
        return total
    return total


class StorageSampler:
    """Samples the storage of clusters with open sessions; an idle cluster has no samples.

    Args:
        clusters: Returns each cluster's identifier and that of its database.
        counters: Where the samples are added.
        size_of: Size of a database in bytes, by its identifier.
    """

    def __init__(
        self,
        clusters: Callable[[], Iterable[tuple[str, str]]],
        counters: Counters,
        size_of: Callable[[str], int],
    ) -> None:
        self._clusters = clusters
        self._counters = counters
        self._size_of = size_of
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="storage", daemon=True)

    def start(self) -> None:
        """Sample until closed."""
        self._thread.start()

    def close(self) -> None:
        """Stop sampling."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def sample(self) -> None:
        """Sample every cluster that has an open session and was not sampled this minute."""
        for cluster, database_id in self._clusters():
            counted = self._counters.is_counted(cluster, ClusterMetric.STORAGE_SIZE)
            if self._counters.open_sessions(cluster) and not counted:
                size = float(self._size_of(database_id))
                self._counters.add(cluster, {ClusterMetric.STORAGE_SIZE: size})

    def _run(self) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            self.sample()
