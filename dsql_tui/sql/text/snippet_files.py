"""The snippets of a repository: `.sql` files in a folder `.dsql-tui`, which are not trusted.

`dsql_tui.files.repository` finds the folder and decides which of its files may be opened. Names and
texts are only data: no snippet runs by itself.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dsql_tui.errors import InputError
from dsql_tui.files.repository import FOLDER, find_folder, read_seen
from dsql_tui.sql.text.sql_files import Snippet, text_of

FILE_MAX_BYTES = 100_000
FILES_MAX = 500
TOTAL_MAX_BYTES = 10_000_000
DEPTH_MAX = 8
"""Folders within folders."""
ENTRIES_MAX = 10_000
"""Names that are looked at, in all folders together."""
SEARCH_MAX_S = 5.0
"""A folder on a slow network is not read to its end."""
_REASONS_MAX = 3


@dataclass(slots=True)
class SnippetFiles:
    """The snippets and the files that were not read.

    Attributes:
        snippets: By name.
        left_out: Why others were not read, a reason each, at most a few; empty if all were.
    """

    snippets: list[Snippet] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def skip(self, name: str, reason: str) -> None:
        """Record why a file or folder was not read."""
        if len(self.left_out) < _REASONS_MAX:
            self.left_out.append(f"{printable(name)}: {reason}")
        elif len(self.left_out) == _REASONS_MAX:
            self.left_out.append("…")


class _Full(Exception):
    """A bound of the search is reached."""


def read_snippets(start: Path) -> SnippetFiles:
    """Return the snippets of the repository that contains a folder, and the errors."""
    snippets = SnippetFiles()
    folder = _folder(start, snippets)
    if folder is None:
        return snippets
    search = _Search(snippets)
    try:
        for name, path in search.files(folder, "", 0):
            search.read(name, path)
    except _Full as full:
        snippets.skip(FOLDER, str(full))
    snippets.snippets.sort(key=lambda one: one.name)
    return snippets


def printable(name: str) -> str:
    """Return a file name with undecodable bytes replaced."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)


def _folder(start: Path, snippets: SnippetFiles) -> Path | None:
    """Return the folder of snippets, if there is one that may be read."""
    folder, objection = find_folder(start)
    if folder is not None and objection:
        snippets.skip(str(folder), objection)
        return None
    return folder


class _Search:
    """One walk through the folder, within bounds."""

    def __init__(self, snippets: SnippetFiles) -> None:
        self._found = snippets
        self._entries = 0
        self._bytes = 0
        self._ends_at_s = time.monotonic() + SEARCH_MAX_S

    def files(
        self, folder: Path, prefix: str, depth: int
    ) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """Yield regular `.sql` files with their names, in order; links are not followed.

        Raises:
            _Full: There are too many of them, or it takes too long.
        """
        for entry in self._sorted(folder, prefix or FOLDER):
            name = prefix + entry.name
            try:
                mode = entry.stat(follow_symlinks=False).st_mode
            except OSError as error:
                self._found.skip(name, _reason(error))
                continue
            if stat.S_ISDIR(mode):
                if depth < DEPTH_MAX:
                    yield from self.files(folder / entry.name, f"{name}/", depth + 1)
                else:
                    self._found.skip(name, f"is deeper than {DEPTH_MAX} folders")
            elif name.endswith(".sql"):
                if stat.S_ISREG(mode):
                    yield name, entry
                else:
                    self._found.skip(name, "is a link" if stat.S_ISLNK(mode) else "is not a file")

    def _sorted(self, folder: Path, name: str) -> list[os.DirEntry[str]]:
        entries: list[os.DirEntry[str]] = []
        try:
            with os.scandir(folder) as scanned:
                for entry in scanned:
                    self._entries += 1
                    if self._entries > ENTRIES_MAX:
                        raise _Full(f"only {ENTRIES_MAX:,} names are looked at")
                    if time.monotonic() > self._ends_at_s:
                        raise _Full(f"takes longer than {SEARCH_MAX_S:.0f} s")
                    entries.append(entry)
        except OSError as error:
            self._found.skip(name, _reason(error))
        return sorted(entries, key=lambda one: one.name)

    def read(self, name: str, entry: os.DirEntry[str]) -> None:
        """Add a file's snippet, or why it is none.

        Raises:
            _Full: There are enough.
        """
        if len(self._found.snippets) >= FILES_MAX:
            raise _Full(f"only {FILES_MAX} files are read")
        if time.monotonic() > self._ends_at_s:
            raise _Full(f"takes longer than {SEARCH_MAX_S:.0f} s")
        try:
            status = entry.stat(follow_symlinks=False)
            data = read_seen(entry.path, status, FILE_MAX_BYTES)
            text = text_of(data, printable(name))
        except OSError as error:
            self._found.skip(name, _reason(error))
            return
        except InputError as error:
            self._found.skip(name, error.message.removeprefix(printable(name)).strip(" ."))
            return
        self._bytes += len(data)
        if self._bytes > TOTAL_MAX_BYTES:
            raise _Full(f"only {TOTAL_MAX_BYTES // 1_000_000} MB are read")
        shown = printable(name.removesuffix(".sql"))
        self._found.snippets.append(Snippet(shown, text, _about(text)))


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _about(text: str) -> str:
    first = text.lstrip().partition("\n")[0]
    return first.removeprefix("--").strip() if first.startswith("--") else ""
