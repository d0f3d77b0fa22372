"""Every binding of every class of the console, against the key table."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

import dsql_tui.console
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.shared.keys import BY_ID, KEYS

OURS = "dsql_tui."


def classes(above: type[DOMNode] = DOMNode) -> Iterator[type[DOMNode]]:
    """Yield every widget, dialog, screen and application of ours."""
    for each in above.__subclasses__():
        if each.__module__.startswith(OURS):
            yield each
        yield from classes(each)


def load_the_console() -> None:
    for module in pkgutil.walk_packages(dsql_tui.console.__path__, "dsql_tui.console."):
        importlib.import_module(module.name)


load_the_console()
OWN_BINDINGS = [
    (each, binding)
    for each in dict.fromkeys(classes())
    for binding in Binding.make_bindings(each.__dict__.get("BINDINGS", []))
]


def test_the_walk_sees_screens_dialogs_and_widgets() -> None:
    names = {each.__name__ for each, _ in OWN_BINDINGS}
    assert {"ConsoleApp", "Workspace", "SqlEditor", "AccessTable", "HistoryDialog"} <= names


def is_in_the_table(binding: Binding) -> bool:
    """Whether a binding has the key, action, label and place in the footer of its id."""
    key = BY_ID.get(binding.id or "")
    return key is not None and (
        binding.key in key.keys.split(",")
        and binding.action == key.action
        and binding.description == key.label
        and binding.show == key.footer
    )


def test_a_binding_is_one_of_the_table_and_says_the_same() -> None:
    assert [
        (owner.__name__, binding) for owner, binding in OWN_BINDINGS if not is_in_the_table(binding)
    ] == []


@pytest.mark.parametrize("change", ["id", "key", "action", "description", "show"])
def test_a_binding_that_differs_from_the_table_is_noticed(change: str) -> None:
    _, binding = OWN_BINDINGS[0]
    changes: dict[str, Any] = {change: not binding.show if change == "show" else "other"}
    assert is_in_the_table(binding)
    assert not is_in_the_table(replace(binding, **changes))


def answers(owner: type[DOMNode], action: str) -> bool:
    """Whether an action's name leads to a method; the screen may be any that has it."""
    name = action.partition("(")[0]
    namespace, dot, method = name.rpartition(".")
    if not dot:
        return hasattr(owner, f"action_{method}")
    if namespace == "app":
        return hasattr(ConsoleApp, f"action_{method}")
    return any(hasattr(each, f"action_{method}") for each in classes() if issubclass(each, Screen))


FINAL = [each for each in dict.fromkeys(classes()) if not each.__subclasses__()]
"""Classes that are not the base of another one."""


@pytest.mark.parametrize("owner", FINAL, ids=lambda owner: owner.__name__)
def test_each_key_of_a_class_starts_something(owner: type[DOMNode]) -> None:
    own = [binding for each, binding in OWN_BINDINGS if issubclass(owner, each)]
    for binding in own:
        assert answers(owner, binding.action), f"nothing answers {binding.action}"


def test_every_action_with_a_key_is_bound_somewhere() -> None:
    bound = {binding.id for _, binding in OWN_BINDINGS}
    assert {key.id for key in KEYS if key.keys} <= bound


def test_an_action_of_a_screen_is_found_on_one_that_binds_its_place() -> None:
    """This includes actions that only the palette offers: the screen of their place has them."""
    screens = [each for each in classes() if issubclass(each, Screen)]
    for key in KEYS:
        if key.action.startswith("screen."):
            able = [each for each in screens if answers(each, f"{key.action[7:]}")]
            assert able, key.id
