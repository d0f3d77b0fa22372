"""The history of statements, stored in one private SQLite file.

Secrets are removed before anything is written; a statement that begins with exactly one space is
not stored. All consoles of a user share the file. While it is locked, entries wait; a damaged file
is renamed; if no file can be written, the history is kept in memory until the program ends, and
`problem` says so in one sentence. Any thread may call any method; each call holds a lock for the
duration of one SQL statement.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dsql_tui.json_store import private_folder, set_aside, state_folder
from dsql_tui.sql.statements.redact import redact
from dsql_tui.sql.text.fuzzy import SCATTERED, fit

LOCK_PATIENCE_S = 1.0
CLOSE_PATIENCE_S = 10.0
"""How long the last entries wait for a locked file; nothing comes after that keeps them."""
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
WAITING_MAX = 1_000
"""Entries that wait in memory for a locked file, at most."""
CANDIDATES = 2_000
"""Newest matching entries that a search ranks, at most."""
_SCHEMA_VERSION = 1
_SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS run (
        id INTEGER PRIMARY KEY,
        started_at TEXT NOT NULL,
        statement TEXT NOT NULL,
        cluster TEXT NOT NULL,
        region TEXT NOT NULL,
        role TEXT NOT NULL,
        duration_ms REAL,
        row_count INTEGER,
        sqlstate TEXT NOT NULL,
        dpu REAL,
        starred INTEGER NOT NULL DEFAULT 0,
        name TEXT NOT NULL DEFAULT ''
    )
    """,
    "CREATE INDEX IF NOT EXISTS run_marked ON run (id) WHERE starred OR name <> ''",
)
_INSERT = """
    INSERT INTO run (
        statement, started_at, cluster, region, role, duration_ms, row_count, sqlstate, dpu
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_SEARCH = """
    SELECT statement, started_at, cluster, region, role, duration_ms, row_count, sqlstate, dpu,
        starred, name, id
    FROM run
    WHERE (statement LIKE ? ESCAPE '\\' OR name LIKE ? ESCAPE '\\')
        AND (? = '' OR cluster = ?) AND (NOT ? OR starred OR name <> '')
    ORDER BY id DESC LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A statement that was run.

    Attributes:
        statement: Its text; without secrets once stored.
        started_at: Aware UTC.
        cluster: The cluster's name.
        region: The endpoint's Region.
        role: Database role.
        duration_ms: From sending to the end; `None` if the end is unknown.
        row_count: Rows returned or changed; `None` if unknown.
        sqlstate: The SQLSTATE of the error; empty after success.
        dpu: The cost estimated by the server; `None` if unknown.
        starred: Whether the user marked it.
        name: Its name as a snippet, or empty.
        id: Its key in the file; 0 if not stored yet.
    """

    statement: str
    started_at: datetime
    cluster: str = ""
    region: str = ""
    role: str = ""
    duration_ms: float | None = None
    row_count: int | None = None
    sqlstate: str = ""
    dpu: float | None = None
    starred: bool = False
    name: str = ""
    id: int = 0


class History:
    """The history file.

    Args:
        path: The file, `None` for the platform's place.
        limit: Runs to keep; the oldest that have no star and no name go first.
    """

    def __init__(self, path: Path | None = None, *, limit: int = 100_000) -> None:
        self._path = path or state_folder() / "history.sqlite"
        self._limit = limit
        self._lock = threading.Lock()
        self._waiting: deque[HistoryEntry] = deque(maxlen=WAITING_MAX)
        self._prepared = False
        self._is_stuck = False
        self.problem = ""
        self._inode: int | None = None
        self._database = self._connect()
        with self._lock:
            self._write(lambda: None)

    def add(self, entry: HistoryEntry) -> bool:
        """Store `entry` and pending ones; return whether it is stored."""
        if entry.statement[:1].isspace() or not entry.statement.strip():
            return False
        with self._lock:
            self._waiting.append(entry)
            self._write_waiting()
        return True

    def search(
        self, pattern: str = "", *, cluster: str = "", marked: bool = False, limit: int = 200
    ) -> list[HistoryEntry]:
        """Return entries that match a query, each statement once, the best first.

        Args:
            pattern: Characters that must be there in this order; empty for the newest entries.
            cluster: Only entries on the cluster of this name.
            marked: Only those with a star or a name.
            limit: How many to return at most.
        """
        wanted = pattern.strip().lower()[:200]
        like = "%" + "".join(f"\\{sign}%" if sign in "%_\\" else f"{sign}%" for sign in wanted)
        rows = self._read(_SEARCH, (like, like, cluster, cluster, marked, CANDIDATES))
        newest: dict[str, HistoryEntry] = {}
        for row in rows:
            entry = _entry_of(row)
            if entry is not None:
                newest.setdefault(entry.statement, entry)
        entries = list(newest.values())
        if wanted:
            entries.sort(key=lambda entry: _rank(wanted, entry))
        return entries[:limit]

    def star(self, entry: HistoryEntry, *, starred: bool = True) -> None:
        """Add or remove an entry's star."""
        self._change("UPDATE run SET starred = ? WHERE id = ?", (starred, entry.id))

    def rename(self, entry: HistoryEntry, name: str) -> None:
        """Name an entry, which makes it a snippet; an empty name removes the name."""
        self._change("UPDATE run SET name = ? WHERE id = ?", (name.strip(), entry.id))

    def forget(self, entry: HistoryEntry) -> None:
        """Remove every entry with this statement."""
        self._change("DELETE FROM run WHERE statement = ?", (entry.statement,))

    def close(self) -> None:
        """Write pending entries, and close the file."""
        with self._lock:
            if self._waiting:
                self._database.execute(f"PRAGMA busy_timeout = {CLOSE_PATIENCE_S * 1_000:.0f}")
            self._write_waiting()
            self._database.close()

    def _change(self, change: str, values: tuple[object, ...]) -> None:
        with self._lock:
            self._write(lambda: self._database.execute(change, values))

    def _write_waiting(self) -> None:
        if self._waiting and self._write(self._insert_waiting):
            self._waiting.clear()

    def _insert_waiting(self) -> None:
        self._database.executemany(_INSERT, [_row_of(entry) for entry in self._waiting])
        self._database.execute(
            "DELETE FROM run WHERE id <= (SELECT max(id) FROM run) - ?"
            " AND NOT starred AND name = ''",
            (self._limit,),
        )

    def _write(self, change: Callable[[], object]) -> bool:
        """Run `change` in a transaction; called with the lock held."""
        self._follow_file()
        for _ in range(2):
            try:
                with self._database:
                    self._prepare()
                    change()
            except sqlite3.OperationalError as error:
                self.problem = f"The history {self._path} cannot be used now: {error}."
                self._is_stuck = True
                return False
            except sqlite3.DatabaseError:
                self._start_again()
            else:
                if self._is_stuck:
                    self._is_stuck, self.problem = False, ""
                return True
        return False

    def _read(self, query: str, values: tuple[object, ...]) -> list[tuple[object, ...]]:
        with self._lock:
            try:
                return self._database.execute(query, values).fetchall()
            except sqlite3.OperationalError as error:
                self.problem = f"The history {self._path} cannot be read now: {error}."
            except sqlite3.DatabaseError:
                self._start_again()
        return []

    def _prepare(self) -> None:
        if self._prepared:
            return
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version > _SCHEMA_VERSION:
            raise sqlite3.OperationalError("it belongs to a newer version of this program")
        for statement in _SCHEMA:
            self._database.execute(statement)
        self._database.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
        self._prepared = True

    def _follow_file(self) -> None:
        """Open the present file when another process has renamed ours."""
        if self._inode is not None and self._inode != self._inode_there():
            self._database.close()
            self._prepared = False
            self._database = self._connect()

    def _inode_there(self) -> int | None:
        try:
            return self._path.stat().st_ino
        except OSError:
            return None

    def _connect(self) -> sqlite3.Connection:
        """Open the file, or a database in memory where none can be made."""
        self._inode = None
        try:
            private_folder(self._path.parent)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | _NO_WAIT, 0o600))
            opened = self._opened(str(self._path))
            self._inode = self._inode_there()
            return opened
        except (OSError, sqlite3.OperationalError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            self.problem = f"The history {self._path} cannot be kept: {reason}."
            return self._opened(":memory:")

    @staticmethod
    def _opened(name: str) -> sqlite3.Connection:
        return sqlite3.connect(name, timeout=LOCK_PATIENCE_S, check_same_thread=False)

    def _start_again(self) -> None:
        """Rename the damaged file and continue with a new one."""
        self._database.close()
        self._prepared = False
        if self._inode is not None and self._inode != self._inode_there():
            self._database = self._connect()  # another process has done so already
            return
        try:
            aside = set_aside(self._path)
        except OSError as error:
            self.problem = f"The history {self._path} is damaged: {error.strerror}."
            self._database = self._opened(":memory:")
            return
        for suffix in ("-journal", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        self._database = self._connect()
        self.problem = f"The history was damaged; the file is now {aside.name}."


def _row_of(entry: HistoryEntry) -> tuple[object, ...]:
    return (
        redact(entry.statement),
        entry.started_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        entry.cluster,
        entry.region,
        entry.role,
        entry.duration_ms,
        entry.row_count,
        entry.sqlstate,
        entry.dpu,
    )


_KINDS = (
    str,
    str,
    str,
    str,
    str,
    float | int | None,
    int | None,
    str,
    float | int | None,
    int,
    str,
)
"""Of the columns that `_SEARCH` reads, without the key; SQLite itself keeps to none."""


def _entry_of(row: tuple[Any, ...]) -> HistoryEntry | None:
    """Return a row as an entry, `None` for one that this program did not write."""
    if not all(isinstance(value, kind) for value, kind in zip(row, _KINDS, strict=False)):
        return None
    statement, started_at, *rest = row
    cluster, region, role, duration_ms, row_count, sqlstate, dpu, starred, name, key = rest
    try:
        begun = datetime.fromisoformat(started_at)
    except ValueError:
        return None
    return HistoryEntry(
        statement,
        begun,
        cluster,
        region,
        role,
        duration_ms,
        row_count,
        sqlstate,
        dpu,
        bool(starred),
        name,
        key,
    )


def _rank(wanted: str, entry: HistoryEntry) -> tuple[bool, tuple[int, int], int]:
    """Sort entries that fit by name first, then by how well the text fits, then the newest."""
    by_name = fit(wanted, entry.name.lower()) if entry.name else None
    how = by_name or fit(wanted, entry.statement.lower()) or (SCATTERED, len(entry.statement))
    return by_name is None, (how[0], 0 if how[0] < SCATTERED else how[1]), -entry.id
