"""The policy on returns that the demonstration company has published, in words that customers read."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from aftersales.i18n import N_
from aftersales.work import Work
from rma import service
from rma.rules import Basis, Condition, Reason, Terms
from rma.schemas import PublishTerms

WORDS: Mapping[str, str] = {
    "1.1": N_("A product can be returned or exchanged within 30 days of its installation or delivery."),
    "1.2": N_("A product can be returned or exchanged within 10 days of its delivery."),
    "2.1": N_("Household appliances, televisions and phones can be returned or exchanged."),
    "2.2": N_("Household appliances and televisions can be returned or exchanged."),
    "3.1": N_(
        "We take back what does not work, came damaged, is not what was ordered or not as described. What works and is "
        "no longer wanted we do not take back."
    ),
    "4.1": N_("Please keep the invoice, the box and everything that came with it."),
    "4.2": N_("The product must be complete and show no damage from use."),
    "4.3": N_("We need the invoice, or another proof of where and when you bought it."),
    "2.3": N_("Final sale: it is taken back only if it is faulty, came damaged or is not what was ordered."),
    "5.1": N_("If we take back what works, a tenth of what you paid is kept for checking and packing it."),
    "5.2": N_("We pay for the way to us and back, unless it works and is no longer wanted: then you pay."),
    "6.1": N_("What we cannot take back and still works, we buy from you for a fifth of what you paid."),
}

_HOME = ("washing_machine", "refrigerator", "air_conditioner", "mixer", "television", "microwave")
FINAL_SALE = ("WG-2",)
"""Models that are sold as they stand."""
_REASONS = tuple(reason for reason in Reason if reason is not Reason.CHANGED_MIND)

_FIRST = Terms(10, "1.2", (Basis.DELIVERY, Basis.PURCHASE), _HOME, "2.2", _REASONS, "3.1", ("4.1",))
_LONGER = replace(_FIRST, days=30, window_clause="1.1", categories=(*_HOME, "phone"), category_clause="2.1")
_INSTALLED = replace(_LONGER, counted_from=(Basis.INSTALLATION, Basis.DELIVERY), conditions=("4.1", "4.2"))
_WITH_FEE = replace(_INSTALLED, fee_percent=Decimal(10), fee_reasons=(Reason.CHANGED_MIND,), fee_clause="5.1")
_WHOLE = replace(
    _WITH_FEE,
    conditions=("4.1",),
    accepts=(Condition.UNUSED, Condition.USED),
    condition_clause="4.2",
    proof_clause="4.3",
    final_sale=FINAL_SALE,
    final_sale_reasons=_REASONS,
    final_sale_clause="2.3",
    freight_reasons=_REASONS,
    freight_clause="5.2",
    at_once=True,
    buy_back_percent=Decimal(20),
    buy_back_clause="6.1",
)

VERSIONS = (
    (date(2015, 1, 1), _FIRST),
    (date(2022, 4, 1), _LONGER),
    (date(2024, 1, 1), _INSTALLED),
    (date(2026, 4, 1), _WHOLE),
)
"""From when each version holds, the older before the newer."""


async def publish_all(work: Work) -> None:
    """Publish all of them, as a caller who may reach into the past (`work.origin` other than live)."""
    for effective_from, terms in VERSIONS:
        words = {clause: WORDS[clause] for clause in sorted(terms.clauses())}
        await service.publish(work, PublishTerms(effective_from=effective_from, terms=terms, words=words))
