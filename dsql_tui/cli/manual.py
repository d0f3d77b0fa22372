"""`dsql-tui manual`: show the pages of the manual as text."""

from __future__ import annotations

import difflib
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import click

from dsql_tui.cli.shared.plain_markdown import render
from dsql_tui.cli.shared.values.types import TOPIC
from dsql_tui.manual import page, topics

WIDTHS = (40, 100)
"""Columns of text, at least and at most."""
_LESS = {"LESS": "FRX"}
"""The default of git: one screen is not paged, styles are shown, the text stays visible."""


@click.command("manual")
@click.argument("topic", required=False, type=TOPIC)
def command(topic: str | None) -> None:
    """Show a page of the manual; without TOPIC list the pages.

    On a terminal a page is shown by $PAGER, or by less. In a pipe it is plain text.
    """
    if topic is None:
        click.echo(_listing(), nl=False)
        return
    markdown = _page(topic)
    pager = _pager()
    if pager is None:
        click.echo(render(markdown, width=_width()), nl=False)
    else:
        styled = not os.environ.get("NO_COLOR") and Path(pager[0]).name == "less"
        _show(pager, render(markdown, width=_width(), styled=styled))


def _page(topic: str) -> str:
    """Return the text of a page.

    Raises:
        click.UsageError: There is none of that name.
    """
    known = topics()
    name = topic.lower().removesuffix(".md")
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        meant = f" Did you mean {near[0]!r}?" if near else ""
        raise click.UsageError(
            f"There is no page {topic!r} in the manual.{meant} Pages: {', '.join(known)}."
        )
    return page(name)


def _listing() -> str:
    known = topics()
    widest = max(map(len, known))
    lines = [f"{name:<{widest}}  {heading}\n" for name, heading in known.items()]
    return "".join([*lines, "\nRead one with: dsql-tui manual TOPIC\n"])


def _width() -> int:
    least, most = WIDTHS
    return max(least, min(most, shutil.get_terminal_size().columns))


def _pager() -> list[str] | None:
    """Return the pager's command; `None` if standard output is not a terminal."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    if os.environ.get("TERM", "dumb") == "dumb":
        return None
    try:
        words = shlex.split(os.environ.get("PAGER") or "less")
    except ValueError:
        return None
    program = shutil.which(words[0]) if words else None
    return [program, *words[1:]] if program else None


def _show(pager: list[str], text: str) -> None:
    """Show text in a pager, which handles ctrl+c itself; this process only waits for it."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        subprocess.run(pager, input=text.encode(), env=_LESS | dict(os.environ), check=False)
    finally:
        signal.signal(signal.SIGINT, before)
