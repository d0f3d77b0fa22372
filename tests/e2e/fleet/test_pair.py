"""A multi-Region cluster's whole life: made, used from both sides, failed over, deleted."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from dsql_tui.aws import lifecycle
from dsql_tui.aws.clusters import find_cluster, get_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.bench.consistency import probe
from dsql_tui.bench.side import side_of
from dsql_tui.errors import ClusterNotFound, ConnectError, SessionLost
from dsql_tui.local.process import server
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.lifecycle import NewCluster
from tests.e2e.fleet.conftest import QUICK
from tests.support.local_dsql import profile_of

WISH = NewCluster(
    regions=("us-east-1", "us-east-2"),
    witness_region="us-west-2",
    client_token="a-pairs-life",
    tags={"Name": "ledger"},
)
PATIENT = replace(QUICK, timeout_s=60)


def test_a_pair_is_created_peered_written_here_read_there_failed_over_and_deleted() -> None:
    with server.start(ephemeral=True) as running:
        aws = AwsSession(profile_of(running.info))

        sides = {
            event.region: event
            for event in lifecycle.create(aws, WISH, pace=PATIENT)
            if isinstance(event, Cluster)
        }
        east, west = (
            side_of(aws, get_cluster(aws, region, sides[region].identifier).endpoint(aws.profile))
            for region in WISH.regions
        )

        with closing(east.open()) as here, closing(west.open()) as there:
            here.fetch("CREATE TABLE entries (id integer PRIMARY KEY, amount integer)")
            here.fetch("INSERT INTO entries VALUES (1, 100)")
            assert there.fetch("SELECT amount FROM entries WHERE id = 1") == [("100",)]
            there.fetch("UPDATE entries SET amount = 90 WHERE id = 1")
            assert here.fetch("SELECT amount FROM entries WHERE id = 1") == [("90",)]

            running.ask("set", conditions={"region-down": "us-east-1"})
            with pytest.raises(SessionLost):
                here.fetch("SELECT amount FROM entries WHERE id = 1")
            with pytest.raises(ConnectError):
                east.open()
            there.fetch("UPDATE entries SET amount = 80 WHERE id = 1")
            running.ask("set", conditions={"region-down": "none"})
            with closing(east.open()) as back:
                assert back.fetch("SELECT amount FROM entries WHERE id = 1") == [("80",)]

        *_, finding = probe(east, west, 20)
        assert (finding.stale, finding.conflicts, finding.races) == (0, 2, 2)

        cluster = find_cluster(aws, aws.regions, "ledger@us-east-1")
        both = lifecycle.find_sides(aws, cluster)
        list(lifecycle.delete(aws, both, lift_protection=True, client_token="end", pace=PATIENT))
        for side in both:
            with pytest.raises(ClusterNotFound):
                get_cluster(aws, side.region, side.identifier)
