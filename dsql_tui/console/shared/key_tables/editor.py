"""Keys of the SQL editor, its find bar and the dialog with a linter's fix."""

from __future__ import annotations

from dsql_tui.console.shared.key import Key, Place

_Q, _F = Place.EDITOR, Place.FIND

EDITOR: tuple[Key, ...] = (
    Key("edit.find", "screen.find", "ctrl+f", "Find and replace",
        "Find and replace in the SQL tab", _Q, synonyms="search"),
    Key("history.search", "screen.show_history", "ctrl+r", "History",
        "Search statements that were run; snippets", _Q),
    Key("edit.fix", "screen.show_fix", "alt+q,alt+full_stop", "Show fix",
        "Show the fix for what DSQL would refuse", _Q, synonyms="lint quick fix correct"),
    Key("edit.complete", "screen.suggest", "ctrl+@,ctrl+space", "Complete",
        "Suggest names and keywords; tab accepts", _Q,
        synonyms="autocomplete completion suggestions"),
    Key("edit.definition", "screen.go_to_definition", "alt+g", "Go to definition",
        "Open the table, view or function that the name at the cursor means", _Q,
        synonyms="inspect jump describe"),
    Key("edit.comment", "toggle_comment", "ctrl+slash,ctrl+underscore", "Comment",
        "Comment or uncomment the lines", _Q, synonyms="uncomment"),
    Key("edit.outdent", "dedent", "shift+tab", "Outdent lines",
        "Remove one level of indentation; tab indents a selection", _Q, synonyms="dedent unindent"),
    Key("edit.invisible", "toggle_invisible", "alt+i", "Invisible characters",
        "Toggle: mark no-break spaces, soft hyphens and trailing blanks", _Q,
        synonyms="whitespace nbsp blanks"),
    Key("edit.soft_wrap", "toggle_soft_wrap", "alt+p", "Soft wrap",
        "Toggle: long lines take several rows, or scroll sideways", _Q,
        synonyms="word wrap lines"),
    Key("edit.undo", "undo", "ctrl+z,super+z", "Undo", "Undo the last edit", _Q),
    Key("edit.redo", "redo", "ctrl+y,super+y", "Redo", "Redo the edit undone last", _Q),
    Key("edit.select_all", "select_all", "alt+a", "Select all", "Select the whole SQL tab", _Q),
    Key("edit.top", "text_start", "ctrl+home", "To the top", "Go to the start of the SQL tab", _Q,
        synonyms="beginning first line"),
    Key("edit.bottom", "text_end", "ctrl+end", "To the end", "Go to the end of the SQL tab", _Q,
        synonyms="bottom last line"),
    Key("edit.select_to_top", "text_start(True)", "ctrl+shift+home", "Select to the top",
        "Select from the cursor to the start of the SQL tab", _Q),
    Key("edit.select_to_bottom", "text_end(True)", "ctrl+shift+end", "Select to the end",
        "Select from the cursor to the end of the SQL tab", _Q),
)  # fmt: skip

FIND: tuple[Key, ...] = (
    Key("find.next", "find(1)", "down", "Next", "Select the next match (also enter)", _F,
        footer=True),
    Key("find.previous", "find(-1)", "up", "Previous", "Select the previous match", _F,
        footer=True),
    Key("find.regex", "toggle_regex", "ctrl+r", "Regex",
        "Toggle: search a regular expression, or a string", _F, footer=True,
        synonyms="regular expression"),
    Key("find.replace", "replace", "alt+r", "Replace", "Replace this match and go to the next", _F,
        footer=True),
    Key("find.replace_all", "replace_all", "alt+a", "Replace all", "Replace every match", _F,
        footer=True),
    Key("find.close", "leave", "escape", "Close", "Close the find bar", _F, footer=True),
)  # fmt: skip

FIX: tuple[Key, ...] = (
    Key("fix.apply", "confirm", "enter", "Apply", "Apply the fix", Place.FIX),
)  # fmt: skip
