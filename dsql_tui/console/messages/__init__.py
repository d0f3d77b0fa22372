"""Every message that crosses panes. Wishes end in `Requested`; facts are past tense.

Workers post facts and know no widget; panes post wishes and know no other pane. Each has one owner:
the tab that a `TabMessage` is about, and one object of the workspace for a `WorkspaceMessage`.
"""

from dsql_tui.console.messages.catalog import (
    CatalogFailed,
    DetailsArrived,
    DetailsWanted,
    NamesArrived,
    PlanArrived,
    PlanFailed,
    RelationsArrived,
    RelationsWanted,
    SchemasArrived,
)
from dsql_tui.console.messages.clusters import (
    ClusterChosen,
    ClustersRefreshRequested,
    ListingAdvanced,
    ListingEnded,
    ListingStarted,
    SchemaRefreshRequested,
)
from dsql_tui.console.messages.editing import (
    CheckRequested,
    HistoryFound,
    InsertRequested,
    SnippetsFound,
)
from dsql_tui.console.messages.files import (
    BuffersChanged,
    FileRestored,
)
from dsql_tui.console.messages.sessions import (
    SessionFailed,
    SessionOpened,
    TabMessage,
    WorkspaceMessage,
)
from dsql_tui.console.messages.statements import (
    CancelFailed,
    NoticeArrived,
    ResultDescribed,
    RowsPaused,
    RunEnded,
    RunMessage,
    StatementCompleted,
    StatementFailed,
    StatementRetried,
    StatementStarted,
    StatementStopped,
)

__all__ = [
    "BuffersChanged",
    "CancelFailed",
    "CatalogFailed",
    "CheckRequested",
    "ClusterChosen",
    "ClustersRefreshRequested",
    "DetailsArrived",
    "DetailsWanted",
    "FileRestored",
    "HistoryFound",
    "InsertRequested",
    "ListingAdvanced",
    "ListingEnded",
    "ListingStarted",
    "NamesArrived",
    "NoticeArrived",
    "PlanArrived",
    "PlanFailed",
    "RelationsArrived",
    "RelationsWanted",
    "ResultDescribed",
    "RowsPaused",
    "RunEnded",
    "RunMessage",
    "SchemaRefreshRequested",
    "SchemasArrived",
    "SessionFailed",
    "SessionOpened",
    "SnippetsFound",
    "StatementCompleted",
    "StatementFailed",
    "StatementRetried",
    "StatementStarted",
    "StatementStopped",
    "TabMessage",
    "WorkspaceMessage",
]
