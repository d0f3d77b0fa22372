"""`python -m dsql_tui.local`: the server process, started by `server.start` or manually."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dsql_tui.local.process.preload import Preload


def main() -> int:
    """Read the command line and serve; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m dsql_tui.local", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--ephemeral", action="store_true")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--regions", required=True)
    arguments = parser.parse_args()
    data_dir: Path = arguments.data.absolute()
    preload = Preload(data_dir)
    from dsql_tui.local.process.host import (  # takes 0.25 s; meanwhile the preload runs
        Options,
        run,
    )

    return run(
        Options(
            data_dir=data_dir,
            ephemeral=arguments.ephemeral,
            port=arguments.port,
            regions=tuple(arguments.regions.split(",")),
        ),
        preload,
    )


if __name__ == "__main__":
    sys.exit(main())
