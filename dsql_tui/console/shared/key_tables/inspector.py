"""Keys of the table inspector."""

from __future__ import annotations

from dsql_tui.console.shared.key import Key, Place

_I, _S = Place.INSPECTOR, Place.SOURCE

INSPECTOR: tuple[Key, ...] = (
    Key("inspector.back", "screen.back", "escape", "Back",
        "Back to the relation before, or to the workspace", _I, footer=True),
    Key("inspector.insert", "screen.insert", "Q", "Insert SQL",
        "Put what is shown into the editor, as SQL", _I, footer=True,
        synonyms="editor statement"),
    Key("inspector.copy", "screen.copy_part", "alt+y", "Copy SQL",
        "Copy what is shown, as SQL", _I, synonyms="clipboard yank"),
    Key("inspector.count", "screen.count", "number_sign", "Count rows",
        "Count the rows on the server", _I, footer=True, synonyms="exact number total"),
    Key("inspector.next", "screen.step_part(1)", "ctrl+pagedown", "Next part",
        "Show the next part: rows, columns, keys, indexes …", _I, priority=True,
        synonyms="tab"),
    Key("inspector.previous", "screen.step_part(-1)", "ctrl+pageup", "Previous part",
        "Show the previous part", _I, priority=True, synonyms="tab"),
    Key("inspector.rows", "screen.show_part('rows')", "1", "Rows", "Show the rows", _I,
        synonyms="data browse"),
    Key("inspector.columns", "screen.show_part('columns')", "2", "Columns",
        "Show the columns: type, NOT NULL, default, comment", _I, synonyms="fields types"),
    Key("inspector.constraints", "screen.show_part('constraints')", "3", "Keys and constraints",
        "Show the keys and constraints", _I, synonyms="primary foreign check unique"),
    Key("inspector.indexes", "screen.show_part('indexes')", "4", "Indexes",
        "Show the indexes and statistics objects", _I),
    Key("inspector.references", "screen.show_part('references')", "5", "References",
        "Show the foreign keys from and to this table", _I, synonyms="foreign keys"),
    Key("inspector.privileges", "screen.show_part('privileges')", "6", "Privileges",
        "Show who may do what", _I, synonyms="grants roles access"),
    Key("inspector.definition", "screen.show_part('definition')", "7", "DDL",
        "Show the definition as SQL", _I, synonyms="definition source create view"),
    Key("inspector.refresh", "screen.refresh", "ctrl+r", "Refresh",
        "Read the relation again", _I, synonyms="reload"),
    Key("source.copy", "copy", "y", "Copy", "Copy the definition", _S, footer=True,
        synonyms="clipboard yank"),
    Key("source.grants", "grants", "G", "Grants",
        "Show or hide the GRANTs below the definition", _S, footer=True,
        synonyms="privileges grant option"),
)  # fmt: skip
