"""The composition root of the server: settings, database, registry, routes and what stands around every request."""

import contextlib
from collections.abc import AsyncIterator
from functools import lru_cache
from importlib.resources import as_file, files

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from aftersales import __doc__ as summary
from aftersales.config import Settings, load_settings
from aftersales.db.session import Database
from aftersales.http import Services
from aftersales.operations.backlog import Backlog
from aftersales.operations.gauges import Gauges
from aftersales.operations.port import opened
from aftersales.operations.readiness import Readiness
from aftersales.outbox.live import Live
from aftersales.outbox.wake import Waker
from aftersales.phones import REGIONS
from aftersales.registry import Registry, load_registry
from aftersales.status.numbers import Numbers
from aftersales.web import accounts, actions, health, lists, live, policies, signin, waiting
from aftersales.web import api as own
from aftersales.web import errors as web_errors
from aftersales.web.desk import (
    account,
    api_clients,
    branches,
    calls,
    case,
    cases,
    customers,
    hours,
    imports,
    inbox,
    lives,
    mailbox,
    new_case,
    privacy,
    promises,
    promises_report,
    reports,
    staff,
    texts,
    today,
    webhooks,
    wishes,
)
from aftersales.web.edge import BodyLimit, Headers, Traced
from aftersales.web.openapi import RESPONSES, describe
from aftersales.web.render import Templates
from aftersales.web.signposts import Signposts
from aftersales.web.track import actions as track_actions
from aftersales.web.track import page as track
from aftersales.web.track import preferences

PREFIXES = ("/api/v1", "/desk", "/track")
DESK = (
    signin,
    account,
    api_clients,
    staff,
    branches,
    texts,
    today,
    inbox,
    cases,
    case,
    new_case,
    calls,
    customers,
    hours,
    imports,
    lives,
    mailbox,
    privacy,
    promises,
    promises_report,
    reports,
    webhooks,
    lists,
    live,
    health,
    wishes,
)


def create_app(settings: Settings | None = None, *, registry: Registry | None = None) -> FastAPI:
    """The ASGI application. `settings` default to the environment; `registry` to all installed modules."""
    settings = settings or load_settings()
    registry = registry or load_registry(settings.module_names)
    if settings.database_url is None:
        raise RuntimeError("no database: the command line starts one and names it")
    if settings.country not in REGIONS:
        raise ValueError(f"AFTERSALES_COUNTRY={settings.country} is no country; give its two letters, such as IN")
    database = Database(settings.database_url)
    hub = Live(database)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:  # noqa: ARG001 - the protocol's shape
        gauges = Gauges(database, lambda: hub.watching)
        port = opened(settings, Readiness(database), Backlog(database, registry), gauges)
        async with Waker(database), hub, port:
            yield
        await database.dispose()

    app = FastAPI(
        title="Aftersales",
        summary=summary,
        version="1",
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = Services(settings, database, registry, Numbers(database))
    app.state.templates = Templates(registry)
    app.state.live = hub
    with as_file(files("aftersales.web").joinpath("static")) as folder:
        # Pages hold secrets and are sent as they are; what is the same for everybody may be squeezed.
        app.mount("/static", GZipMiddleware(StaticFiles(directory=folder)), name="static")
    routes = _routes(registry)
    app.router.routes += routes.router.routes
    app.router.middleware_stack = routes.before(app.router.app)
    web_errors.install(app)
    describe(app)
    app.add_middleware(BodyLimit, json_bytes=settings.body_max_bytes, upload_bytes=settings.upload_max_bytes)
    app.add_middleware(Headers, https=settings.base_url.startswith("https:"), prefixes=PREFIXES)
    if settings.otlp_url is not None:
        app.add_middleware(Traced)
    return app


@lru_cache(maxsize=8)
def _routes(registry: Registry) -> Signposts:
    """Everything that the loaded modules offer. Built once for a registry, however many applications serve it: what
    becomes of its parameters takes a second to work out.
    """
    made = Signposts()
    verbs, forms = actions.routers(registry)
    files, downloads = lists.routers(registry)
    api = [
        verbs,
        files,
        own.public,
        waiting.public,
        own.api,
        accounts.api,
        *(router for module in registry.modules for router in module.api),
    ]
    for router in api:
        made.include(router, "/api/v1", responses=RESPONSES)
    for module in registry.modules:
        for router in module.pages:
            made.add(router)
    made.include(forms, "/desk", include_in_schema=False)
    made.include(downloads, "/desk", include_in_schema=False)
    made.include(track_actions.router(registry), "/track", include_in_schema=False)
    made.add(track.router)
    made.add(waiting.pages)
    made.add(policies.pages)
    made.add(preferences.router)
    for part in DESK:
        made.add(part.router)
    return made
