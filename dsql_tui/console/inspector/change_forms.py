"""The changes that can be made to a relation, and the fields of their forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dsql_tui.errors import InputError
from dsql_tui.model.inspection import Inspection
from dsql_tui.model.relation import RelationKind
from dsql_tui.sql.altering.changes import (
    NAME_BYTES,
    CommentOn,
    DropRelation,
    RelationChange,
    RenameColumn,
    RenameRelation,
)
from dsql_tui.sql.altering.columns_and_indexes import (
    COLUMN_TYPES,
    AddColumn,
    CreateIndex,
    DropColumn,
    DropIndex,
    dropped_with,
    has_order,
)


class RelationChangeKind(StrEnum):
    """The changes, in the order of the menu."""

    RENAME = "Rename"
    COMMENT = "Comment"
    ADD_COLUMN = "Add column"
    RENAME_COLUMN = "Rename column"
    COMMENT_COLUMN = "Comment on column"
    DROP_COLUMN = "Drop column"
    CREATE_INDEX = "Create index"
    DROP_INDEX = "Drop index"
    DELETE_ROWS = "Delete all rows"
    DROP = "Drop"


SIDES: Mapping[RelationChangeKind, str] = {
    RelationChangeKind.CREATE_INDEX: "built by a job",
    RelationChangeKind.DELETE_ROWS: "in batches: DSQL has no TRUNCATE",
}
"""What the menu adds at the right."""
_ALL = (RelationChangeKind.RENAME, RelationChangeKind.COMMENT, RelationChangeKind.DROP)
_OF_VIEWS = (*_ALL, RelationChangeKind.RENAME_COLUMN, RelationChangeKind.COMMENT_COLUMN)


class FieldKind(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    CHOICE = "choice"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a form.

    Attributes:
        key: Its name in code.
        label: Its name on the screen.
        kind: How it is filled in.
        value: What it holds at first.
        options: What can be selected, or is suggested for a text.
        hint: Shown in an empty text.
    """

    key: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    value: str = ""
    options: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class FormValues:
    """What is in the fields, by their keys; lists are in the order of selection."""

    texts: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangeForm:
    """The form of a change.

    Attributes:
        heading: Its title.
        fields: At least one.
        change: Returns the change for the values.
        note: Returns what else the change means, or an empty string.
        confirm: A name that has to be typed into the field `confirm`; empty without one.
    """

    heading: str
    fields: tuple[FormField, ...]
    change: Callable[[FormValues], RelationChange]
    note: Callable[[FormValues], str] = lambda _values: ""
    confirm: str = ""

    def check(self, values: FormValues) -> None:
        """Check that the name is typed that confirms the change.

        Raises:
            InputError: It is not.
        """
        if self.confirm and values.texts["confirm"] != self.confirm:
            raise InputError(f"Type {self.confirm} in the last field to confirm.")


def kinds_for(of: Inspection) -> tuple[RelationChangeKind, ...]:
    """Return the changes that a relation offers, in the order of the menu."""
    match of.relation.kind:
        case RelationKind.TABLE:
            offered = set(RelationChangeKind)
        case RelationKind.VIEW:
            offered = set(_OF_VIEWS)
        case _:
            offered = set(_ALL)
    if not droppable_indexes(of):
        offered.discard(RelationChangeKind.DROP_INDEX)
    return tuple(kind for kind in RelationChangeKind if kind in offered)


def label_of(kind: RelationChangeKind, of: Inspection) -> str:
    """Return a change's name in the menu: `Rename table`, `Add column`."""
    match kind:
        case RelationChangeKind.RENAME | RelationChangeKind.DROP:
            return f"{kind} {of.relation.kind}"
        case RelationChangeKind.COMMENT:
            return f"Comment on {of.relation.kind}"
    return kind.value


def form_of(kind: RelationChangeKind, of: Inspection, part: str = "") -> ChangeForm:
    """Return the form of a change.

    Args:
        kind: Any but `DELETE_ROWS`, which has none.
        of: The relation.
        part: The column or index to begin with.
    """
    return _FORMS[kind](of, part)


def droppable_indexes(of: Inspection) -> tuple[str, ...]:
    """Return the names of the indexes but the primary key's."""
    return tuple(each.name for each in of.indexes if not each.is_primary)


def index_name(table: str, columns: Sequence[str]) -> str:
    """Return a name for an index as PostgreSQL forms it, at most as long as a name can be."""
    suffix = "_idx"
    whole = "_".join((table, *columns)).encode()[: NAME_BYTES - len(suffix)]
    return whole.decode(errors="ignore") + suffix


def _heading(words: str, of: Inspection) -> str:
    return f"{words} {of.relation.schema}.{of.relation.name}"


def _column_field(of: Inspection, part: str) -> FormField:
    names = tuple(column.name for column in of.columns)
    value = part if part in names else names[0] if names else ""
    return FormField("column", "Column", FieldKind.CHOICE, value, names)


def _rename(of: Inspection, _part: str) -> ChangeForm:
    fields = (FormField("name", "New name", value=of.relation.name),)
    note = (
        "Statements of programs, and functions whose source names it, keep the present name. "
        "Views follow."
    )
    return ChangeForm(
        _heading(f"Rename {of.relation.kind}", of),
        fields,
        lambda values: RenameRelation(values.texts["name"]),
        lambda _values: note,
    )


def _comment(of: Inspection, _part: str) -> ChangeForm:
    fields = (FormField("comment", "Comment", value=of.relation.comment, hint="empty removes it"),)
    return ChangeForm(
        _heading("Comment on", of), fields, lambda values: CommentOn(values.texts["comment"])
    )


def _add_column(of: Inspection, _part: str) -> ChangeForm:
    fields = (
        FormField("name", "Name"),
        FormField("type", "Type", options=COLUMN_TYPES, hint="text, bigint, numeric(18,6) …"),
        FormField("default", "Default", hint="optional expression for new rows: 0, 'new', now()"),
    )

    def change(values: FormValues) -> RelationChange:
        texts = values.texts
        return AddColumn(texts["name"], texts["type"], texts["default"])

    def note(values: FormValues) -> str:
        if not values.texts["default"]:
            return "The column is NULL in the rows that exist."
        return "Rows that exist get NULL, not the default: fill them with UPDATE, run in batches."

    return ChangeForm(_heading("Add column to", of), fields, change, note)


def _rename_column(of: Inspection, part: str) -> ChangeForm:
    fields = (_column_field(of, part), FormField("name", "New name"))
    return ChangeForm(
        _heading("Rename column of", of),
        fields,
        lambda values: RenameColumn(values.texts["column"], values.texts["name"]),
    )


def _comment_column(of: Inspection, part: str) -> ChangeForm:
    fields = (_column_field(of, part), FormField("comment", "Comment", hint="empty removes it"))

    def note(values: FormValues) -> str:
        column = of.column(values.texts["column"])
        return f"Comment now: {column.comment}" if column and column.comment else "No comment yet."

    return ChangeForm(
        _heading("Comment on column of", of),
        fields,
        lambda values: CommentOn(values.texts["comment"], values.texts["column"]),
        note,
    )


def _drop_column(of: Inspection, part: str) -> ChangeForm:
    fields = (
        _column_field(of, part),
        FormField("confirm", "Table's name", hint="type it to confirm"),
    )

    def note(values: FormValues) -> str:
        others = dropped_with(values.texts["column"], of)
        return f"Dropped with it: {', '.join(others)}." if others else ""

    return ChangeForm(
        _heading("Drop column of", of),
        fields,
        lambda values: DropColumn(values.texts["column"]),
        note,
        confirm=of.relation.name,
    )


def _create_index(of: Inspection, part: str) -> ChangeForm:
    keys = tuple(column.name for column in of.columns if has_order(column.type_name))
    every = tuple(column.name for column in of.columns)
    first = part if part in keys else ""
    fields = (
        FormField("columns", "Columns", FieldKind.LIST, first, keys),
        FormField("name", "Name", hint="default: from the table and the columns"),
        FormField("unique", "Unique", FieldKind.CHOICE, "no", ("no", "yes")),
        FormField("included", "Include", FieldKind.LIST, "", every),
        FormField("where", "Only rows where", hint="optional condition: status = 'open'"),
    )

    def change(values: FormValues) -> RelationChange:
        texts, columns = values.texts, tuple(values.lists["columns"])
        return CreateIndex(
            texts["name"] or (index_name(of.relation.name, columns) if columns else ""),
            columns,
            tuple(values.lists["included"]),
            texts["unique"] == "yes",
            texts["where"],
        )

    def note(values: FormValues) -> str:
        words = "The key has the columns in the order in which you select them."
        if values.texts["unique"] == "yes":
            words += " If rows have the same key, the job fails and the index remains INVALID."
        return words

    return ChangeForm(_heading("Create index on", of), fields, change, note)


def _drop_index(of: Inspection, part: str) -> ChangeForm:
    names = droppable_indexes(of)
    first = part if part in names else names[0]
    fields = (FormField("index", "Index", FieldKind.CHOICE, first, names),)

    def note(values: FormValues) -> str:
        index = next(each for each in of.indexes if each.name == values.texts["index"])
        return index.definition

    return ChangeForm(
        _heading("Drop index of", of),
        fields,
        lambda values: DropIndex(values.texts["index"]),
        note,
    )


def _drop(of: Inspection, _part: str) -> ChangeForm:
    kind = of.relation.kind
    fields = (FormField("confirm", f"{kind.capitalize()}'s name", hint="type it to confirm"),)
    return ChangeForm(
        _heading(f"Drop {kind}", of),
        fields,
        lambda _values: DropRelation(),
        lambda _values: "The server refuses if views or other objects depend on it.",
        confirm=of.relation.name,
    )


_FORMS: Mapping[RelationChangeKind, Callable[[Inspection, str], ChangeForm]] = {
    RelationChangeKind.RENAME: _rename,
    RelationChangeKind.COMMENT: _comment,
    RelationChangeKind.ADD_COLUMN: _add_column,
    RelationChangeKind.RENAME_COLUMN: _rename_column,
    RelationChangeKind.COMMENT_COLUMN: _comment_column,
    RelationChangeKind.DROP_COLUMN: _drop_column,
    RelationChangeKind.CREATE_INDEX: _create_index,
    RelationChangeKind.DROP_INDEX: _drop_index,
    RelationChangeKind.DROP: _drop,
}
