"""The sample clusters `todos-dev` and `shop`, created at the first start."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

from dsql_tui.local.control.dsql.region_sets import REGIONS, may_be_peered
from dsql_tui.local.control.state import AccountState, ClusterRecord, StoredStatus, new_identifier
from dsql_tui.local.postgres.databases import Databases


def pair_in(regions: Sequence[str]) -> tuple[str, str, str] | None:
    """Return the first two of these Regions that can be peered, and their witness."""
    for first, second in combinations(regions, 2):
        for witness in (*regions, *sorted(REGIONS)):
            if may_be_peered(first, second, witness):
                return first, second, witness
    return None


def create(state: AccountState, databases: Databases, regions: Sequence[str]) -> None:
    """Create the sample databases, then their clusters.

    Args:
        state: Where the clusters are stored.
        databases: Creates their databases.
        regions: Regions to create them in, the first ones preferred.

    Raises:
        LocalError: The databases or the clusters cannot be written.
    """
    todos, shop, shop_peer = (new_identifier() for _ in range(3))
    pair = pair_in(regions)
    seeds = {todos: "todos.sql"} | ({shop: "shop.sql"} if pair else {})
    with ThreadPoolExecutor() as pool:
        for made in [pool.submit(databases.provision, *one) for one in seeds.items()]:
            made.result()
    now = datetime.now(UTC)

    def cluster(identifier: str, region: str, database: str, name: str) -> ClusterRecord:
        return ClusterRecord(
            identifier, region, database, StoredStatus.ACTIVE, now, tags={"Name": name}
        )

    state.save(cluster(todos, regions[0], todos, "todos-dev"))
    if pair is not None:
        *sides, witness = pair
        first, second = (
            cluster(identifier, region, shop, "shop")
            for identifier, region in zip((shop, shop_peer), sides, strict=True)
        )
        state.save(
            replace(first, witness_region=witness, peer_arns=(second.arn,)),
            replace(second, witness_region=witness, peer_arns=(first.arn,)),
        )
