"""Finds values in JSON text without converting them.

A number keeps all its digits and an object its source text with every key, repeated ones included.
Nesting can have any depth, because no function here is recursive. Source: RFC 8259.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]  # missing in typeshed
from typing import NamedTuple

from dsql_tui.load.records import Malformed

_WS = r"[ \t\n\r]*"
_STRING = r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*)*"'
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_SCALAR = rf"{_STRING}|{_NUMBER}|true|false|null"

_SPACE = re.compile(_WS)
_OPEN = re.compile(rf"{_WS}\{{{_WS}")
_MEMBER = re.compile(rf"({_STRING}){_WS}:{_WS}(?:({_SCALAR}){_WS}([,}}]){_WS}|(?=[\[{{]))")
_AFTER_MEMBER = re.compile(rf"{_WS}([,}}]){_WS}")
_KEY = re.compile(rf"({_STRING})?{_WS}(:)?{_WS}")
_VALUE = re.compile(rf"({_SCALAR}|\[{_WS}\]|\{{{_WS}\}})|\[{_WS}|\{{{_WS}{_STRING}{_WS}:{_WS}")
_AFTER_ITEM = re.compile(rf"{_WS}(?:(\])|,{_WS})")
_AFTER_FIELD = re.compile(rf"{_WS}(?:(\}})|,{_WS}{_STRING}{_WS}:{_WS})")
_STRINGS = re.compile(rf"\[{_WS}(?:{_STRING}{_WS}(?:,{_WS}{_STRING}{_WS})*)?\]")
_STRING_BODY = re.compile(
    r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*)*'
)
_NOT_JSON = re.compile(r"NaN|-?Infinity")


class Member(NamedTuple):
    """A key of an object and its value, as written.

    Attributes:
        key: Without its quotes.
        value: The value's source text.
        offset: The offset of the key's opening quote.
    """

    key: str
    value: str
    offset: int


def members(text: str, start: int = 0) -> tuple[list[Member], int]:
    """Return the members of the object at `start`, and the offset after it.

    Args:
        text: JSON.
        start: The offset of the object, or of white space before it.

    Returns:
        The members in their order, including repeated keys, and the offset.

    Raises:
        Malformed: There is no complete object.
    """
    opened = _OPEN.match(text, start)
    if opened is None:
        raise _fault(text, skip_space(text, start), "{")
    at = opened.end()
    if text[at : at + 1] == "}":
        return [], at + 1
    pairs = list[Member]()
    while True:
        member = _MEMBER.match(text, at)
        if member is None:
            raise _member_fault(text, at)
        key, value, mark = member.groups()
        offset, at = at, member.end()
        if value is None:
            end = _end_of_value(text, at)
            value = text[at:end]
            after = _AFTER_MEMBER.match(text, end)
            if after is None:
                raise _fault(text, skip_space(text, end), ", or }")
            mark, at = after[1], after.end()
        pairs.append(Member(key[1:-1], value, offset))
        if mark == "}":
            return pairs, at


def flat_object(keys: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern for an object with exactly these keys in this order, without escapes.

    Its groups are the values' source texts. An object that contains a list or another object does
    not match. For most rows it replaces `members` and takes a third of the time.
    """
    spelled = (re.escape(json.dumps(key, ensure_ascii=False)) for key in keys)
    listed = ",".join(f"{_WS}{key}{_WS}:{_WS}({_SCALAR}){_WS}" for key in spelled)
    return re.compile(rf"{_WS}\{{{listed}\}}{_WS}")


def string_value(spelled: str) -> str:
    r"""Return the value of a JSON string.

    Args:
        spelled: The string with its quotes, valid JSON.

    Raises:
        Malformed: It contains half of a surrogate pair, which is not a character: `"\ud800"`.
    """
    if "\\" not in spelled:
        return spelled[1:-1]
    value: str = scanstring(spelled, 1)[0]
    if "\\u" in spelled:
        try:
            value.encode()
        except UnicodeEncodeError as error:
            half = ord(value[error.start])
            raise Malformed(0, rf"\u{half:04x} is half of a character") from None
    return value


def string_list(spelled: str) -> list[str] | None:
    """Return the value of a list of strings; `None` for any other value.

    Raises:
        Malformed: A string contains half of a surrogate pair.
    """
    if not _STRINGS.fullmatch(spelled):
        return None
    return [string_value(each) for each in re.findall(_STRING, spelled)]


def skip_space(text: str, at: int) -> int:
    """Return the offset after the whitespace at `at`."""
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _end_of_value(text: str, at: int) -> int:
    """Return the offset after the value at `at`.

    Raises:
        Malformed: There is no complete value.
    """
    open_brackets = bytearray()
    while True:
        value = _VALUE.match(text, at)
        if value is None:
            raise _value_fault(text, at)
        is_whole = value[1] is not None
        if not is_whole:
            open_brackets.append(ord(text[at]))
        at = value.end()
        while is_whole:
            if not open_brackets:
                return at
            in_list = open_brackets[-1] == ord("[")
            after = (_AFTER_ITEM if in_list else _AFTER_FIELD).match(text, at)
            if after is None:
                raise _after_fault(text, at, in_list=in_list)
            at = after.end()
            is_whole = after[1] is not None
            if is_whole:
                open_brackets.pop()


def _member_fault(text: str, at: int) -> Malformed:
    key = _KEY.match(text, at)
    if key is None or key[1] is None:
        return _fault(text, at, "a key in quotes")
    if key[2] is None:
        return _fault(text, key.end(), ":")
    scalar = re.compile(_SCALAR).match(text, key.end())
    if scalar is None:
        return _fault(text, key.end(), "a value")
    return _fault(text, skip_space(text, scalar.end()), ", or }")


def _value_fault(text: str, at: int) -> Malformed:
    if text[at : at + 1] == "{":
        return _key_fault(text, skip_space(text, at + 1), "a key in quotes or }")
    return _fault(text, at, "a value")


def _after_fault(text: str, at: int, *, in_list: bool) -> Malformed:
    at = skip_space(text, at)
    if in_list or text[at : at + 1] != ",":
        return _fault(text, at, ", or ]" if in_list else ", or }")
    return _key_fault(text, skip_space(text, at + 1), "a key in quotes")


def _key_fault(text: str, at: int, expected: str) -> Malformed:
    key = _KEY.match(text, at)
    if key is None or key[1] is None:
        return _fault(text, at, expected)
    return _fault(text, key.end(), ":")


def _fault(text: str, at: int, expected: str) -> Malformed:
    """Return the error for an unexpected character at `at`."""
    if at >= len(text):
        return Malformed(at, f"the text ends where {expected} should follow")
    if text[at] == '"' and expected not in {":", "{"}:
        return _string_fault(text, at, expected)
    if odd := _NOT_JSON.match(text, at):
        return Malformed(at, f"{odd[0]} is not JSON", f'Write it as a string, "{odd[0]}".')
    return Malformed(at, f"{text[at]!r} where {expected} should follow")


def _string_fault(text: str, at: int, expected: str) -> Malformed:
    body = _STRING_BODY.match(text, at)
    end = body.end() if body else at
    if end >= len(text):
        return Malformed(at, "the string that begins here is not closed")
    if text[end] == '"':
        return Malformed(at, f"a string where {expected} should follow")
    if text[end] == "\\":
        return Malformed(end, "an invalid escape sequence")
    why = f"a control character (U+{ord(text[end]):04X}) in a string, which must be escaped"
    return Malformed(end, why)
