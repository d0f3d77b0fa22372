"""Checks scripts for what Aurora DSQL would refuse, with AWS's `dsql-lint` and further rules.

`dsql-lint` is a program, not a module; it reads the text on its standard input and prints JSON
within 2–4 ms. The extra `lint` installs it; where it is not installed (there is no build for musl),
only the rules of this package are applied. Call everything here outside the event loop. Findings
are advice and never block a statement: a text that the linter cannot parse results in a hint, not
an error.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sysconfig
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TypedDict

from dsql_tui.errors import InputError
from dsql_tui.sql.dsql.rules import Objection, is_false_alarm, objections
from dsql_tui.sql.lexing.lexer import TokenKind, tokenize
from dsql_tui.sql.lexing.split import Statement, split
from dsql_tui.sql.statements.copy_data import without_copy_data
from dsql_tui.sql.statements.sources import without_commands

TIMEOUT_S = 5.0
SIZE_MAX = 4_000_000
"""Code points; a longer text is not checked."""


class LintSeverity(StrEnum):
    """How certain it is that the service refuses the statement."""

    ERROR = "error"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One finding and its range in the text.

    Attributes:
        rule: A rule of the linter or of this package.
        severity: An ERROR is refused by the service; a HINT may be accepted.
        message: The problem, as worded by the linter or the service.
        suggestion: The remedy, or empty.
        start: Offset of the first code point of the problem, in the checked text.
        end: Offset after its last code point.
        statement: The statement of the problem; for a whole transaction, its first statement.
        fix_warning: What else the fix changes, or empty.
        is_fixable: Whether `fixed` can rewrite the statement.
    """

    rule: str
    severity: LintSeverity
    message: str
    suggestion: str
    start: int
    end: int
    statement: Statement
    fix_warning: str = ""
    is_fixable: bool = False


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement for a range of the text, with notes to show before it is applied."""

    start: int
    end: int
    text: str
    warnings: tuple[str, ...] = ()


@cache
def program() -> str | None:
    """Return the path of `dsql-lint`, searched next to Python first, or `None`."""
    beside = sysconfig.get_path("scripts")
    return shutil.which("dsql-lint", path=beside) or shutil.which("dsql-lint")


ABSENT = (
    "dsql-lint is not installed: statements are checked by dsql-tui's own rules only, and no fixes"
    " are offered. Install it with: pip install 'dsql-tui[lint]' (no build for musl, as on Alpine)."
)
"""What the command line, the console and the doctor report then."""


def check(text: str) -> list[LintFinding]:
    """Return the findings of a script in the order of the text.

    Raises:
        InputError: dsql-lint is installed, but could not be run or did not end in time.
    """
    if len(text) > SIZE_MAX:
        return []
    text = without_commands(without_copy_data(text)[0])
    statements = split(text)
    findings = _own(statements)
    if program() is not None and statements:
        known = {(finding.rule, finding.statement.start) for finding in findings}
        known |= {("parse_error", finding.statement.start) for finding in findings}
        reported = _reported(text, statements, _run(text)["diagnostics"])
        findings += [row for row in reported if (row.rule, row.statement.start) not in known]
    return sorted(findings, key=lambda finding: (finding.start, finding.end))


def fix(text: str, finding: LintFinding) -> Fix | None:
    """Return the fix for a finding, or `None`; other findings in its range are fixed, too.

    Raises:
        InputError: As `check`.
    """
    if not finding.is_fixable:
        return None
    start, end = _range_to_fix(text, finding)
    original = text[start:end]
    answer = _run(original, "--fix")
    written = (answer["fixed_sql"] or "").strip()
    if not original.endswith(";"):
        written = written.rstrip(";").rstrip()
    if not written or written == original:
        return None
    warnings = [
        row["fix_result"]["detail"]
        for row in answer["diagnostics"]
        if row["fix_result"].get("detail") and row["fix_result"]["status"] == "fixed_with_warning"
    ]
    if any(token.kind is TokenKind.COMMENT for token in tokenize(original)):
        warnings.append("Comments inside a rewritten statement may be lost.")
    return Fix(start, end, written, tuple(warnings))


class _FixResult(TypedDict, total=False):
    status: str
    detail: str


class _Diagnostic(TypedDict):
    rule: str
    line: int
    message: str
    suggestion: str | None
    statement_preview: str
    fix_result: _FixResult


class _LintReply(TypedDict):
    diagnostics: list[_Diagnostic]
    fixed_sql: str | None


def fix_all(text: str) -> tuple[str, list[str]]:
    """Return `text` with every fixable finding fixed, and the notes of the fixes.

    Raises:
        InputError: As `check`.
    """
    warnings: list[str] = []
    limit = len(text) + 1
    for finding in sorted(check(text), key=lambda row: row.statement.start, reverse=True):
        change = fix(text, finding) if finding.statement.start < limit else None
        if change is not None and change.end <= limit:
            text = text[: change.start] + change.text + text[change.end :]
            limit = change.start
            warnings[:0] = change.warnings
    return text, list(dict.fromkeys(warnings))


_TRANSACTION_RULES = {"multi_ddl_transaction", "mixed_ddl_dml_transaction"}
"""They are fixed as a range of statements, which a check without `--fix` does not foretell."""


def _range_to_fix(text: str, finding: LintFinding) -> tuple[int, int]:
    """Return the statement, or the whole transaction if the finding is about it."""
    start, end = finding.statement.start, finding.statement.end
    if finding.rule in _TRANSACTION_RULES:
        for statement in split(without_copy_data(text)[0][start:]):
            end = start + statement.end
            if statement.text.split()[0].lower() in {"commit", "end", "rollback", "abort"}:
                break
    if text[end : end + 1] == ";":
        end += 1
    return start, end


def _run(text: str, *arguments: str) -> _LintReply:
    """Run dsql-lint on `text` and return its findings."""
    executable = program()
    if executable is None:
        raise InputError(ABSENT)
    try:
        answer = subprocess.run(
            [executable, *arguments, "--format", "json", "-"],
            input=text.encode(errors="replace"),
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        file: _LintReply = json.loads(answer.stdout)["files"][0]
    except subprocess.TimeoutExpired:
        raise InputError(f"dsql-lint did not respond within {TIMEOUT_S:.0f} s.") from None
    except OSError as error:
        raise InputError(f"Cannot run dsql-lint: {error.strerror}.") from None
    except (ValueError, KeyError, IndexError):
        raise InputError(
            f"dsql-lint ended with code {answer.returncode}, without an answer."
        ) from None
    return file


def _own(statements: Sequence[Statement]) -> list[LintFinding]:
    domains = {match.group(1).lower() for each in statements if (match := _DOMAIN.match(each.text))}
    return [
        LintFinding(
            objection.rule,
            LintSeverity.HINT if objection.unsure else LintSeverity.ERROR,
            objection.message,
            objection.suggestion,
            statement.start + objection.start,
            statement.start + objection.end,
            statement,
        )
        for statement in statements
        for objection in objections(statement.text)
        if not _is_domain(objection, statement, domains)
    ]


_DOMAIN = re.compile(r"create\s+domain\s+(?:\w+\s*\.\s*)?(\w+)", re.IGNORECASE)


def _is_domain(objection: Objection, statement: Statement, domains: Collection[str]) -> bool:
    """Whether an unknown type is a domain that the script creates."""
    name = statement.text[objection.start : objection.end].lower()
    return objection.rule == "unknown_type" and name in domains


_PLACE = re.compile(r" at Line: (\d+), Column: (\d+)$")
_NAMED = re.compile(r"[`'“\"]([^`'”\"]+)[`'”\"]|: (\w+)$")


def _reported(
    text: str, statements: Sequence[Statement], diagnostics: Sequence[_Diagnostic]
) -> Iterator[LintFinding]:
    """Convert dsql-lint's findings from lines to offsets, without its false alarms."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    begins = [statement.start for statement in statements]
    ends = [statement.end for statement in statements]
    for row in diagnostics:
        line = min(max(row["line"] - 1, 0), len(starts) - 1)
        line_end = starts[line + 1] if line + 1 < len(starts) else len(text)
        on_line = statements[bisect_right(ends, starts[line]) : bisect_left(begins, line_end)]
        statement = _statement_of(on_line or [statements[-1]], row["statement_preview"])
        if is_false_alarm(row["rule"], statement.text):
            continue
        hint = row["rule"] == "parse_error"
        start, end = _range(text, statement, row, max(starts[line], statement.start), line_end)
        result = row["fix_result"]
        yield LintFinding(
            row["rule"],
            LintSeverity.HINT if hint else LintSeverity.ERROR,
            _PLACE.sub("", row["message"]),
            "" if hint else row["suggestion"] or "",
            start,
            end,
            statement,
            result.get("detail", ""),
            result["status"] != "unfixable" or row["rule"] in _TRANSACTION_RULES,
        )


def _statement_of(on_line: Sequence[Statement], preview: str) -> Statement:
    """Return the statement of a finding; of several on one line, the one with the same text."""
    first_words = preview.rstrip(";… .").split()[:8]
    return next(
        (row for row in on_line if row.text.split()[: len(first_words)] == first_words), on_line[0]
    )


def _range(
    text: str, statement: Statement, row: _Diagnostic, start: int, line_end: int
) -> tuple[int, int]:
    """Return the range of a finding: the position or the word that it names, or else the line."""
    end = min(line_end, statement.end)
    if place := _PLACE.search(row["message"]):
        line, column = int(place.group(1)), int(place.group(2))
        offset = sum(len(part) for part in statement.text.split("\n")[: line - 1]) + line - 1
        start = min(statement.start + offset + column - 1, statement.end - 1)
        return _word_at(text, start, statement.end)
    for match in _NAMED.finditer(row["message"]):
        name = match.group(1) or match.group(2)
        within = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE).search(
            text, start, end
        )
        if within:
            return within.span()
    return start, start + len(text[start:end].rstrip())


def _word_at(text: str, start: int, limit: int) -> tuple[int, int]:
    end = start + 1
    while end < limit and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return start, end
