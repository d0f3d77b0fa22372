"""The manual's pytest fixture, run as somebody who has copied it would run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.pages import PAGES, blocks


def test_the_fixture_of_the_manual_works_unchanged(tmp_path: Path) -> None:
    (example,) = blocks(PAGES["dsql_tui/manual/local-dsql.md"], "python")
    (tmp_path / "test_example.py").write_text(example)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_example.py"],
        cwd=tmp_path,
        # As on a machine configured for another account; none of its settings may be used.
        env=os.environ | {"AWS_PROFILE": "prod", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
