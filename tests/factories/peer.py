"""Somebody else's server that takes webhooks: strict about how a message is signed, and told how to behave."""

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

TOLERANCE = 300


@dataclass
class Peer:
    """What it was sent and how it answers: an HTTP status with heads and body, or `hang`.

    A message whose signature is not right is answered with 401 and not kept.
    """

    port: int = 0
    host: str = "localhost"
    scheme: str = "http"
    secrets: list[str] = field(default_factory=list)
    status: int = 200
    heads: dict[str, str] = field(default_factory=dict)
    answer: bytes = b"taken"
    hang: bool = False
    asked: int = 0
    taken: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    signatures: list[list[str]] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self.scheme}://{self.host}:{self.port}/hooks?from=aftersales"

    def verified(self, heads: dict[str, str], body: bytes) -> bool:
        """As the specification of Standard Webhooks says, written apart from our own code."""
        if abs(time.time() - int(heads["webhook-timestamp"])) > TOLERANCE:
            return False
        to_sign = b".".join([heads["webhook-id"].encode(), heads["webhook-timestamp"].encode(), body])
        given = [part.split(",", 1) for part in heads["webhook-signature"].split(" ")]
        self.signatures.append([value for _, value in given])
        for secret in self.secrets:
            key = base64.b64decode(secret[len("whsec_") :])
            expected = base64.b64encode(hmac.new(key, to_sign, hashlib.sha256).digest()).decode()
            if any(name == "v1" and hmac.compare_digest(value, expected) for name, value in given):
                return True
        return False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request on one connection."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").split("\r\n")
            heads = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:]) if k}
            body = await reader.readexactly(int(heads["content-length"]))
            self.asked += 1
            self.hosts.append(heads["host"])
            if self.hang:
                await reader.read()
                return
            right = head[0] == "POST /hooks?from=aftersales HTTP/1.1" and self.verified(heads, body)
            status, answer = (self.status, self.answer) if right else (401, b"not signed by you")
            if right and status < 300:
                self.taken.append((heads["webhook-id"], json.loads(body)))
            more = "".join(f"{name}: {value}\r\n" for name, value in self.heads.items())
            start = f"HTTP/1.1 {status} X\r\nContent-Length: {len(answer)}\r\nConnection: close\r\n{more}\r\n"
            writer.write(start.encode() + answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def peer(tls: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    """One that listens on a free port of this machine, until the end of the block."""
    made = Peer(scheme="https" if tls else "http")
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
