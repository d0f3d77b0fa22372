"""Simulated conditions: delays, conflicts, refused connections, a Region that is down.

The conditions are one immutable value that `dsql-tui local set …` replaces while the server runs;
the gateway and the sessions read it whenever they need it. It is not stored: a restarted server has
the defaults.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dsql_tui.errors import LocalError
from dsql_tui.local.protocol.answers import UNKNOWN_ROLE
from dsql_tui.sql.dsql.limits import KEY_BYTES, SESSION_AGE_S, TRANSACTION_AGE_S

AUTO_ANALYZE_S = 60.0
"""unsure: only that the service does so automatically is published (facts §5.2)."""
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)?")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, None: 1.0}


@dataclass(frozen=True, slots=True)
class Conditions:
    """The simulated conditions of the local DSQL.

    Attributes:
        latency_s: Delay of a writing commit by Region, seconds.
        commit_conflicts: Share of writing commits that are refused with OC000, 0–1.
        refuse_connects: Share of connects that are refused, 0–1.
        session_limit_s: How long a session may last, seconds.
        transaction_limit_s: How old a transaction may become, seconds.
        waking_up: Whether the first connect to each cluster fails with "waking up cluster".
        regions_down: Regions that refuse connects and have no sessions.
        strict_schema: Whether a committed schema change fails the next statement of every other
            session with OC001, once; otherwise only transactions that used the relation fail.
        job_time_s: How long an asynchronous job takes at least, seconds.
        auto_analyze_s: Delay between a change of rows and the check for tables that need ANALYZE,
            seconds; 0 for never.
        refuses_disputed: Whether statements are refused that DSQL refuses by some reports only.
        failed_unique_enforces: Whether a unique index whose build has failed refuses duplicates;
            reports differ.
        unknown_role: SQLSTATE of a connect as a role that does not exist; reports differ.
        key_bytes: Largest key that sessions opened from now on may write.
        ignores_cancels: Whether cancel requests have no effect, as one report describes.
    """

    latency_s: Mapping[str, float] = field(default_factory=dict)
    commit_conflicts: float = 0.0
    refuse_connects: float = 0.0
    session_limit_s: float = SESSION_AGE_S
    transaction_limit_s: float = TRANSACTION_AGE_S
    waking_up: bool = False
    regions_down: frozenset[str] = frozenset()
    strict_schema: bool = False
    job_time_s: float = 0.5
    auto_analyze_s: float = AUTO_ANALYZE_S
    refuses_disputed: bool = False
    failed_unique_enforces: bool = True
    unknown_role: str = UNKNOWN_ROLE[0]
    key_bytes: int = KEY_BYTES
    ignores_cancels: bool = False

    def changed(self, changes: Mapping[str, str], regions: Collection[str]) -> Conditions:
        """Return the conditions with `name=value` changes applied.

        Args:
            changes: New values by name of the setting.
            regions: The simulated Regions; others cannot be named.

        Raises:
            LocalError: A name is unknown or a value is invalid.
        """
        result = self
        for name, text in changes.items():
            reader = _READERS.get(name)
            if reader is None:
                known = ", ".join(sorted(_READERS))
                raise LocalError(f"There is no setting {name}.", remedy=f"Known ones: {known}.")
            attribute, read = reader
            result = replace(result, **{attribute: read(text, getattr(result, attribute))})
        named = {*result.latency_s, *result.regions_down}
        if unknown := sorted(named.difference(regions)):
            raise LocalError(
                f"The local DSQL does not simulate {', '.join(unknown)}.",
                remedy=f"It simulates {', '.join(regions)}; start it with other --regions.",
            )
        return result

    def described(self) -> dict[str, str]:
        """Return every setting in the form that `changed` accepts."""
        delays = (f"{region}={s * 1000:g}ms" for region, s in sorted(self.latency_s.items()))
        return {
            "latency": ",".join(delays) or "off",
            "commit-conflicts": f"{self.commit_conflicts * 100:g}%",
            "refuse-connects": f"{self.refuse_connects * 100:g}%",
            "session-limit": f"{self.session_limit_s:g}s",
            "transaction-limit": f"{self.transaction_limit_s:g}s",
            "waking-up": "on" if self.waking_up else "off",
            "region-down": ",".join(sorted(self.regions_down)) or "none",
            "schema-conflicts": "strict" if self.strict_schema else "touched",
            "job-time": f"{self.job_time_s:g}s",
            "auto-analyze": f"{self.auto_analyze_s:g}s" if self.auto_analyze_s else "off",
            "disputed": "refused" if self.refuses_disputed else "accepted",
            "failed-unique": "enforced" if self.failed_unique_enforces else "ignored",
            "unknown-role": self.unknown_role,
            "key-bytes": str(self.key_bytes),
            "cancels": "ignored" if self.ignores_cancels else "honored",
        }


def seconds(text: str) -> float:
    """Parse `60ms`, `2s`, `5m`, `1h` or a number of seconds.

    Raises:
        LocalError: The text has another form.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise LocalError(f"{text!r} is not a duration.", remedy="Write 60ms, 2s, 5m or 1h.")
    return float(match[1]) * _UNIT_S[match[2]]


def _share(text: str, _: object) -> float:
    number = text.strip().removesuffix("%")
    try:
        share = float(number) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise LocalError(f"{text!r} is not a share.", remedy="Write 10% or 0.1.")
    return share


def _latency(text: str, now: Mapping[str, float]) -> Mapping[str, float]:
    """Parse a comma-separated list such as `us-east-2=60ms`, or `off`."""
    if text == "off":
        return {}
    result = dict(now)
    for part in text.split(","):
        region, equals, duration = part.partition("=")
        if not equals:
            raise LocalError(f"{part!r} is not a latency.", remedy="Write us-east-2=60ms, or off.")
        result[region.strip()] = seconds(duration)
    return result


def _limit(text: str, _: object) -> float:
    limit_s = seconds(text)
    if not limit_s:
        raise LocalError(f"{text!r} is not greater than zero.", remedy="Write 60s or 60m.")
    return limit_s


def _down(text: str, _: object) -> frozenset[str]:
    """Parse a comma-separated list of Regions that are down; `none` for none."""
    regions = frozenset(region.strip() for region in text.split(","))
    return regions - {"none", ""}


def _choice(on: str, off: str) -> Callable[[str, object], bool]:
    """Return a parser that accepts one of two words."""

    def read(text: str, _: object) -> bool:
        if text not in {on, off}:
            raise LocalError(f"{text!r} is neither {on} nor {off}.")
        return text == on

    return read


def _unknown_role(text: str, _: object) -> str:
    if text not in UNKNOWN_ROLE:
        raise LocalError(f"{text!r} is neither {' nor '.join(UNKNOWN_ROLE)}.")
    return text


def _bytes(text: str, _: object) -> int:
    if not text.isdecimal():
        raise LocalError(f"{text!r} is not a number of bytes.", remedy="Write 1024.")
    return int(text)


_READERS: Mapping[str, tuple[str, Callable[[str, Any], Any]]] = {
    "latency": ("latency_s", _latency),
    "commit-conflicts": ("commit_conflicts", _share),
    "refuse-connects": ("refuse_connects", _share),
    "session-limit": ("session_limit_s", _limit),
    "transaction-limit": ("transaction_limit_s", _limit),
    "waking-up": ("waking_up", _choice("on", "off")),
    "region-down": ("regions_down", _down),
    "schema-conflicts": ("strict_schema", _choice("strict", "touched")),
    "job-time": ("job_time_s", lambda text, _: seconds(text)),
    "auto-analyze": ("auto_analyze_s", lambda text, _: 0.0 if text == "off" else seconds(text)),
    "disputed": ("refuses_disputed", _choice("refused", "accepted")),
    "failed-unique": ("failed_unique_enforces", _choice("enforced", "ignored")),
    "unknown-role": ("unknown_role", _unknown_role),
    "key-bytes": ("key_bytes", _bytes),
    "cancels": ("ignores_cancels", _choice("ignored", "honored")),
}
