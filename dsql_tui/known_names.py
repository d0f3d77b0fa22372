"""Names of clusters, roles and tables that were read earlier, for completion in a shell.

One JSON file beside the history, readable only by its owner. Commands and the console add the names
that they list; the file is read when the user presses tab in a shell, so completion needs no
network. If it cannot be read or written, only the suggestions are missing.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # completing a word imports none of them
    from dsql_tui.model.access.snapshot import AccessSnapshot
    from dsql_tui.model.catalog import CatalogSnapshot
    from dsql_tui.model.cluster import Cluster, ListingEvent

FILE = "names.json"
NAMES_MAX = 2_000
"""Names kept of one kind and owner; a longer list is no help on a command line."""
OWNERS_MAX = 200
"""Owners kept of one kind; those written longest ago are dropped."""
SIZE_MAX_BYTES = 32 * 1024 * 1024
"""A larger file was not written by this program."""
_PATIENCE_S = 1.0
_WORD = re.compile(r"[\w.:@%/+,][\w.:@%/+,-]{0,255}")
"""A name that a shell takes as it is. Bash inserts a completed name without quoting it, so one that
holds `;` or `$(…)` would be run."""

_Owners = dict[str, list[str]]


class NameKind(StrEnum):
    """The kind of a name."""

    CLUSTERS = "clusters"
    ROLES = "roles"
    TABLES = "tables"


class KnownNames:
    """The file of names; processes and threads may use it at the same time.

    Args:
        folder: Where the file is; `None` is the platform's state folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    @property
    def path(self) -> Path:
        """Where the file is."""
        from dsql_tui.json_store import state_folder  # not needed where a folder is named

        return (self._folder or state_folder()) / FILE

    def names(self, kind: NameKind, owner: str = "", start: str = "") -> list[str]:
        """Return the names of one owner, or those of all, that a shell can complete.

        A cluster is `name@region` where its profile has several of the name, or `start` has an `@`.

        Args:
            kind: The kind of names.
            owner: A cluster's name, for its roles or tables.
            start: The prefix of the names.
        """
        owners = _read(self.path).get(kind, {})
        lists: Iterable[list[str]] = [owners[owner]] if owners.get(owner) else owners.values()
        if kind is NameKind.CLUSTERS and "@" not in start:
            lists = map(_shortened, lists)
        names = {name for each in lists for name in each if name.startswith(start)}
        return sorted(filter(_WORD.fullmatch, names))

    def listed(self, profile: str, events: Iterable[ListingEvent]) -> Iterator[ListingEvent]:
        """Yield the events of a listing, and store its clusters when it has ended.

        Those of Regions that were not listed, or not completely, stay as they were.

        Args:
            profile: Who lists.
            events: The listing.
        """
        from dsql_tui.model.cluster import Cluster, ClusterFailed, RegionListed

        clusters: list[Cluster] = []
        listed: set[str] = set()
        incomplete: set[str] = set()
        for event in events:
            match event:
                case Cluster():
                    clusters.append(event)
                case RegionListed(region=region):
                    listed.add(region)
                case ClusterFailed(region=region):
                    incomplete.add(region)
            yield event
        self._store_clusters(profile, clusters, listed - incomplete)

    def _store_clusters(
        self, profile: str, clusters: Iterable[Cluster], regions: Collection[str]
    ) -> None:
        names = [f"{each.name}@{each.region}" for each in clusters]

        def is_elsewhere(name: str) -> bool:
            _, at, region = name.rpartition("@")
            return bool(at) and region not in regions  # earlier versions stored no Region

        self._change(
            NameKind.CLUSTERS, profile, lambda known: names + list(filter(is_elsewhere, known))
        )

    def store_names(self, cluster: str, names: CatalogSnapshot) -> None:
        """Store the names from the editor's completion of a cluster under the cluster's name."""
        self._store_roles(cluster, names.session_roles)
        self._store_tables(cluster, ((each.schema, each.name) for each in names.relations))

    def store_access(self, cluster: str, access: AccessSnapshot) -> None:
        """Store the roles and tables of a cluster's access."""
        self._store_roles(cluster, (role.name for role in access.roles if role.can_connect))
        self._store_tables(cluster, ((each.schema, each.name) for each in access.relations))

    def _store_roles(self, cluster: str, roles: Iterable[str]) -> None:
        """Store the roles that sessions can be opened as."""
        names = list(roles)
        self._change(NameKind.ROLES, cluster, lambda _known: names)

    def _store_tables(self, cluster: str, tables: Iterable[tuple[str, str]]) -> None:
        """Store tables, given as (schema, name), except those that SQL and then a shell quote."""
        from dsql_tui.sql.lexing.names import quoted

        names = [
            f"{schema}.{name}"
            for schema, name in tables
            if (schema, name) == (quoted(schema), quoted(name))
        ]
        self._change(NameKind.TABLES, cluster, lambda _known: names)

    def _change(self, kind: NameKind, owner: str, change: Callable[[list[str]], list[str]]) -> None:
        """Replace the names of one owner, where the file can be locked and written."""
        from dsql_tui.errors import InputError
        from dsql_tui.files.atomic import replace_file
        from dsql_tui.files.lock import hold
        from dsql_tui.json_store import private_folder

        path = self.path
        with suppress(OSError, InputError):
            private_folder(path.parent)
            with hold(path, "dsql-tui", patience_s=_PATIENCE_S):
                known = _read(path)
                owners = known.setdefault(kind, {})
                earlier = owners.pop(owner, [])
                changed = list(dict.fromkeys(change(earlier)))[:NAMES_MAX]
                if changed != earlier:
                    latest = list(owners.items())[1 - OWNERS_MAX :]
                    known[kind] = {**dict(latest), owner: changed}
                    replace_file(path, json.dumps(known).encode())


def _shortened(stored: list[str]) -> list[str]:
    """Return the clusters of a profile by name, with the Region too where one name has several."""
    names = [name.rpartition("@")[0] or name for name in stored]
    count = Counter(names)
    return names + [full for full, name in zip(stored, names, strict=True) if count[name] > 1]


def _read(path: Path) -> dict[str, _Owners]:
    """Return what the file holds, nothing if it is missing or damaged."""
    from dsql_tui.files.checked import read_regular

    try:
        stored = json.loads(read_regular(path, SIZE_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return {
        kind: {
            owner: [name for name in names if isinstance(name, str)]
            for owner, names in owners.items()
            if isinstance(names, list)
        }
        for kind, owners in (stored.items() if isinstance(stored, dict) else ())
        if isinstance(owners, dict)
    }
