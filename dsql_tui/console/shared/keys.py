"""One table of what a person can do and with which keys.

The bindings of every widget, the footer, the palette, the help screen and the README read it; a key
that is not here does not exist. Every entry has an id, so `App.set_keymap` can rebind it; quitting
alone is fixed, so that no typing error in a keymap can lock a person in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from textual.binding import Binding


class Place(StrEnum):
    """Where a key works; the words head the help screen's sections."""

    EVERYWHERE = "Everywhere"
    WORKSPACE = "Workspace"
    EDITOR = "SQL editor"
    LISTS = "Lists and trees"
    CLUSTERS = "Clusters"
    SCHEMA = "Schema"
    RESULTS = "Results"
    GRID = "Result grid"
    PLAN = "Plan"
    ROLES = "Roles and grants"
    FLEET = "Fleet: the cluster under the cursor"
    FLEET_SCREEN = "Fleet: the board"
    DETAILS = "Cluster details"
    METRICS = "Metrics"
    LATENCY = "Latency"
    OWN_LATENCY = "Latency of this console"
    BESIDE = "Two sessions side by side"
    LONG_RUN = "Scripts and batches"


@dataclass(frozen=True, slots=True)
class Key:
    """One action and the keys that start it.

    Attributes:
        id: Name for a keymap, `place.verb`.
        action: Textual action; `app.` or `screen.` says who answers.
        keys: Textual key names separated by commas; empty when only the palette offers it.
        label: One or two words for the footer; empty keeps it out of the footer.
        help: What it does, for the help screen and the palette.
        place: Where it works.
        display: How the footer names the key; empty takes the first key's own name.
    """

    id: str
    action: str
    keys: str
    label: str
    help: str
    place: Place
    display: str = ""

    @property
    def first_key(self) -> str:
        """The key to show, as people write it."""
        return self.display or display_key(self.keys.partition(",")[0])


_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "full_stop": ".",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "underscore": "_",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "right_curly_bracket": "}",
    "left_curly_bracket": "{",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "circumflex_accent": "^",
    "dollar_sign": "$",
    "equals_sign": "=",
    "exclamation_mark": "!",
    "ampersand": "&",
    "comma": ",",
    "minus": "-",
    "space": "space",
}


def display_key(key: str) -> str:
    """Return a key as people write it: `^p`, `F5`, `alt+.`, `⇧F6`."""
    *modifiers, name = key.split("+")
    name = _NAMES.get(name, name)
    if len(name) > 1 and name[0] == "f" and name[1:].isdigit():
        name = name.upper()
    shown = "".join(
        "^" if each == "ctrl" else "⇧" if each == "shift" else f"{each}+" for each in modifiers
    )
    return shown + name


_E, _W, _Q, _L = Place.EVERYWHERE, Place.WORKSPACE, Place.EDITOR, Place.LISTS
_C, _S, _X = Place.CLUSTERS, Place.SCHEMA, Place.ROLES
_R, _G = Place.RESULTS, Place.GRID
_F, _FS, _D = Place.FLEET, Place.FLEET_SCREEN, Place.DETAILS
_M, _LAT = Place.METRICS, Place.LATENCY

QUIT = Key(
    "app.quit", "app.quit_console", "ctrl+q", "", "Quit; asks only when something is open", _E
)
"""The one key that a keymap cannot change."""

KEYS: tuple[Key, ...] = (
    Key("run.statement", "screen.run_statement", "f5,ctrl+j,ctrl+enter", "Run",
        "Run the selection, or the statement at the cursor", _W),
    Key("run.all", "screen.run_all", "shift+f5", "", "Run every statement of the tab", _W),
    Key("run.go_on", "screen.toggle_go_on", "", "",
        "At an error: run what stands behind it, or stop there", _W),
    Key("run.beside", "screen.run_beside", "", "",
        "Run the statement on a second session and compare", _W),
    Key("run.script", "screen.run_script", "", "",
        "Run script the DSQL way: step by step, with a checkpoint", _W),
    Key("run.batches", "screen.run_batches", "", "",
        "Run in batches: a large UPDATE, DELETE or INSERT … SELECT", _W),
    Key("explain.plan", "screen.explain(False)", "f6", "Explain", "Plan of the statement", _W),
    Key("explain.analyze", "screen.explain(True)", "shift+f6", "",
        "Plan of the statement, run with times and DPU", _W),
    Key("run.cancel", "screen.cancel", "escape", "Cancel",
        "Cancel the running statement (also ctrl+c)", _W),
    Key("run.again", "screen.run_again", "alt+r", "Run again",
        "Run again what a conflict or a lost connection has undone", _W),
    Key("run.outcome", "screen.show_outcome", "alt+o", "Look",
        "Look whether a write completed whose answer was lost", _W),
    Key("transaction.commit", "screen.commit", "alt+c", "Commit", "Commit the transaction", _W),
    Key("transaction.rollback", "screen.roll_back", "alt+z,alt+b", "Roll back",
        "Roll the open transaction back", _W),
    Key("transaction.manual", "screen.toggle_manual", "", "",
        "Switch between autocommit and manual commit", _W),
    Key("session.read_only", "screen.toggle_read_only", "", "",
        "Switch read-only mode, enforced by the server", _W),
    Key("session.open", "screen.focus_pane('clusters')", "f2", "Clusters",
        "Go to the clusters", _W),
    Key("pane.editor", "screen.focus_pane('editor')", "f3", "", "Go to the SQL editor", _W),
    Key("pane.results", "screen.focus_pane('results')", "f4", "", "Go to the results", _W),
    Key("roles.show", "screen.show_roles", "f7", "Roles", "Roles, IAM mappings and grants", _W),
    Key("latency.own", "screen.show_own_latency", "shift+f8", "",
        "Percentiles of what this console has run", _W),
    Key("history.show", "screen.show_history", "f8", "History", "Statements that were run", _W),
    Key("snippets.show", "screen.show_history(True)", "", "",
        "Snippets: starred, named, and those of the repository", _W),
    Key("history.search", "screen.show_history", "ctrl+r", "", "Search the history", _Q),
    Key("token.show", "screen.show_token", "f12", "", "Token, session and credentials", _W),
    Key("sidebar.toggle", "screen.toggle_sidebar", "f9", "", "Fold or unfold the sidebar", _W),
    Key("pane.maximize", "screen.toggle_maximize", "f10", "",
        "Give the focused pane the whole screen, and back", _W),
    Key("pane.1", "screen.focus_pane('clusters')", "1", "", "Clusters, when not typing", _W),
    Key("pane.2", "screen.focus_pane('schema')", "2", "", "Schema, when not typing", _W),
    Key("pane.3", "screen.focus_pane('editor')", "3", "", "SQL editor, when not typing", _W),
    Key("pane.4", "screen.focus_pane('results')", "4", "", "Results, when not typing", _W),
    Key("session.examine", "screen.examine", "", "",
        "Examine the connection, layer by layer", _W),
    Key("aws.sign_in", "screen.sign_in", "alt+l", "",
        "Sign in to AWS again: aws sso login, or read the credentials anew", _W),
    Key("aws.profile", "screen.switch_profile", "", "",
        "Switch to another AWS profile or other Regions", _W),
    Key("session.close", "screen.close_session", "", "", "Close the session", _W),
    Key("session.renew", "screen.renew_session", "", "", "Open the session again", _W),
    Key("session.peer", "screen.switch_peer", "", "", "Go to the other Region of the pair", _W),
    Key("clusters.refresh", "screen.refresh_clusters", "", "", "List the clusters again", _W),
    Key("schema.refresh", "screen.refresh_schema", "", "", "Read the schema again", _W),
    Key("tab.next", "screen.next_tab(1)", "ctrl+pagedown", "", "Next tab", _W),
    Key("tab.previous", "screen.next_tab(-1)", "ctrl+pageup", "", "Previous tab", _W),
    Key("tab.new", "screen.new_tab", "ctrl+t", "",
        "New SQL tab with a session of its own, same cluster and role", _W),
    Key("tab.connect_as", "screen.connect_as", "alt+t", "",
        "Connect as another role, in a tab next to this one", _W),
    Key("tab.close", "screen.close_tab", "alt+w", "", "Close the SQL tab and its session", _W),
    Key("tab.reopen", "screen.reopen_tab", "", "", "Open the closed SQL tab again", _W),
    Key("tab.rename", "screen.rename_tab", "", "", "Name the SQL tab", _W),
    Key("tab.left", "screen.move_tab(-1)", "", "", "Move the SQL tab to the left", _W),
    Key("tab.right", "screen.move_tab(1)", "", "", "Move the SQL tab to the right", _W),
    Key("file.open", "screen.open_file", "ctrl+o", "", "Open a SQL file", _W),
    Key("file.save", "screen.save_file", "ctrl+s", "", "Save the SQL tab", _W),
    Key("file.save_as", "screen.save_as", "", "", "Save the SQL tab in another file", _W),
    Key("edit.find", "screen.find", "ctrl+f", "", "Find and replace", _Q),
    Key("edit.format", "screen.format", "alt+shift+f,alt+f", "", "Lay the statement out", _W),
    Key("edit.outside", "screen.edit_outside", "alt+e", "", "Edit in $EDITOR", _W),
    Key("jobs.show", "screen.show_jobs", "", "", "Index builds and other jobs", _W),
    Key("results.messages", "screen.show_messages", "", "", "Messages of the last run", _W),
    Key("edit.fix", "screen.show_fix", "alt+q,alt+full_stop", "",
        "Show the fix for what DSQL would refuse", _Q),
    Key("edit.complete", "screen.suggest", "ctrl+@,ctrl+space", "",
        "Suggest names and keywords; tab accepts", _Q, "^space"),
    Key("edit.comment", "toggle_comment", "ctrl+slash,ctrl+underscore", "",
        "Comment or uncomment the lines", _Q, "^/"),
    Key("edit.dedent", "dedent", "shift+tab", "",
        "Take an indentation away from the lines; tab on a selection adds one", _Q),
    Key("list.down", "cursor_down", "j", "", "Down", _L),
    Key("list.up", "cursor_up", "k", "", "Up", _L),
    Key("list.top", "scroll_home", "g", "", "To the top", _L),
    Key("list.bottom", "scroll_end", "G", "", "To the end", _L),
    Key("list.fold", "fold", "h", "", "Fold, or go to the parent", _L),
    Key("list.unfold", "unfold", "l", "", "Unfold", _L),
    Key("list.filter", "filter", "slash", "Filter", "Show only what contains a text", _L),
    Key("list.refresh", "refresh_list", "r,ctrl+r", "Refresh", "Read the list again", _L),
    Key("clusters.open", "select_cursor", "enter", "Open", "Open a session, choosing the role", _C),
    Key("schema.fold", "select_cursor", "enter", "Unfold", "Fold or unfold", _S),
    Key("schema.insert", "insert_name", "i", "Insert name", "Put the name into the editor", _S),
    Key("schema.select", "select_rows", "s", "Select rows", "Put a select into the editor", _S),
    Key("grid.up", "move(-1, 0)", "up,k", "", "Row up", _G),
    Key("grid.down", "move(1, 0)", "down,j", "", "Row down", _G),
    Key("grid.left", "move(0, -1)", "left,h", "", "Column left", _G),
    Key("grid.right", "move(0, 1)", "right,l", "", "Column right", _G),
    Key("grid.first_row", "first_row", "g,ctrl+home", "", "First row", _G),
    Key("grid.last_row", "last_row", "G,ctrl+end", "", "Last row", _G),
    Key("grid.first_column", "first_column", "home,circumflex_accent", "", "First column", _G),
    Key("grid.last_column", "last_column", "end,dollar_sign", "", "Last column", _G),
    Key("grid.page_up", "page(-1.0)", "pageup", "", "Page up", _G),
    Key("grid.page_down", "page(1.0)", "pagedown", "", "Page down", _G),
    Key("grid.half_page_up", "page(-0.5)", "ctrl+u", "", "Half a page up", _G),
    Key("grid.half_page_down", "page(0.5)", "ctrl+d", "", "Half a page down", _G),
    Key("grid.select_up", "extend(-1, 0)", "shift+up", "", "Take the row above too", _G),
    Key("grid.select_down", "extend(1, 0)", "shift+down", "", "Take the row below too", _G),
    Key("grid.select_left", "extend(0, -1)", "shift+left", "", "Take the column left too", _G),
    Key("grid.select_right", "extend(0, 1)", "shift+right", "", "Take the column right too", _G),
    Key("grid.select_cells", "select('cells')", "v", "", "Take a range of cells", _G),
    Key("grid.select_rows", "select('rows')", "V,space", "", "Take whole rows", _G),
    Key("grid.select_columns", "select('columns')", "ctrl+v", "", "Take whole columns", _G),
    Key("grid.open_cell", "open_cell", "enter", "Open", "Show the whole value", _G),
    Key("results.find", "find", "slash", "Find", "Find a text, or a regular expression", _R),
    Key("results.next_match", "next_match", "n", "", "Next match", _R),
    Key("results.previous_match", "previous_match", "N", "", "Match before", _R),
    Key("results.sort", "sort", "s", "Sort", "Sort by this column: up, down, not at all", _R),
    Key("results.sort_further", "sort_further", "S", "", "Sort equal rows by this column", _R),
    Key("results.filter", "filter", "ampersand", "Filter", "Keep the rows that hold a text", _R),
    Key("results.keep_value", "keep_value", "equals_sign", "", "Keep rows with this value", _R),
    Key("results.drop_value", "drop_value", "exclamation_mark", "", "Drop rows with the value", _R),
    Key("results.unarrange", "unarrange", "u", "", "All rows, in the server's order", _R),
    Key("results.copy", "copy", "y", "Copy", "Copy the cell, or what is taken", _R),
    Key("results.copy_row", "copy_row", "Y", "", "Copy the row", _R),
    Key("results.copy_as", "copy_as", "c", "Copy as", "Copy as CSV, JSON, INSERT, IN (…) …", _R),
    Key("results.export", "export", "e", "Export", "Write the rows into a file", _R),
    Key("results.record", "show_record", "x", "Record", "One row, a line for each column", _R),
    Key("results.summary", "summarize", "i", "Summary", "What this column holds", _R),
    Key("results.pin", "pin", "p", "", "Pin this result to compare others with it", _R),
    Key("results.compare", "compare", "d", "", "Differences from the pinned result", _R),
    Key("results.more", "more", "m", "", "Fetch rows beyond the limit", _R),
    Key("results.columns", "pick_columns", "f", "Columns", "Choose the columns shown", _R),
    Key("results.wider", "resize_column(4)", "greater_than_sign", "", "Wider column", _R),
    Key("results.narrower", "resize_column(-4)", "less_than_sign", "", "Narrower column", _R),
    Key("results.fit", "fit_column", "w", "", "Fit this column to what is in it", _R),
    Key("results.fit_all", "fit_columns", "W", "", "Fit every column", _R),
    Key("results.hide", "hide_column", "minus", "", "Hide this column", _R),
    Key("results.move_left", "move_column(-1)", "left_curly_bracket", "", "Move column left", _R),
    Key("results.move_right", "move_column(1)", "right_curly_bracket", "", "Move column right", _R),
    Key("results.freeze", "freeze", "z", "", "Keep the columns up to here at the left", _R),
    Key("results.group_digits", "group_digits", "comma", "", "1,000,000 or 1000000", _R),
    Key("results.zone", "turn_zone", "t", "", "Moments in your zone, UTC, or as sent", _R),
    Key("results.back", "step_back", "escape", "", "Undo one: work, selection, search, filter", _R),
    Key("plan.raw", "raw", "t", "Text", "The plan as the server printed it", Place.PLAN),
    Key("plan.compare", "compare", "b", "Compare", "Beside the plan before it", Place.PLAN),
    Key("roles.grant", "screen.grant", "g", "Grant", "Grant privileges", _X),
    Key("roles.revoke", "screen.revoke", "r,delete", "Revoke",
        "Revoke privileges, or the mapping of an IAM principal", _X),
    Key("roles.new", "screen.new_role", "n", "New role", "Make a role", _X),
    Key("roles.map", "screen.map_iam", "i", "Map IAM", "Map an IAM principal to a role", _X),
    Key("roles.why", "screen.why", "w", "Why?", "Why may it, or why not: object or statement", _X),
    Key("roles.matrix", "screen.toggle_matrix", "m", "Matrix", "All roles × all relations", _X),
    Key("roles.policy", "screen.show_policy", "p", "IAM policy", "IAM policies, least first", _X),
    Key("roles.back", "screen.back", "escape", "Back", "Back to the workspace", _X),
    Key("roles.alter", "screen.alter_role", "a", "Alter", "Name, LOGIN and groups of a role", _X),
    Key("roles.drop", "screen.drop_role", "d", "Drop", "Drop a role and what depends on it", _X),
    Key("roles.template", "screen.template", "t", "Template",
        "Read-only, read-write or migration role in one go", _X),
    Key("roles.defaults", "screen.default_privileges", "f", "Defaults",
        "Privileges that new objects are born with", _X),
    Key("roles.snippet", "screen.show_snippet", "s", "Snippet",
        "Programs that connect as the role", _X),
    Key("roles.connect", "screen.connect_as", "o", "Connect as",
        "Open the cluster as this role, in a tab next to this one", _X),
    Key("roles.export", "screen.export_access", "e", "Export", "Access as SQL", _X),
    Key("roles.compare", "screen.compare_access", "c", "Compare",
        "How another cluster's access differs", _X),
    Key("roles.refresh", "screen.refresh_access", "ctrl+r", "", "Read roles and grants again", _X),
    Key("fleet.show", "screen.show_fleet", "f2", "Fleet", "All clusters on one board", _C),
    Key("fleet.open", "screen.open_session", "o", "Open", "Open a session on the cluster", _F),
    Key("fleet.details", "select_cursor", "enter", "Details", "Everything about the cluster", _F),
    Key("fleet.new", "screen.new_cluster", "n", "New", "Create a cluster", _FS),
    Key("fleet.update", "screen.update_cluster", "u", "Update", "Change its settings", _F),
    Key("fleet.delete", "screen.delete_cluster", "D", "Delete", "Delete the cluster", _F),
    Key("fleet.metrics", "screen.show_metrics", "m", "Metrics", "What CloudWatch has on it", _F),
    Key("fleet.latency", "screen.show_latency", "b", "Bench", "Measure latency, consistency", _F),
    Key("fleet.favourite", "screen.favourite", "f", "", "Keep it at the top, or let it go", _F),
    Key("fleet.down", "cursor_down", "j", "", "Down", _F),
    Key("fleet.up", "cursor_up", "k", "", "Up", _F),
    Key("fleet.top", "scroll_top", "g", "", "To the top", _F),
    Key("fleet.bottom", "scroll_bottom", "G", "", "To the end", _F),
    Key("fleet.filter", "screen.filter", "slash", "Filter", "Show only what holds a text", _FS),
    Key("fleet.sort", "screen.sort", "s", "Sort", "Sort by the next column", _FS),
    Key("fleet.group", "screen.group", "t", "", "Group by the next tag", _FS),
    Key("fleet.refresh", "screen.refresh_list", "r,ctrl+r", "Refresh", "Ask every Region", _FS),
    Key("fleet.back", "screen.back", "escape", "Back", "Back to the workspace", _FS),
    Key("details.update", "screen.update_cluster", "u", "Update", "Change its settings", _D),
    Key("details.policy", "screen.edit_policy", "p", "Policy", "Edit the resource policy", _D),
    Key("details.tags", "screen.edit_tags", "t", "Tags", "Edit the tags", _D),
    Key("details.stream", "screen.new_stream", "s", "Stream", "Create a change stream", _D),
    Key("details.drop_stream", "screen.delete_stream", "X", "", "Delete the newest stream", _D),
    Key("details.peer", "screen.show_peer", "o", "Other side", "The other side of the pair", _D),
    Key("details.finish", "screen.finish_setup", "F", "", "Finish or undo a set-up", _D),
    Key("details.metrics", "screen.show_metrics", "m", "Metrics", "What CloudWatch has", _D),
    Key("details.latency", "screen.show_latency", "b", "", "Measure latency, consistency", _D),
    Key("details.copy", "screen.copy", "y", "Copy", "Copy this section", _D),
    Key("details.copy_endpoint", "screen.copy_endpoint", "e", "", "Copy the endpoint", _D),
    Key("details.copy_arn", "screen.copy_arn", "a", "", "Copy the ARN", _D),
    Key("details.delete", "screen.delete_cluster", "D", "Delete", "Delete the cluster", _D),
    Key("details.back", "screen.back", "escape", "Back", "Back to the board", _D),
    Key("metrics.hour", "screen.look_back('1h')", "1", "1 h", "The last hour", _M),
    Key("metrics.hours", "screen.look_back('6h')", "2", "6 h", "The last 6 hours", _M),
    Key("metrics.day", "screen.look_back('1d')", "3", "1 d", "The last day", _M),
    Key("metrics.week", "screen.look_back('7d')", "4", "7 d", "The last week", _M),
    Key("metrics.month", "screen.look_back('30d')", "5", "30 d", "The last 30 days", _M),
    Key("metrics.peer", "screen.show_peer", "o", "Other side", "The other side of the pair", _M),
    Key("metrics.back", "screen.back", "escape", "Back", "Back", _M),
    Key("latency.bench", "screen.bench", "b", "Bench", "Measure latencies for 30 s", _LAT),
    Key("latency.probe", "screen.probe", "c", "Consistency", "Write here, read there", _LAT),
    Key("latency.drill", "screen.drill", "d", "Drill", "Take a local pair's Region down", _LAT),
    Key("latency.stop", "screen.stop", "x", "Stop", "Stop and clean up", _LAT),
    Key("latency.back", "screen.back", "escape", "Back", "Back", _LAT),
    Key("own_latency.back", "screen.back", "escape", "Back", "Back", Place.OWN_LATENCY),
    Key("beside.again", "screen.again", "r", "Run again", "Ask both sides again", Place.BESIDE),
    Key("beside.back", "screen.back", "escape", "Back", "Back to the workspace", Place.BESIDE),
    Key("long.start", "screen.start", "f5,ctrl+j", "Run", "Run it, or go on", Place.LONG_RUN),
    Key("long.pause", "screen.pause", "space", "Pause", "Pause, or go on", Place.LONG_RUN),
    Key("long.stop", "screen.stop", "x", "Stop",
        "Stop behind the transaction at hand; twice cancels it", Place.LONG_RUN),
    Key("long.again", "screen.run_unknown", "a", "Run step again",
        "Run the step again whose outcome is unknown", Place.LONG_RUN),
    Key("long.skip", "screen.skip_unknown", "k", "Skip step",
        "Take the step whose outcome is unknown for done", Place.LONG_RUN),
    Key("long.anew", "screen.anew", "n", "Anew", "Forget the checkpoint", Place.LONG_RUN),
    Key("long.back", "screen.back", "escape", "Back", "Back to the workspace", Place.LONG_RUN),
    Key("app.palette", "app.command_palette", "ctrl+p,colon", "Palette", "Find an action", _E),
    Key("app.help", "app.show_help", "f1,question_mark", "Help", "Keys of this screen", _E, "?"),
    Key("app.theme", "app.toggle_dark", "", "", "Switch between the dark and the light theme", _E),
)  # fmt: skip


def bindings(*places: Place) -> list[Binding]:
    """Return the Textual bindings of these places, in the table's order."""
    return [
        Binding(
            key.keys,
            key.action,
            key.label or key.help,
            show=bool(key.label),
            key_display=key.first_key,
            id=key.id,
        )
        for key in KEYS
        if key.place in places and key.keys
    ]


def keymap_problems(keymap: Mapping[str, str]) -> list[str]:
    """Return what is wrong with a person's keys, a sentence each; the rest of them still works."""
    known = {key.id: key for key in KEYS}
    problems = [
        f"There is no action {name!r} to bind keys to." for name in keymap if name not in known
    ]
    used = {(key.place, each): key for key in (QUIT, *KEYS) for each in key.keys.split(",")}
    for name in keymap.keys() & known.keys():
        mine = known[name]
        for each in keymap[name].replace(" ", "").split(","):
            for place in {mine.place, Place.WORKSPACE, Place.EVERYWHERE}:
                other = used.get((place, each))
                if other and other.action != mine.action and other.id not in keymap:
                    problems.append(
                        f"{display_key(each)} is bound twice: {mine.help}; {other.help}."
                    )
    return problems
