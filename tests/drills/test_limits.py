"""The check of the drill `limits` notices each way of not keeping the promise; a full disk is a 503 of its own."""

import errno

import httpx
from fastapi import FastAPI

from aftersales.web.errors import install
from tests.drills.drill_limits import Probe, problems

WELL, REFUSED = Probe(201, 0.01, False, False), Probe(503, 0.1, True, True)


def test_the_check_can_fail() -> None:
    assert problems([WELL, REFUSED, WELL]) == []
    for wrong, said in (
        ([WELL, REFUSED], "recover"),
        ([WELL, WELL], "never met"),
        ([WELL, REFUSED, Probe(500, 0.1, True, True), WELL], "500"),
        ([REFUSED, Probe(503, 0.1, False, True), WELL], "come again"),
        ([REFUSED, Probe(503, 2.1, True, True), WELL], "took 2.1 s"),
        ([], "recover"),
    ):
        assert any(said in one for one in problems(wrong)), said


async def test_no_room_for_files() -> None:
    app = FastAPI()
    install(app)

    @app.get("/api/photo")
    async def photo() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        answer = await client.get("/api/photo")
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "http.no_space", "60")
