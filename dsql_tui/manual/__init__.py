"""The pages of the manual: their headings and sections, and finding words in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import chain

_HEADING = re.compile(r"^(#{1,3}) (.+)$")
_FENCE = "```"


@dataclass(frozen=True, slots=True)
class ManualSection:
    """One heading of a page and the text below it.

    Attributes:
        topic: The page: the name of its file without `.md`.
        level: 1 for the page's title, 2 and 3 below it.
        heading: Without its marks.
        text: Markdown, up to the next heading.
    """

    topic: str
    level: int
    heading: str
    text: str


@lru_cache(maxsize=1)
def topics() -> dict[str, str]:
    """Return the pages of the manual in the order of their names: topic → heading."""
    pages = sorted(page.name for page in resources.files(__package__).iterdir())
    names = [name.removesuffix(".md") for name in pages if name.endswith(".md")]
    return {name: page(name).partition("\n")[0].removeprefix("# ") for name in names}


def page(topic: str) -> str:
    """Return the Markdown of a page.

    Raises:
        FileNotFoundError: There is none of that name.
    """
    return (resources.files(__package__) / f"{topic}.md").read_text(encoding="utf-8")


@lru_cache(maxsize=64)
def sections(topic: str) -> tuple[ManualSection, ...]:
    """Return the sections of a page in order; the first one has its title.

    Raises:
        FileNotFoundError: There is no page of that name.
    """
    found: list[ManualSection] = []
    level, heading = 0, ""
    lines: list[str] = []
    in_code = False
    for line in [*page(topic).splitlines(), "# "]:
        in_code ^= line.lstrip().startswith(_FENCE)
        match = None if in_code else _HEADING.match(line)
        if match is None and line != "# ":
            lines.append(line)
            continue
        if heading:
            found.append(ManualSection(topic, level, heading, "\n".join(lines).strip()))
        lines.clear()
        if match is not None:
            level, heading = len(match.group(1)), match.group(2)
    return tuple(found)


def matching(query: str) -> list[ManualSection]:
    """Return the sections that contain every word of a query: first those with all in the heading.

    Case does not matter. An empty query matches every page's first section.
    """
    words = query.casefold().split()
    everything = chain.from_iterable(sections(topic) for topic in topics())
    if not words:
        return [each for each in everything if each.level == 1]

    def contains(text: str) -> bool:
        return all(word in text for word in words)

    found = [each for each in everything if contains(f"{each.heading}\n{each.text}".casefold())]
    return sorted(found, key=lambda each: not contains(each.heading.casefold()))
