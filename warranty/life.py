"""What the manifest of warranty says of the later life of a cover: another owner, another product, its end."""

from aftersales.i18n import N_
from aftersales.module import Action, Panel, Subscriber, TimerHandler
from aftersales.status.machine import By
from warranty import handlers, life_tells, offer_cards, offer_tells, schemas, track_pages
from warranty.life_machines import OFFER, TRANSFER
from warranty.permissions import VIEW
from warranty.service import fulfilling, goodwill, living, replacing, transferring

MACHINES = (TRANSFER, OFFER)

ACTIONS = (
    Action("warranty_registration", "transfer_asked", transferring.ask, schemas.AskTransfer, primary=True),
    Action("warranty_transfer", "consent_given", transferring.consent, schemas.Consent, primary=True),
    Action("warranty_transfer", "consent_given", transferring.agree, schemas.Nothing, by=By.CUSTOMER),
    Action("warranty_transfer", "decline", transferring.decline, schemas.Disagreed),
    Action("warranty_transfer", "decline", transferring.refuse, schemas.Nothing, by=By.CUSTOMER),
    Action("warranty_transfer", "withdraw", transferring.withdraw, schemas.Reason),
    Action(
        "warranty_claim",
        "goodwill_given",
        goodwill.give,
        schemas.GiveGoodwill,
        blocked=goodwill.nothing_to_give,
    ),
    Action("replacement_offer", "take_up", replacing.take_up, schemas.TakeUp, options=offer_cards.options),
    Action(
        "replacement_offer",
        "take_up",
        replacing.take_up,
        schemas.TakeUp,
        options=offer_cards.options,
        by=By.CUSTOMER,
    ),
    Action("replacement_offer", "decline", replacing.decline, schemas.Nothing),
    Action("replacement_offer", "decline", replacing.decline, schemas.Nothing, by=By.CUSTOMER),
    Action(
        "replacement_offer",
        "fulfil",
        fulfilling.fulfil,
        schemas.Fulfil,
        primary=True,
        blocked=fulfilling.no_product,
    ),
    Action(
        "replacement_offer",
        "give_money",
        fulfilling.give_money,
        schemas.GiveMoney,
        primary=True,
        options=fulfilling.ways,
        blocked=fulfilling.no_money,
    ),
    Action("replacement_offer", "withdraw", replacing.withdraw, schemas.Refusal),
)
_MINE = "warranty/track_mine.html"
PANELS = (
    Panel("track.later", "registered", N_("Your registration"), _MINE, track_pages.on_case, rank=60),
    # By the name of its machine: the page offers the same verbs nowhere else.
    Panel(
        "track.turn",
        "replacement_offer",
        N_("A replacement for your product"),
        "warranty/track_offer.html",
        offer_cards.on_track,
        rank=20,
    ),
    Panel("case.left", "offers", N_("Replacement"), "warranty/offers.html", offer_cards.on_case, VIEW, 35),
    Panel("track.unit", "registered", N_("Your warranty"), _MINE, track_pages.on_unit, rank=10),
)
TIMERS = (
    TimerHandler(transferring.LAPSE, transferring.lapse),
    TimerHandler(replacing.PART, replacing.part_still_missing),
    TimerHandler(living.LOOK, living.look),
    TimerHandler(living.UPKEEP, living.upkeep),
)
SUBSCRIBERS = (
    Subscriber("warranty.part_missing", handlers.part_missing, machine="repair_order", to=frozenset({replacing.WAITS})),
    Subscriber(
        "warranty.registered",
        handlers.registered,
        machine="warranty_registration",
        to=frozenset({"active"}),
        origins=frozenset({"live", "import", "demo"}),
    ),
)
TELLS = (*life_tells.TELLS, *offer_tells.TELLS)
