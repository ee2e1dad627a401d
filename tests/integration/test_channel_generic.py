"""The way through Apprise, with the real library against a server of the service's kind."""

import asyncio
from urllib.parse import unquote

from aftersales.updates.channels import Reject, Retry, Sent
from aftersales.updates.channels.generic import AppriseChannel
from tests.factories.providers import Asked, Peer, Reply, a_letter, provider


def gateway(asked: Asked) -> Reply:
    """What Apprise's `json://` writes to."""
    assert asked.method == "POST"
    assert set(asked.json) >= {"version", "title", "message", "attachments", "type"}
    return Reply(200, b"{}")


def channel(peer: Peer, patience: float = 40) -> AppriseChannel:
    return AppriseChannel("telegram", f"json://127.0.0.1:{peer.port}/send/{{to}}", patience=patience)


async def test_the_recipient_stands_in_the_address() -> None:
    async with provider(gateway) as peer:
        assert await channel(peer).send(a_letter("12345")) == Sent()
    [asked] = peer.asked
    assert asked.path == "/send/12345"
    assert asked.json["title"] == "మీ రిక్వెస్ట్ అందింది"
    assert asked.json["message"] == "పద్మ గారు, మీ వాషింగ్ మెషిన్ రిపేర్ మొదలైంది."


async def test_a_recipient_stays_a_recipient() -> None:
    async with provider(gateway) as peer:
        assert isinstance(await channel(peer).send(a_letter("../x?+Evil=1&to=a@b:c#d\r\nHost: x")), Sent)
    [asked] = peer.asked
    assert unquote(unquote(asked.path)).startswith("/send/../x?+Evil=1&to=a@b:c#d Host: x")
    assert "?" not in asked.target
    assert "evil" not in asked.headers


async def test_hostile_words_stay_words() -> None:
    async with provider(gateway) as peer:
        letter = a_letter("1", words="<b>\x00\u202e\ud800" + "త" * 5000, subject="a\r\nb")
        assert isinstance(await channel(peer).send(letter), Sent)
    message = str(peer.asked[0].json["message"])
    assert message.startswith("<b>తత")
    assert len(message) == 3500
    assert peer.asked[0].json["title"] == "a b"


async def test_a_no_is_tried_again() -> None:
    async with provider(gateway) as peer:
        peer.next.append(Reply(500))
        answer = await channel(peer).send(a_letter("1"))
    assert isinstance(answer, Retry)


async def test_it_blocks_nobody_and_silence_ends() -> None:
    async with provider(gateway) as peer:
        peer.next.append(Reply(silent=True))
        sending = asyncio.create_task(channel(peer, patience=0.5).send(a_letter("1")))
        ticks = 0
        while not sending.done():
            await asyncio.sleep(0.02)
            ticks += 1
    answer = sending.result()
    assert isinstance(answer, Retry)
    assert answer.uncertain
    assert ticks > 5


async def test_nobody_and_an_unknown_service_are_refused() -> None:
    assert isinstance(await AppriseChannel("x", "json://127.0.0.1/{to}").send(a_letter("")), Reject)
    assert isinstance(await AppriseChannel("x", "nonsense://{to}").send(a_letter("1")), Reject)
