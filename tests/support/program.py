"""`dsql-tui` as a process of its own, without the time that its imports take.

Tests put `program()` where they would write `python -m dsql_tui`. What runs is a small client: it
hands its arguments, environment, folder, standard streams and signals to a fork of a process that
has done the imports, and ends as the fork ends. Started as `python -m dsql_tui` is what needs a
controlling terminal, a limit of the operating system, a closed stream, or SIGKILL.
"""

from __future__ import annotations

import atexit
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLIENT = Path(__file__).with_name("forked_client.py")


@cache
def program() -> Sequence[str]:
    """Return how a command line begins; the first call in a test process starts the server."""
    folder = tempfile.TemporaryDirectory(prefix="forks")
    socket = Path(folder.name) / "socket"
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.support.forked_server", str(socket)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert server.stdin
    assert server.stdout
    assert server.stdout.readline() == b"ready\n"

    def end() -> None:
        server.communicate()  # closes its input, by which it ends
        folder.cleanup()

    atexit.register(end)
    return (sys.executable, "-I", "-S", str(CLIENT), str(socket))
