"""The manifest of calls."""

from aftersales.i18n import N_
from aftersales.module import Module, Panel
from aftersales.voice.holdings import HOLDINGS
from aftersales.voice.hooks import hooks
from aftersales.voice.panels import calls
from aftersales.voice.permissions import PERMISSIONS, ROLES, VIEW

MODULE = Module(
    name="voice",
    title="Calls",
    package="aftersales.web",
    summary="Updates spoken in the customer's language and answered by keys; callers; who waits to be called.",
    permissions=PERMISSIONS,
    roles=ROLES,
    pages=(hooks,),
    panels=(Panel("case.right", "calls", N_("Calls"), "desk/calls.html", calls, VIEW, 60),),
    holdings=HOLDINGS,
)
