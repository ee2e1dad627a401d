"""What is done about a security at a gateway, what Stripe's words mean, and whose word it is."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from aftersales.config import Settings
from aftersales.errors import Forbidden
from billing.gateways import Standing
from billing.gateways.choice import card_holds
from billing.gateways.signed import notice
from billing.gateways.stripe_holds import VERSION, seen
from billing.holds import rules
from billing.holds.machine import ASKED, HOLD, RUNNING
from billing.holds.rules import Deed
from tests.factories.stripe_peer import KEY, SECRET
from tests.factories.stripe_peer import VERSION as THEIRS

NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
STATUSES = st.sampled_from(sorted(HOLD.by_state))
STANDINGS = st.sampled_from([None, *Standing])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@given(status=STATUSES, standing=STANDINGS, in_time=st.booleans())
def test_a_gateway_is_only_told_what_was_decided_and_only_possible_verbs_follow(
    status: str, standing: Standing | None, in_time: bool
) -> None:
    what = rules.deed(status, standing, in_time=in_time)
    assert (what is not Deed.TAKE) or (status == "capturing" and standing is Standing.HELD)
    assert (what is not Deed.FREE) or status == "releasing"
    assert (what is not Deed.BEGIN) or (status in ASKED and standing is not Standing.HELD)
    verb = rules.verb(status, standing, in_time=in_time)
    if verb is not None:
        assert status in HOLD.by_verb[verb].sources
        assert what is Deed.NOTHING, "what has happened leaves nothing to be done"
        assert not rules.differs(status, standing)
    if verb == "take":
        assert standing is Standing.TAKEN
    if verb in ("let_go", "give_up", "freed"):
        assert standing not in (Standing.HELD, Standing.TAKEN, Standing.OPEN)


@example(status="held", now=NOW, began=NOW, until=None, warned=False)
@given(status=STATUSES, now=MOMENTS, began=MOMENTS, until=st.none() | MOMENTS, warned=st.booleans())
def test_the_gateway_is_asked_again_while_it_runs_and_never_in_the_past(
    status: str, now: datetime, began: datetime, until: datetime | None, warned: bool
) -> None:
    at = rules.next_look(status, now, began, until, warned=warned)
    assert (at is not None) == (status in RUNNING)
    if at is not None:
        assert now < at <= now + timedelta(hours=12)


@given(now=MOMENTS, left=st.timedeltas(timedelta(0), rules.ASKED_FOR))
def test_a_page_is_open_as_long_as_stripe_allows(now: datetime, left: timedelta) -> None:
    if rules.in_time(now, now + left):
        assert timedelta(minutes=30) < rules.page_ends(now, now + left) - now < timedelta(hours=24)


def test_what_stripe_says() -> None:
    assert VERSION == THEIRS
    session = {"id": "cs_1", "status": "open", "url": "https://checkout.example/1", "payment_intent": None}
    intent = {"id": "pi_1", "status": "requires_capture", "amount": 100, "currency": "inr", "latest_charge": None}
    for status, payment, standing in (
        ("open", None, Standing.OPEN),
        ("open", "requires_payment_method", Standing.OPEN),
        ("complete", "processing", Standing.OPEN),
        ("complete", "requires_capture", Standing.HELD),
        ("complete", "succeeded", Standing.TAKEN),
        ("complete", "canceled", Standing.FREED),
        ("expired", None, Standing.OVER),
        ("expired", "canceled", Standing.OVER),
    ):
        found = seen(session | {"status": status, "payment_intent": payment and intent | {"status": payment}})
        assert found.standing is standing
        assert (found.page is not None) == (status == "open")
    assert seen(session | {"payment_intent": "pi_1"}).reference is None, "what is not expanded is not known"


def test_a_notice_is_stripes_or_it_is_none() -> None:
    body, stamp = b'{"id": "evt_1", "data": {"object": {"metadata": {"hold": "nonsense"}}}}', int(NOW.timestamp())
    right = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    said = notice(body, f"t={stamp},v1=00,v1={right}", SECRET, NOW)
    assert (said.event, said.hold_id) == ("evt_1", None)
    for header in ("", "t=,v1=", f"t={stamp}", f"t={stamp},v1={right[:-1]}", f"t={stamp},v0={right}", "t=٣,v1=é"):
        with pytest.raises(Forbidden, match=r"gateway\.signature"):
            notice(body, header, SECRET, NOW)
    with pytest.raises(Forbidden, match=r"gateway\.signature"):
        notice(body, f"t={stamp},v1={right}", SECRET, NOW + timedelta(minutes=6))


def test_keys_come_in_pairs_and_are_never_shown() -> None:
    assert card_holds(Settings()) is None
    assert Settings().gateways() == ("stripe: off; set AFTERSALES_STRIPE_KEY, AFTERSALES_STRIPE_HOOK_SECRET",)
    both = Settings(stripe_key=KEY, stripe_hook_secret=SECRET)
    assert both.gateways() == ("stripe: on (test key)",)
    made = card_holds(both)
    assert made is not None
    assert made.name == "stripe"
    for given_keys, words in (
        ({"stripe_key": KEY}, "set AFTERSALES_STRIPE_HOOK_SECRET too"),
        ({"stripe_hook_secret": SECRET}, "set AFTERSALES_STRIPE_KEY too"),
        ({"stripe_key": "pk_live_published1", "stripe_hook_secret": SECRET}, "not pk_"),
    ):
        with pytest.raises(ValidationError, match=words) as refused:
            Settings(**given_keys)  # type: ignore[arg-type]
        assert KEY not in str(refused.value)
        assert "published1" not in str(refused.value)
