"""The main screen: composes the panes and is the one switchboard between them.

Handlers are a few lines each, a file for each topic: they route, they do not work. Work runs in
`jobs`, in threads. The files build on each other, so what one may call is what stands below it:

    screen      compose, start
    ├── clusters    listing, choosing, the local DSQL
    │   failover    the other Region of a pair
    │   tabs        the one in front, one beside it, closing one
    └── transactions  commit, roll back, read-only, run again
        statements  running, asking first, cancelling
        sessions    open, close, renew; what would be lost
        ├── catalog     schemas, relations, details
        └── layout      focus, folding, maximising
            base        the desks of the tabs, and what all share

What a key acts on is the desk of the tab in front (`_desk`); what a job tells belongs to the desk
it was started for, whose key is on the message (`_desk_of`).
"""

from dsql_tui.console.workspace.screen import Workspace

__all__ = ["Workspace"]
