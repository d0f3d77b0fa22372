"""Reads `config.toml`: the user's own, and a repository's, which is not trusted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsql_tui.config.kinds import BadValue, shown
from dsql_tui.config.sections import Section
from dsql_tui.config.settings import (
    BY_CLUSTER_KEY,
    BY_PATH,
    CLUSTERS,
    KEYS,
    SAFETY,
    TABLES,
    Setting,
)
from dsql_tui.config.sources import Finding, Severity, Source, SourceKind
from dsql_tui.files.atomic import reason
from dsql_tui.files.checked import Damaged, read_limited
from dsql_tui.files.repository import find_folder, read_seen
from dsql_tui.model.cells import inert
from dsql_tui.model.selector import selector_problem

if TYPE_CHECKING:
    from dsql_tui.config.lines import LineIndex

FILE_NAME = "config.toml"
SIZE_MAX_BYTES = 1024 * 1024
REPOSITORY_SIZE_MAX_BYTES = 100_000
FINDINGS_MAX = 20
"""After so many the rest of a file is not looked at."""
_SECTIONS_MAX = 1_000
_NAME_MAX = 60
_PATH_MAX = 1_024
_LINE = re.compile(r"\(at line (\d+),")


def default_path() -> Path:
    """Return the default path of the config file."""
    from platformdirs import user_config_path  # not needed where a file is named

    return user_config_path("dsql-tui", appauthor=False) / FILE_NAME


@dataclass(slots=True)
class FileValues:
    """The contents of a file.

    Attributes:
        path: The file, `None` if there is none.
        values: Values by attribute of `Config`.
        sections: Sections of clusters, in the file's order.
        sources: By path, as in `Settings`.
        findings: The problems of the file.
        is_unreadable: The file could not be read.
    """

    path: Path | None = None
    values: dict[str, Any] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    is_unreadable: bool = False


def _cut(path: Path) -> str:
    """Return a path as a message quotes it: one that is too long to exist is cut."""
    text = str(path)
    return text if len(text) <= _PATH_MAX else f"{text[:_NAME_MAX]}…"


def read_own_file(path: Path, *, must_exist: bool) -> FileValues:
    """Read the user's file; a missing default file is empty."""
    try:
        with path.open("rb") as file:  # named by a person, it may be /dev/null or a pipe
            data = read_limited(file, SIZE_MAX_BYTES)
    except FileNotFoundError:
        message = f"There is no config file {_cut(path)}."
        return unreadable(path, message) if must_exist else FileValues()
    except OSError as error:
        return unreadable(path, f"Cannot read {_cut(path)}: {reason(error)}.")
    except Damaged as damage:
        return unreadable(path, f"Cannot read {_cut(path)}: {damage}.")
    return parse(data, path)


def read_repository_file(start: Path) -> FileValues:
    """Read the file of the repository that contains a folder; empty if there is none."""
    folder, objection = find_folder(start)
    if folder is None:
        return FileValues()
    path = folder / FILE_NAME
    try:
        status = path.lstat()
        if objection:
            message = f"{path} is not read, because its folder {objection}."
            return unreadable(path, message, is_repository=True)
        data = read_seen(path, status, REPOSITORY_SIZE_MAX_BYTES)
    except FileNotFoundError:
        return FileValues()
    except OSError as error:
        why = f"it {reason(error)}" if error.errno == 0 else reason(error)
        return unreadable(path, f"{path} is not read: {why}.", is_repository=True)
    return parse(data, path, is_repository=True)


def unreadable(
    path: Path, message: str, line: int | None = None, *, is_repository: bool = False
) -> FileValues:
    """Return the finding for a file that cannot be read; a repository's file is only a warning."""
    source = Source(SourceKind.REPOSITORY if is_repository else SourceKind.FILE, str(path), line)
    severity = Severity.WARNING if is_repository else Severity.ERROR
    finding = Finding(inert(message), severity, source)
    return FileValues(path=path, findings=[finding], is_unreadable=True)


def parse(data: bytes, path: Path, *, is_repository: bool = False) -> FileValues:
    """Parse the content of a file.

    Args:
        data: The content.
        path: For errors.
        is_repository: Only settings that a repository may set are accepted.
    """
    try:
        text = data.decode("utf-8-sig")
        parsed = _parsed(text, path)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"{path}:{line}: The file is not UTF-8 text."
        return unreadable(path, message, line, is_repository=is_repository)
    except _NotToml as error:
        return unreadable(path, str(error), error.line, is_repository=is_repository)
    from dsql_tui.config.lines import LineIndex  # not needed where there is no file

    reader = _Reader(path, LineIndex(text), is_repository=is_repository)
    reader.read(parsed)
    return reader.result


class _NotToml(ValueError):
    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line


def _parsed(text: str, path: Path) -> dict[str, object]:
    import tomllib  # most people have no config file, and wait for its import at every start

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _NotToml(f"{path} is not valid TOML: it is nested too deeply.", None) from None
    except ValueError as error:  # also a number of thousands of digits
        at = _LINE.search(str(error))
        if at is None and "end of document" not in str(error):
            raise _NotToml(f"{path} is not valid TOML: {error}.", None) from None
        line = int(at[1]) if at else text.count("\n") + 1
        why = _LINE.sub("(", str(error)).replace("( column", "(column")
        raise _NotToml(f"{path}:{line}: The file is not valid TOML: {why}.", line) from None


class _Reader:
    """Reads the tables of one file."""

    def __init__(self, path: Path, lines: LineIndex, *, is_repository: bool) -> None:
        self.result = FileValues(path)
        self._path = path
        self._lines = lines
        self._is_repository = is_repository
        self._kind = SourceKind.REPOSITORY if is_repository else SourceKind.FILE

    def read(self, parsed: Mapping[str, object]) -> None:
        """Read a parsed file; after many findings the rest is not looked at."""
        for names, value in _entries(parsed):
            if self._is_full:
                return
            if names[0] == CLUSTERS and not self._is_repository:
                self._read_clusters(value)
            else:
                self._read_setting(names, value)

    def _read_setting(self, names: tuple[str, ...], value: object) -> None:
        path = ".".join(names)
        setting = BY_PATH.get(path)
        if setting is None:
            self._unknown(names)
        elif self._is_repository and not setting.in_repository:
            self._refuse_in_repository(names)
        elif path == KEYS and isinstance(value, dict):
            self._read_keys(setting, value)
        elif (accepted := self._accepted(setting, names, value)) is not None:
            self.result.values[setting.attribute] = accepted
            self._note(names)

    def _read_keys(self, setting: Setting, table: Mapping[str, object]) -> None:
        keys = self.result.values.setdefault(setting.attribute, {})
        for action, value in table.items():
            if self._is_full:
                return
            try:
                keys |= setting.kind.read({action: value})
                self._note((KEYS, action))
            except BadValue:
                remedy = 'Write the action in quotes, such as "run.statement" = "f5,ctrl+g".'
                words = f"must be keys in a string, not {shown(value)}."
                self._find((KEYS, action), words, path=setting.path, remedy=remedy)

    def _read_clusters(self, value: object) -> None:
        if not isinstance(value, dict) or len(value) > _SECTIONS_MAX:
            self._find(
                (CLUSTERS,), f'must be tables such as [clusters."shop"], not {shown(value)}.'
            )
            return
        for selector, content in value.items():
            if self._is_full:
                return
            if problem := selector_problem(selector):
                self._find((CLUSTERS, selector), f"{problem}.", remedy=_SELECTOR_REMEDY)
            elif not isinstance(content, dict):
                example = f'[{CLUSTERS}."{selector[:_NAME_MAX]}"]'
                self._find((CLUSTERS, selector), f"must be a table: write {example}.")
            else:
                self._read_section(selector, content)

    def _read_section(self, selector: str, content: Mapping[str, object]) -> None:
        values: dict[str, object] = {}
        for inner, value in _flattened(content):
            if self._is_full:
                return
            names = (CLUSTERS, selector, *inner)
            setting = BY_CLUSTER_KEY.get(".".join(inner))
            if setting is None:
                known = ", ".join(BY_CLUSTER_KEY)
                near = nearest(".".join(inner), BY_CLUSTER_KEY)
                remedy = f'Did you mean "{near}"?' if near else f"A cluster can have {known}."
                self._find(names, "is no setting of a cluster.", remedy=remedy)
            elif (accepted := self._accepted(setting, names, value)) is not None:
                values[setting.attribute] = accepted
                self._note(names)
        self.result.sections.append(Section(selector, values))

    def _accepted(self, setting: Setting, names: tuple[str, ...], value: object) -> object:
        """Return the value as the setting's type; `None` after noting that it is none."""
        try:
            return setting.kind.read(value)
        except BadValue as bad:
            self._find(names, f"must be {bad}, not {shown(value)}.", path=setting.path)
            return None

    def _unknown(self, names: tuple[str, ...]) -> None:
        path = ".".join(names)
        if names[0] in TABLES and len(names) == 1:
            message = f'there is no setting "{path}".'
            remedy = f"It is a table: write [{path}] and its settings below."
            self._add(names, message, path=path, remedy=remedy)
            return
        if nearest(names[0], (CLUSTERS, *TABLES)) == CLUSTERS:
            near, remedy = CLUSTERS, 'Did you mean [clusters."NAME"]?'
        elif near := nearest(path, BY_PATH):
            remedy = f'Did you mean "{near}"?'
        else:
            remedy = "dsql-tui config show lists all settings."
        if self._is_repository:
            self._refuse_in_repository(names)
        else:
            message = f'there is no setting "{path[:_NAME_MAX]}".'
            self._add(names, message, path=near or path, remedy=remedy)

    def _refuse_in_repository(self, names: tuple[str, ...]) -> None:
        allowed = ", ".join(path for path, each in BY_PATH.items() if each.in_repository)
        self._find(
            names, "cannot be set by a repository.", remedy=f"A repository can set {allowed}."
        )

    def _find(
        self, names: tuple[str, ...], words: str, *, path: str = "", remedy: str = ""
    ) -> None:
        """Note what is wrong with a key: its name and `words` make the sentence."""
        name = _shown_path(names) or "The file"
        self._add(names, f"{name} {words}", path=path or ".".join(names), remedy=remedy)

    @property
    def _is_full(self) -> bool:
        return len(self.result.findings) > FINDINGS_MAX

    def _add(self, names: tuple[str, ...], message: str, *, path: str, remedy: str) -> None:
        if len(self.result.findings) == FINDINGS_MAX:  # what is not read may protect a cluster
            message, names, path = "The file has more errors; correct these first.", (), SAFETY
        severity = Severity.WARNING if self._is_repository else Severity.ERROR
        source = self._source(names)
        where = f"{source.name}:{source.line}" if source.line else source.name
        self.result.findings.append(
            Finding(inert(f"{where}: {message}"), severity, source, path[:_NAME_MAX], remedy)
        )

    def _note(self, names: tuple[str, ...]) -> None:
        self.result.sources[".".join(names)] = self._source(names)

    def _source(self, names: tuple[str, ...]) -> Source:
        line = self._lines.line_of(*names) if names else None
        return Source(self._kind, str(self._path), line)


_SELECTOR_REMEDY = (
    'Name clusters as "tag:env=prod", "region:eu-west-1", or by name, identifier or ARN.'
)


def _entries(parsed: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield the settings of a file with their names; a table that is one setting stays whole."""
    for name, value in parsed.items():
        is_whole = name in BY_PATH or name == CLUSTERS
        if is_whole or not isinstance(value, dict) or (not value and name not in TABLES):
            yield (name,), value
        else:
            for inner, inner_value in value.items():
                yield (name, inner), inner_value


def _flattened(table: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield the settings of a cluster's section with their names."""
    for name, value in table.items():
        is_table = any(key.startswith(f"{name}.") for key in BY_CLUSTER_KEY)
        if is_table and isinstance(value, dict):
            for inner, inner_value in value.items():
                yield (name, inner), inner_value
        else:
            yield (name,), value


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the most similar known name, or an empty string."""
    import difflib

    near = difflib.get_close_matches(name[:_NAME_MAX], known, n=1, cutoff=0.5)
    return near[0] if near else ""


def _shown_path(names: tuple[str, ...]) -> str:
    """Return a path as one would write it, cut where it is long."""
    parts = [name[:_NAME_MAX] for name in names]
    return ".".join(
        part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"' for part in parts
    )
