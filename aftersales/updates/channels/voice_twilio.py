"""Calls through Twilio: it is asked to call, fetches what to say from us as TwiML, and tells how the call went.

It has no idempotency key: a worker killed between Twilio's "201" and our note of it leads to a second call. The page
that Twilio then asks for is the same one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from aftersales.updates.channels import Answer, Heard, Inbound, Letter, Receipt, Received, Reject, Retry, Sent
from aftersales.updates.channels.exchange import PATIENCE, Said, ask, put_off
from aftersales.updates.channels.signatures import bad_signature, same, sha1_of, unreadable
from aftersales.updates.channels.voice_calls import FORM, reference
from aftersales.updates.channels.voices import TWILIO
from aftersales.updates.policy import VOICE, Reason

NAME = "twilio_voice"
RING_SECONDS = 30
MAX_FIELDS = 100
# Twilio's codes for a number that cannot be called, whoever asks and however often.
_BAD_NUMBER = frozenset({13223, 13224, 13225, 21211, 21214, 21217, 21421})
_TAKEN, _NO_ACCOUNT = 201, 404
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

    name = VOICE
    repeatable = False
    languages = frozenset(TWILIO)

    def __init__(self, account: Account, *, patience: float = PATIENCE) -> None:
        self._account = account
        self._patience = patience

    async def send(self, letter: Letter) -> Answer:
        """Ask for the call, in one of our `languages`. That it was picked up comes later, as a receipt."""
        account = self._account
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
        said = await ask(
            "POST",
            f"{account.base_url}/2010-04-01/Accounts/{account.sid}/Calls.json",
            headers=FORM,
            content=urlencode(form).encode(),
            auth=(account.sid, account.token),
            patience=self._patience,
        )
        return said if isinstance(said, Retry) else _answered(said, letter.at)


def _answered(said: Said, now: datetime) -> Answer:
    sid, code = said.json().get("sid"), said.json().get("code")
    if said.status == _TAKEN:
        return Sent(sid) if isinstance(sid, str) and sid else Retry("201 without the call's id", uncertain=True)
    if (again := put_off(said, now)) is not None:
        return again
    if said.status == _NO_ACCOUNT:
        return Retry(said.text)
    return Reject(Reason.BAD_ADDRESS if code in _BAD_NUMBER else Reason.REJECTED, f"{said.status} {code or ''}".strip())


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
        if not same(heard.headers.get("x-twilio-signature", ""), signature(self._token, heard.url, pairs)):
            raise bad_signature()
        return dict(pairs)


def signature(token: str, url: str, pairs: Sequence[tuple[str, str]]) -> str:
    """What Twilio signs: the address as it called it, then name and value of all that it posts, sorted by name."""
    said = url + "".join(f"{name}{value}" for name, value in sorted(pairs))
    return sha1_of(said.encode(), token)
