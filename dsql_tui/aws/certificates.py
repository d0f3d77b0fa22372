"""The root certificates for verifying the endpoints of AWS.

A separate file, because every start needs it and importing AWS's SDK takes long.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path


def ca_bundle() -> Path:
    """Return botocore's root certificates, which include Amazon Root CA 1."""
    if configured := os.environ.get("AWS_CA_BUNDLE"):
        return Path(configured)
    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("botocore is not installed", name="botocore")
    return Path(spec.origin).parent / "cacert.pem"
