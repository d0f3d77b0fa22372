"""Keys of row editing: in the grid, in a cell's field, and in the review of changes."""

from __future__ import annotations

from dsql_tui.console.shared.key import Key, Place

_R, _F, _C = Place.RESULTS, Place.CELL_FIELD, Place.CHANGES

ROW_EDITING: tuple[Key, ...] = (
    Key("rows.edit", "edit_cell", "E", "Edit", "Edit this cell, or set the selected cells", _R,
        synonyms="change update set value row"),
    Key("rows.add", "add_row", "a", "Add row", "Stage a new row", _R, synonyms="insert new"),
    Key("rows.duplicate", "duplicate_row", "A", "Duplicate row",
        "Stage a new row with the values of this one", _R, synonyms="copy clone insert"),
    Key("rows.delete", "delete_rows", "delete,D", "Delete row",
        "Mark the row or the selected rows for deletion, or remove the mark", _R,
        synonyms="remove"),
    Key("rows.paste", "paste_cells", "I", "Paste cells",
        "Stage copied cells, from this cell to the right and down", _R,
        synonyms="clipboard spreadsheet tsv"),
    Key("rows.undo", "undo_edit", "U", "Undo edit", "Undo the last staged edit", _R,
        synonyms="revert"),
    Key("rows.redo", "redo_edit", "Z", "Redo edit", "Redo the edit that was undone", _R),
    Key("rows.old_values", "toggle_old_values", "B", "Old values",
        "Toggle: show the stored values of changed cells too", _R, synonyms="before original"),
    Key("rows.review", "review_changes", "R", "Review changes",
        "Show the statements of the staged changes, and run them", _R,
        synonyms="save apply commit run staged edits"),
)  # fmt: skip

CELL_FIELD: tuple[Key, ...] = (
    Key("field.null", "give_null", "ctrl+n", "NULL", "Stage NULL", _F, footer=True),
    Key("field.default", "give_default", "ctrl+t", "DEFAULT", "Stage the column's default", _F,
        footer=True),
    Key("field.larger", "open_larger", "ctrl+o", "Larger field",
        "Edit in a dialog with several lines", _F, footer=True, synonyms="multiline text"),
    Key("field.next", "stage_and_step(1)", "tab", "Stage, next column",
        "Stage the value and edit the next column", _F),
    Key("field.previous", "stage_and_step(-1)", "shift+tab", "Stage, previous column",
        "Stage the value and edit the previous column", _F),
    Key("field.close", "leave", "escape", "Close", "Close without a change", _F, footer=True),
    Key("value.stage", "confirm", "ctrl+s", "Stage", "Stage the value", Place.VALUE_EDITOR),
    Key("value.null", "give_null", "ctrl+n", "NULL", "Stage NULL", Place.VALUE_EDITOR),
    Key("value.default", "give_default", "ctrl+t", "DEFAULT", "Stage the column's default",
        Place.VALUE_EDITOR),
    Key("value.outside", "edit_outside", "alt+e", "External editor",
        "Edit the value in $VISUAL or $EDITOR", Place.VALUE_EDITOR, synonyms="vim nano"),
    Key("changes.editor", "to_editor", "e", "Insert into editor",
        "Insert the statements into the SQL editor in place of running them", _C),
    Key("changes.copy", "copy", "y", "Copy SQL", "Copy the statements", _C),
    Key("changes.up", "scroll(-1)", "up", "Scroll up", "Scroll up", _C),
    Key("changes.down", "scroll(1)", "down", "Scroll down", "Scroll down", _C),
)  # fmt: skip
