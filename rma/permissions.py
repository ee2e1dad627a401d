"""Permissions about returns, and the roles that hold them by default."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

VIEW = "return.view"
REQUEST = "return.request"
RECEIVE = "return.receive"
INSPECT = "return.inspect"
SETTLE = "return.settle"
EXCHANGE = "return.exchange"

PERMISSIONS = (
    Permission(VIEW, N_("See returns")),
    Permission(REQUEST, N_("Ask for a return in a customer's name")),
    Permission("return.authorise", N_("Authorise and reject returns")),
    Permission(RECEIVE, N_("Receive returns and give them back")),
    Permission(INSPECT, N_("Inspect returns and decide their use")),
    Permission(SETTLE, N_("Say what was paid and how a return is settled")),
    Permission(EXCHANGE, N_("Hand over another product in exchange")),
)

_ALL = frozenset(p.name for p in PERMISSIONS)

ROLES = (
    Role("coordinator", N_("Service coordinator"), _ALL),
    Role("manager", N_("Service manager"), _ALL),
    Role("service_engineer", N_("Service engineer"), frozenset({VIEW, REQUEST, RECEIVE, INSPECT, EXCHANGE})),
    Role("finance", N_("Finance"), frozenset({VIEW})),
)
