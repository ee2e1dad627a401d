"""The providers as they are: what each asks of a request, and how it answers a right one."""

import base64
import email
import email.policy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from orjson import loads

from aftersales.updates.channels import Channel, Letter
from aftersales.updates.channels.push import PushChannel, Subscription, address
from aftersales.updates.channels.sealing import decoded, new_key
from aftersales.updates.channels.sms_msg91 import Msg91Channel
from aftersales.updates.channels.sms_twilio import TwilioSmsChannel
from aftersales.updates.channels.whatsapp import WhatsAppChannel
from tests.factories.providers import AT, REGISTERED, TAG, Asked, Peer, Reply, a_letter

ACCOUNT = f"AC{'0' * 32}"
TOKEN = "a twilio token"
CALLBACK = "https://service.example/hooks/twilio"
SID = f"SM{'1' * 32}"
WAMID = "wamid.HBgMOTE5ODQ4MDEyMzQ1"
VAPID = new_key()


def msg91(asked: Asked) -> Reply:
    """The register's five parts, nothing else, and the number without its country."""
    assert (asked.method, asked.target) == ("POST", "/api/v2/sendsms")
    assert asked.headers["authkey"] == "key91"
    assert asked.headers["content-type"] == "application/json"
    body = asked.json
    assert set(body) == {"sender", "route", "country", "unicode", "DLT_TE_ID", "PE_ID", "CRQID", "sms"}
    assert (body["sender"], body["route"], body["country"]) == ("AFTSAL", "4", "91")
    assert (body["DLT_TE_ID"], body["PE_ID"]) == (REGISTERED.name, "1201159000000000001")
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,80}", str(body["CRQID"]))
    [sms] = body["sms"] if isinstance(body["sms"], list) else []
    assert set(sms) == {"message", "to"}
    assert all(re.fullmatch(r"[6-9]\d{9}", to) for to in sms["to"])
    assert len(sms["to"]) == 1
    gsm = sms["message"].isascii()
    assert body["unicode"] == (0 if gsm else 1)
    return Reply(200, {"message": "3763646c3058373530393938", "type": "success"})


def twilio(asked: Asked) -> Reply:
    """A form with basic auth, to the account's own address."""
    assert (asked.method, asked.target) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    assert asked.headers["authorization"] == f"Basic {base64.b64encode(f'{ACCOUNT}:{TOKEN}'.encode()).decode()}"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    form = asked.form
    assert set(form) == {"To", "From", "Body", "StatusCallback"}
    assert re.fullmatch(r"\+[1-9]\d{7,14}", form["To"])
    assert form["From"] == "+15005550006"
    assert form["StatusCallback"] == f"{CALLBACK}?m={TAG}"
    assert 0 < len(form["Body"]) <= 1600
    return Reply(201, {"sid": SID, "status": "queued"})


@dataclass
class Meta:
    """Meta as it takes papers too: what was not handed in before is not known. Each is of a kind and size it takes."""

    papers: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def answers(self, asked: Asked) -> Reply:
        """To a paper that is handed in, and to a message."""
        if asked.target == "/v23.0/1234567890/messages":
            return whatsapp(asked, self.papers)
        assert (asked.method, asked.target) == ("POST", "/v23.0/1234567890/media")
        assert asked.headers["authorization"] == "Bearer EAAG"
        head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
        form = email.message_from_bytes(head + asked.body, policy=email.policy.HTTP)
        assert form.get_content_type() == "multipart/form-data"
        assert not form.defects
        parts = {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}
        assert set(parts) == {"messaging_product", "type", "file"}
        fields = {name: part.get_payload(decode=True) for name, part in parts.items()}
        assert (fields["messaging_product"], fields["type"]) == (b"whatsapp", b"application/pdf")
        assert parts["file"].get_content_type() == "application/pdf"
        content, name = fields["file"], parts["file"].get_filename()
        assert isinstance(content, bytes)
        assert name is not None
        assert re.fullmatch(r"[A-Za-z0-9-]+\.pdf", name)
        assert content.startswith(b"%PDF-")
        assert len(content) <= 100 * 1024 * 1024
        media_id = str(4711 + len(self.papers))
        self.papers[media_id] = (name, content)
        return Reply(200, {"id": media_id})


def _document(one: dict[str, str], papers: Mapping[str, object], *more: str) -> None:
    assert set(one) == {"id", "filename", *more}
    assert one["id"] in papers, "it is handed in first"
    assert one["filename"].endswith(".pdf")
    assert 0 < len(one.get("caption", "-")) <= 1024


def whatsapp(asked: Asked, papers: Mapping[str, object] = MappingProxyType({})) -> Reply:
    """A template, free text or a paper, to the number's own address, with our id."""
    assert (asked.method, asked.target) == ("POST", "/v23.0/1234567890/messages")
    assert asked.headers["authorization"] == "Bearer EAAG"
    body = asked.json
    kind = body["type"]
    assert kind in ("text", "template", "document")
    assert set(body) == {"messaging_product", "recipient_type", "to", "type", kind, "biz_opaque_callback_data"}
    assert (body["messaging_product"], body["recipient_type"]) == ("whatsapp", "individual")
    assert re.fullmatch(r"[1-9]\d{7,14}", str(body["to"]))
    assert body["biz_opaque_callback_data"] == TAG
    one = body[str(kind)]
    assert isinstance(one, dict)
    if kind == "text":
        assert set(one) == {"preview_url", "body"}
        assert 0 < len(one["body"]) <= 4096
    elif kind == "document":
        _document(one, papers, "caption")
    else:
        assert set(one) == {"name", "language", "components"}
        parts = {part["type"]: part["parameters"] for part in one["components"]}
        assert set(parts) <= {"header", "body"}
        assert len(parts) == len(one["components"])
        if "header" in parts:
            [head] = parts["header"]
            assert set(head) == {"type", "document"}
            assert head["type"] == "document"
            _document(head["document"], papers)
        values = parts.get("body", [])
        assert all(value["type"] == "text" and value["text"] and "\n" not in value["text"] for value in values)
    contact = {"input": body["to"], "wa_id": body["to"]}
    return Reply(200, {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": WAMID}]})


@dataclass
class Browser:
    """A browser and its push service: it opens what it is sent, by the text of the RFC and not by our code.

    `at` is the time by its clock.
    """

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"0123456789abcdef"
    opened: list[dict[str, object]] = field(default_factory=list)
    at: datetime = AT

    @property
    def public(self) -> bytes:
        """Its public key."""
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self, peer: Peer, path: str = "/push/1") -> Subscription:
        """As it tells us."""
        return Subscription(f"{peer.url}{path}", self.public, self.auth)

    def service(self, asked: Asked) -> Reply:
        """Checks heads, signature and encryption."""
        assert asked.method == "POST"
        heads = asked.headers
        assert heads["content-encoding"] == "aes128gcm"
        assert 0 < int(heads["ttl"]) <= 4 * 7 * 86400
        assert heads["urgency"] in ("very-low", "low", "normal", "high")
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,32}", heads["topic"])
        assert len(asked.body) <= 4096
        _check_signature(heads, self.at)
        self.opened.append(loads(self._open(asked.body)))
        return Reply(201, headers={"location": "https://push.example/m/7"})

    def _open(self, body: bytes) -> bytes:
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        shared = self.key.exchange(ec.ECDH(), point)

        def derived(salt: bytes, material: bytes, info: bytes, length: int) -> bytes:
            return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(material)

        secret = derived(self.auth, shared, b"WebPush: info\0" + self.public + theirs, 32)
        key = derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derived(salt, secret, b"Content-Encoding: nonce\0", 12)
        content, _, rest = AESGCM(key).decrypt(nonce, sealed, None).rpartition(b"\x02")
        assert rest == b"", "padding is of zeros alone, and there is none"
        return content


def _check_signature(heads: dict[str, str] | object, now: datetime) -> None:
    assert isinstance(heads, dict)
    found = re.fullmatch(r"vapid t=([^,]+), k=(\S+)", heads["authorization"])
    assert found is not None
    text, _, signature = found[1].rpartition(".")
    raw = decoded(signature)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(found[2]))
    key.verify(encode_dss_signature(r, s), text.encode(), ec.ECDSA(hashes.SHA256()))
    head, claims = (loads(decoded(part)) for part in text.split("."))
    assert head == {"typ": "JWT", "alg": "ES256"}
    assert claims["aud"] == f"http://{heads['host']}"
    assert 0 < claims["exp"] - now.timestamp() <= 86400
    assert claims["sub"] == "mailto:care@example.org"


@dataclass(frozen=True, slots=True)
class Line:
    """A provider, our adapter to it, and a letter that it takes."""

    answers: Callable[[Asked], Reply]
    opens: Callable[[Peer], Channel]
    letter: Callable[[Peer], Letter]


def msg91_line() -> Line:
    """SMS to India."""
    return Line(
        msg91,
        lambda peer: Msg91Channel(peer.url, "key91", "AFTSAL", "1201159000000000001"),
        lambda _: a_letter("+919848012345", registered=REGISTERED),
    )


def twilio_line() -> Line:
    """SMS elsewhere."""
    return Line(
        twilio,
        lambda peer: TwilioSmsChannel(peer.url, ACCOUNT, TOKEN, "+15005550006", CALLBACK),
        lambda _: a_letter("+447700900123"),
    )


def whatsapp_line() -> Line:
    """WhatsApp."""
    return Line(
        whatsapp,
        lambda peer: WhatsAppChannel(f"{peer.url}/v23.0", "EAAG", "1234567890", 10_000),
        lambda _: a_letter("+919848012345"),
    )


def push_line(browser: Browser | None = None) -> Line:
    """One browser."""
    one = browser or Browser()
    return Line(
        one.service,
        lambda peer: PushChannel(VAPID, "mailto:care@example.org", peer.url),
        lambda peer: a_letter(address([one.subscription(peer)])),
    )


LINES: dict[str, Callable[[], Line]] = {
    "msg91": msg91_line,
    "twilio": twilio_line,
    "whatsapp": whatsapp_line,
    "push": push_line,
}
