"""A method that handles a message by decoration is not overridden.

Textual calls the decorated function of the class that decorates it. A subclass that defines a
method of the same name would expect to be called instead, and is not.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

from textual.message_pump import MessagePump

import dsql_tui.console


def classes(base: type[Any] = MessagePump) -> Iterator[type[Any]]:
    """Yield every class that receives messages."""
    for each in type.__subclasses__(base):
        yield each
        yield from classes(each)


def decorated(cls: type[Any]) -> Iterator[str]:
    """Yield the names of the methods that a class decorates with `on`."""
    for handlers in cls.__dict__.get("_decorated_handlers", {}).values():
        yield from (method.__name__ for method, _ in handlers)


def overrides(cls: type[Any]) -> list[tuple[str, str]]:
    """Return each (base, method) that a class overrides though the base decorates it."""
    return [
        (base.__name__, name)
        for base in cls.__mro__[1:]
        for name in decorated(base)
        if name in cls.__dict__
    ]


def test_no_class_overrides_a_decorated_handler() -> None:
    for module in pkgutil.walk_packages(dsql_tui.console.__path__, "dsql_tui.console."):
        importlib.import_module(module.name)
    ours = {each for each in classes() if each.__module__.startswith("dsql_tui.")}
    assert sum(1 for each in ours for _ in decorated(each)) > 20
    assert {each.__name__: overrides(each) for each in ours if overrides(each)} == {}
