"""The Python interface of the local DSQL, for test fixtures and scripts.

    with server.start(ephemeral=True) as dsql:
        os.environ.update(dsql.environment())

These names are a stable interface: they stay here even if their modules move. README.md has a
pytest fixture that uses them.
"""

from __future__ import annotations

from dsql_tui.local.process.server import LocalServer, attach, running, start, stop
from dsql_tui.local.process.server_info import ServerInfo

__all__ = ["LocalServer", "ServerInfo", "attach", "running", "start", "stop"]
