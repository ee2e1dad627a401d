"""What goes wrong inside a request: the log finds it by its id and names nobody; the caller is told what to say."""

import io
import json
import logging
from collections.abc import Iterator

import httpx
import pytest
from fastapi import APIRouter

from aftersales import metrics
from aftersales.app import create_app
from aftersales.http import WorkDep, staff_router
from aftersales.logs import JsonLines, TextLines
from tests.factories.world import World

SECRETS = ("Padma", "98490", "12377", "tok-9f8e", "482916")
WORDS = "Padma of +919849012377 said 482916 and tok-9f8e"


@pytest.fixture
def written() -> Iterator[dict[str, io.StringIO]]:
    """Everything that is logged as in life, our own at every level, in both forms."""
    out = {"json": io.StringIO(), "text": io.StringIO()}
    handlers = [logging.StreamHandler(stream) for stream in out.values()]
    for handler, form in zip(handlers, (JsonLines(), TextLines()), strict=True):
        handler.setFormatter(form)
        logging.root.addHandler(handler)
    ours = logging.getLogger("aftersales")
    ours.setLevel(logging.DEBUG)
    yield out
    ours.setLevel(logging.NOTSET)
    for handler in handlers:
        logging.root.removeHandler(handler)


@pytest.fixture
def broken() -> APIRouter:
    """Routes that raise with people's words in their mouths."""
    router = staff_router("/broken")

    @router.get("/{word}")
    async def raises(work: WorkDep, word: str) -> None:
        raise ValueError(f"{word}: {WORDS}")

    @router.get("/nested/{word}")
    async def nested(work: WorkDep, word: str) -> None:
        try:
            raise KeyError(WORDS)
        except KeyError as error:
            raise RuntimeError(word) from error

    return router


async def test_what_is_raised_inside_names_nobody(
    company: World, broken: APIRouter, written: dict[str, io.StringIO]
) -> None:
    app = create_app(company.settings)
    app.include_router(broken)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    desk = company.by("manager")
    async with httpx.AsyncClient(transport=transport, base_url=desk.base_url, cookies=desk.cookies) as client:
        answer = await client.get("/broken/Padma?q=9849012377")
        await client.get("/broken/nested/tok-9f8e")
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert "give us this number" in answer.text
    lines = [json.loads(line) for line in written["json"].getvalue().splitlines()]
    mine = [line for line in lines if line.get("request_id") == answer.headers["x-request-id"]]
    [bug] = [line for line in mine if line["message"] == "unexpected"]
    assert bug["error"] == "ValueError"
    assert bug["places"].startswith("raises (")
    [done] = [line for line in mine if line["message"] == "answered"]
    assert (done["route"], done["status"]) == ("/broken/{word}", 500)
    assert done["actor"].startswith("staff:")
    for form in written.values():
        assert [secret for secret in SECRETS if secret in form.getvalue()] == []
    count = metrics.REGISTRY.get_sample_value(
        "aftersales_request_seconds_count", {"route": "/broken/{word}", "method": "GET", "status": "5xx"}
    )
    assert count == 1
    await app.state.services.database.dispose()


def test_a_library_may_say_what_it_likes(written: dict[str, io.StringIO]) -> None:
    try:
        raise ValueError(WORDS)
    except ValueError as error:
        # As the event loop reports a task that nobody waited for.
        logging.getLogger("asyncio").exception("Task exception was never retrieved\nfuture: %r", error)
    for form in written.values():
        assert "Task exception was never retrieved" in form.getvalue()
        assert "ValueError" in form.getvalue()
        assert [secret for secret in SECRETS if secret in form.getvalue()] == []
        assert form.getvalue().count("\n") == 1
