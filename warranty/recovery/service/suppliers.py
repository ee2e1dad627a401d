"""Suppliers, and what they cover."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from aftersales.errors import Conflict, Invalid
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.work import Work
from warranty.recovery import owing
from warranty.recovery.models import Supplier, SupplierCover
from warranty.recovery.permissions import SUPPLIERS
from warranty.recovery.schemas import CoverIn, SupplierIn


async def add(work: Work, body: SupplierIn) -> Supplier:
    """A supplier. Raises Forbidden, Conflict (`recovery.known_supplier`)."""
    work.scope.require(SUPPLIERS)
    row = Supplier(id=new_id(), code=body.code, name=body.name, created_at=work.now)
    await _kept(work, row, "recovery.known_supplier", N_("There is a supplier of this code already."))
    return row


async def cover(work: Work, supplier_id: UUID, body: CoverIn) -> SupplierCover:
    """What the supplier covers from a day on. Raises Forbidden, NotFound, Invalid (`recovery.span`), Conflict
    (`recovery.known_cover`)."""
    work.scope.require(SUPPLIERS)
    await owing.supplier(work.session, work.scope, supplier_id)
    if body.until is not None and body.until < body.since:
        words = N_("It ends before it begins.")
        raise Invalid("recovery.span", words, errors=[{"field": "until", "problem": words}])
    row = SupplierCover(id=new_id(), supplier_id=supplier_id, **body.model_dump())
    await _kept(work, row, "recovery.known_cover", N_("They cover this part from that day on already."))
    return row


async def _kept(work: Work, row: Supplier | SupplierCover, code: str, words: str) -> None:
    try:
        async with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError as error:
        raise Conflict(code, words) from error
