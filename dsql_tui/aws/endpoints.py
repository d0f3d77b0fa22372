"""botocore sessions with one endpoint for all services, independent of the environment.

botocore prefers `AWS_ENDPOINT_URL` to the setting of a profile, and creates the clients that assume
a role itself: if only our clients had the endpoint, a role would be assumed at another one.
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
