"""Completion knows the names of the local DSQL's sample shop."""

from __future__ import annotations

from contextlib import closing

from dsql_tui.aws.clusters import find_cluster
from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.pg.names import names
from dsql_tui.pg.session import Session
from dsql_tui.sql.completion.complete import Completer
from tests.support.local_dsql import profile_of


def test_names_columns_and_joins_of_the_shop_are_completed(local_dsql: ServerInfo) -> None:
    aws = AwsSession(profile_of(local_dsql))
    endpoint = find_cluster(aws, aws.regions, "shop@us-east-1").endpoint(aws.profile)
    with closing(Session.open(endpoint, generate_token(aws, endpoint))) as session:
        snapshot = names(session)
    completer = Completer(snapshot)

    def first(text: str) -> str:
        return completer.complete(text, len(text)).items[0].text

    assert first("select * from prod") == "products"
    assert first("select * from orders o where o.cust") == "customer_id"
    assert first("select * from sys.jo") == "jobs"
    assert first("aws iam grant app_r") in {"app_ro", "app_rw"}
    assert first("select * from orders o join customers c on ") == "o.customer_id = c.id"
    assert "public" in snapshot.search_path
    assert {"admin", "app_ro", "app_rw"} <= {*snapshot.session_roles}
    assert "postgres" not in snapshot.session_roles
