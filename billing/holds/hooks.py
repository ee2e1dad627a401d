"""Where a gateway tells us that something has happened. Nothing is looked up before its signature is right."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from aftersales import clock
from aftersales.errors import NotFound
from aftersales.http import services
from aftersales.scope import SYSTEM
from aftersales.work import Work
from billing.gateways.signed import notice
from billing.holds import hearing

hooks = APIRouter(prefix="/hooks/billing", include_in_schema=False)


@hooks.post("/stripe", name="stripe_hook")
async def stripe(request: Request) -> Response:
    """Take in one event; answered once it is kept. Raises NotFound, Forbidden, Invalid."""
    found = services(request)
    secret = found.settings.stripe_hook_secret
    if secret is None:
        raise NotFound("gateway.off", "Nobody is expected to post here: Stripe's keys are not set.")
    now = clock.now()
    signature = request.headers.get("stripe-signature", "")
    said = notice(await request.body(), signature, secret.get_secret_value(), now)
    async with found.database.unit_of_work() as session:
        work = Work(session, SYSTEM, found.registry, found.numbers, found.settings, now)
        await hearing.heard(work, said)
    return Response(status_code=204)
