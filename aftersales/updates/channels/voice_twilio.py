"""Calls through Twilio: it is asked to call, fetches what to say from us as TwiML, and tells how the call went.

It has no idempotency key: a worker killed between Twilio's "201" and our note of it leads to a second call. The page
that Twilio then asks for is the same one.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

import httpx

from aftersales.errors import Forbidden
from aftersales.updates.channels import Answer, Heard, Inbound, Letter, Receipt, Received, Reject, Retry, Sent
from aftersales.updates.channels.voice_calls import reference, unreadable, waiting
from aftersales.updates.channels.voices import TWILIO
from aftersales.updates.policy import Reason

NAME = "twilio_voice"
TIMEOUT = 20.0
RING_SECONDS = 30
MAX_FIELDS = 100
# Twilio's codes for a number that cannot be called, whoever asks and however often.
_BAD_NUMBER = frozenset({13223, 13224, 13225, 21211, 21214, 21217, 21421})
_TAKEN, _SERVER, _TOO_MANY = 201, 500, 429
_OURS = frozenset({401, 403, 404})
_FAILED = frozenset({"busy", "no-answer", "failed", "canceled"})


@dataclass(frozen=True, slots=True)
class Account:
    """Who calls. `base_url` is Twilio's, `own_url` where Twilio reaches us; `caller` is a number of ours, in E.164."""

    sid: str
    token: str
    caller: str
    base_url: str
    own_url: str
    record: bool = False


class TwilioVoice:
    """Calls a number and has it read what `/voice/twilio/update/<id>` answers."""

    name = "voice"
    local = False
    languages = frozenset(TWILIO)

    def __init__(self, account: Account, *, timeout: float = TIMEOUT) -> None:
        self._account = account
        self._timeout = timeout

    async def send(self, letter: Letter) -> Answer:
        """Ask for the call. That it was picked up comes later, as a receipt."""
        account = self._account
        if letter.language not in TWILIO:
            return Reject(Reason.NO_VOICE, f"Twilio has no voice for {letter.language}")
        form = {
            "To": letter.to_address,
            "From": account.caller,
            "Url": f"{account.own_url}/voice/twilio/update/{reference(letter.message_id)}",
            "Method": "POST",
            "StatusCallback": f"{account.own_url}/voice/twilio/status",
            "StatusCallbackMethod": "POST",
            "StatusCallbackEvent": "completed",
            "Timeout": str(RING_SECONDS),
        } | ({"Record": "true"} if account.record else {})
        address = f"{account.base_url}/2010-04-01/Accounts/{account.sid}/Calls.json"
        try:
            async with httpx.AsyncClient(timeout=self._timeout, auth=(account.sid, account.token)) as client:
                answer = await client.post(address, data=form)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Retry(type(error).__name__)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Retry(type(error).__name__, uncertain=True)
        return _answered(answer)


def _answered(answer: httpx.Response) -> Answer:
    said = _object(answer)
    detail = f"{answer.status_code} {said.get('code', '')}".strip()
    if answer.status_code == _TAKEN and isinstance(said.get("sid"), str):
        return Sent(str(said["sid"]))
    if answer.status_code in _OURS or answer.status_code in (_TAKEN, _TOO_MANY) or answer.status_code >= _SERVER:
        # With wrong keys nothing is wrong with the recipient; a "created" without an id may have been one.
        return Retry(detail, uncertain=answer.status_code in (_TAKEN, 502, 504), after=waiting(answer))
    return Reject(Reason.BAD_ADDRESS if said.get("code") in _BAD_NUMBER else Reason.REJECTED, detail)


def _object(answer: httpx.Response) -> Mapping[str, object]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


class TwilioVoiceGate:
    """Reads how a call went. Every request is signed with the account's token."""

    name = NAME

    def __init__(self, token: str) -> None:
        self._token = token

    def read(self, heard: Heard, now: datetime) -> Sequence[Receipt | Inbound]:
        """The end of a call of ours: picked up, or not. The end of a call to us is no receipt."""
        form = self.form(heard)
        call, status = form.get("CallSid", ""), form.get("CallStatus", "")
        if not call or not status:
            raise unreadable()
        if form.get("Direction") == "inbound":
            return []
        if status == "completed":
            return [Receipt(call, Received.DELIVERED, now)]
        return [Receipt(call, Received.BOUNCED, now, status)] if status in _FAILED else []

    def form(self, heard: Heard) -> Mapping[str, str]:
        """What was posted, once its signature is known to be right. Raises Forbidden and Invalid."""
        try:
            pairs = parse_qsl(heard.body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
        except (UnicodeDecodeError, ValueError) as error:
            raise unreadable() from error
        if not hmac.compare_digest(
            signature(self._token, heard.url, pairs), heard.headers.get("x-twilio-signature", "")
        ):
            raise Forbidden("channels.bad_signature", "This request is not signed with our key.")
        return dict(pairs)


def signature(token: str, url: str, pairs: Sequence[tuple[str, str]]) -> str:
    """What Twilio signs: the address as it called it, then name and value of all that it posts, sorted by name."""
    said = url + "".join(f"{name}{value}" for name, value in sorted(pairs))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()
