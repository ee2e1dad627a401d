"""The manifest of calls."""

from collections.abc import Mapping

from aftersales.config import Settings
from aftersales.i18n import N_
from aftersales.module import Action, Module, Panel, Ways
from aftersales.updates.channels import Channel, Gate
from aftersales.updates.channels.voice import voice_channel
from aftersales.voice import call_backs
from aftersales.voice.holdings import HOLDINGS
from aftersales.voice.hooks import hooks
from aftersales.voice.panels import calls
from aftersales.voice.permissions import PERMISSIONS, ROLES, VIEW
from aftersales.voice.schemas import PromiseCall
from aftersales.voice.tells import TELLS


def channels_on(settings: Settings) -> Mapping[str, Channel]:
    """The voice channel, once a provider has its keys."""
    channel = voice_channel(settings)
    return {} if channel is None else {channel.name: channel}


def gates_on(settings: Settings) -> Mapping[str, Gate]:  # noqa: ARG001 - calls have addresses of their own
    """None: how a call ended belongs to the call too, and is posted to `/voice/<provider>/status`."""
    return {}


MODULE = Module(
    name="voice",
    title="Calls",
    package="aftersales.web",
    summary="Updates spoken in the customer's language and answered by keys; callers; who waits to be called.",
    permissions=PERMISSIONS,
    roles=ROLES,
    actions=(Action("case", "call_asked", call_backs.promise, PromiseCall, options=call_backs.numbers),),
    pages=(hooks,),
    tells=TELLS,
    panels=(Panel("case.right", "calls", N_("Calls"), "desk/calls.html", calls, VIEW, 60),),
    holdings=HOLDINGS,
    ways=Ways(channels_on, gates_on),
)
