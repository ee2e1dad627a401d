"""The terms that the demonstration company has published, version by version, in words that customers read.

They are also a start for a company of one's own: publish them with other months.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from aftersales.i18n import N_
from aftersales.work import Work
from warranty.rules import Aftercare, Basis, Component, CostClass, Exclusion, Plan, Replacing, Share, Terms
from warranty.rules.goodwill import Allowance, GoodwillTerms, Level
from warranty.schemas import PublishGoodwill, PublishTerms
from warranty.service import goodwill, publishing

WORDS: Mapping[str, str] = {
    "1.1": N_("Faults of material and workmanship are repaired free of charge as long as the cover lasts."),
    "2.1": N_("The cover begins on the day of installation; without one, on the day of delivery, then of purchase."),
    "2.2": N_("The cover begins on the day of purchase."),
    "3.1": N_(
        "Your invoice shows how old the product is. Without it we look at the registration, then at our installation "
        "job, the dealer's record, and last at the date of manufacture by the serial number. A product need not be "
        "registered to be covered."
    ),
    "3.2": N_("In the first six months a cause that has not been proven counts as covered."),
    "4.1": N_("Damage by water, fire, lightning or a fall is not covered."),
    "4.2": N_("Damage by rodents or insects, such as gnawed wires, is not covered."),
    "4.3": N_("Damage by a mains voltage outside 170 to 270 volts is not covered."),
    "4.4": N_("What others than our technicians have changed or repaired is not covered."),
    "4.5": N_("Parts that wear with use, such as brushes, filters and jars, are not covered; the work on them is."),
    "1.2": N_("Filters, bulbs and other consumables are replaced free of charge in the first three months."),
    "1.3": N_("The parts of the compressor are covered for ten years from installation; the work on it as all else."),
    "1.4": N_("The parts of the motor are covered for ten years from installation; the work on it as all else."),
    "2.3": N_("The plan begins on the day it was bought."),
    "5.1": N_(
        "What we have repaired is covered for 90 days more, even after the warranty has ended. A product that takes "
        "the place of yours keeps the rest of its warranty. No cover ends earlier because of a repair or a replacement."
    ),
    "5.2": N_(
        "If the product fails within its first seven days, fails a third time in the same way, or waits three weeks "
        "for a part, we offer you the same model, an equal one, a better one, or what is left of its price."
    ),
    "6.1": N_("The plan pays a part of the parts, up to a yearly amount."),
    "6.2": N_(
        "The plan can be bought within two years of the purchase. It begins to cover repairs 15 days later, for four "
        "repairs in its year."
    ),
    "6.3": N_("The plan also pays for damage by water or a fall, in part and up to an amount."),
    "6.4": N_("The plan goes to a new owner only if both agree."),
    "4.6": N_("A broken screen and liquid inside the phone are not covered."),
}

_COMPRESSOR = Component("compressor", ("CO-*", "31-*"), {CostClass.PARTS: 120}, "1.3")
_MOTOR = Component("motor", ("MO-*",), {CostClass.PARTS: 120}, "1.4")
_AFTERCARE = Aftercare("5.1", repair_days=90)
_REPLACING = Replacing("5.2")
# Above this a repair under warranty is looked at before it is done: ₹15,000.
_ASK_ABOVE = 1_500_000
_WEAR = Exclusion("4.5", ("WE-*",), (CostClass.PARTS,))
_LIQUID = Exclusion("4.1", ("LQ", "LQ-*", "FI-*", "FA-*"))
_RODENTS = Exclusion("4.2", ("RD-*", "IN-*"))
_VOLTAGE = Exclusion("4.3", ("PS", "PS-*", "VO-*"))
_OTHERS = Exclusion("4.4", ("TP-*",))
_SCREEN = Exclusion("4.6", ("SC-*", "LQ", "LQ-*"))
_INSTALLED = (Basis.INSTALLATION, Basis.DELIVERY, Basis.PURCHASE)


def _terms(parts: int, labour: int, visit: int, *exclusions: Exclusion, start: tuple[Basis, ...] = _INSTALLED) -> Terms:
    return Terms(
        months={CostClass.PARTS: parts, CostClass.LABOUR: labour, CostClass.VISIT: visit},
        cover_clause="1.1",
        start=start,
        start_clause="2.1" if start == _INSTALLED else "2.2",
        proof_clause="3.1",
        exclusions=exclusions,
        presumption_clause="3.2",
    )


def _now(terms: Terms, *components: Component) -> Terms:
    """The terms with what they grant since April 2026: consumables, components, repairs that are covered themselves."""
    return replace(
        terms,
        months={**terms.months, CostClass.CONSUMABLES: 3},
        consumables_clause="1.2",
        components=components,
        aftercare=_AFTERCARE,
        ask_above_minor=_ASK_ABOVE,
        replacing=_REPLACING,
    )


_PLAN = Terms(
    months=dict.fromkeys((CostClass.PARTS, CostClass.LABOUR, CostClass.VISIT, CostClass.ACCIDENT), 12),
    cover_clause="1.1",
    start=(Basis.PLAN,),
    start_clause="2.3",
    proof_clause="3.1",
    exclusions=(_LIQUID, _RODENTS, _OTHERS),
    presumption_clause="3.2",
    shares={CostClass.PARTS: Share(80, 1_000_000), CostClass.ACCIDENT: Share(50, 500_000)},
    share_clause="6.1",
    accidents=("LQ", "LQ-*", "FA-*"),
    accident_clause="6.3",
    plan=Plan("6.2", waiting_days=15, window_days=730, max_claims=4, benefit_minor=2_500_000, upkeep_visits=2),
    transfer_clause="6.4",
    ask_above_minor=_ASK_ABOVE,
)
"""A year's plan for whoever wants more than the warranty: four repairs, most of the parts, accidents in part."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the company's terms."""

    code: str
    effective_from: date
    terms: Terms


_LAST = (_LIQUID, _RODENTS, _VOLTAGE, _OTHERS, _WEAR)
_HOME = (
    ("default", date(2015, 1, 1), _terms(12, 12, 6, _LIQUID, _OTHERS)),
    ("default", date(2021, 4, 1), _terms(12, 12, 12, _LIQUID, _RODENTS, _OTHERS)),
    ("default", date(2024, 4, 1), _terms(12, 12, 12, *_LAST)),
    ("category:washing_machine", date(2015, 1, 1), _terms(12, 12, 6, _LIQUID, _OTHERS)),
    ("category:washing_machine", date(2018, 4, 1), _terms(12, 12, 12, _LIQUID, _OTHERS)),
    ("category:washing_machine", date(2020, 4, 1), _terms(24, 12, 12, _LIQUID, _OTHERS)),
    ("category:washing_machine", date(2021, 10, 1), _terms(24, 12, 12, _LIQUID, _RODENTS, _OTHERS)),
    ("category:washing_machine", date(2023, 4, 1), _terms(24, 24, 12, _LIQUID, _RODENTS, _OTHERS)),
    ("category:washing_machine", date(2024, 10, 1), _terms(24, 24, 12, *_LAST)),
    ("category:washing_machine", date(2026, 1, 1), _terms(24, 24, 24, *_LAST)),
    ("category:refrigerator", date(2015, 1, 1), _terms(12, 12, 12, _LIQUID, _OTHERS)),
    ("category:refrigerator", date(2023, 4, 1), _terms(24, 24, 12, *_LAST)),
    ("category:air_conditioner", date(2015, 1, 1), _terms(12, 12, 12, _LIQUID, _OTHERS)),
    ("category:air_conditioner", date(2023, 4, 1), _terms(24, 12, 12, *_LAST)),
    ("category:washing_machine", date(2026, 4, 1), _now(_terms(24, 24, 24, *_LAST), _MOTOR)),
    ("category:refrigerator", date(2026, 4, 1), _now(_terms(24, 24, 12, *_LAST), _COMPRESSOR)),
    ("category:air_conditioner", date(2026, 4, 1), _now(_terms(24, 12, 12, *_LAST), _COMPRESSOR)),
    ("default", date(2026, 4, 1), _now(_terms(12, 12, 12, *_LAST))),
    ("plan:comfort", date(2024, 4, 1), _PLAN),
    ("category:phone", date(2015, 1, 1), _terms(12, 12, 0, _SCREEN, _OTHERS, start=(Basis.PURCHASE,))),
    ("category:phone", date(2024, 1, 1), _terms(12, 12, 12, _SCREEN, _OTHERS, start=(Basis.PURCHASE,))),
)

VERSIONS: Sequence[Version] = tuple(Version(*row) for row in _HOME)
"""Every version, the older ones of a policy before the newer."""


GOODWILL = GoodwillTerms(
    "INR",
    (Allowance(Level.EVERYDAY, 200_000, 1_000_000), Allowance(Level.LARGE, 1_000_000, 5_000_000)),
)
"""What staff may give: ₹2,000 on a claim and ₹10,000 in thirty days; managers ₹10,000 and ₹50,000."""


async def publish_all(work: Work) -> None:
    """Publish all of them and what staff may give, as a caller who may reach into the past (`work.origin` not live)."""
    for version in VERSIONS:
        named = sorted(version.terms.clauses())
        body = PublishTerms(
            code=version.code,
            effective_from=version.effective_from,
            terms=version.terms,
            words={clause: WORDS[clause] for clause in named},
        )
        await publishing.publish(work, body)
    await goodwill.publish(work, PublishGoodwill(effective_from=date(2015, 1, 1), terms=GOODWILL))
