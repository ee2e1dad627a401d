"""The template that a provider knows a text by."""

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from aftersales.products.models import Brand, Product, Unit
from aftersales.status.models import Document
from aftersales.updates.matrix import APPROVED
from aftersales.updates.models import ChannelRegistration, CustomerUpdate
from aftersales.updates.records import Claimed
from aftersales.work import Work


async def approved(work: Work, claimed: Claimed, channel: str) -> tuple[str, str] | None:
    """Its name and head, for the brand of the matter; None while none is approved. For the worker alone."""
    u, r, case = CustomerUpdate, ChannelRegistration, aliased(Document)
    brand = func.coalesce(Brand.name, work.settings.brand_name)
    query = (
        select(r.name, r.header)
        .select_from(u)
        .join(Document, Document.id == u.document_id)
        .outerjoin(case, (case.id == u.stream_id) & (case.machine == "case"))
        .outerjoin(Unit, Unit.id == func.coalesce(case.unit_id, Document.unit_id))
        .outerjoin(Product, Product.id == Unit.product_id)
        .outerjoin(Brand, Brand.id == Product.brand_id)
        .join(r, (r.text == u.text) & (r.language == u.language) & (r.brand == brand))
        .where(u.id == claimed.id, r.channel == channel, r.state == APPROVED)
    )
    row = (await work.session.execute(query)).one_or_none()
    return (row.name, row.header) if row is not None else None
