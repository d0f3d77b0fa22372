"""Messages between panes. Requests end in `Requested`; events are in the past tense.

Workers post facts and know no widget; panes post wishes and know no other pane. Each has one owner:
the tab that a `TabMessage` is about, and one object of the workspace for a `WorkspaceMessage`.
"""
