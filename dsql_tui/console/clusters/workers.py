"""Worker functions that list clusters and diagnose connections.

Plain functions that take a resource, inputs and `post`, and use no widget; a function with a single
result returns it instead. Errors of this package become messages; a bug ends the program.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from dsql_tui.console.messages.clusters import ListingAdvanced, ListingEnded, ListingStarted
from dsql_tui.console.shared.head_start import HeadStart
from dsql_tui.console.shared.services import Services
from dsql_tui.console.shared.tab_contents import TabTarget
from dsql_tui.console.shared.ui import Post
from dsql_tui.errors import AwsError, ClusterNotFound, ConfigError
from dsql_tui.model.checkup import CheckResult
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Endpoint


def list_clusters(services: Services | HeadStart, listing_id: int, post: Post) -> None:
    """Post every response of a listing, then its end."""
    try:
        post(ListingStarted(listing_id, services.regions()))
        for event in services.list_clusters():
            post(ListingAdvanced(listing_id, event))
    except (AwsError, ConfigError) as error:
        post(ListingEnded(listing_id, error))
    else:
        post(ListingEnded(listing_id))


def find_target(services: Services, target: TabTarget) -> tuple[Services, Cluster]:
    """Return the cluster of a tab's target, and the services that reach it.

    A cluster that no longer exists is looked up by its name in its Region: it may have been created
    again, or have belonged to a local DSQL that has ended.

    Raises:
        DsqlTuiError: It cannot be found.
    """
    if target.profile != services.profile.name:
        services = services.with_profile(target.profile, (target.region,))
    try:
        return services, services.find_cluster(target.arn)
    except ClusterNotFound:
        with suppress(ClusterNotFound):
            return services, services.find_cluster(f"{target.name}@{target.region}")
        raise


def examine(
    services: Services, endpoint: Endpoint, report: Callable[[CheckResult], object]
) -> None:
    """Post the results of the diagnosis, one check at a time."""
    for finding in services.examine(endpoint):
        report(finding)
