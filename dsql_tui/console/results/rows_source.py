"""What a result pane asks of the object that reads its rows page by page."""

from __future__ import annotations

from typing import Protocol

from dsql_tui.results.arrangement import Arrangement


class RowsSource(Protocol):
    """Reads the rows of one relation into a result pane."""

    def more(self) -> None:
        """Read the next page and append it."""
        ...

    def arranges(self, target: Arrangement) -> bool:
        """Filter and sort on the server; `False` if the pane has all rows and does it itself."""
        ...

    def words(self) -> str:
        """Return how many rows there are, as text for the status line, or an empty string."""
        ...
