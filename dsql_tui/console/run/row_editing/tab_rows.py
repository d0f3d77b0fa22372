"""Row editing on one tab's sessions: reads the catalog, checks values, runs changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from dsql_tui.console.messages.files import BuffersChanged
from dsql_tui.console.results.row_editing.service import ResultOrigin, RunPlace
from dsql_tui.console.run.offers import offer_after
from dsql_tui.console.run.parts import RunOptions, TabResults
from dsql_tui.console.run.runner import Runner
from dsql_tui.console.run.state import TabState
from dsql_tui.console.run.statements import UNSEEN_END
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.session.workers import open_session
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.shared.services import OpenSession
from dsql_tui.console.shared.ui import Post, Ui
from dsql_tui.errors import InputError, SessionLost
from dsql_tui.history import HistoryEntry
from dsql_tui.model.result import Column, Described, RowChunk, TransactionStatus
from dsql_tui.pg.retry import Retries, RetryPolicy
from dsql_tui.pg.source_tables import source_tables
from dsql_tui.rows.editability import (
    READ_ONLY,
    Editability,
    EditableTable,
    editability_of,
    with_origins,
)
from dsql_tui.rows.run import (
    ChangesOutcome,
    ChangesRan,
    ChangesTransaction,
    RowDiffers,
    StatementRefused,
)
from dsql_tui.rows.statements import RowStatement
from dsql_tui.sql.lexing.split import Statement
from dsql_tui.sql.lexing.string_constants import literal
from dsql_tui.sql.statements.relations_read import bare_query, repeated_relations

OTHER_CLUSTER = "result is of another session"
NO_SESSION = "no cluster is open"
FAILED_TRANSACTION = "transaction has failed"


class TabRows:
    """Changes rows that the results of a tab show.

    Args:
        tab: The state of the tab.
        ui: Runs workers.
        post: Delivers what a worker of this tab reports.
        runner: Has the tab's session while changes run.
        results: Shows the tab's results.
        options: How conflicts are retried.
        insert: Inserts a text into the editor.
    """

    def __init__(
        self,
        tab: TabState,
        ui: Ui,
        post: Post,
        runner: Runner,
        results: TabResults,
        options: RunOptions,
        insert: Callable[[str], object],
    ) -> None:
        self._tab = tab
        self._ui = ui
        self._post = post
        self._runner = runner
        self._results = results
        self._options = options
        self._insert = insert

    def obstacle(self, origin: ResultOrigin) -> str:
        """Return why rows of a result cannot be changed now, or an empty string."""
        session = self._tab.session
        if session.endpoint is None:
            return NO_SESSION
        if session.endpoint != origin.endpoint:
            return OTHER_CLUSTER
        if session.transaction is TransactionStatus.FAILED:
            return FAILED_TRANSACTION
        return READ_ONLY if session.discipline.read_only else ""

    def place(self, origin: ResultOrigin) -> RunPlace | None:
        """Return where changes would run; `None` without a cluster."""
        session = self._tab.session
        if session.endpoint is None or session.endpoint != origin.endpoint:
            return None
        return RunPlace(
            session.endpoint,
            production=session.production,
            in_transaction=session.in_transaction,
            rows_changed=session.work.rows_changed if session.work else 0,
        )

    async def editability(self, columns: tuple[Column, ...], origin: ResultOrigin) -> Editability:
        """Read which columns of a result can be edited.

        Raises:
            DsqlTuiError: The catalogs cannot be read.
        """
        work = partial(read_editability, self._pair(), columns, origin.statement)
        return await self._ui.call(work, group="rows")

    async def stored_text(self, type_name: str, text: str, styles: tuple[str, ...]) -> str:
        """Return a value as a column of a type would store it.

        Raises:
            DsqlTuiError: The type does not have the value, or it cannot be checked.
        """
        work = partial(read_stored_text, self._pair(), type_name, text, styles)
        return await self._ui.call(work, group="rows")

    async def run(
        self,
        statements: Sequence[RowStatement],
        tables: Mapping[int, EditableTable],
        origin: ResultOrigin,
    ) -> ChangesOutcome | None:
        """Run changes; return `None` if the session is busy or cannot be opened."""
        run = partial(
            run_changes,
            statements=statements,
            tables=tables,
            styles=origin.styles,
            policy=self._options.retries,
            post=self._post,
        )
        outcome = await self._runner.perform(run)
        if outcome is not None:
            self._record(outcome, statements)
        return outcome

    def _record(self, outcome: ChangesOutcome, statements: Sequence[RowStatement]) -> None:
        """Update the tab's transaction, and offer to check a write whose outcome is unknown."""
        tab, pair = self._tab, self._tab.pair
        current = pair.current if pair else None
        status = current.transaction_status if current else TransactionStatus.IDLE
        if isinstance(outcome, ChangesRan) and not outcome.committed and pair is not None:
            session = tab.session
            for each in statements:
                ran = Statement(each.text, 0, len(each.text))
                session = session.after(status, pair.services.now(), ran, 1)
            tab.put(session=session)
        else:
            tab.put(session=tab.session.after_failure(status))
        if isinstance(outcome, StatementRefused) and isinstance(outcome.error, SessionLost):
            tab.offer = offer_after(outcome.error, "", None)
            tab.put(session=tab.session.ended())
            self._results.say("run staged changes", outcome.error)

    def staged(self) -> None:
        """Update the tab after the staged changes of its results have changed."""
        self._tab.show()
        self._post(BuffersChanged())

    def insert(self, text: str) -> None:
        """Insert a text into the editor."""
        self._insert(text)

    def _pair(self) -> SessionPair:
        if self._tab.pair is None:
            raise InputError(with_keys("Open a cluster first: press {session.open}."))
        return self._tab.pair


def read_editability(pair: SessionPair, columns: tuple[Column, ...], statement: str) -> Editability:
    """Read the tables that columns come from, by their numbers or else by the statement."""
    oids = {column.relation_oid for column in columns} - {0}
    bare = bare_query(statement) if not oids else None
    searched = any(name == "search_path" for name, _ in pair.settings) or pair.settings_due
    if bare is not None and len(bare.relation) == 1 and searched:
        bare = None  # the catalog session finds another table by that name
    if not oids and bare is None:
        return editability_of(columns, {})
    with pair.catalog() as session:
        tables = source_tables(session, oids, bare.relation if bare else ())
    if bare is not None:
        for table in tables.values():
            columns = with_origins(columns, bare, table) or columns
    return editability_of(columns, tables, repeated_relations(statement))


def read_stored_text(pair: SessionPair, type_name: str, text: str, styles: tuple[str, ...]) -> str:
    """Convert a text to a type and back on the catalog session.

    Where that session writes values otherwise than the tab's, the text is only checked.
    """
    rows: list[tuple[str | None, ...]] = []
    comparable = False
    with pair.catalog() as session:
        query = f"SELECT CAST({literal(text)} AS {type_name})::text"
        for event in session.run(query, outcome_matters=False):
            if isinstance(event, Described):
                comparable = event.styles == styles
            elif isinstance(event, RowChunk):
                rows += event.rows.texts()
    stored = rows[0][0] if rows else None
    return stored if comparable and stored is not None else text


def run_changes(
    pair: SessionPair,
    *,
    statements: Sequence[RowStatement],
    tables: Mapping[int, EditableTable],
    styles: tuple[str, ...],
    policy: RetryPolicy,
    post: Post,
) -> ChangesOutcome | None:
    """Run changes on the tab's session and save them in the history."""
    session = open_session(pair, post)
    if session is None:
        return None
    retries = Retries(policy)
    outcome = ChangesTransaction(session, statements, tables, styles=styles, retries=retries).run()
    _remember(pair, session, outcome, [each.text for each in statements])
    return outcome


def _remember(
    pair: SessionPair, session: OpenSession, outcome: ChangesOutcome, texts: Sequence[str]
) -> None:
    """Save a transaction as one entry; of a refused one, the statement that was refused."""
    if isinstance(outcome, RowDiffers):
        return
    sqlstate = ""
    if isinstance(outcome, StatementRefused):
        sqlstate = getattr(outcome.error, "sqlstate", "") or UNSEEN_END
        texts = [outcome.statement.text] if outcome.statement else texts
    entry = HistoryEntry(
        ";\n".join(texts),
        pair.services.now(),
        cluster=session.endpoint.cluster_name,
        region=session.endpoint.region,
        role=session.endpoint.role,
        row_count=None if sqlstate else len(texts),
        sqlstate=sqlstate,
    )
    pair.services.remember(entry)
