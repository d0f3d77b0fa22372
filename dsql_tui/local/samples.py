"""What a newcomer finds: the clusters `todos-dev` and `shop`, made at the first start."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

from dsql_tui.local.databases import Databases
from dsql_tui.local.state import ClusterRecord, ClusterStatus, State, new_identifier

IAM_ROLES = ("app-rw", "app-ro")
"""Local IAM roles that the samples' database roles `app_rw` and `app_ro` are mapped to."""
_SHOP_REGIONS = ("us-east-1", "us-east-2")
_SHOP_WITNESS = "us-west-2"


def create(state: State, databases: Databases) -> None:
    """Make the sample databases and, when they are there, their clusters.

    Raises:
        LocalError: There is no room for them.
    """
    todos, shop, shop_peer = (new_identifier() for _ in range(3))
    with ThreadPoolExecutor() as pool:
        made = [
            pool.submit(databases.provision, todos, "todos.sql"),
            pool.submit(databases.provision, shop, "shop.sql"),
        ]
        for database in made:
            database.result()
    now = datetime.now(UTC)

    def cluster(identifier: str, region: str, database: str, name: str) -> ClusterRecord:
        return ClusterRecord(
            identifier, region, database, ClusterStatus.ACTIVE, now, tags={"Name": name}
        )

    state.save(cluster(todos, "us-east-1", todos, "todos-dev"))
    pair = [
        cluster(identifier, region, shop, "shop")
        for identifier, region in zip((shop, shop_peer), _SHOP_REGIONS, strict=True)
    ]
    for one, other in (pair, reversed(pair)):
        state.save(replace(one, witness_region=_SHOP_WITNESS, peer_arns=(other.arn,)))
