"""Roles and grants (F7): who may become which role, and what that role may touch."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import DataTable, Static
from textual.widgets.tree import TreeNode

from dsql_tui.console import jobs
from dsql_tui.console.grants import COLUMNS, GrantRow, grant_rows
from dsql_tui.console.keys import Place, bindings
from dsql_tui.console.messages import (
    PrivilegesArrived,
    RefreshRequested,
    RolesArrived,
    RolesFailed,
)
from dsql_tui.console.panes.footer import KeyLine
from dsql_tui.console.panes.listing import ListTree, fit
from dsql_tui.console.sessions import SessionPair
from dsql_tui.console.words import count, explanation
from dsql_tui.model.role import Role, RoleCatalog


class RoleTree(ListTree[Role]):
    """The roles; the number of IAM principals at the right."""

    def __init__(self) -> None:
        super().__init__(id="role-tree")
        self.catalog = RoleCatalog(())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Roles have no filter."""
        if action == "filter":
            return False
        return super().check_action(action, parameters)

    def action_refresh_list(self) -> None:
        """Ask for the roles again."""
        self.post_message(RefreshRequested("roles"))

    def render_label(self, node: TreeNode[Role], _base: Style, style: Style) -> Text:
        """Return a role's row."""
        role = node.data
        if role is None:
            return Text("", style)
        arns = len(self.catalog.mappings_of(role.name))
        side = "group" if not role.can_login else count(arns, "ARN") if arns else ""
        glyph, paint = ("●", "good") if role.can_login else ("○", "muted")
        label = Text().append(f"{glyph} ", style + self.paint(paint))
        label.append(fit(role.name, max(self.size.width - len(side) - 6, 6)), style)
        return label.append(f" {side}", style + self.paint("muted"))


class RolesScreen(Screen[None]):
    """A screen of its own over one endpoint's catalog.

    Args:
        pair: Whose catalog session reads.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.ROLES)]

    def __init__(self, pair: SessionPair) -> None:
        super().__init__(id="roles-screen")
        self._pair = pair
        self._tree = RoleTree()
        self._about = Static("Reading roles…", id="role-about", markup=False)
        self._grants: DataTable[Text] = DataTable(
            id="grants", cursor_type="row", zebra_stripes=False, cell_padding=1
        )
        self._catalog = RoleCatalog(())

    def compose(self) -> ComposeResult:
        """Roles at the left, the selected one at the right."""
        with Horizontal(id="roles-columns"):
            with Vertical(id="roles-list") as left:
                left.border_title = "Roles"
                left.border_subtitle = Content(self._pair.endpoint.cluster_name)
                yield self._tree
            with Vertical(id="role-details") as right:
                right.border_title = "…"
                yield self._about
                yield self._grants
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the roles; the columns are always the same."""
        for label in ("object", *COLUMNS, "also", "through"):
            self._grants.add_column(Text(label))
        self.on_refresh_requested()

    def on_refresh_requested(self) -> None:
        """Read the roles again."""
        self.run_worker(partial(jobs.read_roles, self._pair, self.post_message), thread=True)

    def on_roles_arrived(self, message: RolesArrived) -> None:
        """Show the roles."""
        self._catalog = self._tree.catalog = message.catalog
        self._tree.clear()
        for role in message.catalog.roles:
            self._tree.root.add_leaf(role.name, role)
        self._tree.focus()
        self._tree.call_after_refresh(self._tree.move_cursor_to_line, 0)

    def on_roles_failed(self, message: RolesFailed) -> None:
        """Say why something cannot be read; what was read stays."""
        self._about.update(
            Content(
                "\n".join((message.error.message, *explanation(message.error), "r tries again"))
            )
        )

    @on(RoleTree.NodeHighlighted)
    def _read_role(self, event: RoleTree.NodeHighlighted[Role]) -> None:
        role = event.node.data
        if role is None:
            return
        self.query_one("#role-details").border_title = Content(role.name)
        self._about.update(_about(role, self._catalog))
        self._grants.clear()
        self.run_worker(
            partial(jobs.read_privileges, self._pair, role.name, self.post_message),
            thread=True,
            group="privileges",
        )

    def on_privileges_arrived(self, message: PrivilegesArrived) -> None:
        """Show the privileges, unless the cursor has moved on."""
        node = self._tree.cursor_node
        if node is None or node.data is None or node.data.name != message.role:
            return
        self._grants.clear()
        for row in grant_rows(message.role, message.privileges):
            self._grants.add_row(*_cells(row))


def _cells(row: GrantRow) -> list[Text]:
    marks = [Text(mark, justify="center") for mark in row.marks]
    return [Text(row.name), *marks, Text(row.others), Text(row.through)]


def _about(role: Role, catalog: RoleCatalog) -> Content:
    words = ["LOGIN" if role.can_login else "NOLOGIN", *role.attributes]
    words.append(
        f"member of {', '.join(role.member_of)}" if role.member_of else "member of no role"
    )
    lines = [Content(" · ".join(words))]
    mappings = catalog.mappings_of(role.name)
    lines.extend(
        Content.assemble(
            ("IAM   ", "$muted"),
            (mapping.arn, "$text"),
            (f"   granted by {mapping.grantor}", "$muted"),
        )
        for mapping in mappings
    )
    if not mappings:
        lines.append(Content.styled(f"IAM   {_no_mapping(role, catalog)}", "$muted"))
    lines.append(
        Content.styled("● granted to the role  ○ held through another  – not held", "$muted")
    )
    return Content("\n").join(lines)


def _no_mapping(role: Role, catalog: RoleCatalog) -> str:
    if catalog.mappings_note:
        return catalog.mappings_note
    if role.name == "admin":
        return "no mapping needed: whoever holds dsql:DbConnectAdmin connects as admin"
    if not role.can_login:
        return "a role without LOGIN cannot be mapped"
    return f"nobody can connect as {role.name} until AWS IAM GRANT {role.name} TO '<arn>'"
