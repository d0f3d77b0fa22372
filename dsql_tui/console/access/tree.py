"""The tree of roles, IAM principals and objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text
from textual.widgets.tree import TreeNode

from dsql_tui.console.access.rows import object_name
from dsql_tui.console.widgets.listing import ListTree, fit
from dsql_tui.model.access.acl import PUBLIC
from dsql_tui.model.access.role import IamMapping, Role, SecurableKind
from dsql_tui.model.access.snapshot import AccessSnapshot, Securable
from dsql_tui.model.span import count


@dataclass(frozen=True, slots=True)
class Heading:
    """A branch: `Roles`, a principal's short name or a schema."""

    text: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Principal:
    """An IAM principal with the roles it may assume."""

    arn: str
    mappings: tuple[IamMapping, ...]


@dataclass(frozen=True, slots=True)
class RoleNode:
    """A role, or PUBLIC, which is not a role."""

    name: str
    role: Role | None = None


Node = Heading | RoleNode | Principal | Securable


class AccessTree(ListTree[Node]):
    """A tree in which letters are the screen's keys: `g` grants, `r` revokes."""

    def __init__(self) -> None:
        super().__init__(id="access-tree")
        self._arns: dict[str, int] = {}

    def fill(self, snapshot: AccessSnapshot) -> None:
        """Show a snapshot; the cursor stays on the same object if it still exists."""
        before = self.cursor_node.data if self.cursor_node else None
        self._arns = {role.name: len(snapshot.mappings_of(role.name)) for role in snapshot.roles}
        self.clear()
        self._roles(snapshot)
        self._principals(snapshot)
        self._objects(snapshot)
        previous = next(
            (node for node in self._leaves(self.root) if _same(node.data, before)), None
        )
        first = self.root.children[0].children[0] if self.root.children else None
        if target := previous or first:
            self.call_after_refresh(self.move_cursor, target)

    def _leaves(self, node: TreeNode[Node]) -> Sequence[TreeNode[Node]]:
        below = [leaf for child in node.children for leaf in self._leaves(child)]
        return [node, *below]

    def _roles(self, snapshot: AccessSnapshot) -> None:
        roles = snapshot.own_roles
        branch = self.root.add("", Heading("Roles", len(roles)), expand=True)
        for role in roles:
            branch.add_leaf("", RoleNode(role.name, role))
        branch.add_leaf("", RoleNode(PUBLIC))

    def _principals(self, snapshot: AccessSnapshot) -> None:
        arns = dict.fromkeys(mapping.arn for mapping in snapshot.mappings)
        branch = self.root.add("", Heading("IAM principals", len(arns)), expand=True)
        for arn in arns:
            mappings = tuple(mapping for mapping in snapshot.mappings if mapping.arn == arn)
            branch.add_leaf("", Principal(arn, mappings))

    def _objects(self, snapshot: AccessSnapshot) -> None:
        branch = self.root.add("", Heading("Objects", len(snapshot.objects)), expand=True)
        schema: TreeNode[Node] | None = None
        for securable in snapshot.objects:
            if securable.kind is SecurableKind.SCHEMA:
                schema = branch.add("", securable)
            else:
                (schema or branch).add_leaf("", securable)

    def render_label(self, node: TreeNode[Node], _base: Style, style: Style) -> Text:
        """Return a line: the name on the left, a count on the right."""
        if node.data is None:
            return Text("", style)
        muted = style + self.paint("muted")
        depth = 2 + self.guide_depth * self._depth(node)
        width = max(self.size.width - depth - 1, 8)
        match node.data:
            case Heading(text=text, count=number):
                label, side, paint = text, f"{number:,}", muted
            case RoleNode(role=None):
                label, side, paint = "◌ PUBLIC", "every role", muted
            case RoleNode(name=name, role=Role() as role):
                arns = self._arns.get(name, 0)
                side = count(arns, "ARN") if arns else "" if role.can_login else "group"
                glyph = "●" if role.can_login else "○"
                label, paint = f"{glyph} {name}", style
            case Principal(arn=arn, mappings=mappings):
                label, side, paint = (
                    f"◆ {arn.rpartition(':')[2]}",
                    count(len(mappings), "role"),
                    style,
                )
            case Securable() as securable:
                is_schema = securable.kind is SecurableKind.SCHEMA
                label = (
                    securable.schema
                    if is_schema
                    else object_name(securable).replace(f"{securable.schema}.", "", 1)
                )
                side, paint = "" if is_schema else securable.owner, style
        arrow = ""
        if node.allow_expand:
            arrow = self.ICON_NODE_EXPANDED if node.is_expanded else self.ICON_NODE
        room = max(width - len(side) - len(arrow) + 1, 4)
        row = Text().append(arrow, muted).append(fit(label, room), paint)
        return row.append(f" {side}", muted)

    def _depth(self, node: TreeNode[Node]) -> int:
        depth = 0
        while node.parent is not None and node.parent is not self.root:
            node, depth = node.parent, depth + 1
        return depth


def _same(one: Node | None, other: Node | None) -> bool:
    match one, other:
        case RoleNode(), RoleNode():
            return one.name == other.name
        case Principal(), Principal():
            return one.arn == other.arn
        case Securable(), Securable():
            return (one.kind, one.label) == (other.kind, other.label)
    return False
