"""The roles used on each cluster and the theme, remembered between starts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from threading import Lock
from typing import Protocol

from dsql_tui.console.shared.tab_contents import Buffer, from_text, to_text
from dsql_tui.model.endpoint import ADMIN_ROLE

ROLES_KEPT = 20
"""Roles remembered for each cluster; the oldest fall out."""
_ROLES, _SCREEN, _THEME, _TABS = "roles", "screen", "theme", "tabs"
_FLEET, _FAVOURITES = "fleet", "favourites"


class Texts(Protocol):
    """What is used of `dsql_tui.state.State`."""

    @property
    def problem(self) -> str:
        """Why something is not remembered, as a sentence, or empty."""
        ...

    @property
    def unwritten(self) -> str:
        """Why the last change will be forgotten when the program ends, or empty."""
        ...

    def get(self, section: str, name: str) -> str:
        """Return what is remembered, or an empty text."""
        ...

    def put(self, section: str, name: str, value: str) -> None:
        """Remember `value`."""
        ...


class Forgetful:
    """Remembers until the program ends."""

    problem = unwritten = ""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], str] = {}

    def get(self, section: str, name: str) -> str:
        """Return what is remembered, or an empty text."""
        return self._kept.get((section, name), "")

    def put(self, section: str, name: str, value: str) -> None:
        """Remember `value`."""
        self._kept[section, name] = value


class Memory:
    """Words for what is kept.

    Args:
        texts: Where it is kept; `None` remembers until the program ends.
        buffers: Where the editor's tabs are kept, a file of their own: they are long.
    """

    def __init__(self, texts: Texts | None = None, buffers: Texts | None = None) -> None:
        self._texts = texts or Forgetful()
        self._buffers = buffers or Forgetful()
        self._turn = Lock()
        self._latest: tuple[Buffer, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """Why something is not remembered, a sentence each."""
        found = (self._texts.problem, self._buffers.problem)
        return tuple(dict.fromkeys(filter(None, found)))

    @property
    def buffers_unwritten(self) -> str:
        """Why the tabs as they are now would not come back, as a sentence, or empty."""
        return self._buffers.unwritten

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """The tabs that were open."""
        return from_text(self._buffers.get(_SCREEN, _TABS))

    def keep_buffers(self, buffers: Sequence[Buffer]) -> None:
        """Remember the tabs."""
        self.note_buffers(buffers)
        self.write_buffers()

    def note_buffers(self, buffers: Sequence[Buffer]) -> None:
        """Take what `write_buffers` writes."""
        self._latest = tuple(buffers)

    def write_buffers(self) -> None:
        """Write the tabs that were noted last; one worker that comes late writes no older ones."""
        with self._turn:
            self._buffers.put(_SCREEN, _TABS, to_text(self._latest))

    def adopt_buffers(self, texts: Texts) -> bool:
        """Add the tabs of a console that has ended; whether they are kept here now."""
        self.keep_buffers((*self.buffers, *from_text(texts.get(_SCREEN, _TABS))))
        return not self._buffers.unwritten

    def roles(self, cluster: str) -> tuple[str, ...]:
        """Return the roles used on a cluster, the last one first; `admin` is always among them."""
        used = _names(self._texts.get(_ROLES, cluster))
        return (*used, *(() if ADMIN_ROLE in used else (ADMIN_ROLE,)))

    def keep_role(self, cluster: str, role: str) -> None:
        """Remember that `role` was used on the cluster last."""
        used = [role, *(each for each in self.roles(cluster) if each != role)]
        self._texts.put(_ROLES, cluster, "\n".join(used[:ROLES_KEPT]))

    @property
    def theme(self) -> str:
        """The theme chosen last, or empty."""
        return self._texts.get(_SCREEN, _THEME)

    def keep_theme(self, theme: str) -> None:
        """Remember the theme."""
        self._texts.put(_SCREEN, _THEME, theme)

    def favourites(self) -> frozenset[str]:
        """Return what is kept at the top of the fleet's board: the lowest ARN of each cluster."""
        return frozenset(_names(self._texts.get(_FLEET, _FAVOURITES)))

    def keep_favourites(self, keys: Collection[str]) -> None:
        """Remember them."""
        self._texts.put(_FLEET, _FAVOURITES, "\n".join(sorted(keys)))


def _names(text: str) -> list[str]:
    """Return what was joined by line feeds; a role's name may hold any other character."""
    return [each for each in text.split("\n") if each]
