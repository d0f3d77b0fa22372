"""The console on fake services that keeps its tabs in a folder; ends with the console's exit code.

usage: python -m tests.terminal.keeping FOLDER
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

from dsql_tui.cli.shared.terminal import guard_streams
from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp, open_preferences
from tests.support.fakes import FakeServices


def main(folder: Path) -> int:
    """Run the console and return its exit code."""
    guard_streams()  # as the command line does
    services = FakeServices()
    with ExitStack() as held:
        app = ConsoleApp(services, Config(), open_preferences(folder, held), cluster="shop")
        code = app.run()
        services.release()
    return app.return_code or code or 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
