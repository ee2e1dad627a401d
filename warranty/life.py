"""What the manifest of warranty says of a registration's later life: it passes to a new owner."""

from aftersales.i18n import N_
from aftersales.module import Action, Panel, TimerHandler
from aftersales.status.machine import By
from warranty import schemas, track_pages
from warranty.service import transferring

ACTIONS = (
    Action("warranty_registration", "transfer_asked", transferring.ask, schemas.AskTransfer),
    Action("warranty_transfer", "consent_given", transferring.consent, schemas.Consent, primary=True),
    Action("warranty_transfer", "consent_given", transferring.agree, schemas.Nothing, by=By.CUSTOMER),
    Action("warranty_transfer", "decline", transferring.decline, schemas.Disagreed),
    Action("warranty_transfer", "decline", transferring.refuse, schemas.Nothing, by=By.CUSTOMER),
    Action("warranty_transfer", "withdraw", transferring.withdraw, schemas.Reason),
)
_MINE = "warranty/track_mine.html"
PANELS = (
    Panel("track.later", "registered", N_("Your registration"), _MINE, track_pages.on_case, rank=60),
    Panel("track.unit", "registered", N_("Your warranty"), _MINE, track_pages.on_unit, rank=10),
)
TIMERS = (TimerHandler(transferring.LAPSE, transferring.lapse),)
