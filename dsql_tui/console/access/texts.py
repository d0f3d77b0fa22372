"""Texts that the roles screen shows: policies, code snippets, exports, differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from dsql_tui.console.access.pages import Page
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.model.access.differences import AccessDifference
from dsql_tui.model.access.policy import (
    block_public_access_policy,
    connect_action,
    connect_policy,
    console_policy,
    policy_problems,
    tag_connect_policy,
)
from dsql_tui.model.access.snapshot import AccessSnapshot
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Profile
from dsql_tui.snippets import Language, render
from dsql_tui.sql.access.export import export_access

_NAME_TAG = "Name"


def policy_pages(cluster: Cluster, role: str) -> list[Page]:
    """Return the policies that matter for one cluster and role, the least permissive first."""
    action = connect_action(role)
    account = cluster.arn.split(":")[4]
    tag = next(iter(cluster.tags.items()), (_NAME_TAG, cluster.name))
    pages = [
        Page(
            f"Connect as {role}",
            "connect-policy.json",
            connect_policy(cluster, role),
            f"For the connecting identity: {action} on this cluster, nothing else.",
        ),
        Page(
            f"By tag {tag[0]}",
            "connect-by-tag-policy.json",
            tag_connect_policy(account, role, *tag),
            f"For every cluster in the account tagged {tag[0]}={tag[1]}.",
        ),
        Page(
            "Use this console",
            "console-policy.json",
            console_policy(cluster, role),
            "Lists and describes clusters, reads metrics and connects. Cannot change clusters.",
        ),
        Page(
            "Block public access",
            "resource-policy.json",
            block_public_access_policy(),
            "A resource policy for the cluster: denies every connection from outside a VPC.",
        ),
    ]
    return [_checked(page) for page in pages]


def _checked(page: Page) -> Page:
    """Append to a policy's note whether its format is one that IAM accepts."""
    problems = policy_problems(page.text)
    verdict = f"Invalid format: {'; '.join(problems)}." if problems else "Format validated."
    return replace(page, note=f"{page.note} {verdict}")


def snippet_pages(cluster: Cluster, role: str, profile: Profile) -> list[Page]:
    """Return a page for every file of every snippet."""
    pages: list[Page] = []
    for language in Language:
        named = language.dials_by_name_only and profile.hostaddr
        note = (
            "This driver has no address setting: the endpoint name must resolve to "
            f"{profile.hostaddr}."
            if named
            else ""
        )
        for number, file in enumerate(render(language, cluster, role, profile)):
            label = language.label if number == 0 else f"  {file.name}"
            pages.append(Page(label, file.name, file.text, note))
    return pages


def export_page(cluster_name: str, snapshot: AccessSnapshot) -> Page:
    """Return the script that recreates a cluster's roles and grants."""
    note = "Create the tables before you run the grants on them."
    return Page("SQL", f"{cluster_name}-access.sql", export_access(snapshot), note)


def difference_page(here: str, other: str, differences: Sequence[AccessDifference]) -> Page:
    """Return how two clusters differ, a line for each fact."""
    text = "\n".join(each.line for each in differences) or "Both clusters grant the same access."
    return Page("Differences", f"{here}-{other}.txt", text, f"- only on {here}  + only on {other}")


class CompareDialog(Dialog[str]):
    """Asks which cluster to compare with."""

    HEADING = "Compare access with"
    VERB = "Compare"

    def body(self) -> ComposeResult:
        """Yield the input."""
        yield Input(placeholder="name, name@region, identifier, ARN or endpoint", compact=True)
        note = "Connects as the same role, in a separate session."
        yield Static(note, classes="dialog-note", markup=False)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip() or None)
