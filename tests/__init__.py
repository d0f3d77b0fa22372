"""Tests of dsql-tui: unit, pilot, snapshot and e2e; each level has its own folder.

Who wants no bytecode beside the sources gets it in a folder that git ignores: otherwise each test
worker, and each process that a test starts, compiles all that it imports. This package is imported
before the libraries that pytest rewrites, Hypothesis above all: compiling them takes two seconds.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.dont_write_bytecode:
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
