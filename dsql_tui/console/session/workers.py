"""Functions that open, cancel and close sessions in worker threads.

Plain functions that take a resource, inputs and `post`, and use no widget; a function with a single
result returns it instead. Errors of this package become messages; a bug ends the program.
"""

from __future__ import annotations

from collections.abc import Sequence

from dsql_tui.console.messages.sessions import SessionFailed, SessionOpened
from dsql_tui.console.messages.statements import CancelFailed
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.services import OpenSession
from dsql_tui.console.shared.ui import Post
from dsql_tui.errors import DsqlTuiError, SessionLost


def open_session(pair: SessionPair, post: Post) -> OpenSession | None:
    """Return the tab's session, ready for a statement; post `SessionOpened` if it is new."""
    before = pair.current
    try:
        session = pair.user()
    except DsqlTuiError as error:
        post(SessionFailed(pair.endpoint, error))
        return None
    if session is not before:
        post(
            SessionOpened(
                pair.endpoint, session.token, session.opened_at, session.transaction_status
            )
        )
    return session


def cancel_run(session: OpenSession, run_id: int, post: Post) -> None:
    """Ask the server to cancel the running statement."""
    try:
        session.request_cancel()
    except SessionLost as error:
        post(CancelFailed(run_id, error))


def close_pairs(pairs: Sequence[SessionPair]) -> None:
    """Cancel running statements and close the sessions; never fails."""
    for pair in pairs:
        pair.close()
