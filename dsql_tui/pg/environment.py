"""The environment variables of libpq, which the program's sessions ignore.

A session connects only to its `Endpoint`. libpq reads parameters that a connection string does not
contain from the environment: `PGHOSTADDR` connects to another machine, `PGSSLSNI` hides the
cluster's name, and with `PGDATESTYLE` dates arrive in a form that is not read. No parameter
disables `PGSERVICE` and `PGGEQO`, so the variables are removed instead. A psql that is started
keeps its person's preferences.
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
"""The others, which lead nowhere else: how psql presents itself and its values."""


def without_libpq(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for psql that connects only where its connection string says."""
    return {name: value for name, value in environ.items() if name not in VARIABLES}


def ignore_libpq_variables() -> None:
    """Remove libpq's variables from this process's environment."""
    for name in VARIABLES | PREFERENCES:
        os.environ.pop(name, None)
