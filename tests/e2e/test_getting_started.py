"""The statements of the first page of the manual run on the local DSQL as they are printed."""

from __future__ import annotations

from contextlib import closing

from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.pg.session import Session
from tests.support.local_dsql import endpoint_of, profile_of
from tests.support.pages import PAGES, blocks


def test_the_statements_run_as_printed(local_dsql: ServerInfo) -> None:
    query, update = blocks(PAGES["dsql_tui/manual/getting-started.md"], "sql")
    endpoint = endpoint_of(local_dsql, "shop")
    aws = AwsSession(profile_of(local_dsql))
    with closing(Session.open(endpoint, generate_token(aws, endpoint))) as session:
        assert session.fetch(query.rstrip().rstrip(";"))
        session.fetch("begin")
        session.fetch(update.rstrip().rstrip(";"))
        session.fetch("rollback")
