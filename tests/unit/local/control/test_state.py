from __future__ import annotations

import re
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dsql_tui.errors import LocalError
from dsql_tui.local.control.state import (
    AccountState,
    ClusterRecord,
    StoredStatus,
    StreamRecord,
    new_identifier,
)

CREATED = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def cluster(region: str = "us-east-1", database_id: str = "") -> ClusterRecord:
    identifier = new_identifier()
    return ClusterRecord(
        identifier,
        region,
        database_id or identifier,
        StoredStatus.ACTIVE,
        CREATED,
        tags={"Name": "shop"},
        witness_region="us-west-2",
        peer_arns=("arn:aws:dsql:us-east-2:000000000000:cluster/x",),
        metric_groups=("STATEMENT_STATISTICS",),
    )


def stream(of: ClusterRecord) -> StreamRecord:
    target = {"kinesis": {"streamArn": "a", "roleArn": "b"}}
    return StreamRecord(
        new_identifier(),
        of.identifier,
        of.region,
        "ACTIVE",
        CREATED,
        None,
        target,
        "UNORDERED",
        "JSON",
    )


def test_an_identifier_is_26_base32_characters() -> None:
    assert all(re.fullmatch("[a-z2-7]{26}", new_identifier()) for _ in range(50))


def test_a_record_names_its_arn_and_its_endpoint() -> None:
    record = cluster()
    assert record.arn == f"arn:aws:dsql:us-east-1:000000000000:cluster/{record.identifier}"
    assert record.endpoint_host == f"{record.identifier}.dsql.us-east-1.on.aws"
    assert record.name == "shop"
    assert replace(record, tags={}).name == record.identifier


def test_the_state_is_the_same_after_a_restart_and_private(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    state, record = AccountState(path), cluster()
    state.save(replace(record, updating_until=CREATED))
    state.save_stream(stream(record))
    again = AccountState(path)
    assert again.clusters() == [replace(record, updating_until=CREATED)]
    assert again.streams(record.identifier) == state.streams(record.identifier)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_clusters_are_listed_by_region_and_found_by_identifier_and_database() -> None:
    state = AccountState()
    first = cluster("us-east-1")
    second = cluster("us-east-2", first.database_id)
    state.save(first)
    state.save(second)
    assert state.clusters("us-east-2") == [second]
    assert state.cluster(first.identifier) == first
    assert state.endpoints_of(first.database_id) == [first, second]
    assert state.cluster("nothing") is None


def test_an_update_changes_a_record_that_is_there_and_ignores_one_that_is_gone() -> None:
    state, record = AccountState(), cluster()
    state.save(record)
    state.update(record.identifier, lambda old: replace(old, deletion_protection=False))
    changed = state.cluster(record.identifier)
    assert changed is not None
    assert not changed.deletion_protection
    assert state.update("nothing", lambda old: old) is None


def test_removing_a_cluster_removes_its_streams() -> None:
    state, record = AccountState(), cluster()
    state.save(record)
    state.save_stream(stream(record))
    state.remove(record.identifier)
    assert state.clusters() == []
    assert state.streams(record.identifier) == []


def test_a_state_that_cannot_be_written_stays_as_it_was(tmp_path: Path) -> None:
    state = AccountState(tmp_path / "folder" / "state.json")
    record = cluster()
    state.save(record)
    (tmp_path / "folder" / "state.json").unlink()
    (tmp_path / "folder").rmdir()
    (tmp_path / "folder").write_text("")
    with pytest.raises(LocalError, match="Cannot write"):
        state.remove(record.identifier)
    assert state.clusters() == [record]


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "[]",
        "{}",
        '{"version": 99, "clusters": []}',
        *(
            f'{{"version": 3, "clusters": {each}, "streams": []}}'
            for each in ("5", '["x"]', "[{}]")
        ),
    ],
)
def test_a_damaged_file_or_one_of_another_version_is_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(damage)
    with pytest.raises(LocalError, match="damaged"):
        AccountState(path)
