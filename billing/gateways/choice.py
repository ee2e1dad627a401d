"""Which gateway takes cards under these settings."""

import pkgutil

from aftersales.config import Settings
from billing.gateways import CardHolds

# Loaded where it is used: the library is large, and most installations take no cards online.
STRIPE = "billing.gateways.stripe_holds:StripeHolds"


def card_holds(settings: Settings) -> CardHolds | None:
    """The gateway that holds amounts on cards; None where its keys are not set."""
    if settings.stripe_key is None:
        return None
    made: CardHolds = pkgutil.resolve_name(STRIPE)(settings.stripe_key.get_secret_value(), settings.stripe_url)
    return made
