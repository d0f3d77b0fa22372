"""The statements of staged changes, to the letter, and their batches."""

from __future__ import annotations

import pytest

from dsql_tui.rows.staged import DEFAULT, RowKey, Staged
from dsql_tui.rows.statements import RowStatement, batches, current_row, statements_of
from dsql_tui.sql.dsql.limits import TRANSACTION_BYTES, TRANSACTION_ROWS
from dsql_tui.sql.statements.classify import classify
from tests.unit.rows.tables import LINES, ORDERS, editable

ROW = RowKey(7, ("a",))
LINE = RowKey(8, ("a", "1"))
SHOWN = {1: "a", 3: "it's", 4: "1.00", 5: '{"a": 1}', 6: "2.00"}
TABLES = {7: editable(ORDERS), 8: editable(LINES)}
EMPTY = Staged()


@pytest.mark.parametrize(
    ("staged", "text", "key"),
    [
        (
            EMPTY.set_cell(ROW, 3, "", SHOWN),
            "UPDATE public.orders SET status = ''\n"
            "WHERE id = 'a' AND status IS NOT DISTINCT FROM 'it''s'\n"
            "RETURNING id, status, total, data, twice",
            {1: "a"},
        ),
        (
            EMPTY.set_cell(ROW, 4, DEFAULT, SHOWN).set_cell(ROW, 5, None, SHOWN),
            "UPDATE public.orders SET total = DEFAULT, data = NULL\n"
            "WHERE id = 'a' AND total::text IS NOT DISTINCT FROM '1.00' "
            "AND data::text IS NOT DISTINCT FROM '{\"a\": 1}'\n"
            "RETURNING id, status, total, data, twice",
            {1: "a"},
        ),
        (
            EMPTY.set_cell(ROW, 3, "x", {**SHOWN, 3: None}),
            "UPDATE public.orders SET status = 'x'\n"
            "WHERE id = 'a' AND status IS NULL\n"
            "RETURNING id, status, total, data, twice",
            {1: "a"},
        ),
        (
            EMPTY.set_cell(LINE, 2, "2", {1: "a", 2: "1", 3: "9.00"}),
            'UPDATE "Shop"."order lines" SET number = \'2\'\n'
            "WHERE \"order\" = 'a' AND number = '1'\n"
            'RETURNING "order", number, price',
            {1: "a"},
        ),
        (
            EMPTY.set_cell(LINE, 3, "2", {1: "a", 2: "1", 3: "9.00"}),
            'UPDATE "Shop"."order lines" SET price = \'2\'\n'
            "WHERE \"order\" = 'a' AND number = '1' AND price IS NOT DISTINCT FROM '9.00'\n"
            'RETURNING "order", number, price',
            {1: "a", 2: "1"},
        ),
        (
            EMPTY.toggle_deleted(LINE, {1: "a", 2: "1", 3: None}),
            'DELETE FROM "Shop"."order lines"\n'
            "WHERE \"order\" = 'a' AND number = '1' AND price IS NULL\n"
            'RETURNING "order", number',
            {1: "a", 2: "1"},
        ),
        (
            EMPTY.add(7, {4: DEFAULT, 3: None, 1: "b"}),
            "INSERT INTO public.orders (id, status, total)\n"
            "VALUES ('b', NULL, DEFAULT)\n"
            "RETURNING id, status, total, data, twice",
            {},
        ),
        (
            EMPTY.add(7, {}),
            "INSERT INTO public.orders DEFAULT VALUES\nRETURNING id, status, total, data, twice",
            {},
        ),
    ],
)
def test_each_change_is_one_statement_for_one_row(
    staged: Staged, text: str, key: dict[int, str]
) -> None:
    (statement,) = statements_of(staged.changes, TABLES)
    assert (statement.text, statement.key) == (text, key)
    assert not classify(statement.text).is_destructive
    _, _, condition = text.partition("\nWHERE ")
    assert statement.check.partition("\nWHERE ")[2] == condition.partition("\nRETURNING ")[0]


def test_statements_are_in_the_order_of_the_edits() -> None:
    staged = EMPTY.add(7, {}).set_cell(ROW, 3, "x", SHOWN).toggle_deleted(LINE, {})
    rows = [statement.row for statement in statements_of(staged.changes, TABLES)]
    assert rows == [*staged.changes]


def test_a_row_is_looked_up_by_its_key() -> None:
    assert current_row(LINE, TABLES[8]) == (
        'SELECT "order", number, price FROM "Shop"."order lines"\n'
        "WHERE \"order\" = 'a' AND number = '1'"
    )


def sized(*sizes: int) -> list[RowStatement]:
    return [RowStatement(ROW, "x" * size, "", (), {}) for size in sizes]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((), []),
        ((1,) * TRANSACTION_ROWS, [TRANSACTION_ROWS]),
        ((1,) * (TRANSACTION_ROWS + 1), [TRANSACTION_ROWS, 1]),
        ((TRANSACTION_BYTES, 1), [1, 1]),
        ((TRANSACTION_BYTES - 1, 1), [2]),
        ((TRANSACTION_BYTES + 1, 1), [1, 1]),
    ],
)
def test_batches_are_within_the_limits(sizes: tuple[int, ...], expected: list[int]) -> None:
    assert [len(batch) for batch in batches(sized(*sizes))] == expected


def test_sizes_are_bytes() -> None:
    assert RowStatement(ROW, "é", "", (), {}).size_bytes == 2
