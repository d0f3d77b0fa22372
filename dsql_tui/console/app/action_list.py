"""The actions that the palette and the help list, and the search over them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from textual import actions
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

from dsql_tui.console.shared.key import Key, Place, written_keys
from dsql_tui.console.shared.keys import BY_ID, KEYS, QUIT, SPECIFIC, keys_of
from dsql_tui.sql.text.fuzzy import INSIDE, WORD, fit

WORKSPACE = "in the workspace"
WHERE: Mapping[Place, str] = {
    **dict.fromkeys((Place.ROLES, Place.ACCESS_TABLE), "on the roles screen"),
    **dict.fromkeys((Place.FLEET, Place.FLEET_SCREEN), "on the fleet board"),
    Place.DETAILS: "in the cluster details",
    Place.METRICS: "on the metrics screen",
    Place.LATENCY: "on the latency screen",
    Place.OWN_LATENCY: "on the statement latency screen",
    Place.BESIDE: "in the side-by-side view",
    Place.DEFINITIONS: "in the comparison of definitions",
    Place.LONG_RUN: "in scripts and batches",
    **dict.fromkeys((Place.WORKSPACE, Place.EDITOR, Place.CLUSTERS, Place.SCHEMA), WORKSPACE),
    **dict.fromkeys((Place.GRID, Place.RESULTS, Place.PLAN), WORKSPACE),
}
"""Where the actions of a place work, shown where they cannot be started."""
WAYS: Mapping[Place, str] = {
    **dict.fromkeys((Place.ROLES, Place.ACCESS_TABLE), "roles.show"),
    **dict.fromkeys((Place.FLEET, Place.FLEET_SCREEN, Place.DETAILS), "fleet.show"),
    **dict.fromkeys((Place.METRICS, Place.LATENCY), "fleet.show"),
    Place.OWN_LATENCY: "latency.own",
}
"""The action of the workspace that leads to a place, or closest to it."""
OPENED_BY: Mapping[Place, str] = {
    Place.BESIDE: "Open it with {run.beside}.",
    Place.DEFINITIONS: "Open it with {schema.compare}.",
    Place.LONG_RUN: "Open them with {run.script} or {run.batches}.",
}
"""How to reach the places where no way leads without a statement; `{id}` is an action's key."""
NOT_NOW = "unavailable"
SYNONYM, EVERY_WORD, PART = WORD + 1, WORD + 2, WORD + 3
"""How an action is found when its label does not begin with what is typed, best first."""
_LAST = {Place.LISTS: 1, Place.TABLES: 1, Place.EVERYWHERE: 2}
"""Places whose keys are commonly known: the help shows them below the screen's keys."""
_ORDER = {key.id: number for number, key in enumerate((*KEYS, QUIT))}


@dataclass(frozen=True, slots=True)
class Entry:
    """An action as the palette shows it.

    Attributes:
        key: The action.
        node: The node that performs it on the active screen; `None` if it cannot be started here.
        where: Why it cannot be started: its place, or its condition; empty if it can be.
    """

    key: Key
    node: DOMNode | None
    where: str = ""

    @property
    def shown_key(self) -> str:
        """Its key as bound now, or an empty string."""
        return next(iter(written_keys(keys_of(self.key))), "")


@lru_cache(maxsize=256)
def ids_of(kind: type[DOMNode]) -> tuple[str, ...]:
    """Return the ids that a class and its bases bind, the most specific first."""
    own = {
        binding.id or ""
        for each in kind.__mro__
        for binding in Binding.make_bindings(each.__dict__.get("BINDINGS", ()))
    }
    known = (BY_ID[name] for name in own if name in BY_ID)
    ordered = sorted(known, key=lambda key: (key.place in SPECIFIC, _ORDER[key.id]))
    return tuple(key.id for key in ordered)


def places_of(node: DOMNode) -> set[Place]:
    """Return the places whose keys work in a widget or screen."""
    return {BY_ID[name].place for name in ids_of(type(node))}


def chain(screen: Screen[object]) -> list[DOMNode]:
    """Return the nodes that handle a key: the focused widget, its ancestors, the application."""
    nodes = [*(screen.focused or screen).ancestors_with_self]
    modal = next((number for number, each in enumerate(nodes) if each.is_modal), len(nodes))
    return nodes[: modal + 1]


# The palette.


def entries(screen: Screen[object]) -> list[Entry]:
    """Return every action except those of dialogs: the footer's first, other screens' last.

    Args:
        screen: The active screen.
    """
    focus = chain(screen)
    nodes = [*focus, *screen.query("*")]
    entries: dict[object, Entry] = {}
    for key in (*KEYS, QUIT):
        entry = _entry(key, screen, nodes)
        if entry is not None:
            same = (key.action, entry.node) if entry.node else (key.label, key.description)
            entries.setdefault(same, entry)
    near: dict[Place, int] = {}
    for number, node in enumerate(focus):
        for place in places_of(node):
            near.setdefault(place, number)

    def order(each: Entry) -> tuple[bool, bool, int]:
        return bool(each.where), not each.key.footer, near.get(each.key.place, len(focus))

    return sorted(entries.values(), key=order)


def _entry(key: Key, screen: Screen[object], nodes: Sequence[DOMNode]) -> Entry | None:
    namespace, name, parameters = actions.parse(key.action)
    if namespace == "app":
        return Entry(key, screen.app)
    owners = [each for each in nodes if key.place in places_of(each)]
    if namespace == "screen":
        able: list[DOMNode] = [screen] if owners and hasattr(screen, f"action_{name}") else []
    else:
        able = [each for each in owners if hasattr(each, f"action_{name}")]
    if key.place not in WHERE:  # a line or a list that is not always there
        able = [each for each in able if _is_seen(each)]
    if able:
        node = next((each for each in able if _is_seen(each)), able[0])
        is_possible = node.check_action(name, parameters)
        return Entry(key, node) if is_possible else Entry(key, None, NOT_NOW)
    where = WHERE.get(key.place, "")
    if not where or name == "back":
        return None
    return Entry(key, None, NOT_NOW if where == WORKSPACE and is_workspace(screen) else where)


def is_workspace(screen: Screen[object]) -> bool:
    """Whether a screen is the workspace."""
    return Place.WORKSPACE in places_of(screen)


def _is_seen(node: DOMNode) -> bool:
    return isinstance(node, Screen) or bool(getattr(node, "is_on_screen", True))


def matching(listed: Sequence[Entry], query: str) -> list[Entry]:
    """Return the entries that match a query, the best first; all of them for an empty query."""
    wanted = " ".join(query.casefold().split())
    if not wanted:
        return list(listed)
    ranked = [(how, each) for each in listed if (how := rank(each.key, wanted)) is not None]
    return [each for _, each in sorted(ranked, key=lambda pair: pair[0])]


def rank(key: Key, wanted: str) -> tuple[int, int] | None:
    """Return how well an action matches a query, 0 being best, or `None` for no match.

    Args:
        key: The action.
        wanted: Words in lower case.
    """
    by_label = fit(wanted, key.label.casefold())
    if by_label is not None and by_label[0] <= WORD:
        return by_label[0], 0
    if f" {wanted}" in f" {key.synonyms.casefold()}":
        return SYNONYM, 0
    words = f" {key.label} {key.synonyms} {key.description}".casefold()
    if all(f" {each}" in words for each in wanted.split()):
        return EVERY_WORD, 0
    if by_label is not None and (by_label[0] == INSIDE or by_label[1] <= 2 * len(wanted)):
        return PART, by_label[1]
    return None


# The help.

Rows = list[tuple[Key, tuple[str, ...]]]
"""Actions, each with its keys."""


def groups(screen: Screen[object]) -> dict[Place, Rows]:
    """Return the keys that work where the focus is, as bound now, the nearest widget's first.

    A key that is also bound nearer to the focus is omitted.
    """
    shown: dict[Place, Rows] = {}
    heard: set[str] = set()
    listed: set[str] = set()
    for node in chain(screen):
        keys = [BY_ID[name] for name in ids_of(type(node)) if name not in listed]
        for key in keys:
            if left := tuple(each for each in keys_of(key) if each not in heard):
                listed.add(key.id)
                shown.setdefault(key.place, []).append((key, left))
        heard.update(each for key in keys for each in keys_of(key))
    return dict(sorted(shown.items(), key=lambda group: _LAST.get(group[0], 0)))


def other_groups(near: Collection[Place]) -> dict[Place, Rows]:
    """Return the keys of all other places, as bound now."""
    shown = {
        place: [(key, keys_of(key)) for key in (*KEYS, QUIT) if key.place is place and keys_of(key)]
        for place in Place
        if place not in near
    }
    return {place: rows for place, rows in shown.items() if rows}
