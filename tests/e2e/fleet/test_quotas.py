"""What is used of a database's quotas, read over a session."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from textual.message import Message

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.console.fleet import messages as m
from dsql_tui.console.fleet import workers
from dsql_tui.console.fleet.sections import DetailsSection, text_of
from dsql_tui.console.shared.fleet_services import Details
from dsql_tui.console.shared.services import LiveServices
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.quota import QuotaUse
from dsql_tui.pg.quotas import database_quotas
from tests.e2e.fleet.support import sides_of_shop
from tests.support.local_dsql import profile_of


def by_name(uses: tuple[QuotaUse, ...]) -> dict[str, int]:
    return {use.name: use.used or 0 for use in uses}


def test_schemas_tables_sequences_indexes_and_storage_are_counted(local_dsql: ServerInfo) -> None:
    with closing(sides_of_shop(local_dsql)[0].open()) as session:
        before = by_name(database_quotas(session))
        made = ("SCHEMA counted", "TABLE counted.t (id integer PRIMARY KEY, a integer)",
                "SEQUENCE counted.s CACHE 65536", "VIEW counted.v AS SELECT id FROM counted.t",
                *(f"INDEX ASYNC counted_{n} ON counted.t (a, id)" for n in range(6)))  # fmt: skip
        try:
            for statement in made:
                session.fetch(f"CREATE {statement}")
            after = by_name(database_quotas(session))
        finally:
            for gone in ("VIEW counted.v", "SEQUENCE counted.s", "TABLE counted.t"):
                session.fetch(f"DROP {gone}")
            session.fetch("DROP SCHEMA counted")
    for name in ("schemas", "tables", "views", "sequences"):
        assert after[name] == before[name] + 1
    assert after["indexes of counted.t"] == 7
    assert after["storage"] > 0


def details_of(services: LiveServices, cluster: str, **changed: str) -> list[Details]:
    aws = AwsSession(services.profile)
    found = replace(find_cluster(aws, aws.regions, cluster), **changed)  # type: ignore[arg-type]
    posted: list[Message] = []
    workers.read_details(services.fleet(), found, posted.append)
    return [each.details for each in posted if isinstance(each, m.DetailsRead)]


def test_details_come_first_and_what_the_database_says_after_them(local_dsql: ServerInfo) -> None:
    first, last = details_of(LiveServices(profile_of(local_dsql)), "shop@us-east-1")
    assert "Loading…" in text_of(DetailsSection.QUOTAS, first)
    told = text_of(DetailsSection.QUOTAS, last)
    assert "multi-Region clusters" in told
    assert "tables" in told
    assert "storage" in told


def test_a_database_that_cannot_be_reached_says_so_and_the_rest_stays(
    local_dsql: ServerInfo,
) -> None:
    services = LiveServices(replace(profile_of(local_dsql), port=1))
    *_, last = details_of(services, "shop@us-east-1")
    told = text_of(DetailsSection.QUOTAS, last)
    assert last.database is None
    assert last.database_problem in told
    assert "streams" in told
