"""The form that changes one cluster's settings."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Input, Static

from dsql_tui.console.fleet.dialogs.form import ClusterFormDialog, labelled
from dsql_tui.console.widgets.toggles import CheckBox
from dsql_tui.errors import InputError
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.lifecycle import AWS_OWNED_KEY, STATEMENT_STATISTICS, ClusterChange


class ChangeDialog(ClusterFormDialog[ClusterChange]):
    """Shows the current settings; the request contains only those that were changed.

    Args:
        cluster: The side to change.
    """

    VERB = "Update"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self._cluster = cluster

    def heading(self) -> str:
        """Return the title with the cluster's name."""
        return f"Update cluster in {self._cluster.region}"

    def fields(self) -> ComposeResult:
        """Yield deletion protection, query statistics and the encryption key."""
        yield CheckBox("Deletion protection", self._cluster.deletion_protection, id="protect")
        yield CheckBox("Statement statistics", self._has_statistics, id="statistics")
        key = self._cluster.kms_key_arn or AWS_OWNED_KEY
        yield from labelled("KMS key", Input(key, id="key"))
        yield Static(f"{AWS_OWNED_KEY} uses the key that AWS owns.", markup=False)

    @property
    def _has_statistics(self) -> bool:
        return STATEMENT_STATISTICS in self._cluster.metric_groups

    def read(self) -> ClusterChange:
        """Return the changed settings.

        Raises:
            InputError: No setting was changed.
        """
        protect = self.query_one("#protect", CheckBox).value
        statistics = self.query_one("#statistics", CheckBox).value
        key = self.value_of("#key")
        groups = (STATEMENT_STATISTICS,) if statistics else ()
        change = ClusterChange(
            deletion_protection=(protect if protect != self._cluster.deletion_protection else None),
            kms_key=key if key != (self._cluster.kms_key_arn or AWS_OWNED_KEY) else None,
            metric_groups=groups if statistics != self._has_statistics else None,
        )
        if change == ClusterChange():
            raise InputError("Nothing has changed.")
        return change
