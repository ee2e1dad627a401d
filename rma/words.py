"""How a return is settled, in the customer's words. Pure."""

from collections.abc import Mapping

from aftersales.i18n import N_
from rma.worth import Resolution

SAID: Mapping[Resolution, str] = {
    Resolution.REFUND: N_("{amount} goes back to you the way you paid."),
    Resolution.STORE_CREDIT: N_("{amount} is kept as your credit with us."),
    Resolution.EXCHANGE: N_("You get another one in its place."),
    Resolution.REPLACEMENT: N_("You get another one in its place."),
    Resolution.REPAIR: N_("We repair it and give it back to you."),
    Resolution.KEEP_ITEM: N_("You keep it."),
    Resolution.RETURN_AS_IS: N_("It comes back to you as it is."),
}
"""What the customer gets, in words."""
WISHES: Mapping[Resolution, str] = {
    Resolution.REFUND: N_("My money back"),
    Resolution.EXCHANGE: N_("Another one in its place"),
    Resolution.STORE_CREDIT: N_("Credit for my next purchase"),
    Resolution.REPAIR: N_("A repair"),
}
"""What a customer may wish for."""
FEE_SAID = N_("A restocking fee of {amount} has been taken off, as our policy says.")
MORE_SAID = N_("It is another model, and you have paid {amount} more for it.")
LESS_SAID = N_("It is another model that costs less, and {amount} goes back to you.")
ACCEPTED_LATE = N_("We did not look at it in time, so your return counts as accepted.")
