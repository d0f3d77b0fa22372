"""Names from earlier commands for completion in a shell: clusters, roles, tables.

One JSON file beside the history, readable by its owner alone. It is written when a command has
listed such names anyway and read when somebody presses tab, so completing needs no network. A file
that cannot be read or written costs the suggestions and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

FILE = "names.json"
NAMES_MAX = 2_000
"""Names kept of one kind and owner; a longer list is no help on a command line."""


class NameKind(StrEnum):
    """The kind of a name."""

    CLUSTERS = "clusters"
    ROLES = "roles"
    TABLES = "tables"


def remember(
    section: NameKind, owner: str, names: Iterable[str], folder: Path | None = None
) -> None:
    """Store names, replacing those of the same owner.

    Args:
        section: What kind.
        owner: Whose they are: a profile's for clusters, else a cluster's.
        names: All there are.
        folder: Where the file is; `None` is the platform's state folder.
    """
    from dsql_tui.files.atomic import replace_file

    path = _path(folder)
    known = _read(path)
    kept = list(dict.fromkeys(names))[:NAMES_MAX]
    if known.get(section, {}).get(owner) == kept:
        return
    known.setdefault(section, {})[owner] = kept
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, json.dumps(known).encode())


def known_names(section: NameKind, owner: str = "", folder: Path | None = None) -> list[str]:
    """Return the names of one owner, or those of all."""
    owners = _read(_path(folder)).get(section, {})
    lists = [owners[owner]] if owners.get(owner) else owners.values()
    return sorted({name for names in lists for name in names})


def _path(folder: Path | None) -> Path:
    from dsql_tui.json_store import state_folder  # not needed where nothing is kept

    return (folder or state_folder()) / FILE


def _read(path: Path) -> dict[str, dict[str, list[str]]]:
    """Return what the file holds, nothing if it is missing or damaged."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return {
        section: {
            owner: [name for name in names if isinstance(name, str)]
            for owner, names in owners.items()
            if isinstance(names, list)
        }
        for section, owners in (found.items() if isinstance(found, dict) else ())
        if isinstance(owners, dict)
    }
