"""Opens the comparison of definitions from the active tab."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from dsql_tui.console.run.state import TabState
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.services import Services
from dsql_tui.console.shared.ui import Ui
from dsql_tui.errors import InputError
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import ADMIN_ROLE

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from dsql_tui.pg.session import Session
    from dsql_tui.schema.sources import EmptyCluster

TAB_NAME = "differences"
Flow = Callable[[], Coroutine[Any, Any, object]]


class ComparingDefinitions:
    """Asks for two databases, shows their differences, and takes the statements over.

    Args:
        ui: Shows dialogs.
        front: Returns the state of the active tab; its cluster is the first side to begin with.
        services: Returns what finds clusters without a session.
        roles: Returns the roles known of a cluster, the preferred one first.
        clusters: Returns the clusters that are listed.
        empty_cluster: Where SQL files are run; `None` without a local DSQL.
        new_tab: Opens a tab on the cluster of the active one.
        put: Puts a text with a name into the active tab.
        run_script: Shows the steps of the active tab's script.
    """

    def __init__(
        self,
        ui: Ui,
        front: Callable[[], TabState],
        services: Callable[[], Services],
        *,
        roles: Callable[[Cluster], tuple[str, ...]],
        clusters: Callable[[], Sequence[Cluster]],
        empty_cluster: EmptyCluster | None,
        new_tab: Flow,
        put: Callable[[str, str], object],
        run_script: Flow,
    ) -> None:
        self._ui, self._front, self._services = ui, front, services
        self._roles, self._clusters = roles, clusters
        self._empty_cluster = empty_cluster or no_empty_cluster
        self._new_tab, self._put, self._run_script = new_tab, put, run_script
        self._pairs: list[SessionPair] = []
        """The sessions of the screen that is open."""

    async def compare(self) -> None:
        """Ask for two databases and show how their definitions differ."""
        from dsql_tui.console.definitions.dialog import CompareDefinitionsDialog
        from dsql_tui.console.definitions.reading import DefinitionReader
        from dsql_tui.console.definitions.screen import DefinitionsScreen

        state = self._front()
        cluster, pair = state.cluster, state.pair
        named = tuple(f"{each.name}@{each.region}" for each in self._clusters())
        first = f"{cluster.name}@{cluster.region}" if cluster is not None else ""
        compared = await self._ui.ask(CompareDefinitionsDialog(first, named))
        if compared is None:
            return

        def role_for(other: Cluster) -> str:
            if pair is not None and cluster is not None and other.arn == cluster.arn:
                return pair.endpoint.role
            return next(iter(self._roles(other)), ADMIN_ROLE)

        services = pair.services if pair is not None else self._services()
        reader = DefinitionReader(services, role_for, self._empty_cluster)
        self._pairs = reader.pairs
        connected = cluster.arn if cluster is not None else ""
        chosen = await self._ui.ask(DefinitionsScreen(reader, compared, connected))
        self._ui.in_thread(reader.close, group="closing")
        if chosen is not None:
            await self._new_tab()
            self._put(chosen.text, TAB_NAME)
            if chosen.as_script:
                await self._run_script()

    def release(self) -> list[SessionPair]:
        """Return the sessions of the open screen; the caller closes them."""
        return list(self._pairs)


def no_empty_cluster() -> AbstractContextManager[Session]:
    """Refuse to open one, where no local DSQL is offered.

    Raises:
        InputError: Always.
    """
    raise InputError(
        "There is no local DSQL here on which SQL files can be run.",
        remedy="Use `dsql-tui schema diff`.",
    )
