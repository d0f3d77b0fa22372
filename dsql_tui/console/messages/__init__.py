"""Every message that crosses panes. Wishes end in `Requested`; facts are past tense.

Workers post facts and know no widget; panes post wishes and know no other pane. Each has one owner:
the tab that a `TabMessage` is about, and one object of the workspace for a `WorkspaceMessage`.
"""
