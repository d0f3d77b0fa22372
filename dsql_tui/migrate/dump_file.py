r"""Runs a plain file of pg_dump in an empty PostgreSQL of this program's own.

The file is read line by line, in constant memory. Its statements are sent one by one, never to
psql: commands such as `\!` do nothing here, and a role without special rights runs everything but
CREATE EXTENSION. A statement that is refused is noted, and the next one runs.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from dsql_tui.errors import InputError, StatementError
from dsql_tui.files.atomic import reason
from dsql_tui.load.compressed import open_text
from dsql_tui.migrate.report import Outcome, ReportEntry
from dsql_tui.pg.postgres import open_private
from dsql_tui.pg.session import ServerSession
from dsql_tui.sql.lexing.scan import scan
from dsql_tui.sql.lexing.split import split

_BEGIN: Final = "-- PostgreSQL database dump"
_COMPLETE: Final = "-- PostgreSQL database dump complete"
_WHOLE_SERVER: Final = "-- PostgreSQL database cluster dump"
_END_OF_DATA: Final = b"\\."
_TAR_MAGIC: Final = slice(257, 262)
_PSQL: Final = re.compile(r"\\(un)?restrict\b|\\(c|connect|encoding)\b")
_COPY: Final = re.compile(r"COPY\s.*\sFROM\s+stdin\b", re.IGNORECASE | re.DOTALL)
_EXTENSION: Final = re.compile(r"CREATE\s+EXTENSION\b", re.IGNORECASE)
_ENCODING: Final = re.compile(r"SET\s+client_encoding\s*(?:=|TO)\s*'?([\w-]+)", re.IGNORECASE)
_UNUSED: Final = re.compile(
    r"(GRANT|REVOKE|ALTER\s+DEFAULT\s+PRIVILEGES|SECURITY\s+LABEL|COMMENT\s+ON\s+EXTENSION"
    r"|(CREATE|ALTER|DROP)\s+(DATABASE|ROLE|USER|TABLESPACE))\b"
    r"|ALTER\s.*\sOWNER\s+TO\s",
    re.IGNORECASE | re.DOTALL,
)
"""Statements about owners, privileges and databases, which concern another server."""
_TOLERATED: Final = re.compile(r"SET\s|CREATE\s+SCHEMA\s+public\b", re.IGNORECASE)
"""Statements that another version of PostgreSQL may refuse, or that exist already."""
_SHOWN_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class _DumpStatement:
    """A statement with its first line, counted from 1."""

    line: int
    text: str


def check_dump(path: Path) -> None:
    """Check that a file is a plain one, before a server is started for it.

    Raises:
        InputError: It is another format of pg_dump or cannot be read; says how to convert it.
    """
    plain = f"pg_restore -f dump.sql {path.name}"
    if path.is_dir():
        raise InputError(
            f"{path} is a folder.", remedy=f"A dump in directory format becomes plain by: {plain}"
        )
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}.") from None
    formats = {"custom": head.startswith(b"PGDMP"), "tar": head[_TAR_MAGIC] == b"ustar"}
    for name, is_it in formats.items():
        if is_it:
            raise InputError(
                f"{path} is in pg_dump's {name} format.", remedy=f"It becomes plain by: {plain}"
            )


def run_dump(path: Path, conninfo: str) -> list[ReportEntry]:
    """Run a file in an empty server, and return the statements that were refused.

    Args:
        path: A plain file of pg_dump, or one of SQL; it may be compressed with gzip.
        conninfo: The server; its superuser.

    Raises:
        InputError: The file ends too early, has more than one database, or is not UTF-8.
        SessionLost: The server has ended.
    """
    with ExitStack() as stack:
        owner = stack.enter_context(closing(open_private(conninfo)))
        owner.fetch(f"CREATE ROLE {_ROLE} LOGIN")
        owner.fetch(f"ALTER DATABASE postgres OWNER TO {_ROLE}")
        session = stack.enter_context(closing(open_private(f"{conninfo} user={_ROLE}")))
        try:
            file, _ = stack.enter_context(open_text(path))
            return list(_Runner(path, file, session, owner).refused())
        except OSError as error:
            raise InputError(f"{path} cannot be read: {reason(error)}.") from None
        except (EOFError, gzip.BadGzipFile):
            raise _cut_short(path) from None


_ROLE: Final = "dsql_tui_dump"


class _Runner:
    """A file on its way through a server."""

    def __init__(
        self, path: Path, file: IO[bytes], session: ServerSession, owner: ServerSession
    ) -> None:
        self._path = path
        self._lines = enumerate(file, 1)
        self._session = session
        self._owner = owner
        self._is_dump = self._is_complete = False

    def refused(self) -> Iterator[ReportEntry]:
        """Run every statement, and yield those that are refused."""
        for statement in self._statements():
            if encoding := _ENCODING.match(statement.text):
                self._check_encoding(encoding[1])
            if not _UNUSED.match(statement.text):
                yield from self._run(statement)
        if self._is_dump and not self._is_complete:
            raise _cut_short(self._path)

    def _run(self, statement: _DumpStatement) -> Iterator[ReportEntry]:
        if statement.text.startswith("\\"):
            yield _refusal(statement, "it is a command of psql")
            return
        data = self._data() if _COPY.match(statement.text) else None
        try:
            if data is not None:
                self._session.copy_in(statement.text, data)
            elif _EXTENSION.match(statement.text):
                self._owner.fetch(statement.text)
            else:
                self._session.fetch(statement.text)
        except StatementError as error:
            if not _TOLERATED.match(statement.text):
                yield _refusal(statement, error.message)
        finally:
            for _ in data or ():  # what was not read of it is no SQL
                pass

    def _statements(self) -> Iterator[_DumpStatement]:
        parts: list[str] = []
        first = 1
        for number, data in self._lines:
            line = self._text(number, data)
            if not parts:
                first = number
                if self._is_outside(line):
                    continue
                if line.startswith("\\"):
                    if not _PSQL.match(line):
                        yield _DumpStatement(number, line.strip())
                    continue
            parts.append(line)
            if line.rstrip().endswith(";") and _is_complete(text := "".join(parts)):
                for each in split(text):
                    yield _DumpStatement(first + text.count("\n", 0, each.start), each.text)
                parts.clear()
        if split("".join(parts)):
            if self._is_dump:
                raise _cut_short(self._path)
            yield _DumpStatement(first, split("".join(parts))[0].text)

    def _is_outside(self, line: str) -> bool:
        """Whether a line between statements is blank or a comment."""
        text = line.strip()
        if text == _WHOLE_SERVER:
            raise InputError(
                f"{self._path} is of pg_dumpall and has every database of a server.",
                remedy="Dump one database: pg_dump DATABASE -f dump.sql",
            )
        self._is_dump = self._is_dump or text == _BEGIN
        self._is_complete = self._is_complete or text == _COMPLETE
        return not text or text.startswith("--")

    def _data(self) -> Iterator[bytes]:
        r"""Yield the lines of a COPY up to `\.`."""
        for _, line in self._lines:
            if line.rstrip(b"\r\n") == _END_OF_DATA:
                return
            yield line
        raise _cut_short(self._path)

    def _text(self, number: int, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError:
            raise InputError(
                f"{self._path}, line {number}: this is not UTF-8.",
                remedy="Dump with pg_dump --encoding=UTF8.",
            ) from None

    def _check_encoding(self, name: str) -> None:
        if name.upper().replace("-", "") not in {"UTF8", "SQL_ASCII"}:
            raise InputError(
                f"{self._path} is in {name}.", remedy="Dump with pg_dump --encoding=UTF8."
            )


def _is_complete(text: str) -> bool:
    """Whether the last statement of a text has its semicolon."""
    semicolons = scan(text).semicolons
    return bool(semicolons) and not split(text[semicolons[-1] + 1 :])


def _refusal(statement: _DumpStatement, why: str) -> ReportEntry:
    head = " ".join(statement.text.split())
    shown = head if len(head) <= _SHOWN_MAX else f"{head[: _SHOWN_MAX - 1]}…"
    return ReportEntry(
        "statement",
        f"in line {statement.line} ({shown})",
        Outcome.LOST,
        f"PostgreSQL 16 refuses it: {why}",
        "Import from the server itself, which has what this needs, or change the file.",
        statement.text,
    )


def _cut_short(path: Path) -> InputError:
    return InputError(f"{path} ends too early.", remedy="Dump the database again.")
