"""The manifest of webhooks."""

from aftersales.module import Job, Module, Subscriber, TimerHandler
from aftersales.webhooks import handlers, repository, service
from aftersales.webhooks.holdings import HOLDINGS
from aftersales.webhooks.permissions import PERMISSIONS, ROLES
from aftersales.webhooks.routes import api

MODULE = Module(
    name="webhooks",
    title="Webhooks",
    package="aftersales",
    summary="What happens, sent to other systems: signed, in order, for three days, without personal data.",
    permissions=PERMISSIONS,
    roles=ROLES,
    subscribers=(Subscriber("webhooks.fan_out", handlers.on_posted, only_while=repository.any_active),),
    jobs=(Job(service.JOB, handlers.deliver, lease=handlers.LEASE, max_attempts=handlers.MAX_ATTEMPTS),),
    timers=(TimerHandler(handlers.CLEAN, handlers.on_clean),),
    api=(api,),
    holdings=HOLDINGS,
)
