"""What the console saves between starts: roles used, theme, favorites and open tabs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from threading import Lock
from typing import Protocol

from dsql_tui.console.shared.tab_contents import Buffer, from_text, to_text
from dsql_tui.model.endpoint import ADMIN_ROLE

ROLES_KEPT = 20
"""Roles saved for each cluster; the oldest are dropped."""
_ROLES, _SCREEN, _THEME, _TABS = "roles", "screen", "theme", "tabs"
_FLEET, _FAVOURITES = "fleet", "favourites"


class TextStore(Protocol):
    """The part of `dsql_tui.json_store.State` that is used: strings by section and name."""

    @property
    def problem(self) -> str:
        """Why something cannot be read or saved, as a sentence, or empty."""
        ...

    @property
    def unwritten(self) -> str:
        """Why the last change was not saved, or empty."""
        ...

    def get(self, section: str, name: str) -> str:
        """Return a saved text, or an empty one."""
        ...

    def put(self, section: str, name: str, value: str) -> None:
        """Save a text."""
        ...


class InMemoryStore:
    """Keeps strings in memory until the program ends."""

    problem = unwritten = ""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], str] = {}

    def get(self, section: str, name: str) -> str:
        """Return a saved text, or an empty one."""
        return self._kept.get((section, name), "")

    def put(self, section: str, name: str, value: str) -> None:
        """Save a text."""
        self._kept[section, name] = value


class Preferences:
    """What the console saves between starts.

    Args:
        store: Where values are saved; `None` keeps them until the program ends.
        tab_store: Where the editor's tabs are saved: a separate file, because they are long.
    """

    def __init__(self, store: TextStore | None = None, tab_store: TextStore | None = None) -> None:
        self._store = store or InMemoryStore()
        self._tab_store = tab_store or InMemoryStore()
        self._turn = Lock()
        self._latest: tuple[Buffer, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """Why something cannot be read or saved, one sentence each."""
        problems = (self._store.problem, self._tab_store.problem)
        return tuple(dict.fromkeys(filter(None, problems)))

    @property
    def buffers_unwritten(self) -> str:
        """Why the current tabs are not saved, as a sentence, or empty."""
        return self._tab_store.unwritten

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """The tabs that were open when the console ended."""
        return from_text(self._tab_store.get(_SCREEN, _TABS))

    def keep_buffers(self, buffers: Sequence[Buffer]) -> None:
        """Save the tabs."""
        self.note_buffers(buffers)
        self.write_buffers()

    def note_buffers(self, buffers: Sequence[Buffer]) -> None:
        """Set the contents that `write_buffers` writes."""
        self._latest = tuple(buffers)

    def write_buffers(self) -> None:
        """Save the contents set last, so that a late worker cannot save older ones."""
        with self._turn:
            self._tab_store.put(_SCREEN, _TABS, to_text(self._latest))

    def adopt_buffers(self, store: TextStore) -> bool:
        """Add the tabs of a console that has ended; return whether they are saved here now."""
        self.keep_buffers((*self.buffers, *from_text(store.get(_SCREEN, _TABS))))
        return not self._tab_store.unwritten

    def roles(self, cluster: str) -> tuple[str, ...]:
        """Return the roles used on a cluster, the most recent first; always includes `admin`."""
        used = _names(self._store.get(_ROLES, cluster))
        return (*used, *(() if ADMIN_ROLE in used else (ADMIN_ROLE,)))

    def keep_role(self, cluster: str, role: str) -> None:
        """Save that `role` was used on the cluster last."""
        used = [role, *(each for each in self.roles(cluster) if each != role)]
        self._store.put(_ROLES, cluster, "\n".join(used[:ROLES_KEPT]))

    @property
    def theme(self) -> str:
        """The theme selected last, or empty."""
        return self._store.get(_SCREEN, _THEME)

    def keep_theme(self, theme: str) -> None:
        """Save the theme."""
        self._store.put(_SCREEN, _THEME, theme)

    def favourites(self) -> frozenset[str]:
        """Return the favorites of the fleet board, each by its lowest ARN."""
        return frozenset(_names(self._store.get(_FLEET, _FAVOURITES)))

    def keep_favourites(self, keys: Collection[str]) -> None:
        """Save the favorites of the fleet board."""
        self._store.put(_FLEET, _FAVOURITES, "\n".join(sorted(keys)))


def _names(text: str) -> list[str]:
    """Return what was joined by line feeds; a role's name may hold any other character."""
    return [each for each in text.split("\n") if each]
