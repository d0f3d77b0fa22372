"""Helpers shared by the `config` commands: all findings, and how they are printed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dsql_tui.cli.shared.target import check_regions
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.config import Finding, Settings, Severity, Source
from dsql_tui.errors import ConfigError


def findings_of(settings: Settings) -> list[Finding]:
    """Return all findings, including those about actions, themes and Regions."""
    of_others = (*_bad_keys(settings), *_bad_theme(settings), *_bad_regions(settings))
    return [*settings.findings, *of_others]


def print_findings(findings: Iterable[Finding], *, err: bool = False) -> None:
    """Print each finding on one line."""
    for finding in findings:
        echo_line(f"{finding.message} {finding.remedy}".rstrip(), err=err)


def finding_as_json(finding: Finding) -> dict[str, object]:
    """Return a finding as JSON."""
    return {
        "severity": finding.severity.name.lower(),
        "source": source_as_json(finding.source),
        "setting": finding.path or None,
        "message": finding.message,
        "remedy": finding.remedy or None,
    }


def source_as_json(source: Source) -> dict[str, object]:
    """Return the source of a value as JSON."""
    return {
        "kind": source.kind.value,
        "name": source.name or None,
        "line": source.line,
        "section": source.section or None,
    }


def _bad_keys(settings: Settings) -> Iterator[Finding]:
    if not settings.config.keys:
        return
    from dsql_tui.console.shared.keys import FORMER_IDS, KEYS

    known = [*(key.id for key in KEYS), *FORMER_IDS]
    for action in settings.config.keys:
        if action not in known:
            near = difflib.get_close_matches(action, known, n=1)
            remedy = f'Did you mean "{near[0]}"?' if near else "F1 in the console lists actions."
            yield _warning(settings, f"keys.{action}", f'there is no action "{action}".', remedy)


def _bad_theme(settings: Settings) -> Iterator[Finding]:
    theme = settings.config.theme
    if not theme:
        return
    from dsql_tui.console.app.themes import theme_names

    known = theme_names()
    if theme not in known:
        near = difflib.get_close_matches(theme, known, n=1)
        remedy = f'Did you mean "{near[0]}"?' if near else f"Themes: {', '.join(known)}."
        yield _warning(settings, "theme", f'there is no theme "{theme}".', remedy)


def _bad_regions(settings: Settings) -> Iterator[Finding]:
    try:
        check_regions(settings.config.regions)
    except ConfigError as error:
        finding = _warning(settings, "aws.regions", error.message, error.remedy)
        yield replace(finding, severity=Severity.ERROR)


def _warning(settings: Settings, path: str, message: str, remedy: str) -> Finding:
    source = settings.source_of(path)
    return Finding(f"{source}: {message}", Severity.WARNING, source, path, remedy)
