"""JSON on standard output: one object, whose first key is the version of its structure.

The shapes are part of the contract in `manual/contract.md`: within a version keys are added, never
renamed or removed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import click

VERSION = 1


def json_option() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the `--json` option."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def print_json(fields: Mapping[str, object]) -> None:
    """Print an object as JSON."""
    click.echo(json_text(fields))


def json_text(fields: Mapping[str, object]) -> str:
    """Return an object as JSON."""
    return json.dumps({"version": VERSION, **fields}, indent=2, ensure_ascii=False)


def camel_case(fields: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of a Python value under their JSON names: `apiUrl`."""
    return {_camel(name): value for name, value in fields.items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
