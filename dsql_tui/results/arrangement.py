"""The filters and the sort order of displayed rows."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace

from dsql_tui.model.result import Column
from dsql_tui.results.find import Filter, filter_rows
from dsql_tui.results.sort import SortKey, sort_rows
from dsql_tui.results.store import ResultStore
from dsql_tui.results.work import Work


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Filters and sort keys; with neither, rows are shown as the server sent them."""

    filters: tuple[Filter, ...] = ()
    keys: tuple[SortKey, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.filters or self.keys)

    def keep(self, wanted: Filter) -> Arrangement:
        """Return this arrangement with one more filter."""
        return replace(self, filters=(*self.filters, wanted))

    def sort(self, column: int, *, further: bool) -> Arrangement:
        """Return this arrangement with a column's order changed: ascending, descending, off.

        Args:
            column: Which.
            further: It decides among rows the other keys leave equal; else it alone decides.
        """
        present = next((key for key in self.keys if key.column == column), None)
        if present is None:
            turned: tuple[SortKey, ...] = (SortKey(column),)
        else:
            turned = () if present.descending else (SortKey(column, descending=True),)
        if not further:
            return replace(self, keys=turned)
        if present is None:
            return replace(self, keys=self.keys + turned)
        at = self.keys.index(present)
        return replace(self, keys=self.keys[:at] + turned + self.keys[at + 1 :])

    @property
    def marks(self) -> dict[int, str]:
        """The marks of sorted columns: direction, and rank if several."""
        several = len(self.keys) > 1
        return {
            key.column: f"{'▼' if key.descending else '▲'}{rank if several else ''} "
            for rank, key in enumerate(self.keys, start=1)
        }

    def words(self, columns: tuple[Column, ...]) -> str:
        """Return the active filters as text."""
        return " and ".join(_filter_words(each, columns) for each in self.filters)


def _filter_words(each: Filter, columns: tuple[Column, ...]) -> str:
    name = "any column" if each.column is None else columns[each.column].name or "?column?"
    if each.is_null:
        return f"{name} is {'not ' if each.inverted else ''}NULL"
    if each.exact:
        return f"{name} {'≠' if each.inverted else '='} “{each.pattern.text}”"
    verb = "match" if each.pattern.regex else "contain"
    verb = f"does not {verb}" if each.inverted else verb + ("es" if each.pattern.regex else "s")
    return f"{name} {verb} “{each.pattern.text}”"


def arrange_rows(store: ResultStore, wanted: Arrangement, work: Work) -> array[int] | None:
    """Return the numbers of the rows to show, in order; `None` when cancelled.

    Raises:
        InputError: A filter's regular expression cannot be read.
    """
    rows = filter_rows(store, wanted.filters, work) if wanted.filters else None
    if work.cancelled or not wanted.keys:
        return rows
    return sort_rows(store, wanted.keys, rows, work)
