"""The cost classes in words, for whoever reads of them."""

from aftersales.i18n import N_
from warranty.rules import CostClass

COSTS = {
    CostClass.PARTS: N_("parts"),
    CostClass.LABOUR: N_("labour"),
    CostClass.VISIT: N_("visit"),
    CostClass.CONSUMABLES: N_("consumables"),
    CostClass.ACCIDENT: N_("accidents"),
}
