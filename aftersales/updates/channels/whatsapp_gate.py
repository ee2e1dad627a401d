"""What Meta posts to us: receipts and what people write, signed with the app's secret over the raw body."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from aftersales.updates.channels import Heard, Inbound, Media, Receipt, Received
from aftersales.updates.channels.signatures import bad_signature, same, sha256_of, unreadable
from aftersales.updates.channels.wording import detail, line, plain

_BECAME: Mapping[str, Received] = {
    "delivered": Received.DELIVERED,
    "read": Received.READ,
    "played": Received.READ,
    "failed": Received.BOUNCED,
}
_MEDIA = ("image", "document", "audio", "video", "sticker")
# Signs of life that are no words: a thumb under our message, a changed number.
_NO_WORDS = frozenset({"reaction", "system", "ephemeral", "request_welcome"})
_MAX_NAME = 100


class WhatsAppGate:
    """Reads the webhook of one number; what is about other numbers of the same app is none of ours."""

    name = "whatsapp"

    def __init__(self, app_secret: str, verify_token: str, number_id: str) -> None:
        self._app_secret, self._verify_token, self._number_id = app_secret, verify_token, number_id

    def greet(self, heard: Heard) -> str:
        """The challenge, for who knows our word. Raises Forbidden (`channels.bad_signature`)."""
        query = heard.query
        known = same(query.get("hub.verify_token", ""), self._verify_token)
        if not known or query.get("hub.mode") != "subscribe":
            raise bad_signature()
        return query.get("hub.challenge", "")

    def read(self, heard: Heard, now: datetime) -> Sequence[Receipt | Inbound]:
        """Everything in the request that is about our number, in its order."""
        right = f"sha256={sha256_of(heard.body, self._app_secret)}"
        if not same(heard.headers.get("x-hub-signature-256", ""), right):
            raise bad_signature()
        try:
            return list(self._said(orjson.loads(heard.body), now))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError) as error:
            raise unreadable() from error

    def _said(self, found: Mapping[str, Any], now: datetime) -> Iterator[Receipt | Inbound]:
        for entry in found["entry"]:
            for change in entry["changes"]:
                value = change["value"]
                if change["field"] != "messages" or value["metadata"]["phone_number_id"] != self._number_id:
                    continue
                names = {one["wa_id"]: one["profile"]["name"] for one in value.get("contacts", ()) if "profile" in one}
                yield from (one for status in value.get("statuses", ()) if (one := _receipt(status, now)) is not None)
                for message in value.get("messages", ()):
                    if message["type"] not in _NO_WORDS:
                        yield _inbound(message, names.get(message["from"], ""), now)


def _receipt(status: Mapping[str, Any], now: datetime) -> Receipt | None:
    became = _BECAME.get(status["status"])
    if became is None:
        return None
    why = ""
    for error in status.get("errors", ()):
        why = f"{error['code']} {error.get('error_data', {}).get('details') or error.get('title', '')}"
    ours = status.get("biz_opaque_callback_data")
    return Receipt(
        status["id"], became, _at(status, now), detail(why), ours if isinstance(ours, str) and ours else None
    )


def _inbound(message: Mapping[str, Any], name: str, now: datetime) -> Inbound:
    kind = message["type"]
    media: tuple[Media, ...] = ()
    if kind in _MEDIA:
        sent = message[kind]
        media = (Media(str(sent["id"]), str(sent.get("mime_type", "")).partition(";")[0]),)
    return Inbound(
        channel="whatsapp",
        provider_id=message["id"],
        sender=f"+{message['from'].removeprefix('+')}",
        at=_at(message, now),
        text=plain(_text(kind, message.get(kind) or {})),
        sender_name=line(name, _MAX_NAME),
        answers=(message.get("context") or {}).get("id"),
        media=media,
    )


def _text(kind: str, sent: Mapping[str, Any]) -> str:
    """The words of a message, of the button pressed, of the place sent; what is under a photo."""
    if kind == "text":
        return str(sent["body"])
    if kind == "button":
        return str(sent["text"])
    if kind == "interactive":
        return str((sent.get("button_reply") or sent.get("list_reply") or {}).get("title", ""))
    if kind == "location":
        place = [str(sent[part]) for part in ("name", "address") if sent.get(part)]
        return ", ".join([*place, f"{sent['latitude']}, {sent['longitude']}"])
    return str(sent.get("caption", "")) if kind in _MEDIA else ""


def _at(said: Mapping[str, Any], now: datetime) -> datetime:
    """When it was, by Meta's clock; never later than now."""
    return min(datetime.fromtimestamp(int(said["timestamp"]), UTC), now)
