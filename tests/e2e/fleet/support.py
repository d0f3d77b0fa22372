"""The running local DSQL as sides of a bench."""

from __future__ import annotations

from contextlib import closing

from dsql_tui.aws.session import AwsSession
from dsql_tui.bench.side import Side, left_over, side_of
from dsql_tui.local.server import ServerInfo
from tests.e2e.support import endpoint_of, profile_of


def sides_of_shop(info: ServerInfo) -> tuple[Side, Side]:
    """Return both endpoints of the multi-Region sample."""
    aws = AwsSession(profile_of(info))
    east, west = (
        side_of(aws, endpoint_of(info, "shop", region=region))
        for region in ("us-east-1", "us-east-2")
    )
    return east, west


def scratch_schemas(side: Side) -> list[str]:
    """Return what benches have left behind."""
    with closing(side.open()) as session:
        return left_over(session)
