"""The command palette: every action of the key table, with its key, whatever has the focus."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.dom import DOMNode

from dsql_tui.console.shared.keys import KEYS, QUIT, Key, Place

_WHERE = {
    Place.EDITOR: "SqlEditor",
    Place.CLUSTERS: "ClusterTree",
    Place.SCHEMA: "SchemaTree",
    Place.GRID: "ResultGrid",
    Place.PLAN: "PlanPane",
    Place.RESULTS: "ResultPane",
}
"""Places whose actions belong to a widget; the first of that type that is shown answers."""


class ActionProvider(Provider):
    """Offers what the screen below the palette can do."""

    async def discover(self) -> Hits:
        """Everything, in the table's order."""
        for key, node in self._available():
            yield DiscoveryHit(_title(key), partial(self._run, key, node), text=key.help)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for key, node in self._available():
            if (score := matcher.match(key.help)) > 0:
                yield Hit(
                    score,
                    matcher.highlight(key.help) + _keys(key),
                    partial(self._run, key, node),
                    text=key.help,
                )

    def _available(self) -> Iterator[tuple[Key, DOMNode]]:
        seen: set[str] = set()
        for key in (*KEYS, QUIT):
            node = self._node_for(key)
            if node is not None and key.action not in seen and key.place is not Place.LISTS:
                seen.add(key.action)
                yield key, node

    def _node_for(self, key: Key) -> DOMNode | None:
        """Return who answers the action on this screen, or `None`."""
        screen = self.screen
        namespace, _, _ = key.action.partition(".")
        if namespace == "app":
            return screen.app
        name = key.action.removeprefix("screen.").partition("(")[0]
        if namespace == "screen":
            return screen if hasattr(screen, f"action_{name}") else None
        if key.place not in _WHERE:
            return None
        found = list(screen.query(_WHERE[key.place]))
        return next((node for node in found if node.is_on_screen), next(iter(found), None))

    async def _run(self, key: Key, node: DOMNode) -> None:
        await self.app.run_action(key.action, default_namespace=node)


def _title(key: Key) -> Content:
    return Content(key.help) + _keys(key)


def _keys(key: Key) -> Content:
    return Content.styled(f"  {key.first_key}", "$muted") if key.keys else Content("")
