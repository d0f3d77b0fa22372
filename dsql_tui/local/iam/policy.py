"""Resource policies of clusters: parsed, validated and evaluated.

Only explicit denials have an effect: the identities of the account have their permissions already,
and within one account a resource policy need not allow them again. Condition operators that cannot
be evaluated are refused by PutClusterPolicy, so that none is silently ignored.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from dsql_tui.local.iam.identity import Caller


class PolicyInvalid(Exception):
    """A document that is not a valid policy; the message names the cause."""


@dataclass(frozen=True, slots=True)
class PolicyRequest:
    """A request for which a policy is evaluated.

    Attributes:
        caller: The principal that makes the request.
        action: IAM action (`dsql:DbConnect`).
        resource: ARN of the cluster.
        keys: Condition keys with their values; names in lower case. Keys about a VPC have no value.
    """

    caller: Caller
    action: str
    resource: str
    keys: Mapping[str, str] = field(default_factory=dict)

    def value(self, key: str) -> str | None:
        """Return the value of a condition key, or `None` if the request has none."""
        known = {
            "aws:principalarn": self.caller.principal_arn,
            "aws:principalaccount": self.caller.account,
            "aws:userid": self.caller.user_id,
            **self.keys,
        }
        return known.get(key.lower())


@dataclass(frozen=True, slots=True)
class PolicyStatement:
    """One statement of a policy, with single values as lists.

    Attributes:
        denies: `Effect` is `Deny`.
        principals: ARNs, account numbers or `*`.
        principals_excepted: It applies to all principals except these (`NotPrincipal`).
        actions: Patterns of actions.
        actions_excepted: It applies to all actions except these (`NotAction`).
        resources: Patterns of ARNs.
        resources_excepted: It applies to all resources except these (`NotResource`).
        conditions: Operator, key and values; all conditions must be met.
    """

    denies: bool
    principals: tuple[str, ...]
    principals_excepted: bool
    actions: tuple[str, ...]
    actions_excepted: bool
    resources: tuple[str, ...]
    resources_excepted: bool
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]

    def applies_to(self, request: PolicyRequest) -> bool:
        """Whether the statement applies to the request."""
        principal_matches = any(_is_principal(one, request.caller) for one in self.principals)
        action_matches = any(_like(one.lower(), request.action.lower()) for one in self.actions)
        resource_matches = any(_like(one, request.resource) for one in self.resources)
        return (
            principal_matches != self.principals_excepted
            and action_matches != self.actions_excepted
            and resource_matches != self.resources_excepted
            and all(_holds(*condition, request) for condition in self.conditions)
        )


def denies(document: str, request: PolicyRequest) -> bool:
    """Whether a policy explicitly denies a request; no policy (empty) denies nothing.

    Raises:
        PolicyInvalid: The document is not a policy.
    """
    if not document:
        return False
    return any(one.denies and one.applies_to(request) for one in statements(document))


def denial(document: str, request: PolicyRequest) -> str:
    """Return AWS's message when a policy denies a request, otherwise an empty string.

    Raises:
        PolicyInvalid: The document is not a policy.
    """
    if not denies(document, request):
        return ""
    return (
        f"User: {request.caller.arn} is not authorized to perform: {request.action} on resource: "
        f"{request.resource} with an explicit deny in a resource-based policy"
    )


@lru_cache(maxsize=64)
def statements(document: str) -> tuple[PolicyStatement, ...]:
    """Parse a policy document.

    Raises:
        PolicyInvalid: It is not a policy that can be evaluated.
    """
    try:
        policy = json.loads(document)
    except (ValueError, RecursionError):
        raise PolicyInvalid("The policy is not valid JSON.") from None
    if not isinstance(policy, dict) or not _many(policy.get("Statement"), dict):
        raise PolicyInvalid("The policy has no Statement.")
    if policy.get("Version", "2008-10-17") not in {"2008-10-17", "2012-10-17"}:
        raise PolicyInvalid("The policy's Version must be 2012-10-17 or 2008-10-17.")
    return tuple(_statement(one) for one in _many(policy["Statement"], dict))


def _statement(fields: Mapping[str, Any]) -> PolicyStatement:
    if fields.get("Effect") not in {"Allow", "Deny"}:
        raise PolicyInvalid("A statement's Effect must be Allow or Deny.")
    principal, principal_excepted = _one_of(fields, "Principal")
    action, action_excepted = _one_of(fields, "Action")
    resource, resource_excepted = _one_of(fields, "Resource")
    principals = _principals(principal)
    actions = _strings(action, "Action")
    if any(one != "*" and ":" not in one for one in actions):
        raise PolicyInvalid("An Action must be of the form service:Action.")
    return PolicyStatement(
        fields["Effect"] == "Deny",
        principals,
        principal_excepted,
        actions,
        action_excepted,
        _strings(resource, "Resource"),
        resource_excepted,
        _conditions(fields.get("Condition", {})),
    )


def _one_of(fields: Mapping[str, Any], name: str) -> tuple[Any, bool]:
    if (name in fields) == (f"Not{name}" in fields):
        raise PolicyInvalid(f"A statement must have either {name} or Not{name}.")
    excepted = f"Not{name}" in fields
    return fields[f"Not{name}" if excepted else name], excepted


def _principals(value: Any) -> tuple[str, ...]:
    if value == "*":
        return ("*",)
    if not isinstance(value, dict) or not value:
        raise PolicyInvalid("A Principal must be * or an object.")
    if not set(value) <= {"AWS", "Service", "Federated", "CanonicalUser"}:
        raise PolicyInvalid("A Principal must be of type AWS, Service or Federated.")
    # A policy may name services and federated users, but the local account has none.
    return _strings(value["AWS"], "Principal") if "AWS" in value else ()


def _conditions(value: Any) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
        raise PolicyInvalid("A Condition must be an object of operators.")
    for operator in value:
        if not _is_evaluated(operator):
            raise PolicyInvalid(f"The condition operator {operator} is not evaluated here.")
    return tuple(
        (operator, key, _strings(values, "Condition"))
        for operator, keys in value.items()
        for key, values in keys.items()
    )


def _strings(value: Any, name: str) -> tuple[str, ...]:
    if isinstance(value, bool):
        value = "true" if value else "false"
    strings = _many(value, str)
    if not strings:
        raise PolicyInvalid(f"{name} must be a string or a list of strings.")
    return tuple(strings)


def _many(value: Any, kind: type) -> Sequence[Any]:
    """Return a value or a list of values as a list; empty if a value has another type."""
    if isinstance(value, kind):
        return [value]
    if isinstance(value, list) and all(isinstance(one, kind) for one in value):
        return value
    return []


def _is_principal(pattern: str, caller: Caller) -> bool:
    everyone = {"*", caller.account, f"arn:aws:iam::{caller.account}:root"}
    return pattern in everyone or pattern in {caller.arn, caller.principal_arn}


def _like(pattern: str, text: str) -> bool:
    """Match IAM's wildcards, `*` and `?`; no pattern takes exponential time."""
    at = read = retry = 0
    star = -1
    while read < len(text):
        character = pattern[at : at + 1]
        if character == "*":
            star, retry, at = at, read, at + 1
        elif character in {"?", text[read]}:
            at, read = at + 1, read + 1
        elif star >= 0:
            retry += 1
            at, read = star + 1, retry
        else:
            return False
    return not pattern[at:].strip("*")


def _equals(pattern: str, text: str) -> bool:
    return pattern == text


def _equals_any_case(pattern: str, text: str) -> bool:
    return pattern.lower() == text.lower()


_MATCHES: Mapping[str, Callable[[str, str], bool]] = {
    "Bool": _equals_any_case,
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_any_case,
    "StringLike": _like,
    "ArnEquals": _like,  # documented to match wildcards, as ArnLike does
    "ArnLike": _like,
}
_NEGATED: Mapping[str, Callable[[str, str], bool]] = {
    name.replace("String", "StringNot").replace("Arn", "ArnNot"): match
    for name, match in _MATCHES.items()
    if name != "Bool"
}


def _is_evaluated(operator: str) -> bool:
    base = operator.removesuffix("IfExists")
    return operator == "Null" or base in _MATCHES or base in _NEGATED


def _holds(operator: str, key: str, values: tuple[str, ...], request: PolicyRequest) -> bool:
    value = request.value(key)
    if operator == "Null":
        return ("true" if value is None else "false") in values
    base = operator.removesuffix("IfExists")
    negated = base in _NEGATED
    if value is None:
        # A key without a value satisfies only IfExists and the negated operators.
        return negated or operator != base
    match = _NEGATED[base] if negated else _MATCHES[base]
    return any(match(one, value) for one in values) != negated
