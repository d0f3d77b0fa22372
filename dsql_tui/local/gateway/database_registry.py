"""The arena and the jobs of each database, made when its first session comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from dsql_tui.local.faults import Conditions
from dsql_tui.local.gateway.session import MESSAGE_MAX_BYTES
from dsql_tui.local.postgres.databases import Databases
from dsql_tui.local.transactions.jobs import Worker
from dsql_tui.local.transactions.lock_monitor import Arena
from dsql_tui.local.transactions.session_context import Setting


@dataclass(frozen=True, slots=True)
class Place:
    """What the sessions of one database share."""

    arena: Arena
    worker: Worker


class Places:
    """The places of all databases.

    Args:
        databases: Opens connections to them.

    Attributes:
        conditions: How the server behaves now; replaced as a whole.
    """

    def __init__(self, databases: Databases) -> None:
        self.conditions = Conditions()
        self._databases = databases
        self._places: dict[str, Place] = {}

    def setting(self, database_id: str, region: str, *, is_multi_region: bool) -> Setting:
        """Return where a session of a database takes place."""
        place = self._place(database_id)
        return Setting(
            arena=place.arena,
            region=region,
            is_multi_region=is_multi_region,
            conditions=self._now,
            job_submitted=place.worker.wake,
            rows_changed=place.worker.rows_changed,
            message_max_bytes=MESSAGE_MAX_BYTES,
        )

    async def close(self) -> None:
        """Stop all jobs and all looking."""
        for place in self._places.values():
            await place.worker.close()
            await place.arena.close()

    def _now(self) -> Conditions:
        return self.conditions

    def _place(self, database_id: str) -> Place:
        place = self._places.get(database_id)
        if place is None:
            system = partial(self._databases.system, database_id)
            arena = Arena(system)
            now: Callable[[], Conditions] = self._now
            place = self._places[database_id] = Place(arena, Worker(arena, system, now))
            place.worker.wake()  # takes up what an earlier process left undone
        return place
