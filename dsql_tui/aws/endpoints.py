"""botocore sessions with one endpoint for all services, independent of the environment.

botocore lets `AWS_ENDPOINT_URL` beat a profile, and makes the clients that assume a role by itself:
given to our clients alone, an endpoint would not be where a role is assumed.
"""

from __future__ import annotations

from typing import Any

from botocore.session import Session


class OneEndpointSession(Session):  # type: ignore[misc] # botocore has no types
    """A session whose clients all use one endpoint.

    Args:
        endpoint_url: The endpoint.
        profile: Profile of the AWS configuration, `None` for the default.
    """

    def __init__(self, endpoint_url: str, profile: str | None) -> None:
        super().__init__(profile=profile)
        self._endpoint_url = endpoint_url
        # botocore refuses both beside an endpoint's URL.
        self.set_config_variable("use_fips_endpoint", False)
        self.set_config_variable("use_dualstack_endpoint", False)

    def create_client(self, *args: Any, **options: Any) -> Any:
        """Return a client of the endpoint; the arguments are botocore's."""
        return super().create_client(*args, **{**options, "endpoint_url": self._endpoint_url})
