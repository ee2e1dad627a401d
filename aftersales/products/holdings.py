"""What a customer owns."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update

from aftersales.db.holding import gone, told
from aftersales.i18n import N_
from aftersales.module import Holding
from aftersales.products.models import Product, Unit, UnitIdentifier
from aftersales.subject import Line, Subject, counted
from aftersales.work import Work

STANDS = N_("A unit keeps its serial numbers for warranty and recalls; it no longer leads to a person.")


async def export(work: Work, subject: Subject) -> Any:
    """The household's units with every number that they bear or bore."""
    units = select(Product.name.label("product"), *Unit.__table__.c).join(Product, Product.id == Unit.product_id)
    mine = select(Unit.id).where(Unit.customer_id == subject.customer_id)
    numbers = select(*UnitIdentifier.__table__.c).where(UnitIdentifier.unit_id.in_(mine))
    return {
        "units": await told(work.session, units.where(Unit.customer_id == subject.customer_id).order_by(Unit.id)),
        "numbers": await told(work.session, numbers.order_by(UnitIdentifier.id)),
    }


async def erase(work: Work, subject: Subject) -> Sequence[Line]:
    """The number of the shop's invoice. Units of a household whose others remain are left as they are."""
    alone = Unit.id.in_(subject.streams | subject.bought)
    invoices = update(Unit).where(alone, Unit.invoice_number.is_not(None)).values(invoice_number=None)
    units = select(func.count()).where(Unit.customer_id == subject.customer_id)
    kept = (await work.session.execute(units)).scalar_one()
    why = STANDS if subject.everybody else N_("The household's units: others own them too.")
    return counted(
        [
            await gone(work.session, N_("Numbers of shops' invoices"), invoices),
            Line(N_("Units"), kept, kept=True, why=why),
        ]
    )


HOLDINGS = (
    Holding(
        "units",
        N_("Units"),
        personal=frozenset({"unit.invoice_number"}),
        kept={"unit_identifier.value": STANDS, "unit_identifier.normal": STANDS},
        plain=frozenset(
            {
                "brand.name",
                "brand.accent",
                "brand.support_phone",
                "category.code",
                "category.name",
                "category.identifier_kinds",
                "product.model",
                "product.name",
                "product.currency",
            }
        ),
        export=export,
        erase=erase,
    ),
)
