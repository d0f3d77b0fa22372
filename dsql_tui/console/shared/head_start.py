"""A listing of clusters that begins before the workspace exists.

Importing boto3 and waiting for AWS take longer than loading the workspace, and both can be done at
the same time. So the clusters are listed as soon as the first frame is painted; the workspace then
adopts the listing with the responses so far, and receives the later ones itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from dsql_tui.console.shared.threads import DaemonThreads

if TYPE_CHECKING:
    from dsql_tui.console.shared.services import Services
    from dsql_tui.model.cluster import ListingEvent


class HeadStart:
    """One listing, started immediately in its own thread; it can be adopted once.

    Args:
        services: List the clusters.
        asked: Called with the Regions when the requests are sent.
        heard: Called with each response.
        ended: Called when the listing has ended or failed.
    """

    def __init__(
        self,
        services: Services,
        *,
        asked: Callable[[tuple[str, ...]], object],
        heard: Callable[[ListingEvent], object],
        ended: Callable[[], object],
    ) -> None:
        self._services = services
        self._asked, self._heard, self._ended = asked, heard, ended
        self._regions: tuple[str, ...] = ()
        self._answers: SimpleQueue[ListingEvent | None] = SimpleQueue()
        self._listing = DaemonThreads().submit(self._list)

    def answered(self) -> tuple[tuple[str, ...], list[ListingEvent]]:
        """Return the Regions queried and the events received so far, without waiting."""
        answers: list[ListingEvent] = []
        with suppress(Empty):
            while (event := self._answers.get_nowait()) is not None:
                answers.append(event)
            self._answers.put(None)
        return self._regions, answers

    def regions(self) -> tuple[str, ...]:
        """Return the Regions that are listed; may block.

        Raises:
            ConfigError: The profile does not exist.
        """
        return self._services.regions()

    def list_clusters(self) -> Iterator[ListingEvent]:
        """Yield the events not returned yet, and later ones as they arrive.

        Raises:
            AwsError: No request could be sent.
            ConfigError: The profile does not exist.
        """
        while (event := self._answers.get()) is not None:
            yield event
        self._listing.result()

    def _list(self) -> None:
        try:
            self._services.prepare_listing()
            self._regions = self._services.regions()
            self._asked(self._regions)
            for event in self._services.list_clusters():
                self._answers.put(event)
                self._heard(event)
        finally:
            self._answers.put(None)
            self._ended()
