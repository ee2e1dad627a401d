"""Where providers post what became of a letter, and what people sent us. The gate's signature decides who is heard."""

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from aftersales import clock, metrics
from aftersales.auth import limits
from aftersales.errors import Forbidden, Invalid, NotFound, TooMany
from aftersales.http import Services, services
from aftersales.scope import SYSTEM
from aftersales.updates import inbound, receipts
from aftersales.updates.channels import Gate, Greeting, Heard, Inbound, Receipt
from aftersales.updates.channels.ways import ways_on
from aftersales.work import Work

hooks = APIRouter(prefix="/hooks", include_in_schema=False)


@hooks.post("/{name}", name="hook")
async def heard(request: Request, name: str) -> Response:
    """Take in one request of a provider; it is answered once all of it is kept. Raises NotFound, Forbidden, Invalid."""
    found = services(request)
    gate = _gate(found, name)
    await _counted(request, found)
    now = clock.now()
    try:
        said = gate.read(await _request(request, found), now)
    except (Forbidden, Invalid):
        metrics.HEARD.labels(gate.name, "refused").inc()
        raise
    async with found.database.unit_of_work() as session:
        work = Work(session, SYSTEM, found.registry, found.numbers, found.settings, now)
        await receipts.receive(work, gate.name, [one for one in said if isinstance(one, Receipt)])
        new = await inbound.keep(work, [one for one in said if isinstance(one, Inbound)])
        metrics.on_commit(session.info, metrics.HEARD.labels(gate.name, "kept"), len(new))
    return Response(status_code=204)


@hooks.get("/{name}", name="hook_greeting")
async def tried(request: Request, name: str) -> Response:
    """A provider tries the address before it uses it."""
    found = services(request)
    gate = _gate(found, name)
    if not isinstance(gate, Greeting):
        raise _unknown()
    await _counted(request, found)
    return PlainTextResponse(gate.greet(await _request(request, found)))


def _gate(found: Services, name: str) -> Gate:
    gate = ways_on(found.registry, found.settings).gates.get(name)
    if gate is None:
        raise _unknown()
    return gate


def _unknown() -> NotFound:
    return NotFound("updates.no_gate", "Nobody is expected to post here.")


async def _request(request: Request, found: Services) -> Heard:
    """The address as the provider was given it: a proxy may have changed scheme and host on the way."""
    query = f"?{request.url.query}" if request.url.query else ""
    return Heard(
        url=f"{found.settings.base_url}{request.url.path}{query}",
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.body(),
        query=dict(request.query_params),
    )


async def _counted(request: Request, found: Services) -> None:
    limit = limits.per_minute("hook", found.settings.hook_requests_per_minute)
    address = request.client.host if request.client else ""
    async with found.database.unit_of_work() as session:
        wait = await limits.take(session, [(limit, address)], clock.now())
    if wait is not None:
        raise TooMany(
            "updates.too_many_hooks", "Too many requests. Wait as long as Retry-After says.", retry_after=wait
        )
