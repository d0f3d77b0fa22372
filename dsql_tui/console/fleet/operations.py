"""Changes to clusters: a dialog to confirm, a worker, a dialog with the steps.

The worker belongs to the screen: closing the dialog with the steps does not stop it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from functools import partial

from textual.screen import Screen

from dsql_tui.console.fleet import messages as m
from dsql_tui.console.fleet import workers
from dsql_tui.console.fleet.dialogs.change import ChangeDialog
from dsql_tui.console.fleet.dialogs.delete import DeleteDialog, DeleteOrder
from dsql_tui.console.fleet.dialogs.progress import ProgressDialog
from dsql_tui.console.fleet.dialogs.resume import ResumeDialog, ResumeOrder
from dsql_tui.console.shared.fleet_services import Fleet
from dsql_tui.model.cluster import Cluster, ClusterStatus
from dsql_tui.model.lifecycle import ClusterChange, LifecycleEvent

Begin = Callable[[str], Iterator[LifecycleEvent]]
"""Begins a change under a client token."""


class Operations(Screen[None]):
    """A screen that can change clusters, one change at a time."""

    def __init__(self, fleet: Fleet, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.fleet = fleet
        self._progress: ProgressDialog | None = None
        self._operating = False

    def refresh_after_change(self) -> None:
        """Refresh after a change."""
        raise NotImplementedError

    def operate(self, heading: str, begin: Begin) -> None:
        """Run a change and show its steps; a retry uses the same idempotency token."""
        if self._operating:
            self.notify("Another change is still in progress.", markup=False)
            return
        token = secrets.token_hex(16)
        self._progress = ProgressDialog(heading, lambda: self._begin(begin, token))
        self.app.push_screen(self._progress)
        self._begin(begin, token)

    def _begin(self, begin: Begin, token: str) -> None:
        self._operating = True
        job = partial(workers.operate, partial(begin, token), self.post_message)
        self.run_worker(job, thread=True, group="operation", exit_on_error=True)

    def on_operation_advanced(self, message: m.OperationAdvanced) -> None:
        """Show a step."""
        if self._progress is not None and self._progress.is_attached:
            self._progress.add(message.event)

    def on_operation_ended(self, message: m.OperationEnded) -> None:
        """Show the outcome in the dialog or, when that is closed, as a notification."""
        self._operating = False
        if self._progress is not None and self._progress.is_attached:
            self._progress.end(message.error)
        elif message.error is not None:
            self.notify(message.error.message, severity="error", markup=False)
        self.refresh_after_change()

    def change_cluster(self, cluster: Cluster) -> None:
        """Ask for new settings and apply them."""

        def begin(change: ClusterChange | None) -> None:
            if change is not None:
                self.operate(
                    f"Update cluster in {cluster.region}",
                    lambda token: self.fleet.update(cluster, change, token),
                )

        self.app.push_screen(ChangeDialog(cluster), begin)

    def delete_cluster(self, sides: tuple[Cluster, ...]) -> None:
        """Ask for confirmation by the cluster's name and delete the cluster."""

        def begin(order: DeleteOrder | None) -> None:
            if order is not None:
                self.operate(
                    "Delete cluster",
                    lambda token: self.fleet.delete(
                        sides[0], lift_protection=order.lift_protection, client_token=token
                    ),
                )

        self.app.push_screen(DeleteDialog(sides), begin)

    def finish_setup(self, sides: tuple[Cluster, ...]) -> None:
        """Ask whether to finish or undo an interrupted multi-Region setup."""
        cluster = next(side for side in sides if side.status is ClusterStatus.PENDING_SETUP)

        def begin(order: ResumeOrder | None) -> None:
            if order is None:
                return
            if order.undo:
                self.operate("Undo setup", lambda token: self.fleet.undo(cluster, token))
            else:
                self.operate(
                    "Finish setup",
                    lambda token: self.fleet.resume(cluster, order.peer_region, token),
                )

        self.app.push_screen(ResumeDialog(cluster, has_peer=len(sides) > 1), begin)
