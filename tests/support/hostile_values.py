"""Values with control sequences that must never reach a terminal, generated or inserted.

`build` makes a value of any type that our signatures name, so that a screen that is added, or a
field of one, is tested automatically.
"""

from __future__ import annotations

import ast
import collections.abc
import dataclasses
import importlib
import inspect
import re
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from dsql_tui.console.shared.fleet_services import Fleet
from dsql_tui.console.shared.latencies import Latencies
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.services import Services
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.access.snapshot import AccessSnapshot
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.metrics import MetricRange, MetricsReport
from tests.support.access_samples import SHOP as SHOP_ACCESS
from tests.support.fakes import NOW, SHOP, FakeServices

ACTION = "app.never_there"
SEQUENCES = "\x1b[2J\x9b2J\x1b]0;t\x07\x9d52;c;eA==\x9c\x1bPq\x1b\\\r\x08\u202e"
HOSTILE = f"{SEQUENCES}[@click={ACTION}]a[/][link=https://evil]b[/]\u2028\n\t\u2066"
"""Escape sequences of every kind, what reorders and breaks lines, and markup with an action."""
NAME_TAG = "Name"
"""The key of the tag that names a cluster; another one would not."""
Value = TypeVar("Value")


def spoil(value: Value) -> Value:
    """Return a value with hostile characters at the end of every text in it."""
    return typing.cast("Value", _spoiled(value))


def _spoiled(value: Any) -> Any:
    if isinstance(value, Enum | type):
        return value
    if isinstance(value, str):
        return value + HOSTILE
    if isinstance(value, DsqlTuiError):
        return _spoiled_error(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = (each for each in dataclasses.fields(value) if each.init)
        return dataclasses.replace(
            value, **{each.name: _spoiled(getattr(value, each.name)) for each in fields}
        )
    if isinstance(value, tuple | list):
        return type(value)(map(_spoiled, value))
    if isinstance(value, Mapping):
        return {
            key if key == NAME_TAG else _spoiled(key): _spoiled(each) for key, each in value.items()
        }
    if isinstance(value, collections.abc.Iterator):
        return map(_spoiled, value)
    return value


def _spoiled_error(error: DsqlTuiError) -> DsqlTuiError:
    for name in ("message", "remedy", "detail", "hint"):
        if isinstance(getattr(error, name, None), str):
            setattr(error, name, getattr(error, name) + HOSTILE)
    return error


class HostileServices(FakeServices):
    """Fake services; what they answer is spoiled."""

    def _fresh(self) -> FakeServices:
        return HostileServices()

    _ANSWERS = (
        "profile_names", "sso_login", "regions", "list_clusters", "find_cluster", "generate_token",
        "examine", "schemas", "relations", "relation_details", "names", "jobs", "recall",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.access = spoil(SHOP_ACCESS)
        for name in self._ANSWERS:
            setattr(self, name, _then_spoil(getattr(self, name)))

    def relations(self, session: object, schema: str) -> Any:
        return super().relations(session, "public")

    def find_cluster(self, text: str) -> Cluster:
        return SHOP

    def fleet(self, beside: object = ()) -> Fleet:
        return typing.cast("Fleet", HostileFleet())


def _then_spoil(method: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **options: spoil(method(*args, **options))


class HostileFleet:
    """A fleet whose every method answers a hostile value of the type it promises."""

    def now(self) -> datetime:
        return NOW

    def metrics(self, cluster: Cluster, chosen: MetricRange) -> MetricsReport:
        report: MetricsReport = build(MetricsReport)
        begun = NOW - timedelta(hours=1)
        points = ((begun, 1.0), (NOW, 2.0))
        series = tuple(replace(each, points=points) for each in report.series)
        return replace(report, region=cluster.region, range=chosen, start=begun, series=series)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(Fleet, name)
        answer = _hints(method, Fleet)["return"]
        return lambda *_args, **_options: build(answer)


def hostile_latencies() -> Latencies:
    latencies = Latencies()
    latencies.succeeded(f"SELECT{HOSTILE}", build(Endpoint), 3.0)
    return latencies


def hostile_access() -> AccessSnapshot:
    return spoil(SHOP_ACCESS)


READY: dict[type, Callable[[], Any]] = {
    str: lambda: HOSTILE,
    bytes: HOSTILE.encode,
    int: lambda: 1,
    float: lambda: 1.5,
    bool: lambda: False,
    type(None): lambda: None,
    object: lambda: HOSTILE,
    Decimal: lambda: Decimal(1),
    Path: lambda: Path(f"/tmp/{HOSTILE}"),
    datetime: lambda: NOW,
    tzinfo: lambda: UTC,
    timedelta: lambda: timedelta(minutes=1),
    Cluster: lambda: spoil(SHOP),
    AccessSnapshot: hostile_access,
    Preferences: Preferences,
    Latencies: hostile_latencies,
    Services: HostileServices,
    Fleet: HostileFleet,
}


def build(kind: Any) -> Any:
    """Return a hostile value of a type, as annotations spell it."""
    if kind is Any or isinstance(kind, TypeVar):
        return HOSTILE
    if hasattr(kind, "__supertype__"):
        return build(kind.__supertype__)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is not None:
        return _build_generic(origin, arguments)
    if kind in READY:
        return READY[kind]()
    if issubclass(kind, Enum):
        return next(iter(kind))
    return make(kind)


def _build_generic(origin: Any, arguments: tuple[Any, ...]) -> Any:
    if origin is typing.Literal:
        return arguments[0]
    if origin in {typing.Union, types.UnionType}:
        return build(next(each for each in arguments if each is not type(None)))
    if origin is collections.abc.Callable:
        return lambda *_args, **_options: build(arguments[-1])
    if origin is tuple and arguments[-1] is not ...:
        return tuple(map(build, arguments))
    if issubclass(origin, collections.abc.Mapping):
        return {build(arguments[0]): build(arguments[1])}
    if issubclass(origin, collections.abc.Iterator):
        return iter([build(each) for each in _kinds(arguments[0])])
    if issubclass(origin, collections.abc.Set):
        return frozenset({build(arguments[0])})
    if issubclass(origin, collections.abc.Iterable) and arguments:
        return tuple(build(each) for each in _kinds(arguments[0]))
    return make(origin)


def _kinds(kind: Any) -> tuple[Any, ...]:
    is_union = typing.get_origin(kind) in {typing.Union, types.UnionType}
    return typing.get_args(kind) if is_union else (kind,)


def make(kind: type[Value], **given: Any) -> Value:
    """Return an object of a class of ours, its arguments given or hostile."""
    if not any("__init__" in vars(each) for each in kind.__mro__ if _is_ours(each)):
        return kind()
    hints = _hints(kind.__init__, kind)
    if dataclasses.is_dataclass(kind) or hasattr(kind, "_fields"):
        hints = _hints(kind, kind)
    parameters = inspect.signature(kind).parameters
    wanted = {
        name: given[name] if name in given else build(hints[name])
        for name, parameter in parameters.items()
        if parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
        and (name in given or name in hints)
    }
    positional = [
        wanted.pop(name)
        for name, parameter in parameters.items()
        if parameter.kind is parameter.POSITIONAL_ONLY
    ]
    return kind(*positional, **wanted)


def _hints(thing: Any, owner: type) -> dict[str, Any]:
    """Return the types of a function or class, with the names its modules import for checking."""
    names: dict[str, Any] = {}
    for each in reversed(owner.__mro__):
        if _is_ours(each):
            names |= _names(each.__module__)
    return typing.get_type_hints(thing, globalns=names)


def _is_ours(kind: type) -> bool:
    return kind.__module__.startswith("dsql_tui.")


def _names(module_name: str) -> dict[str, Any]:
    module = sys.modules[module_name]
    names = dict(vars(module))
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module != "_typeshed":
            imported = importlib.import_module(node.module)
            for alias in node.names:
                if hasattr(imported, alias.name):
                    names.setdefault(alias.asname or alias.name, getattr(imported, alias.name))
    return names


_TEXTUAL_SENDS = re.compile(
    r"\x1b\[[0-9;]*m"  # colours
    r"|\x1b\[\d*(?:;\d*)?H"  # the cursor's place
    r"|\x1b\[\?\d+(?:[hl]|\$p)"  # modes, and questions about them
    r"|\x1b\[[<>]\d*u"  # the kitty protocol
    r"|\x1b\]22;[a-z-]+\x07"  # the pointer's shape
)


def foreign_bytes(written: str) -> Iterator[str]:
    """Yield the parts of terminal output that are neither text nor sequences that Textual sends."""
    text = _TEXTUAL_SENDS.sub("", written)
    for place, character in enumerate(text):
        if not character.isprintable() and character not in "\n\u00a0":
            yield text[max(place - 20, 0) : place + 5]
