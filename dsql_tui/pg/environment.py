"""The environment variables of libpq, which the program's sessions ignore.

A session connects only to its `Endpoint`. libpq reads parameters that a connection string does not
contain from the environment: `PGHOSTADDR` connects to another machine, `PGSSLSNI` hides the
cluster's name. No parameter disables `PGSERVICE` and `PGGEQO`, so the variables are removed
instead.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

_PARAMETERS = (
    *("HOST", "HOSTADDR", "PORT", "DATABASE", "USER", "PASSWORD", "OPTIONS"),
    *("TARGETSESSIONATTRS", "LOADBALANCEHOSTS", "SSLMODE", "REQUIRESSL", "SSLNEGOTIATION"),
    *("SSLCOMPRESSION", "SSLCERT", "SSLKEY"),
    *("SSLCERTMODE", "SSLROOTCERT", "SSLCRL", "SSLCRLDIR", "SSLSNI", "SSLMINPROTOCOLVERSION"),
    *("SSLMAXPROTOCOLVERSION", "REQUIREPEER", "REQUIREAUTH", "CHANNELBINDING", "GSSENCMODE"),
    *("GSSLIB", "GSSDELEGATION", "KRBSRVNAME", "MINPROTOCOLVERSION", "MAXPROTOCOLVERSION"),
)
VARIABLES = frozenset(
    f"PG{name}" for name in (*_PARAMETERS, "SERVICE", "SERVICEFILE", "GEQO", "REALM")
)
"""Every variable that says where or how libpq connects (PostgreSQL 18, libpq-envars)."""
PREFERENCES = frozenset(
    f"PG{name}"
    for name in ("APPNAME", "CLIENTENCODING", "CONNECT_TIMEOUT", "PASSFILE", "DATESTYLE", "TZ")
)
"""The others, which lead nowhere else."""


def without_libpq(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which libpq uses only its connection string."""
    return {name: value for name, value in environ.items() if name not in VARIABLES}


def ignore_libpq_variables() -> None:
    """Remove libpq's variables from this process's environment."""
    for name in VARIABLES:
        os.environ.pop(name, None)
