"""What every provider over HTTP may do to us, and what it means for the letter: later, never, or perhaps twice."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime

import pytest

from aftersales.updates.channels import Answer, Channel, Letter, Reject, Retry, Sent, exchange
from aftersales.updates.policy import Reason
from tests.factories.provider_peers import LINES
from tests.factories.providers import AT, Peer, Reply, provider


@dataclass
class Call:
    """An open line."""

    peer: Peer
    channel: Channel
    letter: Letter

    async def after(self, reply: Reply) -> Answer:
        """What the adapter says when the provider answers so."""
        self.peer.next.append(reply)
        return await self.channel.send(self.letter)


@asynccontextmanager
async def _line(name: str) -> AsyncIterator[Call]:
    line = LINES[name]()
    async with provider(line.answers) as peer:
        yield Call(peer, line.opens(peer), line.letter(peer))


@pytest.fixture(params=sorted(LINES))
async def call(request: pytest.FixtureRequest) -> AsyncIterator[Call]:
    async with _line(request.param) as opened:
        yield opened


async def test_a_right_request_is_taken(call: Call) -> None:
    answer = await call.channel.send(call.letter)
    assert isinstance(answer, Sent), answer
    assert answer.provider_id
    assert len(call.peer.asked) == 1


async def test_too_many_says_until_when(call: Call) -> None:
    answer = await call.after(Reply(429, b"slow down", {"retry-after": "17"}))
    assert answer == Retry("429 slow down", after=timedelta(seconds=17))
    later = format_datetime(AT + timedelta(minutes=2), usegmt=True)
    assert (await call.after(Reply(429, b"slow down", {"retry-after": later}))).after == timedelta(minutes=2)  # type: ignore[union-attr]
    assert (await call.after(Reply(503, b"", {"retry-after": "99999999"}))).after == timedelta(days=1)  # type: ignore[union-attr]
    for unclear in ("soon", "Thu, 26 Nov 2026 09:32:00"):
        assert (await call.after(Reply(429, b"", {"retry-after": unclear}))).after is None  # type: ignore[union-attr]


async def test_their_trouble_is_tried_again(call: Call) -> None:
    assert await call.after(Reply(500, b"oh dear")) == Retry("500 oh dear")
    gateway = await call.after(Reply(504, b"<html>"))
    assert gateway == Retry("504 <html>", uncertain=True), "who stood between gave up; they may have it"


@pytest.mark.parametrize("status", [401, 403])
async def test_a_wrong_key_is_ours_to_put_right(call: Call, status: int) -> None:
    answer = await call.after(Reply(status, b"who are you?"))
    assert isinstance(answer, Retry)
    assert not answer.uncertain


async def test_cut_off_after_it_was_taken_is_uncertain(call: Call) -> None:
    answer = await call.after(Reply(cut=True))
    assert isinstance(answer, Retry)
    assert answer.uncertain
    assert len(call.peer.asked) == 1, "a request is never repeated behind the engine's back"


async def test_a_refused_connection_is_certain(call: Call) -> None:
    line, peer = call, call.peer
    name = next(name for name in LINES if type(LINES[name]().opens(peer)) is type(line.channel))
    nobody = replace(peer, port=1)
    answer = await LINES[name]().opens(nobody).send(LINES[name]().letter(nobody))
    assert isinstance(answer, Retry)
    assert not answer.uncertain


async def test_nothing_is_followed(call: Call) -> None:
    answer = await call.after(Reply(307, headers={"location": f"{call.peer.url}/elsewhere"}))
    assert isinstance(answer, Retry)
    assert "elsewhere" in answer.detail
    assert len(call.peer.asked) == 1


async def test_an_answer_without_end_is_not_read(call: Call) -> None:
    answer = await call.after(Reply(200, b"x" * (exchange.MAX_BYTES + 1)))
    assert isinstance(answer, Retry)
    assert answer.uncertain


async def test_an_unknown_no_is_for_good(call: Call) -> None:
    answer = await call.after(Reply(422, b'{"type": "error", "message": "nonsense"}'))
    assert isinstance(answer, Reject)
    assert answer.reason is Reason.REJECTED
    assert "nonsense" in answer.detail


async def test_silence_ends() -> None:
    async with provider(lambda _: Reply(silent=True)) as peer:
        said = await exchange.ask("GET", peer.url, patience=0.3)
    assert isinstance(said, Retry)
    assert said.uncertain


async def test_drop_by_drop_ends_too() -> None:
    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 X\r\ncontent-length: 1000\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b".")
                await writer.drain()
                await asyncio.sleep(0.05)
        writer.close()

    server = await asyncio.start_server(dripping, "127.0.0.1", 0)
    async with server:
        said = await exchange.ask("GET", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", patience=0.5)
    assert isinstance(said, Retry)
    assert said.uncertain


async def test_what_they_say_is_one_short_line(call: Call) -> None:
    answer = await call.after(Reply(500, "a\r\nb\x00\u202e".encode() + b"c" * 5000))
    assert isinstance(answer, Retry)
    assert answer.detail.startswith("500 a bc")
    assert len(answer.detail) == 500
