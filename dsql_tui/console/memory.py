"""What the console remembers between starts: the role last used on a cluster, the theme.

A small JSON file of mode 0600 in the user's state folder. It is a convenience: a file that cannot
be read is as good as none, and one that cannot be written costs nothing but the memory.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from dsql_tui.model.endpoint import ADMIN_ROLE

ROLES_KEPT = 20
"""Roles remembered for each cluster; the oldest fall out."""


class Memory:
    """Read at the start, written at each change.

    Args:
        path: The file; `None` remembers until the program ends.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._roles: dict[str, list[str]] = {}
        self.theme = ""
        self._load()

    def roles(self, cluster: str) -> tuple[str, ...]:
        """Return the roles used on a cluster, the last one first; `admin` is always among them."""
        used = self._roles.get(cluster, [])
        return (*used, *(() if ADMIN_ROLE in used else (ADMIN_ROLE,)))

    def keep_role(self, cluster: str, role: str) -> None:
        """Remember that `role` was used on the cluster last."""
        used = [role, *(each for each in self._roles.get(cluster, []) if each != role)]
        self._roles[cluster] = used[:ROLES_KEPT]
        self._save()

    def keep_theme(self, theme: str) -> None:
        """Remember the theme."""
        self.theme = theme
        self._save()

    def _load(self) -> None:
        if self._path is None:
            return
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        if not isinstance(kept, dict):
            return
        self.theme = str(kept.get("theme", ""))
        roles = kept.get("roles")
        if isinstance(roles, dict):
            self._roles = {
                str(cluster): [str(role) for role in used][:ROLES_KEPT]
                for cluster, used in roles.items()
                if isinstance(used, list)
            }

    def _save(self) -> None:
        if self._path is None:
            return
        text = json.dumps({"theme": self.theme, "roles": self._roles}, indent=1)
        draft = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft.unlink(missing_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            draft.replace(self._path)
        except OSError:
            return
