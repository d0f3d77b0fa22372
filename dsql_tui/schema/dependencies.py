"""Which object needs which, from `pg_depend`.

A row of it names parts: a default, a rule of a view, a row type. Each part belongs to the object
that an automatic or internal dependence leads to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from dsql_tui.schema.catalogs import Row
from dsql_tui.schema.definitions import Definition, ObjectName

Node = tuple[str, str]
"""A catalog and the oid of a row of it."""


def required_objects(
    objects: Mapping[Node, Definition], skipped: Collection[Node], rows: Sequence[Row]
) -> dict[ObjectName, frozenset[ObjectName]]:
    """Return object → the objects that it refers to; objects that refer to none are left out.

    Args:
        objects: Those that have statements of their own.
        skipped: Parts that are created after all objects: foreign keys and indexes.
        rows: `pg_depend`: catalog and oid of the dependent part and of what it needs, and the kind.
    """
    wholes: dict[Node, Node] = {}
    needs: list[tuple[Node, Node]] = []
    for catalog, oid, needed_catalog, needed_oid, kind in rows:
        part = (catalog or "", oid or "")
        needed = (needed_catalog or "", needed_oid or "")
        if part in skipped:
            continue
        if kind == "n":
            needs.append((part, needed))
        elif part not in objects:
            wholes.setdefault(part, needed)
    required: dict[ObjectName, set[ObjectName]] = defaultdict(set)
    for part, needed in needs:
        user, used = (_whole(each, objects, wholes) for each in (part, needed))
        if user is not None and used is not None and user != used:
            required[user].add(used)
    return {user: frozenset(used) for user, used in required.items()}


def _whole(
    part: Node, objects: Mapping[Node, Definition], wholes: Mapping[Node, Node]
) -> ObjectName | None:
    """Return the object that a part belongs to; `None` if it is none of those that were read."""
    seen = set()
    while part not in objects:
        if part in seen or part not in wholes:
            return None
        seen.add(part)
        part = wholes[part]
    return objects[part].key
