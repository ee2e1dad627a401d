"""Stripe as it is, as far as holds go: strict about every request, with its states, its keys and its errors.

Written by the text of its documentation and not by our code. A ledger says what became of each payment.
"""

import hashlib
import hmac
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import orjson

from tests.factories.providers import Asked, Peer, Reply, provider

KEY = "sk_test_51AftersalesPeer"
SECRET = "whsec_aftersalespeer1234"
VERSION = "2026-10-28.endive"
MINUTE = 60
_SENT = {
    "mode",
    "payment_method_types[0]",
    "client_reference_id",
    "line_items[0][quantity]",
    "line_items[0][price_data][currency]",
    "line_items[0][price_data][unit_amount]",
    "line_items[0][price_data][product_data][name]",
    "payment_intent_data[capture_method]",
    "payment_intent_data[description]",
    "payment_intent_data[metadata][hold]",
    "payment_method_options[card][request_extended_authorization]",
    "metadata[hold]",
    "custom_text[submit][message]",
    "success_url",
    "cancel_url",
    "expires_at",
}
Row: TypeAlias = dict[str, Any]


def refused(kind: str, message: str, status: int = 400, **more: object) -> Reply:
    """An error in Stripe's shape."""
    return Reply(status, {"error": {"type": kind, "message": message, **more}})


@dataclass
class Stripe:
    """The account. `trouble` comes before the next requests that change something, once each: `500` fails and keeps
    failing under its key, `done500` does it and says that it failed, `429` refuses, `lost` does it and never answers,
    `silent` keeps the line open."""

    sessions: dict[str, Row] = field(default_factory=dict)
    intents: dict[str, Row] = field(default_factory=dict)
    ledger: list[tuple[str, str]] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    trouble: deque[str] = field(default_factory=deque)
    keys: dict[str, tuple[str, bytes, Reply]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    on_free: Callable[[], object] | None = None
    peer: Peer | None = None
    # No other account's names are the same.
    tag: str = field(default_factory=lambda: f"test_{uuid4().hex[:10]}_")

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self.peer is not None
        return self.peer.url

    def session(self, number: int) -> str:
        """The name of the page that was opened as this one, counted from 1."""
        return f"cs_{self.tag}{number}"

    def __call__(self, asked: Asked) -> Reply:
        """One request."""
        self.asked.append(f"{asked.method} {asked.path}")
        assert asked.headers["authorization"] == f"Bearer {KEY}"
        assert asked.headers["stripe-version"] == VERSION
        assert "x-stripe-client-telemetry" not in asked.headers
        if asked.method == "GET":
            return self._look(asked)
        assert asked.method == "POST"
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        return self._once(asked, asked.headers["idempotency-key"])

    def _once(self, asked: Asked, key: str) -> Reply:
        assert 0 < len(key) <= 255
        if key in self.keys:
            target, body, reply = self.keys[key]
            if (target, body) != (asked.target, asked.body):
                return refused("idempotency_error", "Keys can only be used with the same parameters.")
            return reply
        trouble = self.trouble.popleft() if self.trouble else ""
        if trouble == "429":
            return refused("invalid_request_error", "Too many requests", 429, code="rate_limit")
        broken = refused("api_error", "Something went wrong on our end", 500)
        reply = broken if trouble == "500" else self._change(asked)
        if trouble == "done500":
            reply = broken
        # What was wrong with the request itself is not kept under its key.
        if reply.status == 200 or reply.status >= 500:
            self.keys[key] = (asked.target, asked.body, reply)
        return {"lost": Reply(cut=True), "silent": Reply(silent=True)}.get(trouble, reply)

    def _change(self, asked: Asked) -> Reply:
        match asked.path.split("/")[2:]:
            case ["checkout", "sessions"]:
                return self._open(asked.form)
            case ["checkout", "sessions", name, "expire"]:
                assert asked.body == b""
                return self._expire(name)
            case ["payment_intents", name, "cancel"]:
                return self._end(name, "cancel")
            case ["payment_intents", name, "capture"]:
                return self._end(name, "capture")
        raise AssertionError(asked.path)

    def _look(self, asked: Asked) -> Reply:
        assert parse_qs(urlsplit(asked.target).query) == {"expand[0]": ["payment_intent.latest_charge"]}
        name = asked.path.removeprefix("/v1/checkout/sessions/")
        if name not in self.sessions:
            return refused("invalid_request_error", "No such checkout.session", 404, code="resource_missing")
        return Reply(200, self._expanded(self.sessions[name]))

    def _expanded(self, session: Row) -> Row:
        intent = session["payment_intent"]
        return session | {"payment_intent": None if intent is None else self.intents[intent]}

    def _open(self, form: dict[str, str]) -> Reply:
        assert set(form) == _SENT
        assert (form["mode"], form["payment_method_types[0]"]) == ("payment", "card")
        assert form["payment_intent_data[capture_method]"] == "manual"
        assert form["line_items[0][quantity]"] == "1"
        assert form["metadata[hold]"] == form["payment_intent_data[metadata][hold]"] == form["client_reference_id"]
        amount, currency = (
            int(form["line_items[0][price_data][unit_amount]"]),
            form["line_items[0][price_data][currency]"],
        )
        if currency not in ("inr", "eur"):
            return refused("invalid_request_error", "Invalid currency", param="line_items[0][price_data][currency]")
        if amount < 5000:
            return refused("invalid_request_error", "Too small", code="amount_too_small")
        if not time.time() + 30 * MINUTE <= int(form["expires_at"]) <= time.time() + 24 * 60 * MINUTE:
            return refused("invalid_request_error", "expires_at", param="expires_at")
        name = self.session(len(self.sessions) + 1)
        self.sessions[name] = {
            "id": name,
            "object": "checkout.session",
            "status": "open",
            "url": f"{self.url}/c/pay/{name}#fid",
            "payment_intent": None,
            "metadata": {"hold": form["metadata[hold]"]},
            "expires_at": int(form["expires_at"]),
            "success_url": form["success_url"],
            "amount_total": amount,
            "currency": currency,
        }
        return Reply(200, self.sessions[name])

    def _expire(self, name: str) -> Reply:
        if self.on_free is not None:
            self.on_free()
            self.on_free = None
        session = self.sessions[name]
        if session["status"] != "open":
            return refused("invalid_request_error", "Only Checkout Sessions with a status in ['open'] can be expired.")
        self.close(name)
        return Reply(200, session)

    def _end(self, name: str, what: str) -> Reply:
        intent = self.intents[name]
        if intent["status"] != "requires_capture":
            code = "payment_intent_unexpected_state"
            return refused("invalid_request_error", f"cannot {what} in {intent['status']}", code=code)
        intent["status"] = {"cancel": "canceled", "capture": "succeeded"}[what]
        self.ledger.append((name, {"cancel": "canceled", "capture": "captured"}[what]))
        self._event(f"payment_intent.{intent['status']}", intent)
        return Reply(200, intent)

    def close(self, name: str) -> None:
        """The page's time is over."""
        session = self.sessions[name]
        session["status"], session["url"] = "expired", None
        if session["payment_intent"] is not None:
            self.intents[session["payment_intent"]]["status"] = "canceled"
        self._event("checkout.session.expired", session)

    def pay(self, name: str, *, card: str = "good", until: int | None = None) -> str:
        """The customer gives a card at the open page; the payment's name."""
        session = self.sessions[name]
        assert session["status"] == "open", "the page is closed"
        reference = session["payment_intent"] or f"pi_{self.tag}{len(self.intents) + 1}"
        session["payment_intent"] = reference
        intent = {
            "id": reference,
            "object": "payment_intent",
            "amount": session["amount_total"],
            "currency": session["currency"],
            "metadata": session["metadata"],
            "last_payment_error": None,
            "latest_charge": None,
            "status": "requires_capture",
        }
        self.intents[reference] = intent
        if card == "refused":
            error = {"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds"}
            intent |= {"status": "requires_payment_method", "last_payment_error": error}
            self.intents[reference] = intent
            self._event("payment_intent.payment_failed", intent)
            return reference
        card_details = {"capture_before": until or int(time.time()) + 7 * 86400}
        intent["latest_charge"] = {"id": f"ch_{reference}", "payment_method_details": {"card": card_details}}
        session["status"], session["url"] = "complete", None
        self.ledger.append((reference, "held"))
        self._event("checkout.session.completed", session)
        self._event("payment_intent.amount_capturable_updated", intent)
        return reference

    def by_hand(self, reference: str, what: str) -> None:
        """Somebody does it at Stripe's own pages, or the bank frees what it no longer holds."""
        self._end(reference, what)

    def of(self, reference: str) -> list[str]:
        """What became of a payment."""
        return [what for name, what in self.ledger if name == reference]

    def _event(self, kind: str, about: Row) -> None:
        name = f"evt_{self.tag}{len(self.events) + 1}"
        self.events.append({"id": name, "object": "event", "type": kind, "data": {"object": dict(about)}})

    def signed(self, event: Row, *, at: float | None = None, secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
        """A webhook: its body and its heads."""
        body, stamp = orjson.dumps(event), int(at or time.time())
        signature = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return body, {"stripe-signature": f"t={stamp},v1={signature},v0=00", "content-type": "application/json"}


@asynccontextmanager
async def stripe() -> AsyncIterator[Stripe]:
    """It listens until the end of the block, and everything that it was asked must have been right."""
    account = Stripe()
    async with provider(account) as peer:
        account.peer = peer
        yield account
