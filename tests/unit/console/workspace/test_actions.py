"""The table of the workspace's actions, against the table of keys and against Textual."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from textual._callback import count_parameters

from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import KEYS
from dsql_tui.console.workspace.actions import ACTIONS, Targets, with_actions
from dsql_tui.console.workspace.screen import Workspace
from tests.support.fake_ui import FakeUi


def names_in_keys(*places: Place) -> set[str]:
    return {
        key.action.removeprefix("screen.").partition("(")[0]
        for key in KEYS
        if key.place in places and key.action.startswith("screen.")
    }


EVERY_PANE = (Place.WORKSPACE, Place.EDITOR, Place.CLUSTERS, Place.SCHEMA, Place.RESULTS)


def test_every_key_of_the_workspace_has_its_action_and_every_action_its_key() -> None:
    of_the_workspace = names_in_keys(Place.WORKSPACE)
    assert of_the_workspace <= ACTIONS.keys()
    assert ACTIONS.keys() <= names_in_keys(*EVERY_PANE)
    assert all(callable(getattr(Workspace, f"action_{name}")) for name in of_the_workspace)


def test_actions_get_the_targets_and_as_many_parameters_as_they_take() -> None:
    got: list[object] = []

    def alone(to: Targets) -> None:
        got.append(to)

    def with_two(to: Targets, first: int, second: str = "") -> None:
        got.append((to, first, second))

    @with_actions({"alone": alone, "with_two": with_two})
    class Holder:
        targets = cast("Targets", SimpleNamespace())

    holder = Holder()
    for name, parameters in (("alone", ()), ("with_two", (1, "b"))):
        method = getattr(holder, f"action_{name}")
        assert count_parameters(method) == len(parameters)
        method(*parameters)
    assert got == [holder.targets, (holder.targets, 1, "b")]


async def test_what_waits_for_answers_is_started_and_the_rest_is_done_at_once() -> None:
    """A key must not wait for a dialog; it may wait for the tab that it opens."""
    done: list[str] = []

    async def step(name: str) -> None:
        done.append(name)

    opening = SimpleNamespace(new=lambda: step("new"), show_roles=lambda: step("roles"))
    owners = SimpleNamespace(opening=opening, files=SimpleNamespace(format=lambda: 7))
    ui = FakeUi()
    targets = cast("Targets", SimpleNamespace(owners=owners, ui=ui))
    assert ACTIONS["format"](targets) is None
    assert ACTIONS["show_roles"](targets) is None
    assert len(ui._flows) == 1
    waited_for = ACTIONS["new_tab"](targets)
    await waited_for  # type: ignore[misc]
    await ui._flows[0]
    assert sorted(done) == ["new", "roles"]
