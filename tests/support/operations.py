"""Which operations of the DSQL API were called, read from the requests by botocore's own model."""

from __future__ import annotations

import re
from collections.abc import Iterable

import botocore.session

_MODEL = botocore.session.Session().get_service_model("dsql")
OPERATIONS = frozenset(_MODEL.operation_names)
_ROUTES = {
    name: (http["method"], re.compile(re.sub(r"\{[^}]+\}", "[^/]+", http["requestUri"])))
    for name in OPERATIONS
    if (http := _MODEL.operation_model(name).http)
}


def operations_of(asked: Iterable[tuple[str, str]]) -> set[str]:
    """Return the operations that requests have called."""
    return {
        name
        for method, path in asked
        for name, (verb, route) in _ROUTES.items()
        if method == verb and route.fullmatch(path)
    }
