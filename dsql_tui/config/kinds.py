"""The kinds of settings: the values each accepts, in words and as JSON Schema.

A kind reads a value of a TOML file, or the text of an environment variable or a flag, and returns
it as the setting's type. `BadValue` says which values are accepted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Protocol

from dsql_tui.model.selector import selector_problem

TEXT_MAX = 2_048
"""Characters of one text; an ARN has at most this many."""
LIST_MAX = 1_000
"""Entries of one list."""
COLORS = ("red", "orange", "yellow", "green", "cyan", "blue", "magenta")
_DIGITS_MAX = 40
"""A longer number is no setting, and Python refuses to read one of thousands of digits."""
_MONEY_MAX = 1_000_000
_FLAGS = {"true": True, "1": True, "yes": True, "on": True}
_FLAGS |= {"false": False, "0": False, "no": False, "off": False}
JsonSchema = dict[str, object]


class BadValue(ValueError):
    """A setting does not accept a value; the text describes what it accepts."""


class Kind(Protocol):
    """The kind of a setting."""

    @property
    def allowed(self) -> str:
        """The accepted values, to follow "must be"."""
        ...

    def read(self, value: object) -> object:
        """Return the value as the setting's type.

        Raises:
            BadValue: It is not accepted.
        """
        ...

    def schema(self) -> JsonSchema:
        """Return the JSON Schema of the values in a file."""
        ...


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number in a range."""

    least: int
    most: int

    @property
    def allowed(self) -> str:
        """The accepted values."""
        return f"a whole number from {self.least} to {self.most}"

    def read(self, value: object) -> int:
        """Return the number; a string of digits is accepted."""
        if isinstance(value, str):
            is_number = value.isascii() and value.strip().isdecimal() and len(value) < _DIGITS_MAX
            value = int(value) if is_number else None
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadValue(self.allowed)
        if not self.least <= value <= self.most:
            raise BadValue(self.allowed)
        return value

    def schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class Flag:
    """True or false; a variable may also be 1, 0, yes, no, on or off."""

    @property
    def allowed(self) -> str:
        """The accepted values."""
        return "true or false"

    def read(self, value: object) -> bool:
        """Return the boolean."""
        flag = _FLAGS.get(value.strip().lower()) if isinstance(value, str) else value
        if not isinstance(flag, bool):
            raise BadValue(self.allowed)
        return flag

    def schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Text:
    """Text on one line.

    Attributes:
        description: The description of the value.
        may_be_empty: Whether the empty string is accepted.
    """

    description: str
    may_be_empty: bool = False

    @property
    def allowed(self) -> str:
        """The accepted values."""
        return f"{self.description}{' or an empty string' if self.may_be_empty else ''}"

    def read(self, value: object) -> str:
        """Return the text."""
        if not _is_line(value) or not (value or self.may_be_empty):
            raise BadValue(self.allowed)
        return str(value)

    def schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        least = 0 if self.may_be_empty else 1
        return {"type": "string", "minLength": least, "maxLength": TEXT_MAX}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several words."""

    words: tuple[str, ...]

    @property
    def allowed(self) -> str:
        """The accepted values."""
        return "one of " + ", ".join(self.words)

    def read(self, value: object) -> str:
        """Return the word."""
        if not isinstance(value, str) or value not in self.words:
            raise BadValue(self.allowed)
        return value

    def schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        return {"enum": list(self.words)}


class Color:
    """A color of the status line."""

    @property
    def allowed(self) -> str:
        """The accepted values."""
        return f"one of {', '.join(COLORS)}, or #rrggbb"

    def read(self, value: object) -> str:
        """Return the color."""
        if isinstance(value, str) and (
            value in COLORS or re.fullmatch(r"#[0-9a-fA-F]{6}", value, re.ASCII)
        ):
            return value
        raise BadValue(self.allowed)

    def schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        return {"type": "string", "pattern": f"^({'|'.join(COLORS)}|#[0-9a-fA-F]{{6}})$"}


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of strings; a variable separates them by commas.

    Attributes:
        description: The description of the values.
        example: A list as it is written in a file.
    """

    description: str
    example: str

    @property
    def allowed(self) -> str:
        """The accepted values."""
        return f"a list of {self.description}, such as {self.example}"

    def read(self, value: object) -> tuple[str, ...]:
        """Return the strings."""
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if not isinstance(value, list | tuple) or len(value) > LIST_MAX:
            raise BadValue(self.allowed)
        if not all(_is_line(part) and part.strip() for part in value):
            raise BadValue(self.allowed)
        return tuple(part.strip() for part in value)

    def schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        entry = {"type": "string", "pattern": r"\S", "maxLength": TEXT_MAX}
        return {"type": "array", "items": entry, "maxItems": LIST_MAX}


class Selectors:
    """A list of selectors of clusters."""

    _texts = Texts(
        "clusters by tag, name, ARN or Region", '["tag:env=prod", "shop", "region:eu-west-1"]'
    )

    @property
    def allowed(self) -> str:
        """The accepted values."""
        return self._texts.allowed

    def read(self, value: object) -> tuple[str, ...]:
        """Return the selectors."""
        selectors = self._texts.read(value)
        if any(selector_problem(each) for each in selectors):
            raise BadValue(self.allowed)
        return selectors

    def schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        return self._texts.schema()


class Money:
    """An amount of US dollars."""

    @property
    def allowed(self) -> str:
        """The accepted values."""
        return f"an amount of dollars from 0 to {_MONEY_MAX}, such as 8.00"

    def read(self, value: object) -> Decimal:
        """Return the amount."""
        is_number = isinstance(value, str | int | float | Decimal) and not isinstance(value, bool)
        if not is_number or (isinstance(value, str) and len(value) > _DIGITS_MAX):
            raise BadValue(self.allowed)
        try:
            amount = Decimal(str(value))
        except (InvalidOperation, ValueError):  # also a number of thousands of digits
            raise BadValue(self.allowed) from None
        if not amount.is_finite() or not 0 <= amount <= _MONEY_MAX:
            raise BadValue(self.allowed)
        return amount

    def schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        number = {"type": "number", "minimum": 0, "maximum": _MONEY_MAX}
        return {"anyOf": [number, {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}]}


class TimeZone:
    """The name of a time zone; empty for none, `local` for the machine's own."""

    @property
    def allowed(self) -> str:
        """The accepted values."""
        return "a time zone such as Europe/Berlin, local, or an empty string"

    def read(self, value: object) -> str:
        """Return the name."""
        if not _is_line(value):
            raise BadValue(self.allowed)
        name = str(value)
        if name in {"", "local"}:
            return name
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # 4 ms that few people need at start

        try:
            return str(ZoneInfo(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise BadValue(self.allowed) from None

    def schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        return {"type": "string", "maxLength": TEXT_MAX}


class KeyTable:
    """Keys by action."""

    @property
    def allowed(self) -> str:
        """The accepted values."""
        return 'a table of actions and keys, such as "run.statement" = "f5,ctrl+g"'

    def read(self, value: object) -> Mapping[str, str]:
        """Return the keys by action."""
        if not isinstance(value, dict) or len(value) > LIST_MAX:
            raise BadValue(self.allowed)
        if not all(_is_line(action) and _is_line(keys) for action, keys in value.items()):
            raise BadValue(self.allowed)
        return value

    def schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        return {"type": "object", "additionalProperties": {"type": "string"}}


def _is_line(value: object) -> bool:
    """Whether a value is text of bounded length without line breaks and control characters."""
    return isinstance(value, str) and value.isprintable() and len(value) <= TEXT_MAX


def shown(value: object) -> str:
    """Return a value as quoted in errors, truncated if it is long."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        from dsql_tui.model.cells import inert

        return f"“{inert(value[:40])}…”" if len(value) > 40 else f"“{inert(value)}”"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        entries = ["…" if isinstance(each, list) else shown(each) for each in value[:3]]
        return f"[{', '.join(entries)}{', …' if len(value) > 3 else ''}]"
    if isinstance(value, int) and abs(value) >= 10**_DIGITS_MAX:
        return "a number of that size"
    return str(value)
