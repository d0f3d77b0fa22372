"""The places around a place, as the keymap has them, against the focus chains of real screens."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_tui.console.app.action_list import places_of
from dsql_tui.console.app.keymap import OUTER
from dsql_tui.console.results.row_editing.dialogs import ValueDialog
from dsql_tui.console.results.row_editing.review import ReviewChangesDialog
from dsql_tui.console.shared.key import Place
from tests.pilot.definitions.test_definitions import compared
from tests.pilot.fleet.conftest import OpenFleet
from tests.pilot.inspector.test_inspector import inspector, shop
from tests.support.desk import Desk, desk
from tests.support.dialogs import DIALOGS
from tests.support.fakes import answer

WORKSPACE_KEYS = (
    ("f3",),
    ("ctrl+f",),
    ("escape", "f4", "slash"),
    ("escape", "enter"),
    ("escape", "x"),
    ("escape", "f8"),
    ("escape", "f1"),
    ("escape", "ctrl+p"),
    ("escape", "f7"),
    ("p",),
    ("escape", "n"),
    (*"robot", "ctrl+s"),
)
"""Lead from the results to each kind of place, one after the other."""
INSPECTOR_KEYS = ((), ("slash",), ("escape", "7"))
FLEET_KEYS = ((), ("enter",), ("p",), ("escape", "m"), ("escape", "b"))


def around(console: Desk) -> Iterator[tuple[Place, Place, bool]]:
    """Yield the places of everything that can have the focus, each with the places around it.

    The third is whether another widget has the outer one; else which is outer is not decided.
    """
    for focusable in console.app.screen.query("*"):
        if focusable.focusable:
            chain = [places_of(node) for node in focusable.ancestors_with_self]
            for number, inner in enumerate(chain):
                for distance, outer in enumerate(chain[number:]):
                    yield from ((a, b, distance > 0) for a in inner for b in outer if a is not b)


def is_around(outer: Place, inner: Place) -> bool:
    """Whether the keymap knows it; the keys of everywhere are around all."""
    return outer is Place.EVERYWHERE or outer in OUTER.get(inner, ())


async def test_the_keymap_knows_which_keys_are_around_which(fleet: OpenFleet) -> None:
    found: set[tuple[Place, Place, bool]] = set()
    async with desk() as console:
        await console.press("enter")
        found.update(around(console))
        await console.press("enter")
        console.services.answers["select 1 as one"] = answer([["1"]], one="text")
        await console.run("select 1 as one")
        for keys in WORKSPACE_KEYS:
            await console.press(*keys)
            found.update(around(console))
    async with fleet() as console:
        for keys in FLEET_KEYS:
            await console.press(*keys)
            found.update(around(console))
    async with inspector(shop()) as console:
        for keys in INSPECTOR_KEYS:
            await console.press(*keys)
            found.update(around(console))
    for kind in (ReviewChangesDialog, ValueDialog):
        async with desk() as console:
            console.app.push_screen(DIALOGS[kind]())
            await console.settle()
            found.update(around(console))
    async with compared() as opened:
        found.update(around(opened.console))
    for inner, outer, is_sure in found:
        assert is_around(outer, inner) or (not is_sure and is_around(inner, outer)), (inner, outer)
    met = {(inner, outer) for inner, outer, _ in found}
    places = {inner for inner, _ in met}
    assert {*Place} - places <= {Place.DIAGNOSTICS, Place.FIX, Place.PROGRESS, Place.OWN_LATENCY,
                                 Place.BESIDE, Place.LONG_RUN, Place.PLOT}  # fmt: skip
    for inner in places:
        assert {(inner, outer) for outer in OUTER.get(inner, ())} <= met
