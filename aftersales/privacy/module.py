"""The manifest of handing out and letting go."""

from aftersales.module import Module
from aftersales.privacy.holdings import HOLDINGS
from aftersales.privacy.permissions import PERMISSIONS, ROLES
from aftersales.privacy.routes import api

MODULE = Module(
    name="privacy",
    title="Personal data",
    package="aftersales",
    summary="Everything about one customer handed out, or let go as the law says.",
    permissions=PERMISSIONS,
    roles=ROLES,
    api=(api,),
    holdings=HOLDINGS,
)
