"""Selecting a database role on a cluster; the one used last is offered first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.toggles import ChoiceList
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import ADMIN_ROLE


@dataclass(frozen=True, slots=True)
class RoleChoice:
    """A role, and whether to open it in a new tab."""

    role: str
    new_tab: bool = False


class RoleDialog(Dialog[RoleChoice]):
    """Returns the role and where to open it.

    Args:
        cluster: The cluster to open.
        roles: Roles known for it, the last used first.
        beside: Describes the tab next to which a new tab opens; empty if the person may choose
            the tab.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.ROLE)]

    def __init__(self, cluster: Cluster, roles: tuple[str, ...], *, beside: str = "") -> None:
        super().__init__()
        self._cluster, self._roles, self._beside = cluster, roles, beside

    def verb(self) -> str:
        """Return `Open` or `Open in a new tab`."""
        return "Open in new tab" if self._beside else "Open"

    def hints(self) -> tuple[str, ...]:
        """Return how to name another role and, where possible, to open a new tab."""
        other = "type a role"
        return (other,) if self._beside else (other, "{role.new_tab} open in new tab")

    def heading(self) -> str:
        """Return the title."""
        return "Connect as another role" if self._beside else "Open a session as"

    def body(self) -> ComposeResult:
        """Yield the cluster, the known roles and an input for another one."""
        cluster = self._cluster
        yield Static(
            Content.assemble(
                (cluster.name, "bold $text"),
                (f"  {cluster.region}", "$muted"),
                (f"  {self._beside}", "$muted"),
            ),
            classes="dialog-text",
        )
        line = Input(placeholder="another role", compact=True)
        options = (Option(_option(role), id=role) for role in self._roles)
        yield ChoiceList(*options, line=line, markup=False)
        yield line

    def on_mount(self) -> None:
        """Select the role used last."""
        self.query_one(OptionList).highlighted = 0
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _chosen(self) -> None:
        self._answer(new_tab=bool(self._beside))

    def action_new_tab(self) -> None:
        """Open the role in a new tab."""
        self._answer(new_tab=True)

    def _answer(self, *, new_tab: bool) -> None:
        """Answer what was typed where the cursor is in the line, the chosen role otherwise."""
        line, known = self.query_one(Input), self.query_one(OptionList)
        chosen = known.highlighted_option
        role = line.value.strip() if line.has_focus else (chosen.id or "" if chosen else "")
        if role:
            self.dismiss(RoleChoice(role, new_tab))


def _option(role: str) -> Content:
    action = "dsql:DbConnectAdmin" if role == ADMIN_ROLE else "dsql:DbConnect"
    return Content.assemble((f" {role:<24}", "$text"), (f" {action} ", "$muted"))
