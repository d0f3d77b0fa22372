"""Keys of lists, trees and drawn tables, and of the clusters and the schema in the sidebar."""

from __future__ import annotations

from dsql_tui.console.shared.key import Key, Place

_L, _T, _C, _S = Place.LISTS, Place.TABLES, Place.CLUSTERS, Place.SCHEMA

LISTS: tuple[Key, ...] = (
    Key("list.down", "cursor_down", "down,j", "Down", "Next row", _L),
    Key("list.up", "cursor_up", "up,k", "Up", "Previous row", _L),
    Key("list.top", "scroll_home", "home,g", "To the top", "First row", _L),
    Key("list.bottom", "scroll_end", "end,G", "To the end", "Last row", _L),
    Key("list.fold", "fold", "left,h", "Fold", "Fold, or go to the parent", _L,
        synonyms="collapse"),
    Key("list.unfold", "unfold", "right,l", "Unfold", "Unfold", _L, synonyms="expand"),
    Key("list.toggle", "toggle_node", "space", "Fold / unfold", "Fold or unfold", _L),
    Key("list.filter", "filter", "slash", "Filter", "Show only rows that contain a string", _L,
        footer=True, synonyms="search find"),
    Key("list.refresh", "refresh_list", "r,ctrl+r", "Refresh", "Read the list again", _L,
        footer=True, synonyms="reload"),
)  # fmt: skip

TABLES: tuple[Key, ...] = (
    Key("table.up", "cursor_up", "up,k", "Up", "Previous row", _T),
    Key("table.down", "cursor_down", "down,j", "Down", "Next row", _T),
    Key("table.page_up", "page(-1)", "pageup,ctrl+u", "Page up", "One page up", _T),
    Key("table.page_down", "page(1)", "pagedown,ctrl+d", "Page down", "One page down", _T),
    Key("table.top", "scroll_top", "home", "To the top", "First row", _T),
    Key("table.bottom", "scroll_bottom", "end,G", "To the end", "Last row", _T),
    Key("table.left", "slide(-1)", "left,h", "Left", "Scroll or move left", _T),
    Key("table.right", "slide(1)", "right,l", "Right", "Scroll or move right", _T),
)  # fmt: skip

SIDEBAR: tuple[Key, ...] = (
    Key("clusters.open", "select_cursor", "enter", "Open", "Open a session, choosing the role", _C,
        footer=True, synonyms="connect"),
    Key("fleet.show", "screen.show_fleet", "f2", "Fleet",
        "All clusters of all Regions on one board", _C, footer=True,
        synonyms="board dashboard overview"),
    Key("schema.open", "select_cursor", "enter", "Open",
        "Open the table at its rows; fold or unfold a schema", _S, footer=True,
        synonyms="inspect browse rows table"),
    Key("schema.insert", "insert_name", "i", "Insert name", "Insert the name into the editor", _S,
        footer=True, synonyms="paste"),
    Key("schema.change", "change", "C", "Change",
        "Rename, comment, add or drop columns and indexes, drop, delete all rows", _S, footer=True,
        synonyms="alter ddl rename comment column create index truncate drop table"),
    Key("schema.widen", "screen.widen_sidebar", "w", "Wider sidebar",
        "Toggle: make the sidebar wider", _S, synonyms="width broad resize"),
    Key("schema.select", "select_rows", "s", "Insert SELECT",
        "Insert a SELECT of the relation into the editor", _S, footer=True,
        synonyms="select rows query"),
)  # fmt: skip
