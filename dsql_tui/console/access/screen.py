"""Roles and grants (F7): who may assume which role, and which objects that role may use.

One snapshot is read when the screen opens and after every change; everything shown is worked out
from it. Every change is a form that ends in a review of its SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from dsql_tui.console.access import texts, workers
from dsql_tui.console.access.changes import (
    AlterRoleDialog,
    DefaultsDialog,
    GrantDialog,
    MapDialog,
    NewRoleDialog,
    TemplateDialog,
)
from dsql_tui.console.access.messages import AccessArrived, AccessFailed, DifferenceArrived
from dsql_tui.console.access.pages import PagesDialog
from dsql_tui.console.access.review import ReviewDialog
from dsql_tui.console.access.rows import MATRIX_LEGEND, Grants, Matrix
from dsql_tui.console.access.selection_summary import (
    about_object,
    about_principal,
    about_public,
    about_role,
)
from dsql_tui.console.access.table import AccessTable
from dsql_tui.console.access.tree import AccessTree, Node, Principal, RoleNode
from dsql_tui.console.access.why import WhyDialog
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings, with_keys
from dsql_tui.console.shared.words import explanation
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.footer import KeyLine
from dsql_tui.errors import DsqlTuiError, InputError
from dsql_tui.model.access.acl import PUBLIC, Right, grantee_name
from dsql_tui.model.access.effective import Access, RightSourceKind
from dsql_tui.model.access.snapshot import AccessSnapshot, Securable
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.sql.access import grants
from dsql_tui.sql.access.plans import PlannedStatement, drop_role


class RolesScreen(Screen[str]):
    """Shows one endpoint's roles and grants; returns a role to connect as, or `None`.

    Args:
        pair: The sessions; the catalog session reads and changes access.
        cluster: The cluster of the session, for policies and snippets.
        read_only: Whether changes are shown as SQL but cannot be run.
        unreadable: Called with the error when roles and grants could not be read.
    """

    CSS_PATH = "../style/access.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.ROLES)]

    def __init__(
        self,
        pair: SessionPair,
        cluster: Cluster,
        *,
        read_only: bool = False,
        unreadable: Callable[[DsqlTuiError], object] = lambda _error: None,
    ) -> None:
        super().__init__(id="roles-screen")
        self._unreadable = unreadable
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
        self._pair, self._cluster, self._read_only = pair, cluster, read_only
        self._tree = AccessTree()
        self._about = Static("Loading roles…", id="role-about")
        self._table = AccessTable(id="access-table")
        self._access = Access(AccessSnapshot(pair.endpoint.role, ()))
        self._shows_matrix = False
        self._source: Grants | Matrix = Grants(self._access, [], by_role=False)

    def compose(self) -> ComposeResult:
        """Yield the tree on the left and the details of its selection on the right."""
        with Horizontal(id="roles-columns"):
            with Vertical(id="roles-list") as left:
                left.border_title = "Access"
                left.border_subtitle = Content(self._pair.endpoint.cluster_name)
                yield self._tree
            with Vertical(id="role-details") as right:
                right.border_title = "…"
                yield self._about
                yield self._table
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the roles and grants."""
        self.action_refresh_access()
        self._tree.focus()

    def action_refresh_access(self) -> None:
        """Read the roles and grants again."""
        self.run_worker(partial(workers.read_access, self._pair, self.post_message), thread=True)

    def on_access_arrived(self, message: AccessArrived) -> None:
        """Show the roles and grants that were read, keeping the cursor's position."""
        self._access = Access(message.snapshot)
        self._tree.fill(message.snapshot)
        self._draw(keep_place=True)

    def on_access_failed(self, message: AccessFailed) -> None:
        """Show why access could not be read; what was read before stays visible."""
        if self._snapshot.roles:
            self._complain(message.error)
        else:
            lines = (
                message.error.message,
                *explanation(message.error),
                with_keys("Press {roles.refresh} to retry."),
            )
            # The answer may come while the screen is first laid out, which would keep its height.
            self.call_after_refresh(self._about.update, Content("\n".join(lines)))
        self._unreadable(message.error)

    def on_difference_arrived(self, message: DifferenceArrived) -> None:
        """Show how another cluster's roles and grants differ."""
        here = self._pair.endpoint.cluster_name
        page = texts.difference_page(here, message.other, message.differences)
        self.app.push_screen(PagesDialog(f"{here} and {message.other}", [page]))

    @on(AccessTree.NodeHighlighted)
    def _selected(self) -> None:
        self._draw()

    @property
    def _snapshot(self) -> AccessSnapshot:
        return self._access.snapshot

    @property
    def _node(self) -> Node | None:
        return self._tree.cursor_node.data if self._tree.cursor_node else None

    def _draw(self, *, keep_place: bool = False) -> None:
        """Draw the right side: the matrix, or the details of the selection on the left."""
        details = self.query_one("#role-details")
        if self._shows_matrix:
            self._source = Matrix(self._access)
            details.border_title = "Roles and tables"
            self._about.update(Content.styled(MATRIX_LEGEND, "$muted"))
        else:
            title, words, pairs, by_role = self._selection()
            details.border_title = Content(title)
            self._about.update(words)
            self._source = Grants(self._access, pairs, by_role=by_role)
        self._table.show(self._source, by_cell=self._shows_matrix, keep_place=keep_place)

    def _selection(self) -> tuple[str, Content, list[tuple[str, Securable]], bool]:
        """Return title, summary and rows for the selected node."""
        snapshot = self._snapshot
        match self._node:
            case RoleNode(name=name, role=role):
                words = about_role(snapshot, role) if role else about_public(snapshot)
                return grantee_name(name), words, [(name, each) for each in snapshot.objects], False
            case Principal() as principal:
                roles = [mapping.role for mapping in principal.mappings]
                pairs = [(role, each) for role in roles[:1] for each in snapshot.objects]
                words = about_principal(snapshot, principal)
                return f"as {roles[0]}", words, pairs, False
            case Securable() as securable:
                names = [*(role.name for role in snapshot.own_roles), PUBLIC]
                words = about_object(snapshot, securable)
                return securable.label, words, [(name, securable) for name in names], True
        hint = with_keys(
            "Select a role, a principal or an object. Press {roles.matrix} for all roles."
        )
        return "…", Content.styled(hint, "$muted"), [], False

    def _role(self) -> str:
        """Return the role under the table's cursor, else the selected one."""
        role, _ = self._cursor()
        return role if role is not None else self._pair.endpoint.role

    def _cursor(self) -> tuple[str | None, Securable | None]:
        """Return role and object under the cursors of both sides."""
        row, column, source = self._table.cursor_row, self._table.cursor_column, self._source
        if isinstance(source, Matrix):
            securable = source.objects[row] if len(source) else None
            return source.roles[column - 1], securable
        if isinstance(self._node, RoleNode | Principal) and not self._table.has_focus:
            name = self._node.name if isinstance(self._node, RoleNode) else None
            return name if name is not None else source.pairs[0][0] if source.pairs else None, None
        if isinstance(self._node, Securable) and not self._table.has_focus:
            return None, self._node
        return source.pairs[row] if len(source) else (None, None)

    # Changes

    def _change(self, form: Dialog[list[PlannedStatement]], heading: str) -> None:
        """Show a form, then review and run the resulting change."""
        self.app.push_screen(form, lambda steps: self._review(heading, steps) if steps else None)

    def _review(self, heading: str, steps: Sequence[PlannedStatement]) -> None:
        def reviewed(ran: bool | None) -> None:
            if ran:
                self.action_refresh_access()

        dialog = ReviewDialog(heading, steps, self._pair, read_only=self._read_only)
        self.app.push_screen(dialog, reviewed)

    def action_new_role(self) -> None:
        """Create a role."""
        self._change(NewRoleDialog(self._snapshot), "Create role")

    def action_alter_role(self) -> None:
        """Alter the role's name, LOGIN and groups."""
        role = self._snapshot.role(self._role())
        if role is not None and self._may_change(role.name):
            self._change(AlterRoleDialog(self._snapshot, role), f"Alter {role.name}")

    def action_drop_role(self) -> None:
        """Drop the role, after dropping or reassigning everything that depends on it."""
        role = self._role()
        if self._snapshot.role(role) is not None and self._may_change(role):
            self._review(f"Drop {role}", drop_role(self._access, role))

    def _may_change(self, role: str) -> bool:
        try:
            grants.check_changeable(role)
        except InputError as error:
            self._complain(error)
            return False
        return True

    def action_map_iam(self) -> None:
        """Map an IAM principal to a role."""
        arn = self._node.arn if isinstance(self._node, Principal) else ""
        if not any(role.can_login and not role.is_admin for role in self._snapshot.own_roles):
            self._complain(
                InputError(
                    with_keys("No role except admin can log in. Press {roles.new} to create one.")
                )
            )
            return
        self._change(MapDialog(self._snapshot, self._role(), arn), "Map IAM principal")

    def action_grant(self) -> None:
        """Grant privileges on the object under the cursor."""
        role, securable = self._cursor()
        form = GrantDialog(self._snapshot, role if role is not None else ADMIN_ROLE, securable)
        self._change(form, "Grant")

    def action_revoke(self) -> None:
        """Revoke the privilege under the cursor, or the mapping of an IAM principal."""
        if isinstance(self._node, Principal) and not self._table.has_focus:
            steps = [
                PlannedStatement(
                    grants.unmap_iam(mapping.role, mapping.arn), f"mapped to {mapping.role}"
                )
                for mapping in self._node.mappings
            ]
            self._review("Revoke mapping", steps)
            return
        role, securable = self._cursor()
        own = (
            self._own_rights(role, securable) if role is not None and securable is not None else []
        )
        if role is not None and securable is not None and not own:
            name = grantee_name(role)
            self._complain(InputError(f"{name} has no direct grant on {securable.label}."))
            return
        name = role if role is not None else ADMIN_ROLE
        form = GrantDialog(self._snapshot, name, securable, own, revoked=True)
        self._change(form, "Revoke")

    def _own_rights(self, role: str, securable: Securable) -> list[Right]:
        """Return what was granted to the role itself on the whole object."""
        near = {RightSourceKind.DIRECT, RightSourceKind.PUBLIC, RightSourceKind.DEFAULT}
        return [
            held.right
            for held in self._access.effective(role, securable)
            for source in held.sources
            if not source.column
            and source.chain == (role,)
            and source.kind in near
            and (source.kind is RightSourceKind.DIRECT) == (role != PUBLIC)
        ]

    def action_default_privileges(self) -> None:
        """Set the privileges of objects created later."""
        self._change(DefaultsDialog(self._snapshot, self._role()), "Default privileges")

    def action_template(self) -> None:
        """Grant privileges from a least-privilege template."""
        if not any(not role.is_admin for role in self._snapshot.own_roles):
            self._complain(
                InputError(
                    with_keys("There is no role except admin. Press {roles.new} to create one.")
                )
            )
            return
        self._change(TemplateDialog(self._snapshot, self._role()), "Apply template")

    # Viewing

    def action_why(self) -> None:
        """Explain why a role may or may not use an object."""
        role, securable = self._cursor()
        if securable is None and self._source and not isinstance(self._source, Matrix):
            securable = next((each for _, each in self._source.pairs if each.is_relation), None)
        self._change(
            WhyDialog(self._access, role or self._role(), securable), "Grant missing privileges"
        )

    @on(AccessTable.RowSelected)
    def _asked(self) -> None:
        self.action_why()

    def action_toggle_matrix(self) -> None:
        """Toggle between all roles and relations and the selection."""
        self._shows_matrix = not self._shows_matrix
        self._draw()
        (self._table if self._shows_matrix else self._tree).focus()

    def action_show_policy(self) -> None:
        """Show IAM policies for this cluster and role."""
        pages = texts.policy_pages(self._cluster, self._role() or ADMIN_ROLE)
        self.app.push_screen(PagesDialog("IAM policy", pages))

    def action_show_snippet(self) -> None:
        """Show code snippets that connect as the role."""
        role = self._role() or ADMIN_ROLE
        pages = texts.snippet_pages(self._cluster, role, self._pair.services.profile)
        self.app.push_screen(PagesDialog(f"Connect as {role}", pages))

    def action_connect_as(self) -> None:
        """Close the screen and connect as the role."""
        role = self._snapshot.role(self._role())
        if role is None or not role.can_login:
            self._complain(InputError("This role cannot open a session: it has no LOGIN."))
            return
        self.dismiss(role.name)

    def action_export_access(self) -> None:
        """Show SQL that recreates roles, mappings and grants."""
        pages = [texts.export_page(self._pair.endpoint.cluster_name, self._snapshot)]
        self.app.push_screen(PagesDialog("Access as SQL", pages))

    def action_compare_access(self) -> None:
        """Compare with another cluster's roles and grants."""

        def chosen(other: str | None) -> None:
            if other:
                job = partial(workers.compare_access, self._pair, self._snapshot, other)
                self.run_worker(partial(job, self.post_message), thread=True)

        self.app.push_screen(texts.CompareDialog(), chosen)

    def _complain(self, error: DsqlTuiError) -> None:
        self.notify(f"{error.message} {error.remedy}".strip(), severity="warning", markup=False)

    def action_back(self) -> None:
        """Move the focus from the table to the tree, or return to the workspace."""
        if self._shows_matrix:
            self.action_toggle_matrix()
        elif self._table.has_focus:
            self._tree.focus()
        else:
            self.dismiss(None)
