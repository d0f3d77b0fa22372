"""Names for completion in a shell: what is stored, how much of it, and what a shell is given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dsql_tui.errors import AwsError
from dsql_tui.known_names import FILE, NAMES_MAX, OWNERS_MAX, KnownNames, NameKind
from dsql_tui.model.access.role import Role, SecurableKind
from dsql_tui.model.access.snapshot import AccessSnapshot, Securable
from dsql_tui.model.catalog import CatalogSnapshot, NamedRelation
from dsql_tui.model.cluster import Cluster, ClusterFailed, ListingEvent, RegionFailed, RegionListed
from tests.support.fakes import make_cluster

EAST, WEST = "us-east-1", "us-west-2"


def clusters_of(known: KnownNames, start: str = "") -> list[str]:
    return known.names(NameKind.CLUSTERS, start=start)


def tables_of(known: KnownNames, owner: str = "") -> list[str]:
    return known.names(NameKind.TABLES, owner)


def in_region(region: str, *names: str) -> list[ListingEvent]:
    """Return what a Region that was listed completely answers."""
    return [*(make_cluster(name, region) for name in names), RegionListed(region, len(names))]


def catalog(*tables: str, roles: tuple[str, ...] = ()) -> CatalogSnapshot:
    relations = tuple(NamedRelation("public", name) for name in tables)
    return CatalogSnapshot(relations=relations, roles=("staff", *roles), session_roles=roles)


def take(known: KnownNames, events: list[ListingEvent], profile: str = "ops") -> None:
    assert list(known.listed(profile, events)) == events


@pytest.fixture
def known(tmp_path: Path) -> KnownNames:
    return KnownNames(tmp_path / "state")


def test_a_listing_is_passed_on_and_its_clusters_are_stored(known: KnownNames) -> None:
    take(known, [*in_region(EAST, "shop", "todos"), *in_region(WEST, "orders")])
    assert clusters_of(known) == ["orders", "shop", "todos"]


def test_a_name_that_a_profile_has_in_several_regions_is_completed_with_each(
    known: KnownNames,
) -> None:
    take(known, [*in_region(EAST, "shop", "todos"), *in_region(WEST, "shop")])
    take(known, in_region(EAST, "todos"), profile="dev")
    assert clusters_of(known) == ["shop", f"shop@{EAST}", f"shop@{WEST}", "todos"]


def test_a_region_can_be_typed_for_every_name(known: KnownNames) -> None:
    take(known, in_region(EAST, "shop", "todos"))
    assert clusters_of(known, "todos@") == [f"todos@{EAST}"]
    assert clusters_of(known, "to") == ["todos"]


def test_clusters_of_regions_that_were_not_listed_stay(known: KnownNames) -> None:
    take(known, [*in_region(EAST, "shop"), *in_region(WEST, "orders")])
    failed: list[ListingEvent] = [make_cluster("new", WEST), RegionFailed(WEST, AwsError("no"))]
    take(known, [*in_region(EAST), *failed])
    assert clusters_of(known) == ["new", "orders"]
    take(known, [*in_region(WEST), ClusterFailed("x" * 26, WEST, AwsError("no"))])
    assert clusters_of(known) == ["new", "orders"]
    take(known, in_region(WEST))
    assert clusters_of(known) == []


def test_a_listing_that_is_left_early_stores_nothing(known: KnownNames) -> None:
    events = known.listed("ops", in_region(EAST, "shop"))
    assert isinstance(next(events), Cluster)
    assert isinstance(events, Iterator)
    del events
    assert clusters_of(known) == []


def test_what_earlier_versions_stored_is_read_and_replaced_by_the_next_listing(
    known: KnownNames,
) -> None:
    known.path.parent.mkdir()
    earlier = ["shop", "todos", f"todos@{EAST}", f"todos@{WEST}"]
    known.path.write_text(json.dumps({"clusters": {"ops": earlier}}))
    assert clusters_of(known) == ["shop", "todos", f"todos@{EAST}", f"todos@{WEST}"]
    take(known, [*in_region(EAST, "shop"), *in_region(WEST)])
    assert clusters_of(known) == ["shop"]


def test_roles_and_tables_are_completed_for_the_given_cluster_or_else_for_all(
    known: KnownNames,
) -> None:
    known.store_names("shop", catalog("orders", "items", roles=("app_ro",)))
    known.store_names("todos", catalog("todos", roles=("owner",)))
    assert known.names(NameKind.ROLES, "shop") == ["app_ro"]
    assert tables_of(known, "shop") == ["public.items", "public.orders"]
    assert tables_of(known, "another") == ["public.items", "public.orders", "public.todos"]
    known.store_names("shop", catalog())
    assert tables_of(known) == ["public.todos"]


def test_the_access_of_a_cluster_gives_roles_that_can_connect_and_its_relations(
    known: KnownNames,
) -> None:
    def securable(kind: SecurableKind, name: str) -> Securable:
        return Securable(kind, "public", name, "admin", ())

    access = AccessSnapshot(
        reader="admin",
        roles=(
            Role(15_579, "admin", can_login=True),
            Role(20_000, "app_ro", can_login=True),
            Role(20_001, "staff", can_login=False),
            Role(10, "postgres", can_login=True),
            Role(2, "pg_monitor", can_login=False),
        ),
        objects=(
            securable(SecurableKind.SCHEMA, ""),
            securable(SecurableKind.TABLE, "orders"),
            securable(SecurableKind.VIEW, "latest"),
            securable(SecurableKind.FUNCTION, "f(integer)"),
        ),
    )
    known.store_access("shop", access)
    assert known.names(NameKind.ROLES, "shop") == ["admin", "app_ro"]
    assert tables_of(known, "shop") == ["public.latest", "public.orders"]


HOSTILE = (
    "$(id)",
    "`id`",
    "a;id",
    "a b",
    "a\nid",
    "a\x1b[31m",
    "-rf",
    "*",
    "~",
    "!!",
    "a&b",
    "a|b",
    "a>b",
    "a'b",
    'a"b',
    "a\\b",
    "#a",
    "a=b",
    "{a,b}",
    "x" * 257,
)
"""Bash inserts a completed name as it is, so these would be run, expanded or read as options."""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_a_shell_would_not_take_as_it_is_is_never_completed(
    known: KnownNames, name: str
) -> None:
    take(known, in_region(EAST, name, "shop"))
    known.store_names("shop", catalog(name, "orders", roles=(name, "app_ro")))
    assert clusters_of(known) == ["shop"]
    assert known.names(NameKind.ROLES, "shop") == ["app_ro"]
    assert tables_of(known, "shop") == ["public.orders"]


@pytest.mark.parametrize("name", ["Orders", "order", "a.b", "1st", "user"])
def test_a_table_that_sql_quotes_is_not_completed(known: KnownNames, name: str) -> None:
    known.store_names("shop", catalog(name, "orders"))
    assert tables_of(known, "shop") == ["public.orders"]


@pytest.mark.parametrize("name", ["app_rw", "App-RW", "größe", "svc.app+1", "a@b", "a:b/c,d%e"])
def test_usual_names_are_completed(known: KnownNames, name: str) -> None:
    known.store_names("shop", catalog(roles=(name,)))
    assert known.names(NameKind.ROLES, "shop") == [name]


def test_the_file_is_private_and_holds_names_alone(known: KnownNames) -> None:
    take(known, in_region(EAST, "shop"))
    known.store_names("shop", catalog("orders", roles=("app_ro",)))
    assert known.path.stat().st_mode & 0o777 == 0o600
    assert known.path.parent.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in known.path.parent.iterdir()] == [FILE]
    assert json.loads(known.path.read_text()) == {
        "clusters": {"ops": [f"shop@{EAST}"]},
        "roles": {"shop": ["app_ro"]},
        "tables": {"shop": ["public.orders"]},
    }


def test_names_and_owners_are_limited(known: KnownNames) -> None:
    known.store_names("large", catalog(*(f"t{number}" for number in range(NAMES_MAX + 1))))
    assert len(tables_of(known, "large")) == NAMES_MAX
    for number in range(OWNERS_MAX):
        known.store_names(f"c{number}", catalog(f"of_{number}"))
    owners = json.loads(known.path.read_text())["tables"]
    assert list(owners) == [f"c{number}" for number in range(OWNERS_MAX)]


def test_what_is_known_already_is_not_written_again(known: KnownNames) -> None:
    known.store_names("shop", catalog("orders"))
    before = known.path.stat().st_ino
    known.store_names("shop", catalog("orders"))
    assert known.path.stat().st_ino == before
    known.store_names("shop", catalog("items"))
    assert known.path.stat().st_ino != before


def test_names_that_are_stored_at_the_same_time_are_all_kept(known: KnownNames) -> None:
    with ThreadPoolExecutor(4) as threads:
        for number in range(12):
            threads.submit(known.store_names, f"c{number}", catalog(f"t{number}"))
    assert len(tables_of(known)) == 12


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"roles": 1}', b'{"roles": {"a": [1]}}', b"\xff", b"[" * 100_000]
)
def test_a_damaged_file_costs_the_suggestions_only(known: KnownNames, content: bytes) -> None:
    known.path.parent.mkdir()
    known.path.write_bytes(content)
    assert known.names(NameKind.ROLES) == []
    known.store_names("shop", catalog(roles=("app_ro",)))
    assert known.names(NameKind.ROLES, "shop") == ["app_ro"]
    assert known.path.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    known = KnownNames(tmp_path / "file" / "below")
    known.store_names("shop", catalog("orders"))
    take(known, in_region(EAST, "shop"))
    assert tables_of(known) == clusters_of(known) == []
