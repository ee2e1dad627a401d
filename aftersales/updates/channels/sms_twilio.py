"""SMS through Twilio: a form to its Messages API, receipts and replies by signed webhook.

Twilio has no idempotency key for messages. Our own id travels in the address of the status callback, so that a receipt
finds its letter even where the answer to our request was lost.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from aftersales.config import Settings
from aftersales.updates.channels import Answer, Heard, Inbound, Letter, Receipt, Received, Reject, Retry, Sent
from aftersales.updates.channels.exchange import Said, after, ask, put_off
from aftersales.updates.channels.signatures import bad_signature, same, sha1_of, unreadable
from aftersales.updates.channels.wording import detail, plain, shortened, tag
from aftersales.updates.policy import Reason

MAX_WORDS = 1600
OURS = "m"
_REASONS: Mapping[int, Reason] = {
    21610: Reason.NO_CONSENT,  # they have answered STOP
    21211: Reason.BAD_ADDRESS,  # no number
    21614: Reason.BAD_ADDRESS,  # no mobile number
    21217: Reason.BAD_ADDRESS,
    21219: Reason.BAD_ADDRESS,
    30003: Reason.BAD_ADDRESS,
    30005: Reason.BAD_ADDRESS,
    30006: Reason.BAD_ADDRESS,
}
# Too many at once, a full queue: theirs to work off.
_NOT_NOW = frozenset({14107, 20429, 21611, 30001})
_BECAME: Mapping[str, Received] = {
    "delivered": Received.DELIVERED,
    "read": Received.READ,
    "undelivered": Received.BOUNCED,
    "failed": Received.BOUNCED,
}


class TwilioSmsChannel:
    """Hands over one SMS. `callback` is where Twilio reports to; empty: it is not asked to."""

    name = "sms"
    repeatable = False

    def __init__(self, url: str, account: str, token: str, sender: str, callback: str = "") -> None:
        self._url = f"{url}/2010-04-01/Accounts/{account}/Messages.json"
        self._auth = (account, token)
        self._from = {"MessagingServiceSid" if sender.startswith("MG") and len(sender) == 34 else "From": sender}
        self._callback = callback

    async def send(self, letter: Letter) -> Answer:
        """Sent with the message's SID."""
        form = {"To": letter.to_address, **self._from, "Body": shortened(plain(letter.words), MAX_WORDS)}
        if self._callback:
            form["StatusCallback"] = f"{self._callback}?{urlencode({OURS: tag(letter.message_id)})}"
        said = await ask(
            "POST",
            self._url,
            headers={"content-type": "application/x-www-form-urlencoded", "accept": "application/json"},
            content=urlencode(form).encode(),
            auth=self._auth,
        )
        return said if isinstance(said, Retry) else _answer(said, letter.at)


def _answer(said: Said, now: datetime) -> Answer:
    found = said.json()
    if 200 <= said.status < 300:
        sid = found.get("sid")
        return Sent(sid) if isinstance(sid, str) else Retry(said.text, uncertain=True)
    code = found.get("code")
    what = detail(f"{code} {found.get('message', '')}") if isinstance(code, int) else said.text
    if code in _NOT_NOW:
        return Retry(what, after=after(said, now))
    if isinstance(code, int) and code in _REASONS:
        return Reject(_REASONS[code], what)
    return put_off(said, now) or Reject(Reason.REJECTED, what)


class TwilioGate:
    """Receipts and replies, signed with the account's token over the address and the sorted form."""

    name = "twilio"

    def __init__(self, token: str) -> None:
        self._token = token

    def read(self, heard: Heard, now: datetime) -> Sequence[Receipt | Inbound]:
        """One receipt, one reply, or nothing new."""
        form = form_of(heard, self._token)
        sid = form.get("MessageSid") or form.get("SmsSid", "")
        if not sid:
            raise unreadable()
        if "MessageStatus" in form:
            return _receipts(form, sid, heard.query.get(OURS), now)
        sender = form.get("From", "")
        # A sender without a number, such as a bank's name, cannot be answered and is nobody's reply.
        if not sender.startswith("+"):
            return []
        return [Inbound("sms", sid, sender, now, plain(form.get("Body", "")), form.get("ProfileName", ""))]


def _receipts(form: Mapping[str, str], sid: str, ours: str | None, now: datetime) -> Sequence[Receipt]:
    became = _BECAME.get(form["MessageStatus"])
    if became is None:
        return []
    why = f"{form.get('ErrorCode', '')} {form.get('ErrorMessage', '')}" if became is Received.BOUNCED else ""
    return [Receipt(sid, became, now, detail(why), ours)]


def form_of(heard: Heard, token: str) -> Mapping[str, str]:
    """What Twilio posted, once its signature is right. Raises Forbidden and Invalid as a gate does."""
    try:
        pairs = parse_qsl(heard.body.decode(), keep_blank_values=True, max_num_fields=200)
    except ValueError as error:
        raise unreadable() from error
    if not same(heard.headers.get("x-twilio-signature", ""), signature(heard.url, pairs, token)):
        raise bad_signature()
    return dict(pairs)


def signature(url: str, pairs: Sequence[tuple[str, str]], token: str) -> str:
    """What Twilio signs: the address, then each name with its values, in order and without doubles."""
    values: dict[str, set[str]] = defaultdict(set)
    for name, value in pairs:
        values[name].add(value)
    signed = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return sha1_of(signed.encode(), token)


def opens(settings: Settings) -> TwilioSmsChannel | None:
    """The channel, where account, token and sender are set. Twilio reports to public https addresses alone."""
    account, token, sender = settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_sms_from
    if account is None or token is None or sender is None:
        return None
    callback = f"{settings.base_url}/hooks/twilio" if settings.base_url.startswith("https://") else ""
    return TwilioSmsChannel(settings.twilio_url, account, token.get_secret_value(), sender, callback)


def gate(settings: Settings) -> TwilioGate | None:
    """Who reads its receipts and people's replies."""
    token = settings.twilio_auth_token
    return None if token is None or settings.twilio_sms_from is None else TwilioGate(token.get_secret_value())
