from __future__ import annotations

from pathlib import Path

import pytest

from dsql_tui.errors import ConfigError
from dsql_tui.model.address import Address, address_of
from dsql_tui.model.endpoint import Profile

ID = "abcdefghijklmnopqrstuvwxyz"
HOST = f"{ID}.dsql.us-east-1.on.aws"
PRIVATE = f"{ID}.dsql-fnh4.eu-west-3.on.aws"
ARN = f"arn:aws:dsql:us-east-1:111122223333:cluster/{ID}"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (HOST, Address(ID, "us-east-1", HOST)),
        (PRIVATE, Address(ID, "eu-west-3", PRIVATE)),
        (ARN, Address(ID, "us-east-1", HOST, arn=ARN)),
        (f"postgresql://{HOST}", Address(ID, "us-east-1", HOST)),
        (f"postgres://{HOST}/postgres", Address(ID, "us-east-1", HOST)),
        (
            f"postgresql://app%5Frw@{PRIVATE}:6432/postgres?sslmode=require",
            Address(ID, "eu-west-3", PRIVATE, role="app_rw", port=6432),
        ),
    ],
)
def test_an_address_is_read(text: str, address: Address) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize(
    "text", ["shop", "shop@us-east-1", ID, f"{ID}@us-east-1", "localhost", f"{HOST}:5432", ""]
)
def test_what_is_no_address_has_to_be_looked_up(text: str) -> None:
    assert address_of(text) is None


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        (f"postgresql://admin:s3cret@{HOST}", "holds a password"),
        (f"postgresql://{HOST}/postgres?password=s3cret", "holds a password"),
        ("postgresql://localhost/postgres", "not an endpoint"),
        ("postgresql:///postgres", "not an endpoint"),
        (f"postgresql://{HOST}/orders", "'orders'"),
        (f"postgresql://{HOST}?sslmode=disable", "without TLS"),
        (f"postgresql://{HOST}?options=x&connect_timeout=1", "sets connect_timeout, options"),
        (f"postgresql://{HOST}:99999", "cannot be read"),
        ("postgresql://[::1/x", "cannot be read"),
    ],
)
def test_a_uri_that_cannot_be_used_is_refused_and_never_repeats_a_password(
    uri: str, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        address_of(uri)
    assert message in caught.value.message
    assert caught.value.remedy
    assert "s3cret" not in f"{caught.value.message}{caught.value.remedy}"


def test_an_endpoint_is_reached_the_way_the_profile_says() -> None:
    address = address_of(f"postgresql://{HOST}:6432")
    assert address is not None
    direct = address.endpoint(Profile(root_certificate=Path("ca.pem"), port=6432), "app_ro")
    assert (direct.host, direct.region, direct.role, direct.port) == (
        HOST, "us-east-1", "app_ro", 6432,
    )  # fmt: skip
    assert direct.root_certificate == Path("ca.pem")
    dialled = address.endpoint(
        Profile(hostaddr="127.0.0.1", port=8485, names_cluster=True), "admin"
    )
    assert (dialled.hostaddr, dialled.port, dialled.cluster_id) == ("127.0.0.1", 8485, ID)
