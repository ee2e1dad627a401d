"""The signposts lead where the whole router would have gone, on few routes."""

from collections.abc import MutableMapping
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.routing import iter_route_contexts
from starlette.types import ASGIApp

from aftersales.ids import new_id
from aftersales.web.signposts import Signed
from tests.factories.bodies import routes
from tests.factories.world import World

Message = MutableMapping[str, Any]


async def answered(app: ASGIApp, world: World, method: str, path: str) -> tuple[object, int | str]:
    """Whose turn it was when nobody in particular asks, and what came of it."""
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"localhost:8069")],
        "app": world.app,
        "state": {"own_headers": []},
    }
    try:
        await app(scope, receive, send)
    except Exception as refused:  # noqa: BLE001 - signed out, no such thing, not that method: who said so is asked
        return scope.get("endpoint"), type(refused).__name__
    return scope.get("endpoint"), said[0]["status"]


@pytest.mark.slow
async def test_every_address_is_answered_by_whom_the_whole_router_would_have_chosen(company: World) -> None:
    router = company.app.router
    asked = set(routes(company.app))
    asked |= {("PURGE", path) for _, path in asked}
    asked |= {("GET", path) for path in ("/", "/desk/", "/desk/nowhere", "/nowhere", "/api/v1/cases/", "/api/v1", "/t")}
    for method, route in sorted(asked):
        path = route.format_map(_Ids())
        signed, whole = [await answered(app, company, method, path) for app in (router.middleware_stack, router.app)]
        assert signed == whole, f"{method} {path}"


async def test_an_address_is_tried_on_few_routes(company: World) -> None:
    found: dict[str, int] = {}
    for _, route in routes(company.app):
        tried = company.app.router.middleware_stack
        assert isinstance(tried, Signed)
        router = tried.asked(route.format_map(_Ids()))
        assert isinstance(router, APIRouter) or route in ("/static", "/api/v1/openapi.json"), route
        found[route] = len(list(iter_route_contexts(router.routes))) if isinstance(router, APIRouter) else 0
    assert max(found.values()) < 40, max(found, key=lambda route: found[route])


class _Ids(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return str(new_id())
