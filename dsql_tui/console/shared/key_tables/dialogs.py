"""Keys of dialogs."""

from __future__ import annotations

from dsql_tui.console.shared.key import Key, Place

_D, _H, _P = Place.DIALOGS, Place.HISTORY, Place.HELP

DIALOGS: tuple[Key, ...] = (
    Key("history.older", "move(1)", "down", "Older", "Next older statement", _H),
    Key("history.newer", "move(-1)", "up", "Newer", "Next newer statement", _H),
    Key("history.star", "star", "alt+s", "Star", "Star the statement, or remove the star", _H,
        synonyms="favorite"),
    Key("history.name", "name", "alt+n", "Name", "Name the statement", _H, synonyms="rename"),
    Key("history.marked", "only_marked", "alt+m", "Snippets only",
        "Toggle: starred, named and the repository's only", _H),
    Key("history.forget", "forget", "alt+d", "Delete", "Delete the statement from the history",
        _H, synonyms="forget remove"),
    Key("role.new_tab", "new_tab", "ctrl+t", "Open in a new tab",
        "Open the session in a new SQL tab", Place.ROLE),
    Key("diagnostics.copy", "copy", "c", "Copy", "Copy the report", Place.DIAGNOSTICS),
    Key("form.send", "confirm", "ctrl+s", "Save", "Create or save what was entered", Place.FORM,
        synonyms="send create submit"),
    Key("progress.retry", "retry", "r", "Retry", "Try again", Place.PROGRESS),
    Key("policy.block", "block", "ctrl+b", "Block public access",
        "Insert a policy that blocks public access", Place.POLICY),
    Key("help.up", "move(-1)", "up", "Up", "Previous line", _P),
    Key("help.down", "move(1)", "down", "Down", "Next line", _P),
    Key("help.page_up", "page(-1)", "pageup", "Page up", "One page up", _P),
    Key("help.page_down", "page(1)", "pagedown", "Page down", "One page down", _P),
    Key("dialog.previous", "app.focus_previous", "left", "Previous button",
        "Go to the previous button", _D),
    Key("dialog.next", "app.focus_next", "right", "Next button", "Go to the next button", _D),
    Key("dialog.close", "leave", "escape", "Close",
        "Close and leave everything as it is", _D, synonyms="cancel"),
)  # fmt: skip
