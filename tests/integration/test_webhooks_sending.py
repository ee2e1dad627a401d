"""One request to a strict server of somebody else's: what is followed, believed and read, and what is not."""

import asyncio
import datetime as dt
import ssl
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aftersales import clock
from aftersales.webhooks.rules import secret, signature
from aftersales.webhooks.sending import Heard, send
from tests.factories.peer import Peer, peer

SECRET = secret(b"k" * 32, UUID(int=1), 0)
BODY = '{"type":"case.closed"}'


async def sent(
    to: Peer, *, url: str = "", loopback: bool = True, patience: float = 15, trust: ssl.SSLContext | None = None
) -> Heard:
    """The answer to one message, signed as ours are."""
    at = clock.now()
    heads = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature([SECRET], "msg_1", at, BODY),
    }
    to.secrets = [SECRET]
    return await send(url or to.url, heads, BODY, loopback=loopback, patience=patience, trust=trust)


async def test_a_signed_message_is_taken() -> None:
    async with peer() as other:
        heard = await sent(other)
        assert (heard.status, heard.answer, heard.delivered) == (200, "taken", True)
        assert other.taken == [("msg_1", {"type": "case.closed"})]
        assert other.hosts == [f"localhost:{other.port}"]


async def test_the_peer_is_strict() -> None:
    async with peer() as other:
        other.secrets = [SECRET]
        heads = {"webhook-id": "msg_2", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
        assert (await send(other.url, heads, BODY, loopback=True)).status == 401
        assert other.taken == []


async def test_no_redirect_is_followed() -> None:
    async with peer() as other, peer() as inside:
        other.status, other.heads = 302, {"Location": inside.url}
        heard = await sent(other)
        assert (heard.status, heard.delivered) == (302, False)
        assert inside.asked == 0


async def test_who_hangs_is_left() -> None:
    async with peer() as other:
        other.hang = True
        heard = await sent(other, patience=0.3)
        assert (heard.status, heard.problem) == (None, "timeout")


async def test_a_long_answer_is_cut_and_what_is_no_text_made_text() -> None:
    async with peer() as other:
        other.answer = b"\x00\xff<script>" + b"x" * 10_000_000
        heard = await sent(other)
        assert heard.status == 200
        assert heard.answer.startswith("\ufffd\ufffd<script>xxx")
        assert len(heard.answer) == 500


async def test_when_to_come_again_is_heard() -> None:
    async with peer() as other:
        other.status, other.heads = 429, {"Retry-After": "120"}
        assert (await sent(other)).asked == dt.timedelta(minutes=2)
        other.heads = {"Retry-After": "tomorrow"}
        assert (await sent(other)).asked is None


async def test_an_address_inside_is_never_connected_to() -> None:
    async with peer() as other:
        for url in (other.url, f"https://localhost:{other.port}/", f"https://127.0.0.1:{other.port}/"):
            heard = await sent(other, url=url, loopback=False)
            assert (heard.status, heard.problem) == (None, "refused_address")
        assert other.asked == 0


async def test_nobody_there() -> None:
    async with peer() as other:
        port = other.port
    await asyncio.sleep(0)
    assert (await sent(Peer(port=port))).problem == "no_connection"
    assert (await sent(Peer(), url="https://nobody.invalid/")).problem == "unknown_host"


def certified(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side with a certificate for the name, and a client's that trusts who made it."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = clock.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=file)


async def test_the_certificate_is_that_of_the_name_although_an_address_is_called(tmp_path: Path) -> None:
    server, trust = certified(tmp_path, "localhost")
    async with peer(server) as other:
        assert (await sent(other, trust=trust)).status == 200
        assert (await sent(other)).problem == "certificate", "nobody vouches for it"


async def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    server, trust = certified(tmp_path, "elsewhere.example")
    async with peer(server) as other:
        assert (await sent(other, trust=trust)).problem == "certificate"
        assert other.asked == 0


@pytest.mark.parametrize("status", [400, 401, 404, 410, 500, 503])
async def test_only_two_hundreds_count(status: int) -> None:
    async with peer() as other:
        other.status = status
        heard = await sent(other)
        assert (heard.status, heard.delivered) == (status, False)
