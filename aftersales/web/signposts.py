"""Which routes a request is tried on, by how its address begins.

A router tries its routes one after the other, and what it includes twice: with more than four hundred routes that was
up to 2.5 ms of a request. Here the first words of an address name the few routes that begin with them. What is not
found there is looked for among all, so that what answers is always what the whole router would have chosen.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

API = "/api/v1/"

Beginning = tuple[str, ...]


class Signposts:
    """All routes, in `router`, and which of them begin how."""

    def __init__(self) -> None:
        self.router = APIRouter()
        self._by_beginning: defaultdict[Beginning, list[BaseRoute]] = defaultdict(list)

    def add(self, router: APIRouter) -> None:
        """Its routes, as they are."""
        for route in router.routes:
            self.router.routes.append(route)
            for start in {beginning(context.path) for context in iter_route_contexts([route]) if context.path}:
                self._by_beginning[start].append(route)

    def include(self, router: APIRouter, prefix: str, **more: Any) -> None:
        """Its routes below the prefix, as `APIRouter.include_router` does it; those that begin alike together."""
        for start, routes in _alike(router, prefix):
            self.router.include_router(APIRouter(routes=routes), prefix=prefix, **more)
            self._by_beginning[start].append(self.router.routes[-1])

    def before(self, whole: ASGIApp) -> "Signed":
        """An application that asks the routes that begin as the request does, and `whole` for everything else."""
        return Signed(whole, self._by_beginning)


class Signed:
    """An ASGI application in front of the router with all routes."""

    def __init__(self, whole: ASGIApp, by_beginning: dict[Beginning, list[BaseRoute]]) -> None:
        self._whole = whole
        self._routers = {
            start: APIRouter(routes=routes, redirect_slashes=False, default=whole)
            for start, routes in by_beginning.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        await (self.asked(scope["path"]) if scope["type"] == "http" else self._whole)(scope, receive, send)

    def asked(self, path: str) -> ASGIApp:
        """Who is asked first about an address."""
        words = beginning(path)
        return self._routers.get(words) or self._routers.get(words[:1]) or self._whole


def beginning(path: str) -> Beginning:
    """The first words of an address or of a route's path; of a route's, those before its first parameter."""
    words = path.split("/", 4)[1 : 4 if path.startswith(API) else 3]
    return tuple(itertools.takewhile(lambda word: "{" not in word, words))


def _alike(router: APIRouter, prefix: str) -> Iterator[tuple[Beginning, list[BaseRoute]]]:
    found: defaultdict[Beginning, list[BaseRoute]] = defaultdict(list)
    for route in router.routes:
        found[beginning(f"{prefix}{getattr(route, 'path', '')}")].append(route)
    yield from found.items()
