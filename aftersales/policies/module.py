"""The manifest of policies."""

from aftersales.module import Module
from aftersales.policies.holdings import HOLDINGS
from aftersales.policies.listings import LISTINGS
from aftersales.policies.permissions import PERMISSIONS, ROLES
from aftersales.policies.routes import api

MODULE = Module(
    name="policies",
    title="Policies",
    package="aftersales",
    summary="Published, immutable versions of warranty terms, return rules and whatever else we are held to.",
    permissions=PERMISSIONS,
    roles=ROLES,
    listings=LISTINGS,
    api=(api,),
    holdings=HOLDINGS,
)
