"""The manifest of updates."""

from aftersales.module import DemoPart, Job, Module, Subscriber, TimerHandler, Ways
from aftersales.updates import handlers, receipts, sending
from aftersales.updates.channels.registry import channels_on, gates_on
from aftersales.updates.demo import fill, register
from aftersales.updates.holdings import HOLDINGS
from aftersales.updates.hooks import hooks
from aftersales.updates.listings import LISTINGS
from aftersales.updates.permissions import PERMISSIONS, ROLES
from aftersales.updates.routes import api
from aftersales.updates.service import SEND

MODULE = Module(
    name="updates",
    title="Customer updates",
    package="aftersales",
    summary="Who is told what, in which words, by which channel, and what became of it.",
    permissions=PERMISSIONS,
    roles=ROLES,
    api=(api,),
    pages=(hooks,),
    subscribers=(Subscriber("updates", handlers.on_change, together=handlers.on_changes),),
    timers=(
        TimerHandler("updates.code", handlers.on_code),
        TimerHandler(sending.NO_RECEIPT, handlers.on_no_receipt),
        TimerHandler(receipts.EARLY, handlers.on_early_receipt),
    ),
    jobs=(
        Job(
            SEND, handlers.on_turn, together=handlers.on_turns, lease=handlers.LEASE, max_attempts=handlers.MAX_ATTEMPTS
        ),
    ),
    listings=LISTINGS,
    demo=(DemoPart(95, fill), DemoPart(96, register)),
    holdings=HOLDINGS,
    ways=Ways(channels_on, gates_on),
)
