"""The local DSQL that end-to-end tests share: ephemeral, started once, over TLS and HTTP."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import platformdirs
import pytest

from dsql_tui.local.process import server
from dsql_tui.local.process.server import LocalServer
from dsql_tui.local.process.server_info import ServerInfo
from tests.support.headless import prepare_headless_apps
from tests.support.misbehaving import NORMAL
from tests.support.parsed_styles import forgotten_lines

__all__ = ["forgotten_lines"]

prepare_headless_apps()
# Template folders of PostgreSQL are made once, also where a test has a home of its own.
os.environ.setdefault("XDG_CACHE_HOME", str(platformdirs.user_cache_path()))


@pytest.fixture(scope="session")
def local_dsql() -> Iterator[ServerInfo]:
    """Give a running local DSQL with its sample clusters; its data dies with it."""
    with server.start(ephemeral=True) as running:
        yield running.info


@pytest.fixture(scope="module")
def unruly() -> Iterator[LocalServer]:
    """Give a local DSQL of a module's own, to be made to misbehave."""
    with server.start(ephemeral=True) as running:
        yield running


@pytest.fixture
def conditions(unruly: LocalServer) -> Iterator[Callable[..., None]]:
    """Yield a function that sets conditions of that server; they are reset after the test."""

    def change(**wanted: str) -> None:
        named = {name.replace("_", "-"): value for name, value in wanted.items()}
        unruly.ask("set", conditions=named)

    yield change
    unruly.ask("set", conditions=NORMAL)
