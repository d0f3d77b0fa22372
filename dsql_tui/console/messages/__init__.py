"""Messages between panes. Requests end in `Requested`; events are in the past tense.

Workers post events and use no widget; panes post requests and use no other pane. Each message has
one owner: the tab that a `TabMessage` is about, and one object of the workspace for a
`WorkspaceMessage`.
"""
