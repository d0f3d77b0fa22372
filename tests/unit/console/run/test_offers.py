"""What is offered after a statement was lost."""

from __future__ import annotations

from dsql_tui.console.run.offers import offer_after
from dsql_tui.console.session.transaction import STATEMENTS_KEPT, OpenTransaction
from dsql_tui.errors import OccConflict
from dsql_tui.sql.statements.classify import classify
from tests.support.fakes import NOW

CONFLICT = OccConflict("change conflicts with another transaction (OC000)", sqlstate="40001")
UPDATE = "update t set a = 1 where id = 1"


def held(count: int, *, read_only: bool = False) -> OpenTransaction:
    work = OpenTransaction(NOW, read_only=read_only)
    for _ in range(count):
        work = work.after(UPDATE, classify(UPDATE), 1)
    return work


def test_a_lost_transaction_is_offered_from_its_begin_to_its_commit() -> None:
    offer = offer_after(CONFLICT, "commit", held(2))
    assert offer is not None
    assert offer.statements == ("BEGIN", UPDATE, UPDATE, "COMMIT")


def test_a_transaction_begun_read_only_is_offered_as_it_was_begun() -> None:
    offer = offer_after(CONFLICT, "commit", held(1, read_only=True))
    assert offer is not None
    assert offer.statements[0] == "BEGIN READ ONLY"


def test_a_transaction_whose_first_statements_are_forgotten_is_not_offered() -> None:
    assert offer_after(CONFLICT, "commit", held(STATEMENTS_KEPT)) is not None
    assert offer_after(CONFLICT, "commit", held(STATEMENTS_KEPT + 1)) is None
