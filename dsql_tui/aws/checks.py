"""Checks before any call: Region sets, tags, policies, tokens.

Limits are those of the API's model (2018-05-10); Region sets are `aws.regions`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from dsql_tui.aws.regions import AS_OF, REGIONS, RegionSet
from dsql_tui.errors import InputError
from dsql_tui.model.lifecycle import NewCluster
from dsql_tui.sql.dsql.limits import TAGS

TAG_KEY_MAX = 128
TAG_VALUE_MAX = 256
POLICY_MAX = 20_480
CLIENT_TOKEN_MAX = 128
TOKEN_SUFFIX_MAX = 24
"""Room kept for what a side appends to the token of the whole."""

_CLIENT_TOKEN = re.compile(r"[!-~]+")
_KMS_KEY = re.compile(r"[a-zA-Z0-9:/_-]{1,2048}")


def check_new_cluster(wish: NewCluster) -> None:
    """Refuse a cluster that the service would refuse.

    Raises:
        InputError: Names everything that is wrong, in one message.
    """
    of_regions = [*_region_problems(wish.regions, wish.witness_region)]
    problems = [
        *of_regions,
        *_tag_problems(wish.tags),
        *_key_problems(wish.kms_keys, wish.regions),
        *(_policy_problems(wish.policy) if wish.policy else ()),
        *_token_problems(wish.client_token),
    ]
    remedy = _region_help(wish.regions) if of_regions else ""
    _refuse(problems, "The cluster cannot be created", remedy)


def check_pair(regions: tuple[str, ...], witness_region: str) -> None:
    """Refuse Regions that cannot be peered with that witness.

    Raises:
        InputError: Says why and which would go together.
    """
    problems = [*_region_problems(regions, witness_region)]
    _refuse(problems, "These Regions cannot be combined", _region_help(regions))


def check_tags(tags: Mapping[str, str]) -> None:
    """Refuse tags that exceed the API's limits.

    Raises:
        InputError: Names each.
    """
    _refuse([*_tag_problems(tags)], "The tags cannot be set", "")


def check_policy(document: str) -> None:
    """Refuse a resource policy with an invalid structure.

    Raises:
        InputError: It is invalid; the message says why.
    """
    _refuse([*_policy_problems(document)], "The policy is invalid", "")


def peers_and_witnesses(region: str) -> tuple[str, ...]:
    """Return the Regions that can be peered with `region`, without itself; may be empty."""
    members = REGIONS.get(region)
    if members is None or members is RegionSet.SINGLE_ONLY:
        return ()
    return tuple(name for name, its in REGIONS.items() if its is members and name != region)


def _refuse(problems: list[str], head: str, remedy: str) -> None:
    if problems:
        raise InputError(f"{head}: {'; '.join(problems)}.", remedy=remedy)


def _region_problems(regions: tuple[str, ...], witness: str) -> Iterator[str]:
    if not 1 <= len(regions) <= 2:
        yield f"a cluster has one Region or two, not {len(regions)}"
        return
    for region in (*regions, *([witness] if witness else [])):
        if region not in REGIONS:
            yield f"{region} is not known to offer Aurora DSQL (table of {AS_OF})"
    if len(regions) == 1:
        if witness:
            yield "a single-Region cluster has no witness"
        return
    if not witness:
        yield "a multi-Region cluster needs a witness Region"
    yield from _set_problems((*regions, witness) if witness else regions)


def _set_problems(regions: tuple[str, ...]) -> Iterator[str]:
    if len(set(regions)) < len(regions):
        yield "both Regions and the witness must be different"
    sets = {REGIONS[region] for region in regions if region in REGIONS}
    for region in regions:
        if REGIONS.get(region) is RegionSet.SINGLE_ONLY:
            yield f"{region} cannot be part of a multi-Region cluster"
    if len(sets) > 1 and RegionSet.SINGLE_ONLY not in sets:
        yield f"Regions of different sets ({', '.join(sorted(sets))}) cannot be peered"


def _region_help(regions: tuple[str, ...]) -> str:
    together = peers_and_witnesses(regions[0]) if regions else ()
    return f"Peers and witnesses for {regions[0]}: {', '.join(together)}." if together else ""


def _tag_problems(tags: Mapping[str, str]) -> Iterator[str]:
    if len(tags) > TAGS:
        yield f"{len(tags)} tags, at most {TAGS}"
    for key, value in tags.items():
        if not 1 <= len(key) <= TAG_KEY_MAX:
            yield f"the tag key {key[:20]!r} has {len(key)} characters, 1 to {TAG_KEY_MAX}"
        if key.lower().startswith("aws:"):
            yield f"the tag key {key!r} begins with aws:, which is reserved for AWS"
        if len(value) > TAG_VALUE_MAX:
            yield f"the value of tag {key!r} has {len(value)} characters, at most {TAG_VALUE_MAX}"


def _key_problems(keys: Mapping[str, str], regions: tuple[str, ...]) -> Iterator[str]:
    for region, key in keys.items():
        if region not in regions:
            yield f"a key is given for {region}, where no cluster is created"
        if not _KMS_KEY.fullmatch(key):
            yield f"{key[:40]!r} cannot be a KMS key"
        named = key.split(":")[3] if key.startswith("arn:") and key.count(":") >= 5 else region
        if named != region:
            yield f"the key for {region} is a key of {named}"


def _policy_problems(document: str) -> Iterator[str]:
    if not 1 <= len(document) <= POLICY_MAX:
        yield f"the policy has {len(document)} characters, 1 to {POLICY_MAX}"
        return
    try:
        policy = json.loads(document)
    except json.JSONDecodeError as error:
        yield f"the policy is not JSON (line {error.lineno}: {error.msg})"
        return
    except RecursionError:
        yield "the policy is nested too deeply"
        return
    if not isinstance(policy, dict) or not policy.get("Statement"):
        yield "the policy has no Statement"
        return
    statements = policy["Statement"]
    for number, statement in enumerate(
        statements if isinstance(statements, list) else [statements], start=1
    ):
        yield from _statement_problems(number, statement)


def _statement_problems(number: int, statement: object) -> Iterator[str]:
    if not isinstance(statement, dict):
        yield f"statement {number} is not an object"
        return
    if statement.get("Effect") not in {"Allow", "Deny"}:
        yield f"statement {number} needs an Effect of Allow or Deny"
    for one, other in (("Principal", "NotPrincipal"), ("Action", "NotAction")):
        if one not in statement and other not in statement:
            yield f"statement {number} has no {one}"


def _token_problems(token: str) -> Iterator[str]:
    longest = CLIENT_TOKEN_MAX - TOKEN_SUFFIX_MAX
    if not _CLIENT_TOKEN.fullmatch(token) or len(token) > longest:
        yield f"the client token needs 1 to {longest} printable ASCII characters"
