"""Forms that edit a resource policy, tags or a change stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input, Static, TextArea

from dsql_tui.aws.checks import check_policy, check_tags
from dsql_tui.console.fleet.dialogs.create import parse_pairs
from dsql_tui.console.fleet.dialogs.form import ClusterFormDialog, labelled
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.errors import InputError
from dsql_tui.model.access.policy import block_public_access_policy
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.stream import ResourcePolicy


class PolicyDialog(ClusterFormDialog[str]):
    """Edits a resource policy; empty removes it. Saving fails if its version has changed.

    Args:
        cluster: The cluster that is changed.
        policy: As it is now.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.POLICY)]
    VERB = "Save"
    HINTS: ClassVar[tuple[str, ...]] = ("{policy.block} block public access",)

    def __init__(self, cluster: Cluster, policy: ResourcePolicy | None) -> None:
        super().__init__()
        self._cluster, self._policy = cluster, policy

    def heading(self) -> str:
        """Return the title with the cluster's name."""
        version = f" · version {self._policy.version}" if self._policy else ""
        return f"Resource policy in {self._cluster.region}{version}"

    def fields(self) -> ComposeResult:
        """Yield the document."""
        document = self._policy.document if self._policy else ""
        yield TextArea(document, id="document", tab_behavior="focus")

    def action_block(self) -> None:
        """Insert the template that denies connections from outside a VPC."""
        self.query_one(TextArea).text = block_public_access_policy()
        self.say("This also blocks this console, unless it runs in a VPC.")

    def read(self) -> str:
        """Return the document; an empty one removes the policy.

        Raises:
            InputError: The document is invalid, or nothing was changed.
        """
        document = self.query_one(TextArea).text
        if document.strip():
            check_policy(document)
        elif self._policy is None:
            raise InputError("The cluster has no policy to remove.")
        return document


class TagsDialog(ClusterFormDialog[dict[str, str]]):
    """Edits tags, one on each line.

    Args:
        cluster: The cluster that is changed.
    """

    HEADING = "Tags"
    VERB = "Save"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self._cluster = cluster

    def fields(self) -> ComposeResult:
        """Yield the tags as lines `key=value`."""
        yield Static(
            "One key=value per line. The console shows the tag Name as the cluster's name.",
            markup=False,
        )
        lines = (f"{key}={value}" for key, value in self._cluster.tags.items())
        yield TextArea("\n".join(lines), id="tags", tab_behavior="focus")

    def read(self) -> dict[str, str]:
        """Return the tags.

        Raises:
            InputError: A line is no tag, or a tag is over a limit.
        """
        text = self.query_one(TextArea).text
        tags = parse_pairs([line.strip() for line in text.splitlines() if line.strip()])
        check_tags(tags)
        return tags


@dataclass(frozen=True, slots=True)
class StreamOrder:
    """A change stream to create."""

    kinesis_arn: str
    role_arn: str


class StreamDialog(ClusterFormDialog[StreamOrder]):
    """Asks for the target of a change stream."""

    HEADING = "Create change stream"
    VERB = "Create"

    def fields(self) -> ComposeResult:
        """Yield the target and the role."""
        yield Static(
            "A Kinesis stream in the same account and Region, and a role that can write to it.",
            markup=False,
        )
        yield from labelled("Data stream ARN", Input(id="kinesis"))
        yield from labelled("Role ARN", Input(id="role"))

    def read(self) -> StreamOrder:
        """Return the change stream to create.

        Raises:
            InputError: One is missing.
        """
        kinesis, role = self.value_of("#kinesis"), self.value_of("#role")
        if not kinesis.startswith("arn:") or not role.startswith("arn:"):
            raise InputError("Enter two ARNs: arn:aws:kinesis:… and arn:aws:iam::…:role/….")
        return StreamOrder(kinesis, role)
