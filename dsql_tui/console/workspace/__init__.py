"""The main screen: composes the panes and is the one switchboard between them.

Handlers are a few lines each, a file for each topic: they route, they do not work. Work runs in
`jobs`, in threads. The files build on each other, so what one may call is what stands below it:

    screen      compose, start
    ├── clusters    listing, choosing, the local DSQL
    └── transactions  commit, roll back, read-only, run again
        statements  running, asking first, cancelling
        sessions    open, close, renew; what would be lost
        ├── catalog     schemas, relations, details
        └── layout      focus, folding, maximising, tabs
            base        what all share
"""

from dsql_tui.console.workspace.screen import Workspace

__all__ = ["Workspace"]
