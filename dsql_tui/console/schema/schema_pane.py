"""The tree of schemas and relations, with columns, keys and indexes; read when expanded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static
from textual.widgets.tree import TreeNode

from dsql_tui.console.messages.catalog import (
    ChangeRequested,
    DetailsWanted,
    FunctionsRequested,
    InspectRequested,
    RelationsWanted,
)
from dsql_tui.console.messages.clusters import SchemaRefreshRequested
from dsql_tui.console.messages.editing import InsertRequested
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings, bindings_of, with_keys
from dsql_tui.console.shared.words import estimate, explanation
from dsql_tui.console.widgets.listing import ListTree, fit
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.catalog import NamedFunction, SchemaContents
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.relation import (
    Attribute,
    Constraint,
    Index,
    Relation,
    RelationDetails,
    RelationKind,
)
from dsql_tui.sql.lexing.names import quoted


@dataclass(frozen=True, slots=True)
class SchemaNode:
    """A schema of the database."""

    name: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A line that is not an object: loading, empty, or an error."""

    text: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class PartGroup:
    """A relation's columns, indexes or constraints, or a schema's functions; and how many."""

    title: str
    size: int


NodeData = (
    SchemaNode | Relation | NamedFunction | PartGroup | Attribute | Index | Constraint | Remark
)
Branch = tuple[str, ...]
"""Schema, then relation, then the title of a group."""
COLUMNS, FUNCTIONS = "Columns", "Functions"
NOTHING = "Open a cluster to see its tables."
LEAST_SIDE = 6
"""Cells reserved for a type next to a long name; the name has priority."""
_LOADING = Remark("loading…")
_SHORT_TYPES = {
    "timestamp with time zone": "tstz",
    "timestamp without time zone": "timestamp",
    "time without time zone": "time",
    "time with time zone": "timetz",
    "character varying": "varchar",
    "double precision": "float8",
    "character": "char",
}
_CONSTRAINTS = {"foreign": "FK", "primary": "PK"}
_ICONS = {RelationKind.VIEW: "view", RelationKind.SEQUENCE: "seq"}


class SchemaTree(ListTree[NodeData]):
    """The tree; posts a message when a branch is expanded for the first time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Place.SCHEMA),
        *bindings_of("list.top", "list.filter", "list.refresh"),
    ]

    def __init__(self) -> None:
        super().__init__(id="schema-tree")

    def action_filter(self) -> None:
        """Show the filter of the pane."""
        self.query_ancestor(SchemaPane).open_filter()

    def action_refresh_list(self) -> None:
        """Read the schemas again."""
        self.post_message(SchemaRefreshRequested())

    def action_insert_name(self) -> None:
        """Insert the name under the cursor into the editor."""
        if (data := self._cursor_data()) is not None and (name := sql_name(data)):
            self.post_message(InsertRequested(name))

    def action_change(self) -> None:
        """Change the relation at the cursor, whose column or index it may be on, or search one."""
        data, relation = self._cursor_data(), _relation_at(self.cursor_node)
        part = data.name if isinstance(data, Attribute | Index) else ""
        name = (relation.schema, relation.name) if relation else None
        self.post_message(ChangeRequested(name, part))

    def action_select_rows(self) -> None:
        """Insert a SELECT of the relation under the cursor into the editor."""
        data = self._cursor_data()
        if isinstance(data, Relation) and data.kind is not RelationKind.SEQUENCE:
            self.post_message(InsertRequested(_select(data)))

    def render_label(self, node: TreeNode[NodeData], _base: Style, style: Style) -> Text:
        """Return a line: the name on the left, the type or row estimate on the right."""
        data = node.data
        if data is None:
            return Text("", style)
        depth = _depth(node)
        width = max(self.size.width - 2 * (depth - 1) - 1, 8)
        muted = style + self.paint("muted")
        if isinstance(data, Remark):
            return Text(
                fit(data.text, width), style + self.paint("bad" if data.failed else "muted")
            )
        label = Text()
        if node.allow_expand:
            label.append(self.ICON_NODE_EXPANDED if node.is_expanded else self.ICON_NODE, muted)
            width -= 2
        name, side = _row(data)
        name_width = min(cell_len(name), max(width - LEAST_SIDE - 1, 4))
        label.append(fit(name, name_width), style)
        return label.append(fit(f" {side}", width - name_width, right=True), muted)

    def _cursor_data(self) -> NodeData | None:
        return self.cursor_node.data if self.cursor_node is not None else None


class SchemaPane(Vertical):
    """The schema tree of one endpoint's database, or a message."""

    BORDER_TITLE = "Schema"

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._endpoint: Endpoint | None = None
        self.was_read = False
        """Whether it shows what was read, or why it could not be."""
        self._tree = SchemaTree()
        self._tree.display = False
        self._filter = Input(placeholder="name of a table, view or function", compact=True)
        self._filter.display = False
        self._contents: dict[str, SchemaContents] = {}
        """What is in the schemas that were read."""
        self._to_unfold: set[Branch] = set()
        self._folded: set[Branch] = set()
        """Groups that were folded although they are unfolded at first."""
        self._cursor_at: Branch = ()
        self._note = Static(NOTHING, id="schema-note", markup=False)

    def compose(self) -> ComposeResult:
        """Yield the message, the filter and the tree."""
        yield self._note
        yield self._filter
        yield self._tree

    def mark(self, endpoint: Endpoint) -> None:
        """Name the connected cluster, its Region and the role in the frame."""
        where = f"{endpoint.cluster_name} {endpoint.region} · {endpoint.role}"
        self.border_subtitle = Content(where)

    def clear(self, note: str) -> None:
        """Show a message in place of the tree."""
        self.was_read = False
        self._contents.clear()
        self._tree.clear()
        self._tree.display = self._filter.display = False
        self._note.display = True
        self._note.update(Content(note))

    def show_schemas(self, endpoint: Endpoint, schemas: list[str]) -> None:
        """Show the schemas; unfold what was unfolded, or else the first, usually `public`."""
        self.mark(endpoint)
        self._endpoint, self.was_read = endpoint, True
        self._to_unfold, self._cursor_at = self._unfolded_branches(), self._cursor_branch()
        self._contents.clear()
        self._tree.clear()
        for name in schemas:
            self._tree.root.add(name, SchemaNode(name)).add_leaf("", _LOADING)
        self._note.display = False
        self._tree.display = True
        if not self._to_unfold and schemas:
            self._to_unfold, self._cursor_at = {(schemas[0],)}, (schemas[0],)
        for node in self._tree.root.children:
            self._come_back(node)

    def show_contents(self, schema: str, contents: SchemaContents) -> None:
        """Fill a schema's branch with what the filter leaves."""
        node = self._schema_node(schema)
        if node is None:
            return
        self._contents[schema] = contents
        wanted = self._filter.value.strip().lower()
        shown = [each for each in contents.relations if wanted in each.name.lower()]
        called = [each for each in contents.functions if wanted in each.name.lower()]
        node.remove_children()
        for relation in shown:
            added = node.add(relation.name, relation)
            added.add_leaf("", _LOADING)
            self._come_back(added)
        if called:
            group = node.add("", PartGroup(FUNCTIONS, len(called)), expand=bool(wanted))
            for function in called:
                group.add_leaf("", function)
            self._come_back(group)
        if contents.problem:
            node.add_leaf("", Remark(f"functions: {contents.problem}", failed=True))
        elif not shown and not called:
            node.add_leaf("", Remark("no match" if wanted else "no tables or views"))

    def show_details(self, relation: Relation, details: RelationDetails) -> None:
        """Fill a relation's branch with groups: columns, indexes and other constraints."""
        node = self._relation_node(relation.schema, relation.name)
        if node is None:
            return
        node.remove_children()
        groups: tuple[tuple[str, Sequence[NodeData]], ...] = (
            (COLUMNS, details.attributes),
            ("Indexes", details.indexes),
            ("Constraints", _shown_constraints(details)),
        )
        for title, parts in groups:
            if parts:
                is_folded = (relation.schema, relation.name, title) in self._folded
                expand = title == COLUMNS and not is_folded
                group = node.add("", PartGroup(title, len(parts)), expand=expand)
                for part in parts:
                    group.add_leaf("", part)
                self._come_back(group)
        if not node.children:
            node.add_leaf("", Remark("no columns"))

    def _unfolded_branches(self) -> set[Branch]:
        waiting = list(self._tree.root.children)
        unfolded: set[Branch] = set()
        while waiting:
            node = waiting.pop()
            if node.is_expanded:
                unfolded.add(_branch_of(node))
                waiting += node.children
        return unfolded

    def _cursor_branch(self) -> Branch:
        node = self._tree.cursor_node
        return _branch_of(node) if node is not None else ()

    def _come_back(self, node: TreeNode[NodeData]) -> None:
        """Unfold a branch that was unfolded before a refresh, and return the cursor to it."""
        branch = _branch_of(node)
        if branch in self._to_unfold:
            self._to_unfold.discard(branch)
            node.expand()
        if branch and branch == self._cursor_at[: len(branch)]:
            _ = self._tree.last_line  # lays the new nodes out, which gives them their lines
            self._tree.move_cursor(node)

    def open_filter(self) -> None:
        """Show and focus the filter."""
        self._filter.display = True
        self._filter.focus()

    @on(Input.Changed)
    def _filter_changed(self) -> None:
        self._to_unfold |= {each for each in self._unfolded_branches() if len(each) > 1}
        self._cursor_at = self._cursor_branch() or self._cursor_at
        for schema, contents in [*self._contents.items()]:
            self.show_contents(schema, contents)

    @on(Input.Submitted)
    def _leave_filter(self) -> None:
        self._tree.focus()

    def key_escape(self) -> None:
        """Clear the filter and show every relation."""
        if self._filter.display:
            self._filter.value = ""
            self._filter.display = False
            self._tree.focus()

    def show_failure(self, branch: str, error: DsqlTuiError) -> None:
        """Show why a branch cannot be read; other branches stay."""
        if not branch:
            self.clear(
                "\n".join(
                    (
                        error.message,
                        *explanation(error),
                        with_keys("Press {list.refresh} to retry."),
                    )
                )
            )
            self.was_read = True
            return
        schema, _, name = branch.partition(".")
        node = self._relation_node(schema, name) if name else self._schema_node(branch)
        if node is not None:
            node.remove_children()
            node.add_leaf("", Remark(error.message, failed=True))

    def estimate_of(self, target: str) -> str:
        """Return `~1.2 k rows` for a relation's name as written in SQL, or an empty string."""
        for contents in self._contents.values():
            for relation in contents.relations:
                if target in {sql_name(relation), relation.name}:
                    shown = estimate(relation.estimated_rows)
                    return f"{shown} rows" if shown else ""
        return ""

    def focus_content(self) -> None:
        """Focus the tree if it is shown, otherwise the pane's message."""
        self._tree.focus()

    @on(SchemaTree.NodeExpanded)
    def _unfolded(self, event: SchemaTree.NodeExpanded[NodeData]) -> None:
        self._folded.discard(_branch_of(event.node))
        children = event.node.children
        if self._endpoint is None or len(children) != 1 or children[0].data is not _LOADING:
            return
        match event.node.data:
            case SchemaNode(name):
                self.post_message(RelationsWanted(self._endpoint, name))
            case Relation() as relation:
                self.post_message(DetailsWanted(self._endpoint, relation))

    @on(SchemaTree.NodeCollapsed)
    def _collapsed(self, event: SchemaTree.NodeCollapsed[NodeData]) -> None:
        if isinstance(event.node.data, PartGroup):
            self._folded.add(_branch_of(event.node))

    @on(SchemaTree.NodeSelected)
    def _selected(self, event: SchemaTree.NodeSelected[NodeData]) -> None:
        """Open a relation, that of a column or index, or the source of a function."""
        if isinstance(event.node.data, PartGroup):
            event.node.toggle()
        elif isinstance(function := event.node.data, NamedFunction):
            self.post_message(FunctionsRequested((function.schema, function.name)))
        elif (relation := _relation_at(event.node)) is not None:
            self.post_message(InspectRequested((relation.schema, relation.name)))
        elif event.node.allow_expand:
            event.node.toggle()

    def _schema_node(self, schema: str) -> TreeNode[NodeData] | None:
        schema_node = SchemaNode(schema)
        return next((node for node in self._tree.root.children if node.data == schema_node), None)

    def _relation_node(self, schema: str, name: str) -> TreeNode[NodeData] | None:
        parent = self._schema_node(schema)
        if parent is None:
            return None
        return next(
            (
                node
                for node in parent.children
                if isinstance(node.data, Relation) and node.data.name == name
            ),
            None,
        )


def sql_name(data: NodeData) -> str:
    """Return the object's name as SQL needs it, with its schema unless that is `public`."""
    match data:
        case Relation() | NamedFunction():
            name = quoted(data.name)
            return name if data.schema == "public" else f"{quoted(data.schema)}.{name}"
        case SchemaNode() | Attribute() | Index() | Constraint():
            return quoted(data.name)
        case Remark() | PartGroup():
            return ""


def short_type(name: str) -> str:
    """Return a short type name: `tstz`, `varchar(20)`."""
    head, bracket, rest = name.partition("(")
    head = head.strip()
    if bracket:
        inner, _, tail = rest.partition(")")
        return f"{_SHORT_TYPES.get(head + tail, _SHORT_TYPES.get(head, head) + tail)}({inner})"
    return _SHORT_TYPES.get(name, name)


def _row(
    data: SchemaNode | Relation | NamedFunction | PartGroup | Attribute | Index | Constraint,
) -> tuple[str, str]:
    match data:
        case PartGroup():
            return data.title, str(data.size)
        case Relation():
            return data.name, _ICONS.get(data.kind) or estimate(data.estimated_rows)
        case NamedFunction():
            return data.name, data.signature
        case Attribute():
            key = " PK" if data.is_primary_key else " FK" if data.references else ""
            return data.name, short_type(data.type_name) + key
        case Index():
            kind = "primary" if data.is_primary else "unique" if data.is_unique else "index"
            return data.name, kind if data.is_valid else f"{kind}, INVALID"
        case Constraint():
            kind = data.definition.split(" ")[0].lower()
            return data.name, _CONSTRAINTS.get(kind, kind) if data.is_validated else "NOT VALID"
        case SchemaNode():
            return data.name, ""


def _select(relation: Relation) -> str:
    return "select *\nfrom " + sql_name(relation) + "\nlimit 100;\n"


def _shown_constraints(details: RelationDetails) -> tuple[Constraint, ...]:
    """Return constraints that neither a key mark nor an index already shows."""
    indexes = {index.name for index in details.indexes}
    return tuple(each for each in details.constraints if each.name not in indexes)


def _branch_of(node: TreeNode[NodeData]) -> Branch:
    """Return where a node is; a column, an index or a message is at its group."""
    names: list[str] = []
    current: TreeNode[NodeData] | None = node
    while current is not None:
        match current.data:
            case SchemaNode(name) | Relation(name=name) | PartGroup(title=name):
                names.insert(0, name)
        current = current.parent
    return tuple(names)


def _relation_at(node: TreeNode[NodeData] | None) -> Relation | None:
    """Return the relation that a node shows or is part of."""
    while node is not None and not isinstance(node.data, Relation):
        node = node.parent
    return node.data if node is not None and isinstance(node.data, Relation) else None


def _depth(node: TreeNode[NodeData]) -> int:
    depth = 0
    while node.parent is not None:
        depth, node = depth + 1, node.parent
    return depth
