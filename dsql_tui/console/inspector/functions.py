"""Functions of one name as pages to read, copy and save."""

from __future__ import annotations

from collections.abc import Sequence

from dsql_tui.console.access.pages import Page
from dsql_tui.model.inspection import InspectedFunction


def pages_of(functions: Sequence[InspectedFunction]) -> list[Page]:
    """Return a page with the source of each function."""
    return [
        Page(
            each.signature,
            f"{each.name}.sql",
            f"{each.definition.strip()};\n" if each.definition else f"{each.source.strip()}\n",
            " · ".join(
                filter(
                    None,
                    (
                        f"{each.name}{each.signature}",
                        f"language {each.language}",
                        f"owner {each.owner}",
                        each.comment,
                    ),
                )
            ),
        )
        for each in functions
    ]
