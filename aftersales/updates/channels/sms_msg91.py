"""SMS to Indian numbers through MSG91, as the operators' register (DLT) wants it.

An Indian operator delivers what matches a registered template of a registered header of a registered entity: all three
go along with the finished words. MSG91 has no idempotency key: a request cut off after it arrived leads to a second
SMS. Our own id (`CRQID`) comes back in the delivery report, so that the report finds its letter either way.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import orjson

from aftersales.config import Settings
from aftersales.updates.channels import Answer, Heard, Inbound, Letter, Receipt, Received, Reject, Retry, Sent
from aftersales.updates.channels.exchange import Said, ask, put_off
from aftersales.updates.channels.signatures import bad_signature, same, unreadable
from aftersales.updates.channels.wording import detail, plain, shortened, tag
from aftersales.updates.policy import Reason

_OUR_HEAD = "x-aftersales-secret"
MAX_WORDS = 1000
_TRANSACTIONAL = "4"
_COUNTRY = "91"
_INDIAN = re.compile(r"\+91[6-9]\d{9}")
# The letters of GSM 03.38 with its extension; one other letter makes the whole SMS Unicode.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
# Our keys, our credit, our address, their database: whoever runs this, or they, put it right.
_NOT_NOW = frozenset({"001", "002", "207", "208", "301", "302", "303", "401", "418", "421", "601", "602", "603"})
_BAD_NUMBER = frozenset({"101", "102", "202"})
_DELIVERED = frozenset({"1", "delivered"})
_FAILED = frozenset({"2", "9", "16", "17", "25", "26", "failed", "rejected", "blocked", "ndnc", "undelivered"})


def indian(address: str) -> bool:
    """Whether MSG91 serves the number: an Indian mobile number in E.164."""
    return _INDIAN.fullmatch(address) is not None


def is_unicode(words: str) -> bool:
    """Whether the words need the Unicode form of an SMS."""
    return not _GSM.issuperset(words)


class Msg91Channel:
    """Hands over one SMS with its registered template."""

    name = "sms"
    repeatable = False

    def __init__(self, url: str, key: str, header: str, entity_id: str) -> None:
        self._url = f"{url}/api/v2/sendsms"
        self._key, self._header, self._entity_id = key, header, entity_id

    async def send(self, letter: Letter) -> Answer:
        """Sent with MSG91's request id; Reject for a number outside India or a text that is not registered."""
        if not indian(letter.to_address):
            return Reject(Reason.BAD_ADDRESS, "not an Indian mobile number")
        if letter.registered is None:
            return Reject(Reason.REJECTED, "this text has no DLT template id: register it first")
        said = await ask(
            "POST",
            self._url,
            headers={"authkey": self._key, "content-type": "application/json", "accept": "application/json"},
            content=orjson.dumps(self._body(letter, letter.registered.name)),
        )
        return said if isinstance(said, Retry) else _answer(said, letter.at)

    def _body(self, letter: Letter, template: str) -> Mapping[str, Any]:
        words = shortened(plain(letter.words), MAX_WORDS)
        return {
            "sender": self._header,
            "route": _TRANSACTIONAL,
            "country": _COUNTRY,
            "unicode": int(is_unicode(words)),
            "DLT_TE_ID": template,
            "PE_ID": self._entity_id,
            "CRQID": tag(letter.message_id),
            "sms": [{"message": words, "to": [letter.to_address.removeprefix("+91")]}],
        }


def _answer(said: Said, now: datetime) -> Answer:
    found = said.json()
    message, code = str(found.get("message", "")), str(found.get("code", ""))
    if said.status == 200 and found.get("type") == "success":
        return Sent(message or None)
    if code in _NOT_NOW:
        return Retry(detail(f"{code} {message}"))
    if (again := put_off(said, now)) is not None:
        return again
    if found.get("type") != "error":
        # Neither yes nor no: a gateway's own page.
        return Retry(said.text, uncertain=True)
    reason = Reason.BAD_ADDRESS if code in _BAD_NUMBER else Reason.REJECTED
    return Reject(reason, detail(f"{code} {message}"))


class Msg91Gate:
    """Delivery reports: the form of version 2, and the JSON of version 3 and of the newer webhooks.

    MSG91 signs nothing. What it is told to send as the head `X-Aftersales-Secret`, or has in the address as `secret`,
    is our own word.
    """

    name = "msg91"

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def read(self, heard: Heard, now: datetime) -> Sequence[Receipt | Inbound]:
        """What arrived and what did not; reports in between are nothing new."""
        given = heard.headers.get(_OUR_HEAD) or heard.query.get("secret", "")
        if not same(given, self._secret):
            raise bad_signature()
        try:
            return [one for report in _reports(heard) if (one := _receipt(report, now)) is not None]
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise unreadable() from error


def _reports(heard: Heard) -> Iterator[Mapping[str, Any]]:
    """Each report with its request's id, whichever form it came in."""
    if heard.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = parse_qs(heard.body.decode(), max_num_fields=10)
        for request in orjson.loads(form.get("data", [""])[0]):
            for report in request.get("report", []):
                yield {"requestId": request.get("requestId"), **report}
        return
    found = orjson.loads(heard.body)
    yield from found if isinstance(found, list) else [found]


def _receipt(report: Mapping[str, Any], now: datetime) -> Receipt | None:
    status = str(report.get("status", "")).strip().lower()
    word = (status.split() or [""])[0]
    if word in _DELIVERED:
        became, why = Received.DELIVERED, ""
    elif word in _FAILED:
        became = Received.BOUNCED
        parts = (report.get("desc"), report.get("failedReason") or report.get("failureReason"))
        why = " ".join([status, *(str(part) for part in parts if part)])
    else:
        return None
    ours = str(report.get("CRQID") or "")
    # Their time carries no zone; ours is at most a minute later.
    return Receipt(
        str(report.get("requestId") or ""), became, now, detail(why), ours if ours.startswith("update.") else None
    )


def opens(settings: Settings) -> Msg91Channel | None:
    """The channel, where all its keys are set."""
    if settings.msg91_key is None or settings.msg91_header is None or settings.msg91_entity_id is None:
        return None
    return Msg91Channel(
        settings.msg91_url, settings.msg91_key.get_secret_value(), settings.msg91_header, settings.msg91_entity_id
    )


def gate(settings: Settings) -> Msg91Gate | None:
    """Who reads its reports."""
    secret = settings.msg91_hook_secret
    return None if secret is None else Msg91Gate(secret.get_secret_value())
