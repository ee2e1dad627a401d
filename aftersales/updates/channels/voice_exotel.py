"""Calls through Exotel, for India: it is asked to call, runs a flow that asks us what to say, and tells how it went.

A flow is made once in Exotel's own pages, one for each language, because a flow's voice speaks one language:
docs/howto/voice.md. Exotel signs nothing. What it asks of us carries a secret in the address and a password, both
compared in constant time; it has no idempotency key either.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from urllib.parse import parse_qsl, quote, urlencode

import orjson

from aftersales.updates.channels import Answer, Heard, Inbound, Letter, Receipt, Received, Reject, Retry, Sent
from aftersales.updates.channels.exchange import PATIENCE, Said, ask, put_off
from aftersales.updates.channels.signatures import bad_signature, same, unreadable
from aftersales.updates.channels.voice_calls import FORM, reference
from aftersales.updates.policy import VOICE, Reason

NAME = "exotel"
RING_SECONDS = 30
CALL_SECONDS = 600
MAX_FIELDS = 100
USER = "exotel"
"""The name that goes with the password of what Exotel asks of us."""
_TAKEN = 200
_OURS = frozenset({402, 404, 408})
_FAILED = frozenset({"busy", "no-answer", "failed", "canceled"})


@dataclass(frozen=True, slots=True)
class Account:
    """Who calls. `base_url` is Exotel's, `own_url` where it reaches us; `caller` is an ExoPhone of ours.

    `flows` are the numbers of the flows by language; `secret` and `password` guard what Exotel asks of us.
    """

    sid: str
    key: str
    token: str
    caller: str
    base_url: str
    own_url: str
    secret: str
    password: str
    flows: Mapping[str, str] = field(default_factory=dict)
    record: bool = False


class ExotelVoice:
    """Calls a number and connects it to the flow of the letter's language."""

    name = VOICE
    repeatable = False

    def __init__(self, account: Account, *, patience: float = PATIENCE) -> None:
        self._account = account
        self._patience = patience
        self.languages = frozenset(account.flows)

    async def send(self, letter: Letter) -> Answer:
        """Ask for the call, in one of our `languages`. That it was picked up comes later, as a receipt."""
        account = self._account
        flow = account.flows[letter.language]
        form = {
            "From": letter.to_address,
            "CallerId": account.caller,
            "Url": f"http://my.exotel.com/{account.sid}/exoml/start_voice/{flow}",
            "CallType": "trans",
            "TimeLimit": str(CALL_SECONDS),
            "TimeOut": str(RING_SECONDS),
            "StatusCallback": own_address(account, "status"),
            "StatusCallbackEvents[0]": "terminal",
            "StatusCallbackContentType": "application/json",
            "CustomField": reference(letter.message_id),
        } | ({"Record": "true"} if account.record else {})
        said = await ask(
            "POST",
            f"{account.base_url}/v1/Accounts/{account.sid}/Calls/connect.json",
            headers=FORM,
            content=urlencode(form).encode(),
            auth=(account.key, account.token),
            patience=self._patience,
        )
        return said if isinstance(said, Retry) else _answered(said, letter.at)


def own_address(account: Account, what: str) -> str:
    """Where Exotel asks us: with the password, and the secret in the address."""
    scheme, _, rest = account.own_url.partition("://")
    guarded = f"{scheme}://{USER}:{quote(account.password, safe='')}@{rest}"
    return f"{guarded}/voice/exotel/{what}?key={quote(account.secret, safe='')}"


def _answered(said: Said, now: datetime) -> Answer:
    if said.status == _TAKEN:
        call = said.json().get("Call")
        sid = call.get("Sid") if isinstance(call, dict) else None
        return Sent(sid) if isinstance(sid, str) and sid else Retry("200 without the call's id", uncertain=True)
    if (again := put_off(said, now)) is not None:
        return again
    if said.status in _OURS:
        # An empty account or a wrong one: nothing is wrong with the recipient.
        return Retry(said.text)
    return Reject(Reason.BAD_ADDRESS, said.text)


class ExotelGate:
    """Reads how a call went, and guards everything else that Exotel asks of us."""

    name = NAME

    def __init__(self, secret: str, password: str) -> None:
        self._secret, self._password = secret, password

    def read(self, heard: Heard, now: datetime) -> Sequence[Receipt | Inbound]:
        """The end of a call: picked up, or not. Their times have no zone: it ended when they told us."""
        said = self.form(heard)
        call, status = said.get("CallSid", ""), said.get("Status", "")
        if not call or not status:
            raise unreadable()
        if status == "completed":
            return [Receipt(call, Received.DELIVERED, now)]
        return [Receipt(call, Received.BOUNCED, now, status)] if status in _FAILED else []

    def form(self, heard: Heard) -> Mapping[str, str]:
        """What was asked or posted, once secret and password are known to be right. Raises Forbidden and Invalid."""
        secret = same(heard.query.get("key", ""), self._secret)
        password = same(_basic(heard.headers.get("authorization", "")), f"{USER}:{self._password}")
        if not (secret and password):
            raise bad_signature()
        query = {name: value for name, value in heard.query.items() if name != "key"}
        return {**query, **_posted(heard)}


def _basic(header: str) -> str:
    scheme, _, given = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(given.strip(), validate=True).decode()
    except ValueError:
        return ""


def _posted(heard: Heard) -> Mapping[str, str]:
    """JSON as we ask for it, or a form of either kind: older accounts send what they please."""
    kind = heard.headers.get("content-type", "")
    if not heard.body:
        return {}
    try:
        if kind.startswith("application/json"):
            said = orjson.loads(heard.body)
            if not isinstance(said, dict):
                raise unreadable()
            return {str(name): "" if value is None else str(value) for name, value in said.items()}
        if kind.startswith("multipart/form-data"):
            parts = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + heard.body).walk()
            named = ((part.get_param("name", header="content-disposition"), part) for part in parts)
            return {str(name): _text(part) for name, part in named if name is not None}
        return dict(parse_qsl(heard.body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise unreadable() from error


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode() if isinstance(payload, bytes) else ""
