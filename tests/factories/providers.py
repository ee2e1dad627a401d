"""A provider on a port of this machine: strict about what it is asked, in trouble when told to be."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import orjson

from aftersales.updates.channels import Letter, Registered

AT = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
TAG = "update.0197a1b2c3d47e5f8a9b0c1d2e3f4a5b"


def a_letter(to: str, **changed: object) -> Letter:
    """A letter as the engine hands it over."""
    plain: dict[str, object] = {
        "message_id": f"<{TAG}@example.org>",
        "at": AT,
        "to_name": "పద్మ గారు",
        "from_name": "Kukatpally service centre",
        "language": "te",
        "subject": "మీ రిక్వెస్ట్ అందింది",
        "words": "పద్మ గారు, మీ వాషింగ్ మెషిన్ రిపేర్ మొదలైంది.",
        "link": "https://service.example/t/abc",
    }
    return Letter(to_address=to, **{**plain, **changed})  # type: ignore[arg-type]


REGISTERED = Registered("1107160000000012345", "te", ("పద్మ", "KKP-26-000001"))


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, read to its end; heads are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """Without its query."""
        return urlsplit(self.target).path

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True))

    @property
    def json(self) -> dict[str, object]:
        """The body as JSON."""
        found = orjson.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered. `cut`: the request is taken and the line goes dead; `silent`: nothing ever comes."""

    status: int = 200
    body: bytes | dict[str, object] = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: bool = False

    def wire(self) -> bytes:
        """The answer as it goes over the line."""
        content = self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)
        heads = {"content-length": str(len(content)), "connection": "close", **self.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in heads.items())
        return f"HTTP/1.1 {self.status} X\r\n{lines}\r\n".encode() + content


@dataclass
class Peer:
    """`answers` says what a right request gets and asserts that it is right; `next` goes before it, once each."""

    answers: Callable[[Asked], Reply]
    port: int = 0
    next: deque[Reply] = field(default_factory=deque)
    asked: list[Asked] = field(default_factory=list)
    wrong: list[AssertionError] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            asked = await _request(reader)
            self.asked.append(asked)
            try:
                right = self.answers(asked)
            except AssertionError as error:
                self.wrong.append(error)
                right = Reply(400, b"wrong")
            reply = self.next.popleft() if self.next else right
            if reply.silent:
                await reader.read()
            elif not reply.cut:
                writer.write(reply.wire())
                await writer.drain()
        writer.close()


async def _request(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Asked(method, target, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


@asynccontextmanager
async def provider(answers: Callable[[Asked], Reply]) -> AsyncIterator[Peer]:
    """It listens until the end of the block, and everything that it was asked must have been right."""
    peer = Peer(answers)
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
    if peer.wrong:
        raise peer.wrong[0]
