"""The cost classes in words, for whoever reads of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from aftersales.i18n import N_
from warranty.rules import CostClass

COSTS = {
    CostClass.PARTS: N_("parts"),
    CostClass.LABOUR: N_("labour"),
    CostClass.VISIT: N_("visit"),
    CostClass.CONSUMABLES: N_("consumables"),
    CostClass.ACCIDENT: N_("accidents"),
}


def months(terms: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """The months of each class that stored terms cover, for anybody to read; classes without any are left out."""
    held = terms.get("months", {})
    return [(words, str(held[cost.value])) for cost, words in COSTS.items() if held.get(cost.value)]
