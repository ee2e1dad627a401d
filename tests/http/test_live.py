"""Live pages: told of every change, for as long as one may see it, at the cost of no connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from aftersales.auth import links
from aftersales.auth import service as auth
from aftersales.http import CUSTOMER_COOKIE, STAFF_COOKIE
from aftersales.outbox.live import Live
from aftersales.outbox.wake import Waker
from tests.factories.world import API, World

PATIENCE = 5.0


@dataclass
class Stream:
    """An open page: what it is sent, piece by piece. httpx would wait for the end of it."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    pieces: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def next(self) -> str | None:
        """The next event; None when the server has ended the stream. Signs of life are passed over."""
        async with asyncio.timeout(PATIENCE):
            while (piece := await self.pieces.get()) == ": \n\n":
                pass
        return piece


@asynccontextmanager
async def watching(
    world: World, path: str, cookie: str, token: str, *, query: str = "", last: str = ""
) -> AsyncIterator[Stream]:
    """A browser with the page open; leaving closes it."""
    stream = Stream()
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await stream.gone.wait()
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            stream.status = message["status"]
            stream.headers = {n.decode().lower(): v.decode() for n, v in message["headers"]}
        elif body := message.get("body", b"").decode():
            stream.pieces.put_nowait(body)

    told = [(b"last-event-id", last.encode())] if last else []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"localhost:8069"), (b"cookie", f"{cookie}={token}".encode()), *told],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 8069),
    }
    task = asyncio.create_task(world.app(scope, receive, send))
    task.add_done_callback(lambda _: stream.pieces.put_nowait(None))
    try:
        yield stream
    finally:
        stream.gone.set()
        await asyncio.wait_for(task, PATIENCE)


@pytest.fixture
async def hub(company: World) -> AsyncIterator[Live]:
    """The server's hub, running as it does on a server, with a quick heartbeat."""
    hub = Live(company.database, poll_seconds=0.2, heartbeat_seconds=0.3)
    company.app.state.live = hub
    async with hub:
        yield hub


async def opened(company: World, hub: Live, stream: Stream) -> None:
    """Wait until the page stands and the hub has looked once for it."""
    assert await stream.next() == "retry: 3000\n\n"
    assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert stream.headers["cache-control"] == "no-store"
    assert "unsafe" not in stream.headers["content-security-policy"]
    for _ in range(500):
        waiting = [watcher for found in hub._watched.values() for watcher in found]
        if waiting and all(watcher.seen is not None for watcher in waiting):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the hub has not looked")


async def note(company: World, case_id: UUID) -> int:
    answer = await company.by("manager").post(f"{API}/cases/{case_id}/note_added", json={"note": "Something new"})
    assert answer.status_code == 200, answer.text
    [(version,)] = await company.rows("SELECT version FROM stream WHERE id = :id", id=case_id)
    return int(version)


async def test_the_desk_is_told_of_a_change(company: World, hub: Live) -> None:
    case_id = company.home.case_id
    async with watching(company, f"/desk/cases/{case_id}/live", STAFF_COOKIE, company.tokens["coordinator"]) as page:
        await opened(company, hub, page)
        for _ in range(2):
            version = await note(company, case_id)
            assert await page.next() == f"id: {version}\nevent: changed\ndata: {version}\n\n"
        await note(company, company.neighbours.case_id)
        version = await note(company, case_id)
        assert await page.next() == f"id: {version}\nevent: changed\ndata: {version}\n\n", "of its own case alone"
    assert hub.watching == 0, "whoever closes the page is forgotten"


async def test_a_change_is_told_when_it_is_committed_and_not_at_the_next_look(company: World) -> None:
    """The hub's look each second is for what got lost; here it never comes."""
    hub = Live(company.database, poll_seconds=3600, heartbeat_seconds=3600)
    company.app.state.live = hub
    path = f"/desk/cases/{company.home.case_id}/live"
    page = watching(company, path, STAFF_COOKIE, company.tokens["coordinator"])
    async with hub, Waker(company.database), page as stream:
        await opened(company, hub, stream)
        for _ in range(2):
            version = await note(company, company.home.case_id)
            assert await stream.next() == f"id: {version}\nevent: changed\ndata: {version}\n\n"


async def test_the_customer_is_told_too(company: World, hub: Live) -> None:
    customer = await company.customer(company.home)
    token = next(iter(customer.cookies.values()))
    async with watching(company, "/track/live", CUSTOMER_COOKIE, token) as page:
        await opened(company, hub, page)
        version = await note(company, company.home.case_id)
        assert await page.next() == f"id: {version}\nevent: changed\ndata: {version}\n\n"
        link = await company.link(company.home)
        async with company.database.unit_of_work() as session:
            await links.revoke(session, stream_id=link.stream_id, person_id=link.person_id)
        assert await page.next() == "event: ended\ndata: \n\n"
        assert await page.next() is None


async def test_a_page_that_comes_back_goes_on_where_it_was(company: World, hub: Live) -> None:
    """By `Last-Event-ID`: what it knows is not told again, what it has missed is told at once."""
    customer = await company.customer(company.home)
    token = next(iter(customer.cookies.values()))
    first = await note(company, company.home.case_id)
    second = await note(company, company.home.case_id)
    query = f"since={first - 1}"
    async with watching(company, "/track/live", CUSTOMER_COOKIE, token, query=query, last=str(first)) as page:
        assert await page.next() == "retry: 3000\n\n"
        assert await page.next() == f"id: {second}\nevent: changed\ndata: {second}\n\n"
    for last in ("x", "9" * 40, "-1"):
        async with watching(company, "/track/live", CUSTOMER_COOKIE, token, query=query, last=last) as page:
            assert await page.next() == "retry: 3000\n\n"
            assert (await page.next() or "").startswith(f"id: {second}\n"), last
    async with watching(company, "/track/live", CUSTOMER_COOKIE, token, query=query, last=str(second)) as page:
        await opened(company, hub, page)
        third = await note(company, company.home.case_id)
        assert await page.next() == f"id: {third}\nevent: changed\ndata: {third}\n\n", "the second is not told again"


async def test_it_ends_with_the_session(company: World, hub: Live) -> None:
    """At the next sign of life, also when nothing happens on the case."""
    token = await company.sign_in_again("coordinator")
    path = f"/desk/cases/{company.home.case_id}/live"
    async with watching(company, path, STAFF_COOKIE, token) as page:
        await opened(company, hub, page)
        async with company.database.unit_of_work() as session:
            await auth.sign_out(session, token)
        assert await page.next() == "event: ended\ndata: \n\n"
        assert await page.next() is None


async def test_it_ends_with_the_right_to_see_the_case(company: World, hub: Live) -> None:
    """A grant that is taken away closes the page that it had opened."""
    token, staff_id = await company.sign_in_again("second"), company.staff["second"].id
    visit = await company.visit()
    [(case_id,)] = await company.rows("SELECT stream_id FROM document WHERE id = :id", id=visit)
    desk = company.by("manager")
    given = await desk.post(f"{API}/visits/{visit}/recall", json={"note": "Somebody else goes."})
    assert given.status_code == 200, given.text
    again = await desk.post(f"{API}/visits/{visit}/dispatch", json={"technician_id": str(staff_id)})
    assert again.status_code == 200, again.text
    async with watching(company, f"/desk/cases/{case_id}/live", STAFF_COOKIE, token) as page:
        await opened(company, hub, page)
        back = await desk.post(f"{API}/visits/{visit}/recall", json={"note": "Another one after all."})
        assert back.status_code == 200, back.text
        other = {"technician_id": str(company.staff["technician"].id)}
        assert (await desk.post(f"{API}/visits/{visit}/dispatch", json=other)).status_code == 200
        seen = await page.next()
        while seen is not None and "changed" in seen:
            seen = await page.next()
        assert seen == "event: ended\ndata: \n\n"


async def test_an_open_page_holds_no_connection(company: World, hub: Live) -> None:
    """More pages than the pool has connections, and none in use while nothing happens."""
    pool = company.database.engine.pool
    path = f"/desk/cases/{company.home.case_id}/live"
    pages = [watching(company, path, STAFF_COOKIE, company.tokens["coordinator"]) for _ in range(30)]
    streams = [await page.__aenter__() for page in pages]
    try:
        for stream in streams:
            await opened(company, hub, stream)
        # The hub itself looks every 0.2 s: what counts is that there are moments in which nothing is in use.
        idle = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = :name"
        name = company.database.engine.url.database
        async with asyncio.timeout(PATIENCE):
            while pool.checkedout():  # type: ignore[attr-defined]  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.005)
            while await company.rows(idle, name=name) != [(0,)]:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)
        version = await note(company, company.home.case_id)
        told = await asyncio.gather(*(stream.next() for stream in streams))
        assert set(told) == {f"id: {version}\nevent: changed\ndata: {version}\n\n"}
    finally:
        for page in pages:
            await page.__aexit__(None, None, None)
    assert hub.watching == 0


async def test_pages_are_closed_when_the_server_stops(company: World) -> None:
    hub = Live(company.database, heartbeat_seconds=60)
    company.app.state.live = hub
    path = f"/desk/cases/{company.home.case_id}/live"
    async with hub:
        page = watching(company, path, STAFF_COOKIE, company.tokens["coordinator"])
        stream = await page.__aenter__()
        await opened(company, hub, stream)
    assert await stream.next() is None
    await page.__aexit__(None, None, None)


async def test_a_slow_upload_holds_no_connection(company: World) -> None:
    """A phone with one bar of signal must not keep others from the database."""
    pool = company.database.engine.pool
    seen = []
    part = b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nx\r\n'

    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield part
            await asyncio.sleep(0.02)
            seen.append(pool.checkedout())  # type: ignore[attr-defined]
        yield b"--b--\r\n"

    desk = company.by("manager")
    path = f"/desk/cases/{company.home.case_id}/note_added"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await desk.post(path, content=slowly(), headers=headers)
    assert answer.status_code in (303, 422)
    assert seen == [0] * 5
    async with company.database.sessions() as session:
        assert await session.scalar(text("SELECT 1")) == 1
