"""Sections of the details screen, formatted as text."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum

from dsql_tui.console.shared.fleet_services import Details
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.widgets.listing import fit
from dsql_tui.model.cluster import Cluster, ClusterStatus
from dsql_tui.model.endpoint import DATABASE
from dsql_tui.model.quota import QuotaUse
from dsql_tui.model.span import duration
from dsql_tui.model.stanza import StanzaKind, stanza

_ENCRYPTION = {
    "AWS_OWNED_KMS_KEY": "AWS owned key",
    "CUSTOMER_MANAGED_KMS_KEY": "customer-managed key",
}
_NEARLY = 0.8
"""Share of a quota from which its use is also shown in percent."""


class DetailsSection(StrEnum):
    """The sections in order."""

    OVERVIEW = "Overview"
    CONNECT = "Connect"
    POLICY = "Policy"
    STREAMS = "Streams"
    TAGS = "Tags"
    QUOTAS = "Quotas"
    CLOUDFORMATION = "CloudFormation"
    TERRAFORM = "Terraform"
    CDK = "CDK"


def text_of(section: DetailsSection, details: Details) -> str:
    """Return a section as text; `y` copies the same text."""
    return _WRITERS[section](details)


def _fields(fields: dict[str, str]) -> str:
    width = max(map(len, fields))
    return "\n".join(f"{name.ljust(width)}  {value or '–'}" for name, value in fields.items())


def _overview(details: Details) -> str:
    cluster = details.cluster
    fields = {
        "Name": cluster.name,
        "Status": f"{cluster.status.value}{_explained(cluster)}",
        "Identifier": cluster.identifier,
        "ARN": cluster.arn,
        "Endpoint": cluster.endpoint_host,
        "Region": cluster.region,
        "Round trip": _round_trips(details),
        "Created": cluster.created_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "Protection": "on (cannot be deleted)" if cluster.deletion_protection else "off",
        "Encryption": _encryption(cluster),
        "Statistics": ", ".join(cluster.metric_groups) or "off",
    }
    if cluster.is_multi_region:
        fields["Witness"] = cluster.witness_region
        for side in details.sides:
            if side.arn != cluster.arn:
                fields["Peer"] = f"{side.region}  {side.status.value}"
                fields["Peer endpoint"] = side.endpoint_host
                fields["Peer ARN"] = side.arn
    lines = [_fields(fields)]
    if details.problems:
        lines += ["", "Could not read:", *(f"  {problem}" for problem in details.problems)]
    return "\n".join(lines)


def _round_trips(details: Details) -> str:
    """Return the round-trip time to the cluster's Region, or to each Region of a pair."""
    if not details.round_trips:
        return "Measuring…"
    named = details.round_trips.items()
    if len(named) == 1:
        return "".join(_milliseconds(each) for _, each in named)
    return ", ".join(f"{region} {_milliseconds(each)}" for region, each in named)


def _milliseconds(round_trip_ms: float | None) -> str:
    return "unknown" if round_trip_ms is None else duration(round_trip_ms)


def _explained(cluster: Cluster) -> str:
    match cluster.status:
        case ClusterStatus.PENDING_DELETE:
            return " (deleted when its peer is deleted)"
        case ClusterStatus.PENDING_SETUP:
            return with_keys(" (waiting for its peer; press {details.finish} to finish the setup)")
        case ClusterStatus.IDLE | ClusterStatus.INACTIVE:
            return " (scaled to zero; wakes up on connect)"
    return ""


def _encryption(cluster: Cluster) -> str:
    kind = _ENCRYPTION.get(cluster.encryption_type, cluster.encryption_type)
    if cluster.encryption_status == "KMS_KEY_INACCESSIBLE":
        kind += " (KMS_KEY_INACCESSIBLE: connections fail until the key is accessible)"
    return " ".join(filter(None, (kind, cluster.kms_key_arn)))


def _connect(details: Details) -> str:
    cluster, private = details.cluster, details.private
    host = cluster.endpoint_host
    lines = [
        "psql",
        f'  export PGPASSWORD="$(dsql-tui token {cluster.identifier}@{cluster.region})"',
        f'  psql "host={host} user=admin dbname={DATABASE} sslmode=verify-full sslrootcert=system"',
        "",
        "From a VPC",
    ]
    if private is None:
        return "\n".join([*lines, "  could not be read"])
    lines.append(f"  VPC endpoint service  {private.service_name}")
    if private.host:
        lines.append(f"  endpoint host         {private.host}")
    return "\n".join(lines)


def _policy(details: Details) -> str:
    if details.policy is None:
        unread = any("GetClusterPolicy" in problem for problem in details.problems)
        if unread:
            return "Could not read the resource policy."
        return with_keys(
            "No resource policy. Access is controlled by IAM policies only.\n"
            "Press {details.policy} to add one."
        )
    try:
        document = json.dumps(json.loads(details.policy.document), indent=2)
    except json.JSONDecodeError:
        document = details.policy.document
    return f"Version {details.policy.version}\n\n{document}"


def _streams(details: Details) -> str:
    if details.streams is None:
        return "Could not read the change streams."
    if not details.streams:
        return with_keys(
            "No change streams.\nPress {details.stream} to create one that writes to Kinesis."
        )
    return "\n\n".join(
        _fields(
            {
                "Identifier": stream.identifier,
                "Status": stream.status + (f" ({stream.problem})" if stream.problem else ""),
                "Kinesis": stream.target_arn,
                "Role": stream.role_arn,
                "Created": stream.created_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
                "Format": f"{stream.format}, {stream.ordering.lower()}",
            }
        )
        for stream in details.streams
    )


def _tags(details: Details) -> str:
    tags = details.cluster.tags
    return _fields(dict(tags)) if tags else with_keys("No tags.\nPress {details.tags} to add tags.")


def _quotas(details: Details) -> str:
    lines = [*map(_use, details.quotas), "", "Database"]
    if details.database is not None:
        lines += map(_use, details.database)
    else:
        lines.append(details.database_problem or "Loading…")
    return "\n".join([*lines, "", "Default quotas. The quotas of your account may be higher."])


def _use(use: QuotaUse) -> str:
    used, limit = use.words
    full = f"  {use.share:.0%}" if use.share is not None and use.share >= _NEARLY else ""
    return f"{fit(use.name, 32)}{used:>10} of {limit}{full}"


def _stanza(kind: StanzaKind) -> Callable[[Details], str]:
    return lambda details: stanza(details.cluster, kind)


_WRITERS: dict[DetailsSection, Callable[[Details], str]] = {
    DetailsSection.OVERVIEW: _overview,
    DetailsSection.CONNECT: _connect,
    DetailsSection.POLICY: _policy,
    DetailsSection.STREAMS: _streams,
    DetailsSection.TAGS: _tags,
    DetailsSection.QUOTAS: _quotas,
    DetailsSection.CLOUDFORMATION: _stanza(StanzaKind.CLOUDFORMATION),
    DetailsSection.TERRAFORM: _stanza(StanzaKind.TERRAFORM),
    DetailsSection.CDK: _stanza(StanzaKind.CDK),
}
