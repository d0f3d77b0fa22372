"""Which database role to become on a cluster; the one used last is offered first."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from dsql_tui.console.dialogs.base import Dialog
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import ADMIN_ROLE


class RoleDialog(Dialog[str]):
    """Answers a role's name.

    Args:
        cluster: What is about to be opened.
        roles: Roles known for it, the last used first.
    """

    KEYS = "enter opens · tab another role · esc not now"

    def __init__(self, cluster: Cluster, roles: tuple[str, ...]) -> None:
        super().__init__()
        self._cluster, self._roles = cluster, roles

    def heading(self) -> str:
        """What is being asked."""
        return "Open a session as"

    def body(self) -> ComposeResult:
        """The cluster, the known roles, a line for any other."""
        cluster = self._cluster
        yield Static(
            Content.assemble((cluster.name, "bold $text"), (f"  {cluster.region}", "$muted")),
            classes="dialog-text",
        )
        yield OptionList(*(Option(_option(role), id=role) for role in self._roles), markup=False)
        yield Input(placeholder="another role", compact=True)

    def on_mount(self) -> None:
        """Enter alone opens with the role used last."""
        self.query_one(OptionList).highlighted = 0
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        if role := event.value.strip():
            self.dismiss(role)


def _option(role: str) -> Content:
    action = "dsql:DbConnectAdmin" if role == ADMIN_ROLE else "dsql:DbConnect"
    return Content.assemble((f" {role:<24}", "$text"), (f" {action} ", "$muted"))
