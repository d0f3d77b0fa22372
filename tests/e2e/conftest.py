"""The local DSQL that end-to-end tests share: ephemeral, started once, over TLS and HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dsql_tui.local import server
from dsql_tui.local.server import ServerInfo

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep all of these on one worker: they share a server, and some count processes and ports."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("e2e"))


@pytest.fixture(scope="session")
def local_dsql() -> Iterator[ServerInfo]:
    """Give a running local DSQL with its sample clusters; its data dies with it."""
    with server.start(ephemeral=True) as running:
        yield running.info
