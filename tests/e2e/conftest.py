"""The local DSQL that end-to-end tests share: ephemeral, started once, over TLS and HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dsql_tui.local import server
from dsql_tui.local.server import ServerInfo


@pytest.fixture(scope="session")
def local_dsql() -> Iterator[ServerInfo]:
    """Give a running local DSQL with its sample clusters; its data dies with it."""
    with server.start(ephemeral=True) as running:
        yield running.info
