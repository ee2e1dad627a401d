"""Which policy applies to a unit, and which of its versions."""

from collections.abc import Iterable
from datetime import date

from aftersales.policies.repository import PolicyView
from aftersales.products.repository import UnitView


def codes_for(unit: UnitView) -> list[str]:
    """The policies that may apply to a unit, the closest first."""
    return [f"product:{unit.product_id}", f"category:{unit.category_code}", "default"]


def in_force(versions: Iterable[PolicyView], on: date) -> PolicyView | None:
    """Of the versions of one policy the one that holds on a day; None before the first."""
    begun = [one for one in versions if one.effective_from <= on]
    return max(begun, key=lambda one: (one.effective_from, one.version), default=None)
