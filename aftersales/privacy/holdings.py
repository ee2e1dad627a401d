"""The records of erasures: counts and reasons, and nobody's name."""

from aftersales.i18n import N_
from aftersales.module import Holding

HOLDINGS = (Holding("erasures", N_("Records of erasures"), plain=frozenset({"erasure.report"})),)
