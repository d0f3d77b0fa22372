from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from dsql_tui.local.iam import sigv4
from dsql_tui.local.iam.sigv4 import Authorization, CredentialScope

NOW = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)


def test_the_signature_is_that_of_the_published_example() -> None:
    """The example of "Create a signed AWS API request": IAM's ListUsers by AKIDEXAMPLE."""
    request = sigv4.canonical_request(
        "GET",
        sigv4.canonical_path("/"),
        sigv4.canonical_query([("Version", "2010-05-08"), ("Action", "ListUsers")]),
        {
            "content-type": "application/x-www-form-urlencoded; charset=utf-8",
            "host": "iam.amazonaws.com",
            "x-amz-date": "20150830T123600Z",
        },
        sigv4.EMPTY_PAYLOAD_HASH,
    )
    assert hashlib.sha256(request.encode()).hexdigest() == (
        "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
    )
    scope = CredentialScope("AKIDEXAMPLE", "20150830", "us-east-1", "iam")
    secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    assert sigv4.signature(secret, scope, "20150830T123600Z", request) == (
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("", "/"),
        ("/", "/"),
        ("/a/../b/./c//d", "/b/c/d"),
        ("/../..", "/"),
        ("/tags/arn%3Aaws", "/tags/arn%253Aaws"),
        ("/a/", "/a/"),
    ],
)
def test_a_path_is_normalised_and_encoded_once_more(path: str, canonical: str) -> None:
    assert sigv4.canonical_path(path) == canonical


def test_a_query_is_decoded_once_and_sorted_by_its_encoded_form() -> None:
    pairs = sigv4.query_pairs("b=%2F&a=x+y&a=%20&flag&%61=1")
    assert pairs == [("b", "/"), ("a", "x+y"), ("a", " "), ("flag", ""), ("a", "1")]
    assert sigv4.canonical_query(pairs) == "a=%20&a=1&a=x%2By&b=%2F&flag="


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic dXNlcg==",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host",
        "AWS4-HMAC-SHA256 Credential=a/b/c/aws4_request, SignedHeaders=host, Signature=x",
        "AWS4-HMAC-SHA256 Credential=a/b//d/aws4_request, SignedHeaders=host, Signature=x",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws5_request, SignedHeaders=host, Signature=x",
    ],
)
def test_a_malformed_authorization_is_recognized(header: str) -> None:
    assert Authorization.parse(header) is None


def test_an_authorization_is_read_with_and_without_spaces() -> None:
    parts = ("Credential=a/b/c/d/aws4_request", "SignedHeaders=host;x-amz-date", "Signature=x")
    for separator in (",", ", "):
        read = Authorization.parse("AWS4-HMAC-SHA256 " + separator.join(parts))
        assert read == Authorization(
            CredentialScope("a", "b", "c", "d"), ("host", "x-amz-date"), "x"
        )


def test_time_errors_have_the_messages_of_aws() -> None:
    minute = timedelta(minutes=1)
    assert sigv4.too_old(NOW, 15 * minute, NOW + 15 * minute) == ""
    assert sigv4.too_old(NOW, 15 * minute, NOW + 16 * minute) == (
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123700Z "
        "(20150830T125200Z - 15 min.)"
    )
    assert sigv4.too_old(NOW, timedelta(seconds=90), NOW + 2 * minute).endswith(" - 90 sec.)")
    assert sigv4.too_new(NOW + 5 * minute, NOW) == ""
    assert sigv4.too_new(NOW + 6 * minute, NOW).startswith(
        "Signature not yet current: 20150830T124200Z is still later than 20150830T124100Z"
    )


@pytest.mark.parametrize("text", ["", "2015-08-30", "20150830T123600", "20159930T123600Z"])
def test_a_malformed_timestamp_is_recognized(text: str) -> None:
    assert sigv4.parse_timestamp(text) is None
    assert sigv4.parse_timestamp(sigv4.format_timestamp(NOW)) == NOW
