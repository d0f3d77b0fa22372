"""botocore sessions with one endpoint for all services, independent of the environment.

botocore prefers `AWS_ENDPOINT_URL` to the setting of a profile, and creates the clients that assume
a role itself: if only our clients had the endpoint, a role would be assumed at another one.
Settings that AWS's own endpoints need have botocore's defaults, whatever the environment says.
"""

from __future__ import annotations

from typing import Any

from botocore.configprovider import ConstantProvider
from botocore.session import Session

_KEPT = frozenset({"profile", "region", "config_file", "credentials_file"})
"""Settings that say whose credentials and which Region are used."""


class OneEndpointSession(Session):  # type: ignore[misc] # botocore has no types
    """A session whose clients all use one endpoint.

    Args:
        endpoint_url: The endpoint.
        profile: Profile of the AWS configuration, `None` for the default.
    """

    def __init__(self, endpoint_url: str, profile: str | None) -> None:
        super().__init__(profile=profile)
        self._endpoint_url = endpoint_url
        # Some values keep clients from being made: botocore refuses FIPS beside an endpoint's URL.
        settings = self.get_component("config_store")
        for name, (_, variable, default, _) in self.SESSION_VARIABLES.items():
            if variable is not None and name not in _KEPT:
                settings.set_config_provider(name, ConstantProvider(default))

    def create_client(self, *args: Any, **options: Any) -> Any:
        """Return a client of the endpoint; the arguments are botocore's."""
        return super().create_client(*args, **{**options, "endpoint_url": self._endpoint_url})
