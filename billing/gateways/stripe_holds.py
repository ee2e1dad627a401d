"""Holds on cards at Stripe: a Checkout page of theirs, whose payment is authorised and captured or cancelled later.

Every request names its version of the API and, where it changes something, an idempotency key, so that a request whose
answer was lost can be sent again. What Stripe refuses because the payment has moved on meanwhile is not believed but
looked at. The library's own retries and its telemetry are off: the outbox retries, and nobody needs to know more of us.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx
import stripe
from stripe import HTTPClient, StripeClient

from aftersales.money import Money
from billing.gateways import Busy, Faulty, Seen, Standing, Unwilling, Wanted

VERSION = "2026-10-28.endive"
SECONDS = 15
_ATTEMPTS = 3
_EXPAND = ["payment_intent.latest_charge"]
_CARD = {"request_extended_authorization": "if_available"}
# Closed for good, or free again: another attempt changes nothing.
_SETTLED = frozenset({Standing.OVER, Standing.FREED, Standing.TAKEN})

stripe.enable_telemetry = False


class _Unreached(stripe.APIConnectionError):
    code = "gateway.unreached"

    def __init__(self, what: str) -> None:
        super().__init__(what)  # type: ignore[no-untyped-call]


class _Line(HTTPClient):
    """How the library reaches Stripe: the library's own way is one that httpx is about to give up."""

    name = "httpx"

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__()
        self._client = client

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        try:
            answer = await self._client.request(method, url, headers=headers, content=post_data or None)
        except (httpx.HTTPError, OSError) as error:
            raise _Unreached(type(error).__name__) from error
        return answer.content, answer.status_code, answer.headers


class StripeHolds:
    """See `billing.gateways.CardHolds`. `url` is where the API is; each step of a request may take `seconds`."""

    name = "stripe"

    def __init__(self, key: str, url: str, seconds: int = SECONDS) -> None:
        self._key, self._url, self._seconds = key, url, seconds

    async def begin(self, wanted: Wanted) -> Seen:
        """A Checkout page for the amount."""
        about = {"hold": str(wanted.hold_id)}
        price = {
            "currency": wanted.amount.currency.lower(),
            "unit_amount": wanted.amount.minor,
            "product_data": {"name": wanted.number},
        }
        params: Any = {
            "mode": "payment",
            "payment_method_types": ["card"],
            "client_reference_id": str(wanted.hold_id),
            "line_items": [{"quantity": 1, "price_data": price}],
            "payment_intent_data": {"capture_method": "manual", "description": wanted.number, "metadata": about},
            "payment_method_options": {"card": _CARD},
            "metadata": about,
            "custom_text": {"submit": {"message": wanted.words}},
            "success_url": wanted.back,
            "cancel_url": wanted.back,
            "expires_at": int(wanted.ends_at.timestamp()),
        }
        async with self._client() as client:
            try:
                made = await client.v1.checkout.sessions.create_async(params, {"idempotency_key": wanted.key})
            except stripe.InvalidRequestError as error:
                raise Unwilling(error.code or error.param or "invalid_request") from error
        return seen(made.to_dict())

    async def look(self, session: str) -> Seen:
        """The page and its payment, as they are."""
        async with self._client() as client:
            return await _look(client, session)

    async def free(self, seen: Seen, key: str) -> Seen:
        """Close the page, or cancel the payment."""
        async with self._client() as client:
            for _ in range(_ATTEMPTS):
                if seen.standing in _SETTLED:
                    break
                if seen.page is not None:
                    sessions = client.v1.checkout.sessions
                    with suppress(stripe.InvalidRequestError):
                        await sessions.expire_async(seen.session, {}, {"idempotency_key": f"{key}-expire"})
                elif seen.reference is not None:
                    with suppress(stripe.InvalidRequestError):
                        await client.v1.payment_intents.cancel_async(
                            seen.reference, {}, {"idempotency_key": f"{key}-cancel"}
                        )
                seen = await _look(client, seen.session)
        return seen

    async def take(self, seen: Seen, key: str) -> Seen:
        """Capture the payment."""
        if seen.reference is None:
            return seen
        async with self._client() as client:
            # A bank may refuse a capture too; what has become of the payment then is seen by looking.
            with suppress(stripe.InvalidRequestError, stripe.CardError):
                await client.v1.payment_intents.capture_async(seen.reference, {}, {"idempotency_key": f"{key}-capture"})
            return await _look(client, seen.session)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[StripeClient]:
        """One of its own for each use: nothing is bound to an event loop, and nothing is shared."""
        try:
            async with httpx.AsyncClient(timeout=self._seconds, trust_env=False) as client:
                yield StripeClient(
                    self._key,
                    stripe_version=VERSION,
                    base_addresses={"api": self._url},
                    http_client=_Line(client),
                    max_network_retries=0,
                )
        except (stripe.RateLimitError, stripe.APIError, stripe.IdempotencyError) as error:
            if isinstance(error, stripe.RateLimitError) or error.http_status == 409:
                raise Busy from error
            # Stripe keeps its answer to a key, a failure of its own too.
            raise Faulty from error


async def _look(client: StripeClient, session: str) -> Seen:
    found = await client.v1.checkout.sessions.retrieve_async(session, {"expand": _EXPAND})
    return seen(found.to_dict())


def seen(session: Mapping[str, Any]) -> Seen:
    """What a Checkout session, with its payment expanded where there is one, says. Pure."""
    intent = session.get("payment_intent")
    # What has just been made names its payment only.
    payment: Mapping[str, Any] = intent if isinstance(intent, Mapping) else {}
    charge = payment.get("latest_charge")
    card = (charge.get("payment_method_details") or {}).get("card") or {} if isinstance(charge, Mapping) else {}
    until = card.get("capture_before")
    is_open = session["status"] == "open"
    return Seen(
        _standing(session["status"], str(payment.get("status") or "")),
        session["id"],
        page=session.get("url") if is_open else None,
        reference=payment.get("id"),
        amount=Money(payment["currency"].upper(), payment["amount"]) if payment else None,
        until=datetime.fromtimestamp(until, UTC) if until else None,
        refused=is_open and payment.get("last_payment_error") is not None,
    )


def _standing(session: str, payment: str) -> Standing:
    if payment == "succeeded":
        return Standing.TAKEN
    if payment == "requires_capture":
        return Standing.HELD
    if session == "expired":
        return Standing.OVER
    return Standing.FREED if payment == "canceled" else Standing.OPEN
