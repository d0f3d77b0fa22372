"""botocore's models of the services, loaded when they are first needed.

Importing botocore and reading a model take tens of milliseconds each. The server is ready before
that, and loads the models in the background.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.model import ServiceModel


@cache
def service_model(name: str) -> ServiceModel:
    """Return botocore's model of a service."""
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return ServiceModel(Loader().load_service_model(name, "service-2"), name)
