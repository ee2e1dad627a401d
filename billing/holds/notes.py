"""What staff read beside a security that a gateway holds."""

from aftersales.i18n import N_, day_time
from billing.holds.machine import ASKED
from billing.holds.models import CardHold


def notes(status: str, row: CardHold, zone: str) -> list[str]:
    """What staff have to know of a security at a gateway."""
    found = []
    if status in ASKED:
        when = day_time(row.asked_until, zone)
        found.append(N_("The customer has a link, and is waited for until {when}.").format(when=when))
        if row.refused:
            found.append(N_("Their last card was refused. They can try another one."))
    if status == "held" and row.held_until is not None:
        found.append(N_("The bank holds it until {when}.").format(when=day_time(row.held_until, zone)))
    if row.differs_at is not None:
        found.append(N_("It was captured at the gateway by hand. Compare it there, then write down here what is true."))
    return found
