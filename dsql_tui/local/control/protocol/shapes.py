"""Parses, validates and formats values of the AWS API by botocore's shapes.

This module is independent of the service: every field name, type and limit comes from the model.
Shapes are `botocore.model.Shape`s, for which botocore has no type annotations.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from botocore.model import Shape

DEPTH_MAX = 64
"""Most nested levels in a request; the implemented operations need fewer than ten."""


class MalformedInput(Exception):
    """A request that cannot be parsed as the operation's input; the message names the place."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A constraint of the model that an input violates.

    Attributes:
        name: Path of the member (`tags.Name`, `clusters.1`).
        message: The message of AWS's own validation.
    """

    name: str
    message: str


def _timestamp(text: str) -> datetime:
    try:
        moment = datetime.fromtimestamp(float(text), UTC)
    except ValueError:
        moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text]


_FROM_TEXT: Mapping[str, Callable[[str], Any]] = {
    "string": str,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "boolean": _boolean,
    "timestamp": _timestamp,
}


def from_text(shape: Shape, text: str, name: str) -> Any:
    """Parse a scalar from a path, a query parameter, a header or a form field.

    Raises:
        MalformedInput: It is not text of that type.
    """
    try:
        return _FROM_TEXT[shape.type_name](text)
    except (KeyError, ValueError, OverflowError, OSError):
        raise MalformedInput(f"Value at '{name}' is not of type {shape.type_name}") from None


def from_json(shape: Shape, value: Any, name: str = "") -> Any:
    """Parse a value from decoded JSON, ignoring null and unknown members.

    Raises:
        MalformedInput: It is not of the shape's type.
    """
    if name.count(".") > DEPTH_MAX:
        raise MalformedInput(f"Value at '{name[:80]}' is nested too deeply")
    if shape.type_name == "structure":
        _expect(value, dict, shape, name)
        wires = ((key, _wire_name(member, key), member) for key, member in shape.members.items())
        return {
            key: from_json(member, value[wire], _join(name, key))
            for key, wire, member in wires
            if value.get(wire) is not None
        }
    if shape.type_name == "map":
        _expect(value, dict, shape, name)
        return {key: from_json(shape.value, one, _join(name, key)) for key, one in value.items()}
    if shape.type_name == "list":
        _expect(value, list, shape, name)
        return [from_json(shape.member, one, _join(name, i)) for i, one in enumerate(value, 1)]
    return _scalar_from_json(shape, value, name)


def _scalar_from_json(shape: Shape, value: Any, name: str) -> Any:
    match shape.type_name, value:
        case ("boolean", bool()) | ("string", str()):
            return value
        case (("integer" | "long"), int()) if not isinstance(value, bool):
            return value
        case (("float" | "double"), int() | float()) if not isinstance(value, bool):
            return float(value)
        case ("timestamp", int() | float() | str()) if not isinstance(value, bool):
            return from_text(shape, str(value), name)
        case _:
            raise MalformedInput(f"Value at '{name}' is not of type {shape.type_name}")


def _expect(value: Any, kind: type, shape: Shape, name: str) -> None:
    if not isinstance(value, kind):
        raise MalformedInput(f"Value at '{name}' is not of type {shape.type_name}")


def from_form(shape: Shape, form: Mapping[str, str], prefix: str = "") -> Any:
    """Parse a value from the flattened fields of the query protocol; `None` if it is missing.

    Raises:
        MalformedInput: A field is not text of its type.
    """
    if shape.type_name == "structure":
        members = {
            key: from_form(member, form, _join(prefix, _wire_name(member, key)))
            for key, member in shape.members.items()
        }
        present = {key: value for key, value in members.items() if value is not None}
        return present if present or not prefix else None
    if shape.type_name == "list":
        items: list[Any] = []
        stem = prefix if shape.serialization.get("flattened") else f"{prefix}.member"
        while (item := from_form(shape.member, form, f"{stem}.{len(items) + 1}")) is not None:
            items.append(item)
        return items or None
    return from_text(shape, form[prefix], prefix) if prefix in form else None


def to_json(shape: Shape, value: Any) -> Any:
    """Format a value as JSON by its shape, without structure members that are `None`."""
    if shape.type_name == "structure":
        return {
            _wire_name(member, key): to_json(member, value[key])
            for key, member in shape.members.items()
            if value.get(key) is not None
        }
    if shape.type_name == "map":
        return {key: to_json(shape.value, one) for key, one in value.items()}
    if shape.type_name == "list":
        return [to_json(shape.member, one) for one in value]
    if shape.type_name == "timestamp":
        return round(value.timestamp(), 3)
    return value


def to_xml(shape: Shape, value: Any, tag: str) -> str:
    """Format a value as an XML element of the query protocol."""
    if shape.type_name == "structure":
        inner = "".join(
            to_xml(member, value[key], _wire_name(member, key))
            for key, member in shape.members.items()
            if value.get(key) is not None
        )
    elif shape.type_name == "list":
        inner = "".join(to_xml(shape.member, one, "member") for one in value)
    elif shape.type_name == "timestamp":
        inner = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    elif shape.type_name == "boolean":
        inner = "true" if value else "false"
    else:
        inner = escape(str(value))
    return f"<{tag}>{inner}</{tag}>"


def violations(shape: Shape, value: Any, name: str = "") -> Iterator[Violation]:
    """Yield an input's violations of the model: required, enum, pattern, length, range."""
    if shape.type_name == "structure":
        for key in shape.required_members:
            if key not in value:
                yield Violation(
                    _join(name, key), _violation_text(_join(name, key), "must not be null")
                )
        for key, element in value.items():
            yield from violations(shape.members[key], element, _join(name, key))
        return
    yield from (
        Violation(name, _violation_text(name, rule)) for rule in _broken_rules(shape, value)
    )
    if shape.type_name == "map":
        for key, element in value.items():
            yield from violations(shape.key, key, _join(name, key))
            yield from violations(shape.value, element, _join(name, key))
    elif shape.type_name == "list":
        for index, element in enumerate(value, 1):
            yield from violations(shape.member, element, _join(name, index))


def _broken_rules(shape: Shape, value: Any) -> Iterator[str]:
    size: float
    least, most = shape.metadata.get("min", -math.inf), shape.metadata.get("max", math.inf)
    if isinstance(value, str | Sequence | Mapping):
        size, noun = len(value), "have length"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        size, noun = value, "be"
    else:
        return
    if size < least:
        yield f"must {noun} greater than or equal to {least}"
    if size > most:
        yield f"must {noun} less than or equal to {most}"
    if not isinstance(value, str):
        return
    pattern, choices = shape.metadata.get("pattern"), shape.metadata.get("enum")
    if pattern and not re.fullmatch(pattern, value):
        yield f"must satisfy regular expression pattern: {pattern}"
    if choices and value not in choices:
        yield f"must satisfy enum value set: [{', '.join(choices)}]"


def _violation_text(name: str, rule: str) -> str:
    return f"Value at '{name}' failed to satisfy constraint: Member {rule}"


def _wire_name(member: Shape, key: str) -> str:
    return str(member.serialization.get("name", key))


def _join(name: str, key: object) -> str:
    return f"{name}.{key}" if name else str(key)
