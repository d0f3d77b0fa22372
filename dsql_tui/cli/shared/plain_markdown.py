"""Renders the Markdown of the manual as text for a terminal or a pipe.

Supports the Markdown of these pages: headings, paragraphs, lists, tables, code, pictures, links,
bold text and inline code. Everything else is printed unchanged.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest

_INDENT = "    "
_LEAST_COLUMN = 24
"""Least width of the last cell of a table to be printed next to the others."""
_PAIR = 2
"""Number of columns of a table that is printed without the name of its second column."""
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_CODE = re.compile(r"`[^`]+`")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")
_BULLET = re.compile(r"(\s*)([-*]|\d+\.) +")
_RULE = re.compile(r"\|?[\s:|-]*-[\s:|-]*\|?")
_CELL_BORDER = re.compile(r"(?<!\\)\|")
_BOLD, _PLAIN = "\x1b[1m", "\x1b[22m"


def render(markdown: str, *, width: int, styled: bool = False) -> str:
    """Return a page as plain text.

    Args:
        markdown: The page.
        width: Columns to fill; code and words longer than that stick out.
        styled: Whether headings and bold text become bold by escape sequences.
    """
    blocks = [
        "\n".join(_rendered(block, width, styled=styled)) for block in _blocks(markdown.split("\n"))
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    """Yield runs of lines between empty ones; a fence of code is one block with its empty lines."""
    block: list[str] = []
    fenced = False
    for line in lines:
        if line.startswith("```"):
            if not fenced and block:
                yield block
                block = []
            block.append(line)
            fenced = not fenced
            if not fenced:
                yield block
                block = []
        elif fenced or line.strip():
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _rendered(block: list[str], width: int, *, styled: bool) -> Iterator[str]:
    first = block[0]
    if first.startswith("```"):
        yield from (_INDENT + line if line else "" for line in block[1:-1])
    elif first.startswith(_INDENT):
        yield from block
    elif first.startswith("#"):
        level, _, title = first.partition(" ")
        title = _inline(title, styled=False)
        title = title.upper() if len(level) == 1 else title
        yield f"{_BOLD}{title}{_PLAIN}" if styled else title
        if block[1:]:
            yield from _rendered(block[1:], width, styled=styled)
    elif first.lstrip().startswith("|"):
        yield from _table(block, width, styled=styled)
    elif _BULLET.match(first):
        yield from _list(block, width, styled=styled)
    else:
        yield from _wrapped(_inline(" ".join(block), styled=styled), width)


def _list(block: list[str], width: int, *, styled: bool) -> Iterator[str]:
    """Yield the items of a list, each wrapped beside its bullet."""
    items: list[tuple[str, list[str]]] = []
    for line in block:
        if bullet := _BULLET.match(line):
            items.append((bullet[0], [line[bullet.end() :]]))
        else:
            items[-1][1].append(line.strip())
    for bullet_text, lines in items:
        text = _inline(" ".join(lines), styled=styled)
        yield from _wrapped(text, width, first=bullet_text, indent=" " * len(bullet_text))


def _table(block: list[str], width: int, *, styled: bool) -> Iterator[str]:
    """Yield a table in columns, or where that is too wide each row as a list of its cells."""
    rows = [
        [_inline(cell.strip().replace("\\|", "|"), styled=False) for cell in _cells(line)]
        for line in block
        if not _RULE.fullmatch(line.strip())
    ]
    head, *body = rows
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    left = sum(widths[:-1]) + 2 * len(widths[:-1])
    if width - left < min(_LEAST_COLUMN, widths[-1]):
        yield from _rows_as_lists(head, body, width)
        return
    for number, row in enumerate(rows):
        if not number and not any(row):
            continue
        cells = [f"{cell:<{size}}  " for cell, size in zip(row, widths[:-1], strict=False)]
        lines = list(_wrapped(row[-1], width, first="".join(cells), indent=" " * left))
        if number or not styled:
            yield from lines
        else:
            yield from (f"{_BOLD}{line}{_PLAIN}" for line in lines)


def _rows_as_lists(head: list[str], body: list[list[str]], width: int) -> Iterator[str]:
    for row in body:
        yield from _wrapped(row[0], width)
        for name, cell in zip(head[1:], row[1:], strict=False):
            if cell:
                label = f"{_INDENT}{name}: " if name and len(row) > _PAIR else _INDENT
                yield from _wrapped(cell, width, first=label, indent=_INDENT + "  ")


def _cells(line: str) -> list[str]:
    return _CELL_BORDER.split(line.strip().removeprefix("|").removesuffix("|"))


def _wrapped(text: str, width: int, *, first: str = "", indent: str = "") -> Iterator[str]:
    """Yield the lines of a text; escape sequences take no column."""
    lines = textwrap.wrap(
        text.replace(_BOLD, "\x01").replace(_PLAIN, "\x02"),
        width=width,
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]
    yield from (line.replace("\x01", _BOLD).replace("\x02", _PLAIN) for line in lines)


def _inline(text: str, *, styled: bool) -> str:
    """Return a text with its marks resolved; code keeps its backticks and what is in them."""
    code: list[str] = []

    def set_aside(match: re.Match[str]) -> str:
        code.append(match[0])
        return "\x03"

    text = _CODE.sub(set_aside, text)
    text = _PICTURE.sub(r"\1: \2", text)
    text = _LINK.sub(lambda link: _link(link[1], link[2]), text)
    text = _STRONG.sub(rf"{_BOLD}\1{_PLAIN}" if styled else r"\1", text)
    return re.sub("\x03", lambda _: code.pop(0), text)


def _link(words: str, address: str) -> str:
    return address if words == address else f"{words} ({address})"
