"""Startup times."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dsql_tui.local.process import server
from tests.bench.measure import Measurement, Options, Target, medians, timed
from tests.bench.terminal import Terminal, module

MINIMAL = b"minimal-is-here"


def _minimal_ms() -> float:
    with Terminal(module("tests.bench.apps", "minimal")) as terminal:
        return terminal.until(MINIMAL) * 1000


def _launch_ms(sign: bytes, folder: Path, *arguments: str) -> float:
    nowhere = {
        name: str(folder / name) for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    }
    command = module("dsql_tui", "launch", *arguments)
    with Terminal(command, environment=nowhere | {"AWS_EC2_METADATA_DISABLED": "1"}) as terminal:
        return terminal.until(sign) * 1000


def start(options: Options) -> Iterator[Measurement]:
    """From exec to the first full frame."""
    with tempfile.TemporaryDirectory() as name:
        medians_by_side = medians(
            options.runs,
            {
                "ours": lambda: _launch_ms(b"Clusters", Path(name)),
                "minimal": _minimal_ms,
            },
        )
    yield Measurement(
        "start, first full frame",
        "ms",
        medians_by_side["ours"],
        medians_by_side["minimal"],
        "minimal Textual app",
        Target(ratio=1.3),
    )


def start_usable(options: Options) -> Iterator[Measurement]:
    """From exec to the clusters of a local DSQL that runs already."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "local"
        with server.start(folder, port=0):
            arguments = ("--local", "--data", str(folder))
            medians_by_side = medians(
                options.runs,
                {
                    "ours": lambda: _launch_ms(b"todos-dev", folder, *arguments),
                    "minimal": _minimal_ms,
                },
            )
    yield Measurement(
        "start_usable, clusters listed",
        "ms",
        medians_by_side["ours"],
        medians_by_side["minimal"],
        "minimal Textual app",
        Target(ratio=2.5),
    )


def _python_ms(*arguments: str) -> float:
    command = [sys.executable, *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    return 1000 * timed(
        lambda: subprocess.run(command, capture_output=True, check=True, env=environment)
    )


def cli_start(options: Options) -> Iterator[Measurement]:
    """What the command line adds to a bare Python."""
    medians_by_side = medians(
        options.runs * 2,
        {
            "--version": lambda: _python_ms("-m", "dsql_tui", "--version"),
            "query --help": lambda: _python_ms("-m", "dsql_tui", "query", "--help"),
            "python": lambda: _python_ms("-c", "print()"),
        },
    )
    for name in ("--version", "query --help"):
        yield Measurement(
            f"cli_start, {name}",
            "ms",
            medians_by_side[name] - medians_by_side["python"],
            target=Target(value=60),
            note=f"over bare Python's {medians_by_side['python']:.0f} ms",
        )
