"""Providers of calls as strict peers on this machine: they take orders, ask us what to say, press keys, tell the end.

Whatever is not as their documentation has it is refused, and a request of ours that they do not know fails the test.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from xml.etree import ElementTree as ET

import httpx

TWILIO_SID, TWILIO_TOKEN, TWILIO_FROM = "AC" + "1" * 32, "t" * 32, "+15005550006"
EXOTEL_SID, EXOTEL_KEY, EXOTEL_TOKEN, EXOTEL_FROM = "godavari1", "key" * 8, "token" * 6, "04047112233"
EXOTEL_SECRET, EXOTEL_PASSWORD = "s" * 24, "p@ss/word:12"
FLOWS = {"en": "1001", "te": "1002"}
TWILIO_VOICES = {"en-IN": "Google.en-IN-Standard-A", "te-IN": "Google.te-IN-Standard-A", "cy-GB": "Polly.Gwyneth"}


@dataclass
class Order:
    """A request to call somebody: how it was asked for, and its id."""

    form: dict[str, str]
    sid: str


@dataclass
class Peer:
    """A provider's API. `answers` are given to the next orders instead of its own: status, head lines, body."""

    prefix: str
    port: int = 0
    orders: list[Order] = field(default_factory=list)
    answers: list[tuple[int, str, bytes]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where its API is."""
        return f"http://127.0.0.1:{self.port}"

    def taken(self, method: str, path: str, headers: dict[str, str], form: dict[str, str]) -> tuple[int, str, bytes]:
        """What it answers to an order."""
        raise AssertionError(f"{method} {path} {headers} {form}")

    def order(self, form: dict[str, str]) -> Order:
        """Note one that is as it should be."""
        made = Order(form, f"{self.prefix}{len(self.orders) + 1:032d}")
        self.orders.append(made)
        return made

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request to a connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
        if headers.get("content-type") != "application/x-www-form-urlencoded":
            status, extra, content = 415, "", b"{}"
        elif self.answers:
            status, extra, content = self.answers.pop(0)
        else:
            status, extra, content = self.taken(method, path, headers, form)
        if status >= 400:
            self.refused.append(f"{status} {path} {sorted(form)}")
        if status:
            writer.write(
                f"HTTP/1.1 {status} x\r\nContent-Length: {len(content)}\r\nConnection: close\r\n{extra}\r\n".encode()
                + content
            )
            await writer.drain()
        writer.close()


def basic(user: str, password: str) -> str:
    """The head of such a request."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class TwilioPeer(Peer):
    """Twilio's Calls API, and Twilio on the telephone."""

    WANTED = frozenset(
        "To From Url Method StatusCallback StatusCallbackMethod StatusCallbackEvent Timeout".split()  # noqa: SIM905
    )

    def taken(self, method: str, path: str, headers: dict[str, str], form: dict[str, str]) -> tuple[int, str, bytes]:
        """201 with the call, or what is wrong with the order."""
        if headers.get("authorization") != basic(TWILIO_SID, TWILIO_TOKEN):
            return 401, "", b'{"code": 20003}'
        if (method, path) != ("POST", f"/2010-04-01/Accounts/{TWILIO_SID}/Calls.json"):
            return 404, "", b'{"code": 20404}'
        if set(form) != self.WANTED or form["From"] != TWILIO_FROM or form["Method"] != "POST":
            return 400, "", b'{"code": 21201}'
        if not form["To"].startswith("+") or not form["To"][1:].isdigit() or len(form["To"]) < 9:
            return 400, "", b'{"code": 21211}'
        return 201, "", json.dumps({"sid": self.order(form).sid, "status": "queued"}).encode()


@dataclass
class Heard:
    """What is said in a call, and where the keys go; no keys: it is over."""

    said: list[str]
    language: str
    keys: int
    action: str


class TwilioCall:
    """Twilio's side of one call with us: every request is signed over the address as we gave it."""

    def __init__(
        self, site: httpx.AsyncClient, sid: str, number: str, *, token: str = TWILIO_TOKEN, inbound: bool = False
    ):
        self._site, self._token = site, token
        ends = {"From": number, "To": TWILIO_FROM} if inbound else {"From": TWILIO_FROM, "To": number}
        direction = "inbound" if inbound else "outbound-api"
        self.form = {"CallSid": sid, "AccountSid": TWILIO_SID, "Direction": direction, **ends}

    async def post(self, url: str, **more: str) -> httpx.Response:
        """Ask or tell, signed."""
        form = {**self.form, **more}
        said = url + "".join(f"{name}{form[name]}" for name in sorted(form))
        mac = base64.b64encode(hmac.new(self._token.encode(), said.encode(), hashlib.sha1).digest()).decode()
        parts = urlsplit(url)
        where = parts.path + (f"?{parts.query}" if parts.query else "")
        return await self._site.post(where, data=form, headers={"X-Twilio-Signature": mac})

    async def hear(self, url: str, **more: str) -> Heard:
        """Fetch a page and read it as strictly as Twilio does."""
        answer = await self.post(url, CallStatus="in-progress", **more)
        assert answer.status_code == 200, answer.text
        return read_twiml(answer)

    async def press(self, heard: Heard, keys: str) -> Heard:
        """Press these keys (none: stay silent) after what was said."""
        assert heard.keys, "nobody listens"
        assert len(keys.rstrip("#")) <= heard.keys
        return await self.hear(heard.action, Digits=keys.rstrip("#"))

    async def end(self, status: str = "completed", url: str = "http://localhost:8069/voice/twilio/status") -> None:
        """The status callback."""
        answer = await self.post(url, CallStatus=status, CallDuration="41", Timestamp="Thu, 26 Nov 2026 10:00:00 +0000")
        assert answer.status_code == 204, answer.text


def read_twiml(answer: httpx.Response) -> Heard:
    """A page of the few verbs that we use; anything else fails."""
    assert answer.headers["content-type"].startswith("application/xml")
    root = ET.fromstring(answer.content)  # noqa: S314 - our own page
    assert root.tag == "Response"
    gathers = root.findall("Gather")
    spoken = gathers[0] if gathers else root
    assert {one.tag for one in spoken} <= ({"Say"} if gathers else {"Say", "Hangup", "Reject"})
    said = spoken.findall("Say")
    assert all(TWILIO_VOICES[one.attrib["language"]] == one.attrib["voice"] for one in said)
    language = said[0].attrib["language"] if said else ""
    words = [one.text or "" for one in said]
    if not gathers:
        return Heard(words, language, 0, root[-1].tag)
    gather = gathers[0].attrib
    assert set(gather) == {"input", "numDigits", "finishOnKey", "timeout", "actionOnEmptyResult", "method", "action"}
    assert (gather["input"], gather["method"]) == ("dtmf", "POST")
    return Heard(words, language, int(gather["numDigits"]), gather["action"])


class ExotelPeer(Peer):
    """Exotel's connect API."""

    WANTED = frozenset(
        {
            *("From", "CallerId", "Url", "CallType", "TimeLimit", "TimeOut", "StatusCallback"),
            *("StatusCallbackEvents[0]", "StatusCallbackContentType", "CustomField"),
        }
    )

    def taken(self, method: str, path: str, headers: dict[str, str], form: dict[str, str]) -> tuple[int, str, bytes]:
        """200 with the call, or what is wrong with the order."""
        if headers.get("authorization") != basic(EXOTEL_KEY, EXOTEL_TOKEN):
            return 401, "", b"{}"
        if (method, path) != ("POST", f"/v1/Accounts/{EXOTEL_SID}/Calls/connect.json"):
            return 404, "", b"{}"
        flow = form.get("Url", "").removeprefix(f"http://my.exotel.com/{EXOTEL_SID}/exoml/start_voice/")
        if set(form) != self.WANTED or form["CallerId"] != EXOTEL_FROM or flow not in FLOWS.values():
            return 400, "", b"{}"
        if not form["From"].startswith("+91"):
            return 400, "", b"{}"
        return 200, "", json.dumps({"Call": {"Sid": self.order(form).sid, "Status": "in-progress"}}).encode()


class ExotelCall:
    """A call flow of docs/howto/voice.md: Gather, Passthru (200: Gather again, 302: Greeting and the end)."""

    def __init__(
        self,
        site: httpx.AsyncClient,
        sid: str,
        number: str,
        *,
        custom: str = "",
        incoming: bool = False,
        secret: str = EXOTEL_SECRET,
        password: str = EXOTEL_PASSWORD,
    ) -> None:
        self._site, self._secret = site, secret
        self._head = {"Authorization": basic("exotel", password), "Exotel-Version": "1.0"}
        direction = "incoming" if incoming else "outbound-dial"
        ends = {"CallFrom": number, "CallTo": EXOTEL_FROM}
        self.query = {"CallSid": sid, "Direction": direction, **ends} | ({"CustomField": custom} if custom else {})

    async def get(self, applet: str, **more: str) -> httpx.Response:
        """An applet asks."""
        query = urlencode({"key": self._secret, **self.query, **more}, quote_via=quote)
        return await self._site.get(f"/voice/exotel/{applet}?{query}", headers=self._head)

    async def hear(self) -> tuple[str, int]:
        """The Gather applet: what is said, for how many keys."""
        answer = await self.get("say")
        assert answer.status_code == 200, answer.text
        said = answer.json()
        names = {"gather_prompt", "max_input_digits", "finish_on_key", "input_timeout", "repeat_menu"}
        assert set(said) == names | {"repeat_gather_prompt"}
        return said["gather_prompt"]["text"], said["max_input_digits"]

    async def press(self, keys: str, *, times: int = 1) -> tuple[str, int]:
        """The Passthru applet brings the keys, in the quotes that Exotel puts them in; what is said then."""
        statuses = {(await self.get("keys", digits=f'"{keys}"')).status_code for _ in range(times)}
        assert len(statuses) == 1
        if statuses == {200}:
            return await self.hear()
        assert statuses == {302}
        answer = await self.get("last")
        assert answer.status_code == 200
        return answer.text, 0

    async def end(self, status: str = "completed", *, kind: str = "json") -> httpx.Response:
        """The status callback, as JSON or as the form that older accounts send."""
        said = {"CallSid": self.query["CallSid"], "Status": status, "DateUpdated": "2026-11-26 15:30:00"}
        said |= {"EventType": "terminal", "From": self.query["CallFrom"], "ConversationDuration": "41"}
        where = f"/voice/exotel/status?key={quote(self._secret)}"
        if kind == "json":
            return await self._site.post(where, json=said, headers=self._head)
        return await self._site.post(where, files={n: (None, v) for n, v in said.items()}, headers=self._head)


@asynccontextmanager
async def listening(peer: Peer) -> AsyncIterator[None]:
    """Let it answer on a free port of this machine."""
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    async with server:
        yield
