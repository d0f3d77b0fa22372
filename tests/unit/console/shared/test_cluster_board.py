"""What the Regions of a listing have in common is known once."""

from __future__ import annotations

from dsql_tui.console.shared.cluster_board import Board
from dsql_tui.errors import AwsError, CredentialsMissing
from dsql_tui.model.cluster import RegionFailed, RegionListed

NONE = CredentialsMissing("No AWS credentials were found.")
DENIED = AwsError("dsql:ListClusters is denied.")
REGIONS = ("us-east-1", "us-east-2", "eu-west-1")


def test_missing_credentials_are_known_from_the_first_answer() -> None:
    board = Board(REGIONS)
    assert board.sign_in_error is None
    board.apply(RegionFailed("us-east-1", NONE))
    assert board.sign_in_error is NONE
    assert board.credentials_error is None, "two Regions may still answer"
    for region in REGIONS[1:]:
        board.apply(RegionFailed(region, NONE))
    assert board.credentials_error is NONE


def test_one_region_that_answers_shows_that_there_are_credentials() -> None:
    board = Board(REGIONS)
    board.apply(RegionFailed("us-east-1", NONE))
    board.apply(RegionListed("us-east-2", 0))
    assert board.sign_in_error is None
    assert board.failures() == [("us-east-1", NONE)]


def test_a_failure_that_regions_share_is_listed_once() -> None:
    board = Board((*REGIONS, "eu-west-2"))
    board.apply(RegionFailed("us-east-1", DENIED))
    board.apply(RegionFailed("us-east-2", NONE))
    board.apply(RegionFailed("eu-west-1", AwsError(DENIED.message)))
    assert board.failures() == [("us-east-1, eu-west-1", DENIED), ("us-east-2", NONE)]
    board.apply(RegionFailed("eu-west-2", AwsError(DENIED.message)))
    assert board.failures()[0][0] == "us-east-1 and 2 more"


def test_a_failure_of_every_region_is_that_of_all() -> None:
    board = Board(REGIONS)
    for region in REGIONS:
        board.apply(RegionFailed(region, DENIED))
    assert board.failures() == [("all 3 Regions", DENIED)]
