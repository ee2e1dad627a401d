"""Published policies are about nobody."""

from aftersales.i18n import N_
from aftersales.module import Holding

HOLDINGS = (
    Holding(
        "policies",
        N_("Policies"),
        plain=frozenset({"policy.kind", "policy.code", "policy.terms", "policy.words"}),
    ),
)
