"""The order in which objects can be created.

What an object refers to comes first; otherwise objects go by kind and name, functions last: the
body of a SQL function is text that the server checks when it is created, and does not record.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from dsql_tui.schema.definitions import (
    Database,
    Definition,
    FunctionDefinition,
    ObjectKind,
    ObjectName,
)
from dsql_tui.sql.lexing.names import name_at, pieces_of

_NAME_BYTES_MAX = 63
"""PostgreSQL cuts longer names (NAMEDATALEN - 1)."""
_RANK = {
    kind: rank
    for rank, kind in enumerate(
        (
            *(ObjectKind.SCHEMA, ObjectKind.DOMAIN, ObjectKind.SEQUENCE, ObjectKind.TABLE),
            *(ObjectKind.VIEW, ObjectKind.FUNCTION),
        )
    )
}


def creation_order(database: Database) -> list[Definition]:
    """Return the objects so that each comes after those it needs.

    A circle, which the catalogs do not rule out, is cut at its first object by kind and name.
    """
    objects = {each.key: each for each in database.objects}
    needs = _needs(database, objects)
    users: dict[ObjectName, list[ObjectName]] = defaultdict(list)
    for key, needed in needs.items():
        for each in needed:
            users[each].append(key)
    missing = {key: len(needed) for key, needed in needs.items()}
    ready = [(_rank(key), key) for key, count in missing.items() if not count]
    heapq.heapify(ready)
    ordered: list[Definition] = []
    while missing:
        if not ready:
            ready = [min((_rank(key), key) for key in missing)]
        _, key = heapq.heappop(ready)
        if missing.pop(key, None) is None:
            continue
        ordered.append(objects[key])
        for user in users[key]:
            if user in missing:
                missing[user] -= 1
                if not missing[user]:
                    heapq.heappush(ready, (_rank(user), user))
    return ordered


def _rank(key: ObjectName) -> int:
    return _RANK[key.kind]


def _needs(
    database: Database, objects: Mapping[ObjectName, Definition]
) -> dict[ObjectName, set[ObjectName]]:
    """Return what each object needs of the others, its schema among it."""
    named: dict[str, list[ObjectName]] = defaultdict(list)
    for key in objects:
        if key.kind is not ObjectKind.SCHEMA:
            named[key.name].append(key)
    needs: dict[ObjectName, set[ObjectName]] = {}
    for key, each in objects.items():
        needed = set(database.requires.get(key, ()))
        needed.add(ObjectName(ObjectKind.SCHEMA, key.schema))
        if isinstance(each, FunctionDefinition) and each.body:
            needed.update(_named_in(each.body, named, needs_of=database.requires, user=key))
        needs[key] = (needed & objects.keys()) - {key}
    return needs


def _named_in(
    body: str,
    named: Mapping[str, Collection[ObjectName]],
    *,
    needs_of: Mapping[ObjectName, frozenset[ObjectName]],
    user: ObjectName,
) -> Iterator[ObjectName]:
    """Yield the objects whose names occur in a body, but none that itself needs the function."""
    for parts in _names(body):
        for key in named.get(parts[-1], ()):
            is_meant = len(parts) == 1 or parts[-2] == key.schema
            if is_meant and not _leads_to(key, user, needs_of):
                yield key


def _names(body: str) -> Iterable[tuple[str, ...]]:
    """Yield every dotted name of a body, also as a prefix: `app.t.c` may name the table `app.t`."""
    pieces = pieces_of(body)
    position = 0
    while position < len(pieces):
        parts, behind = name_at(pieces, position)
        names = tuple(_cut(part) for part in parts)
        yield from (names[:end] for end in range(1, len(names) + 1))
        position = max(behind, position + 1)


def _cut(name: str) -> str:
    """Return a name as the server keeps it."""
    return name.encode()[:_NAME_BYTES_MAX].decode(errors="ignore")


def _leads_to(
    start: ObjectName, end: ObjectName, needs_of: Mapping[ObjectName, frozenset[ObjectName]]
) -> bool:
    """Whether an object needs another one, directly or through others."""
    seen = {start}
    waiting = [start]
    while waiting:
        for needed in needs_of.get(waiting.pop(), ()):
            if needed == end:
                return True
            if needed not in seen:
                seen.add(needed)
                waiting.append(needed)
    return False
