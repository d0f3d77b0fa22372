"""The contents of an editor tab, as saved between starts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b

from dsql_tui.files import checked
from dsql_tui.files.checked import Damaged, checked_object, parse_json
from dsql_tui.model.cluster import Cluster


@dataclass(frozen=True, slots=True)
class TabTarget:
    """The cluster and role of a tab, without secrets.

    Attributes:
        arn: The cluster's.
        role: Database role.
        profile: Name of the AWS profile that finds the cluster.
        name: The name that the person uses for the cluster.
        production: Whether it was one to be careful with.
    """

    arn: str
    role: str
    profile: str
    name: str
    production: bool = False

    @classmethod
    def of(cls, cluster: Cluster, role: str, profile: str, *, production: bool) -> TabTarget:
        """Return the target of a session on a cluster."""
        return cls(cluster.arn, role, profile, cluster.name, production)

    @property
    def region(self) -> str:
        """The cluster's Region, parsed from its ARN."""
        return (self.arn.split(":") + [""] * 4)[3]


@dataclass(frozen=True, slots=True)
class Buffer:
    """The contents of one tab.

    Attributes:
        name: The name of the tab.
        text: Its text.
        path: Its file, or empty.
        saved: Digest of what the file held when it was read or written last, or empty.
        target: Where its statements go; `None` before the first choice.
        changes: The staged changes to rows of its results, as `rows.saved` writes them, or empty.
    """

    name: str
    text: str
    path: str = ""
    saved: str = ""
    target: TabTarget | None = None
    changes: str = ""


def digest(text: str) -> str:
    """Return a digest of a file's text."""
    return blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()


def to_text(buffers: Sequence[Buffer]) -> str:
    """Return buffers as JSON, without those that are empty or duplicates."""
    filled = [each for each in buffers if each.text or each.path or each.changes]
    places = [each.target for each in filled]
    worth: list[Buffer] = []
    for each in buffers:
        if each in filled:
            worth.append(each)
        elif each.target is not None and each.target not in places:
            worth.append(each)
            places.append(each.target)
    return json.dumps([asdict(each) for each in worth], ensure_ascii=False) if worth else ""


def from_text(text: str) -> tuple[Buffer, ...]:
    """Parse the JSON of `to_text`; damaged entries are omitted."""
    try:
        value = parse_json(text.encode(errors="replace")) if text else []
    except Damaged:
        return ()
    buffers = (_buffer(each) for each in (value if isinstance(value, list) else ()))
    return tuple(each for each in buffers if each is not None)


_BUFFER = {"name": checked.text, "text": checked.text}
_BUFFER_MORE = {
    **dict.fromkeys(("path", "saved", "changes"), checked.text),
    "target": lambda _: "",
}
_TARGET = dict.fromkeys(("arn", "role", "profile", "name"), checked.text)


def _buffer(value: object) -> Buffer | None:
    try:
        fields = checked_object(value, _BUFFER, _BUFFER_MORE)
        target = fields.pop("target", None)
        if target is not None:
            target = TabTarget(**checked_object(target, _TARGET, {"production": checked.flag}))
    except Damaged:
        return None
    return Buffer(**fields, target=target)
