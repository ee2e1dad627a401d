"""WhatsApp through Meta's Cloud API.

A paper is handed over first, which may be done again without harm: where that is put off nothing has been said yet, and
the whole letter is. Where Meta will not have the paper the words go without it, unless their template is headed by one.

Within a day of the customer's last words anything may be written; outside it only a registered template is taken, and
Meta says so with a code of its own. There is no idempotency key; our own id travels as `biz_opaque_callback_data` and
comes back with every receipt.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from aftersales.config import Settings
from aftersales.updates.channels import Answer, Enclosure, Fetched, Letter, Media, Registered, Reject, Retry, Sent
from aftersales.updates.channels.exchange import Said, after, ask, put_off
from aftersales.updates.channels.whatsapp_gate import WhatsAppGate
from aftersales.updates.channels.wording import detail, line, plain, shortened, tag
from aftersales.updates.policy import Reason

MAX_WORDS = 4096
MAX_VALUE = 1000
MAX_CAPTION = 1024
MAX_PAPER = 5 * 1024 * 1024
PDF = "application/pdf"
NONE = "its template wants a document"
_REASONS: Mapping[int, Reason] = {
    131047: Reason.WINDOW_CLOSED,
    470: Reason.WINDOW_CLOSED,
    131026: Reason.BAD_ADDRESS,
    131021: Reason.BAD_ADDRESS,
    131050: Reason.NO_CONSENT,
}
_TOO_MANY = frozenset({4, 80007, 130429, 131048, 131056, 133016})
# Our token, our rights, our bill, our number's registration; their own trouble.
_NOT_NOW = frozenset({0, 1, 2, 3, 10, 190, 368, 130497, 131000, 131005, 131016, 131031, 131042, 131057, 133010})
# One customer may be written to once in six seconds.
_PAIR_RATE = 131056
_PAIR_WAIT = timedelta(seconds=6)
_META = (".fbsbx.com", ".facebook.com", ".whatsapp.net")


class WhatsAppChannel:
    """Hands over one message, with its paper, and fetches what people sent."""

    name = "whatsapp"
    repeatable = False
    max_paper = MAX_PAPER

    def __init__(self, url: str, token: str, number_id: str, max_bytes: int) -> None:
        self._url, self._number_id, self._max_bytes = url, number_id, max_bytes
        self._headers = {"authorization": f"Bearer {token}", "accept": "application/json"}

    async def send(self, letter: Letter) -> Answer:
        """Sent with Meta's `wamid`."""
        document = await self._handed_in(letter)
        if isinstance(document, Retry | Reject):
            return document
        body = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": letter.to_address.removeprefix("+"),
            **(_template(letter.registered, document) if letter.registered else _free(letter, document)),
            "biz_opaque_callback_data": tag(letter.message_id),
        }
        said = await ask(
            "POST",
            f"{self._url}/{self._number_id}/messages",
            headers={**self._headers, "content-type": "application/json"},
            content=orjson.dumps(body),
        )
        return said if isinstance(said, Retry) else _answer(said, letter.at)

    async def _handed_in(self, letter: Letter) -> Mapping[str, str] | Retry | Reject | None:
        """The letter's paper as Meta knows it; None where there is none, it is refused, or there is no place for it."""
        wanted = letter.registered.document if letter.registered else len(plain(letter.words)) <= MAX_CAPTION
        if not wanted:
            return None
        found = await self._upload(letter.paper, letter.at) if letter.paper else Reject(Reason.REJECTED, NONE)
        if isinstance(found, Reject) and letter.registered is None:
            return None
        return found

    async def _upload(self, paper: Enclosure, now: datetime) -> Mapping[str, str] | Retry | Reject:
        form = httpx.Request(
            "POST",
            f"{self._url}/{self._number_id}/media",
            headers=self._headers,
            data={"messaging_product": "whatsapp", "type": PDF},
            files={"file": (paper.name, paper.content, PDF)},
        )
        heads = {**self._headers, "content-type": form.headers["content-type"]}
        said = await ask("POST", str(form.url), headers=heads, content=form.read())
        media_id = said.json().get("id") if isinstance(said, Said) and said.status == 200 else None
        if isinstance(media_id, str) and media_id:
            return {"id": media_id, "filename": paper.name}
        answer = _answer(said, now) if isinstance(said, Said) else said
        if isinstance(answer, Retry):
            # Whatever became of the paper, nobody has read anything yet.
            return Retry(answer.detail, after=answer.after)
        return Reject(Reason.REJECTED, detail(f"document: {answer.detail}" if isinstance(answer, Reject) else ""))

    async def fetch(self, media: Media, now: datetime) -> Fetched | Retry | Reject:
        """The photo or document itself; Meta keeps it for a week."""
        if not media.reference.isdecimal():
            return Reject(Reason.REJECTED, "not a media id")
        found = await ask("GET", f"{self._url}/{media.reference}", headers=self._headers)
        if isinstance(found, Retry):
            return found
        about = found.json()
        if found.status != 200 or not isinstance(about.get("url"), str):
            return put_off(found, now) or Reject(Reason.GONE, found.text)
        if not self._trusted(about["url"]):
            return Reject(Reason.REJECTED, "Meta named an address that is not Meta's")
        content = await ask("GET", about["url"], headers=self._headers, max_bytes=self._max_bytes)
        if isinstance(content, Retry):
            return content
        if content.status != 200:
            return put_off(content, now) or Reject(Reason.GONE, content.text)
        if about.get("sha256") not in (None, hashlib.sha256(content.body).hexdigest()):
            return Retry("what came is not what was sent", uncertain=True)
        return Fetched(content.body, str(about.get("mime_type") or media.kind))

    def _trusted(self, url: str) -> bool:
        """Our token goes along: only to Meta, or to where the API itself is."""
        asked, api = urlsplit(url), urlsplit(self._url)
        if (asked.scheme, asked.netloc) == (api.scheme, api.netloc):
            return True
        return asked.scheme == "https" and (asked.hostname or "").endswith(_META)


def _free(letter: Letter, document: Mapping[str, str] | None) -> Mapping[str, Any]:
    if document is not None:
        return {"type": "document", "document": {**document, "caption": plain(letter.words)}}
    return {"type": "text", "text": {"preview_url": False, "body": shortened(plain(letter.words), MAX_WORDS)}}


def _template(registered: Registered, document: Mapping[str, str] | None) -> Mapping[str, Any]:
    """Variables are of one line, and none may be empty."""
    values = [{"type": "text", "text": line(value, MAX_VALUE) or "–"} for value in registered.values]
    head = [{"type": "document", "document": dict(document)}] if document is not None else []
    parts = (("header", head), ("body", values))
    components = [{"type": part, "parameters": parameters} for part, parameters in parts if parameters]
    return {
        "type": "template",
        "template": {
            "name": registered.name,
            "language": {"code": registered.language},
            "components": components,
        },
    }


def _answer(said: Said, now: datetime) -> Answer:
    found = said.json()
    if said.status == 200:
        messages = found.get("messages")
        first = messages[0] if isinstance(messages, list) and messages else None
        wamid = first.get("id") if isinstance(first, dict) else None
        return Sent(wamid) if isinstance(wamid, str) else Retry(said.text, uncertain=True)
    error = found.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(error, dict) or not isinstance(code, int):
        return put_off(said, now) or Reject(Reason.REJECTED, said.text)
    data = error.get("error_data")
    why = data.get("details") if isinstance(data, dict) else None
    what = detail(f"{code} {why or error.get('message', '')}")
    if code in _REASONS:
        return Reject(_REASONS[code], what)
    if code in _TOO_MANY:
        return Retry(what, after=after(said, now) or (_PAIR_WAIT if code == _PAIR_RATE else None))
    if code in _NOT_NOW or 200 <= code < 300:
        return Retry(what, after=after(said, now))
    return put_off(said, now) or Reject(Reason.REJECTED, what)


def opens(settings: Settings) -> WhatsAppChannel | None:
    """The channel, where token and number are set."""
    if settings.whatsapp_token is None or settings.whatsapp_number_id is None:
        return None
    token = settings.whatsapp_token.get_secret_value()
    return WhatsAppChannel(settings.whatsapp_url, token, settings.whatsapp_number_id, settings.upload_max_bytes)


def gate(settings: Settings) -> WhatsAppGate | None:
    """Who reads its receipts and what people write."""
    secret, verify, number_id = (
        settings.whatsapp_app_secret,
        settings.whatsapp_verify_token,
        settings.whatsapp_number_id,
    )
    if secret is None or verify is None or number_id is None:
        return None
    return WhatsAppGate(secret.get_secret_value(), verify.get_secret_value(), number_id)
