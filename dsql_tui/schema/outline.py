"""Two databases side by side: their objects by schema, and the lines of two definitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from dsql_tui.schema.change import ChangeKind, DefinitionChange
from dsql_tui.schema.definitions import Database, Definition, ObjectKind, ObjectName
from dsql_tui.schema.print import object_sql, script

ACCESS_TITLE = "Roles and privileges"
"""The title of the group of what belongs to no schema."""


@dataclass(frozen=True, slots=True)
class LinePair:
    """A line of two definitions side by side; `None` where a side has no such line."""

    first: str | None
    second: str | None

    @property
    def is_same(self) -> bool:
        """Whether both sides have the line."""
        return self.first == self.second


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """An object of either database, or a difference that belongs to no object.

    Attributes:
        label: What it is: `table orders`.
        kind: How it differs; `None` if both sides have the same.
        changes: What makes the difference go away, in order.
        first: Its definition in the first database, if it has one.
        second: Its definition in the second database, if it has one.
    """

    label: str
    kind: ChangeKind | None
    changes: tuple[DefinitionChange, ...] = ()
    first: Definition | None = None
    second: Definition | None = None

    def lines(self) -> list[LinePair]:
        """Return the lines of both definitions, those that agree next to each other."""
        return list(line_pairs(_text(self.first), _text(self.second)))


@dataclass(frozen=True, slots=True)
class OutlineGroup:
    """The entries of a schema, or those that belong to none.

    Attributes:
        title: The schema's name, unquoted, or `ACCESS_TITLE`.
        entries: By kind of object and name.
    """

    title: str
    entries: tuple[OutlineEntry, ...]


def outline(
    first: Database, second: Database, listed: Sequence[DefinitionChange]
) -> list[OutlineGroup]:
    """Return the objects of two databases by schema, and last what belongs to none.

    Args:
        first: One database, after renames.
        second: The other.
        listed: What turns the first into the second, renames included.
    """
    before = {each.key: each for each in first.objects}
    after = {each.key: each for each in second.objects}
    by_key: dict[ObjectName | None, list[DefinitionChange]] = {}
    for change in listed:
        by_key.setdefault(change.key, []).append(change)
    keys = before.keys() | after.keys() | {key for key in by_key if key is not None}
    groups: dict[str, list[OutlineEntry]] = {}
    for key in sorted(keys):
        entry = _entry(key, before.get(key), after.get(key), by_key.get(key, ()))
        groups.setdefault(key.schema, []).append(entry)
    of_schemas = [OutlineGroup(title, tuple(entries)) for title, entries in sorted(groups.items())]
    access = tuple(
        OutlineEntry(change.part, change.kind, (change,)) for change in by_key.get(None, ())
    )
    return [*of_schemas, OutlineGroup(ACCESS_TITLE, access)] if access else of_schemas


def _entry(
    key: ObjectName,
    first: Definition | None,
    second: Definition | None,
    listed: Sequence[DefinitionChange],
) -> OutlineEntry:
    kind: ChangeKind | None = ChangeKind.CHANGED
    if first is None and second is not None:
        kind = ChangeKind.ADDED
    elif second is None and first is not None:
        kind = ChangeKind.REMOVED
    elif first == second and not listed:
        kind = None
    name = "" if key.kind is ObjectKind.SCHEMA else f" {key.name}"
    arguments = f"({key.arguments})" if key.kind is ObjectKind.FUNCTION else ""
    return OutlineEntry(f"{key.kind.lower()}{name}{arguments}", kind, tuple(listed), first, second)


def line_pairs(first: Sequence[str], second: Sequence[str]) -> Iterator[LinePair]:
    """Yield two texts line by line, those that agree next to each other."""
    for tag, start, end, from_, to in SequenceMatcher(
        None, first, second, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            yield from (LinePair(line, line) for line in first[start:end])
            continue
        for number in range(max(end - start, to - from_)):
            yield LinePair(
                first[start + number] if start + number < end else None,
                second[from_ + number] if from_ + number < to else None,
            )


def _text(definition: Definition | None) -> list[str]:
    text = script(object_sql(definition).statements) if definition is not None else ""
    return text.rstrip("\n").split("\n") if text else []
