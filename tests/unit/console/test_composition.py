"""The console's objects hold each other; they do not inherit, and they reach for no screen."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Protocol, cast

import pytest
from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen

import dsql_tui.console
from dsql_tui.config import Config
from dsql_tui.console.messages.files import BuffersChanged
from dsql_tui.console.messages.sessions import TabMessage, WorkspaceMessage
from dsql_tui.console.run.tab import Tab
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.routes import Routes
from dsql_tui.console.workspace.front_tab import WorkspaceView
from dsql_tui.console.workspace.open_tabs import ActiveServices
from dsql_tui.console.workspace.owners import Owners
from dsql_tui.console.workspace.panes.layout import PaneLayout
from dsql_tui.console.workspace.panes.panes import Panes
from dsql_tui.console.workspace.screen import Workspace
from tests.support.fake_ui import FakeUi
from tests.support.fakes import FakeServices
from tests.support.source_trees import tree_of

PACKAGE = Path(dsql_tui.console.__path__[0])
ABSTRACT = {
    # Bases of widgets and dialogs; none of them is shown by itself.
    *(
        "Dialog",
        "AccessFormDialog",
        "ClusterFormDialog",
        "DrawnTable",
        "Linked",
        "ListTree",
        "TabbedFrame",
    ),
    # What messages have in common.
    *("WorkspaceMessage", "TabMessage", "RunMessage"),
}
OPENS_SCREENS = {"tabs.py", "side_by_side.py", "long_runs.py", "other_screens.py"}
"""Files whose objects show another screen; they import its class when they do."""


def console_classes() -> Iterator[type]:
    for module in pkgutil.walk_packages(dsql_tui.console.__path__, "dsql_tui.console."):
        for each in vars(importlib.import_module(module.name)).values():
            if isinstance(each, type) and each.__module__ == module.name:
                yield each
                yield from (
                    inner
                    for inner in vars(each).values()
                    if isinstance(inner, type) and inner.__module__ == module.name
                )


def is_ours(cls: type) -> bool:
    return cls.__module__.startswith("dsql_tui.console")


def is_protocol(cls: type) -> bool:
    return Protocol in cls.__bases__


CLASSES = sorted(set(console_classes()), key=lambda cls: (cls.__module__, cls.__qualname__))
MESSAGES = [cls for cls in CLASSES if issubclass(cls, Message)]
PUMPS = [cls for cls in CLASSES if issubclass(cls, MessagePump)]
WITH_WIDGETS = {inspect.getfile(cls) for cls in PUMPS}
COLLABORATORS = [
    path
    for folder in ("workspace", "run", "results")
    for path in sorted((PACKAGE / folder).glob("*.py"))
    if path.name != "__init__.py" and str(path) not in WITH_WIDGETS
]


def test_there_is_something_to_look_at() -> None:
    assert len(CLASSES) > 200
    assert len(MESSAGES) > 50
    assert len(COLLABORATORS) > 25


def test_a_class_has_at_most_one_ancestor_of_ours_that_is_not_abstract() -> None:
    for cls in CLASSES:
        ancestors = [
            base.__name__
            for base in cls.__mro__[1:]
            if is_ours(base) and not is_protocol(base) and base.__name__ not in ABSTRACT
        ]
        assert len(ancestors) <= 1, f"{cls.__qualname__} inherits {ancestors}"


def handled_by(cls: type) -> list[type[Message]]:
    """Return the messages that a class itself handles, without those of its ancestors."""
    decorated: dict[type[Message], object] = vars(cls).get("_decorated_handlers", {})
    named = [
        message
        for message in MESSAGES
        if callable(method := vars(cls).get(message.handler_name))
        and not hasattr(method, "_textual_on")
    ]
    return [*named, *(kind for kind in decorated if is_ours(kind))]


def test_no_message_is_handled_twice_in_one_object() -> None:
    for cls in PUMPS:
        handled = Counter(message for base in cls.__mro__ for message in handled_by(base))
        twice = [message.__name__ for message, times in handled.items() if times > 1]
        assert not twice, f"{cls.__qualname__} handles {twice} in several places"


@pytest.fixture
def owners() -> Owners:
    services, config, preferences = FakeServices(), Config(), Preferences()
    view = cast("WorkspaceView", SimpleNamespace())
    panes = Panes(services.now, config, preferences, offers_local=False)
    ui = FakeUi()
    return Owners(
        ui,
        ui.posted.append,
        view,
        PaneLayout(view),
        panes=panes,
        services=ActiveServices(services),
        config=config,
        preferences=preferences,
        start_local=None,
        empty_cluster=None,
    )


def test_every_object_of_the_workspace_is_built_without_a_screen(owners: Owners) -> None:
    assert isinstance(owners.tabs.front, Tab)


@pytest.mark.parametrize("name", ["screen", "owners", "panes.panes"])
def test_services_do_not_pass_through_what_only_composes(name: str) -> None:
    module = importlib.import_module(f"dsql_tui.console.workspace.{name}")
    assert not hasattr(module, "Services")


def concrete(base: type[Message]) -> set[type[Message]]:
    return {cls for cls in MESSAGES if issubclass(cls, base) and cls.__name__ not in ABSTRACT}


def test_every_message_has_one_owner_in_the_workspace(owners: Owners) -> None:
    """`Routes` refuses a second owner; the screen itself handles none of them by name."""
    tab = owners.tabs.front
    assert owners.routes.kinds == concrete(WorkspaceMessage)
    assert tab.kinds == concrete(TabMessage)
    assert not tab.kinds & owners.routes.kinds
    by_screen = {message for base in Workspace.__mro__ for message in handled_by(base)}
    assert not by_screen & (tab.kinds | owners.routes.kinds)


def test_a_second_owner_is_refused() -> None:
    routes = Routes()
    routes.add(BuffersChanged, print)
    with pytest.raises(ValueError, match="BuffersChanged has an owner"):
        routes.add(BuffersChanged, print)


def test_every_message_across_panes_is_owned_by_somebody(owners: Owners) -> None:
    owned = {*owners.routes.kinds, *owners.tabs.front.kinds}
    for cls in PUMPS:
        owned |= {*handled_by(cls)}
    for message in MESSAGES:
        if message.__module__.startswith("dsql_tui.console.messages."):
            name = message.__name__
            assert message in owned or name in ABSTRACT, f"nobody handles {name}"


@pytest.mark.parametrize("name", ["session", "run_state", "offer"])
def test_what_is_known_of_a_tab_paints_the_panes_and_not_the_whole_screen(name: str) -> None:
    assert not vars(Workspace)[name]._repaint


def test_every_style_sheet_is_found_from_the_class_that_uses_it() -> None:
    screens = [cls for cls in CLASSES if issubclass(cls, Screen | App)]
    assert len(screens) > 30
    for cls in screens:
        for sheet in [cls.CSS_PATH] if cls.CSS_PATH else []:
            assert (Path(inspect.getfile(cls)).parent / str(sheet)).exists(), f"{cls}: {sheet}"


def imports_of(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


@pytest.mark.parametrize("path", COLLABORATORS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_collaborators_neither_import_nor_take_a_screen_or_an_app(path: Path) -> None:
    tree = tree_of(path)
    for module, name in imports_of(tree):
        assert module not in {
            "textual.app",
            "textual.screen",
            "dsql_tui.console.app.app",
            "dsql_tui.console.workspace",
            "dsql_tui.console.workspace.screen",
        }, f"imports {module}"
        assert not name.endswith("Screen") or path.name in OPENS_SCREENS, f"imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            taken = [ast.unparse(each.annotation) for each in arguments(node) if each.annotation]
            assert not [each for each in taken if "Screen" in each or "App" in each]


def arguments(node: ast.FunctionDef) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
