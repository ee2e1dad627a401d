"""What is sent, how it is signed, where to, and when again."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.module import Posted
from aftersales.scope import SYSTEM_ACTOR
from aftersales.status.machine import Audience
from aftersales.webhooks.rules import (
    FIRST,
    LONGEST,
    again_after,
    allowed,
    body_of,
    event_of,
    secret,
    signature,
    wants,
    wrong_with,
)

ID = UUID(int=7)
POSTED = Posted(
    stream_id=UUID(int=1),
    version=4,
    document_id=UUID(int=2),
    document_version=3,
    machine="visit",
    kind="status",
    name="confirm",
    from_status="scheduled",
    to_status="confirmed",
    at=datetime(2026, 11, 28, 12, tzinfo=UTC),
    actor=SYSTEM_ACTOR,
    origin="live",
    audience=Audience.STAFF,
    data={"reason": "nobody may see this"},
)


def test_the_signature_is_that_of_the_specification() -> None:
    """The example that the specification's own libraries are tested with."""
    made = signature(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        '{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_secrets_make_two_signatures() -> None:
    both = [secret(b"k", ID, 1), secret(b"k", ID, 0)]
    assert len(set(both)) == 2
    made = signature(both, "msg_1", POSTED.at, "{}").split(" ")
    assert made == [signature([one], "msg_1", POSTED.at, "{}") for one in both]


def test_a_secret_comes_back_only_from_the_same_key() -> None:
    assert secret(b"k", ID, 0) == secret(b"k", ID, 0)
    assert secret(b"other", ID, 0) != secret(b"k", ID, 0) != secret(b"k", UUID(int=8), 0)


def test_a_message_says_what_happened_and_nothing_else() -> None:
    said = json.loads(body_of(POSTED, "KKP-V-26-000001"))
    assert said == {
        "type": "visit.confirmed",
        "timestamp": "2026-11-28T12:00:00+00:00",
        "data": {
            "stream_id": str(POSTED.stream_id),
            "stream_version": 4,
            "document": {"id": str(POSTED.document_id), "kind": "visit", "number": "KKP-V-26-000001", "version": 3},
            "from_status": "scheduled",
            "to_status": "confirmed",
            "event": None,
        },
    }
    assert event_of(replace(POSTED, kind="event", name="rescheduled")) == "visit.rescheduled"


@pytest.mark.parametrize(
    ("patterns", "event", "wanted"),
    [
        (["*"], "visit.confirmed", True),
        (["visit.*"], "visit.confirmed", True),
        (["case.closed", "visit.confirmed"], "visit.confirmed", True),
        (["visit.confirm", "visits.*"], "visit.confirmed", False),
        ([], "visit.confirmed", False),
    ],
)
def test_a_subscription_hears_what_it_named(patterns: list[str], event: str, *, wanted: bool) -> None:
    assert wants(patterns, event) is wanted


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "192.0.0.192",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001::1",
        "::127.0.0.1",
    ],
)
def test_no_address_inside_a_network_is_reached(address: str) -> None:
    assert not allowed(ip_address(address), loopback=False)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are(address: str) -> None:
    assert allowed(ip_address(address), loopback=False)


@given(st.ip_addresses())
def test_loopback_is_open_only_when_it_is_allowed(address: IPv4Address | IPv6Address) -> None:
    if allowed(address, loopback=False):
        assert address.is_global
    assert allowed(ip_address("127.0.0.1"), loopback=True)
    assert allowed(address, loopback=True) in {allowed(address, loopback=False), True}
    assert not allowed(ip_address("10.0.0.1"), loopback=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://",
        "https:///x",
        "https://user:word@example.org/",
        "https://user@example.org/",
        "https://example.org/#part",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://exa mple.org/",
        "https://example.org/\r\nHost: inside",
        "https://[oops/",
        "https://пример.example/",
        "https://example.org/" + "x" * 2000,
        "http://localhost:1/",
        "",
    ],
)
def test_an_address_that_will_not_do(url: str) -> None:
    assert wrong_with(url, loopback=False)


def test_an_address_that_will() -> None:
    assert wrong_with("https://example.org:8443/a?b=c", loopback=False) == ""
    assert wrong_with("http://localhost:1/", loopback=True) == ""
    assert wrong_with("http://example.org/", loopback=True)


@given(st.integers(1, 10**6), st.floats(0, 1, exclude_max=True))
def test_waits_grow_to_six_hours(attempts: int, chance: float) -> None:
    wait = again_after(attempts, None, chance)
    assert FIRST / 2 <= wait <= LONGEST
    assert again_after(attempts, timedelta(hours=1), chance) >= timedelta(hours=1)
    assert again_after(attempts, timedelta(days=9), chance) == LONGEST
