"""The port of what went back to vendors: each becomes a claim on a supplier, or on the brand."""

from uuid import UUID

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.ids import new_id
from aftersales.money import Money
from aftersales.ports.vendors import SentBack
from aftersales.status.changes import NewDocument, open_document
from aftersales.work import Work
from warranty.recovery import owing
from warranty.recovery.machine import BRAND, SUPPLIER
from warranty.recovery.models import Recovery
from warranty.recovery.rules import due
from warranty.recovery.service.arising import number_for


class WarrantyVendors:
    """Claims as the system: whoever decides on returned goods may not see what suppliers owe."""

    async def sent_back(self, work: Work, goods: SentBack) -> UUID | None:
        """The supplier that covers the model is claimed on for its percentage, else the brand for all; what nobody
        knows the worth of counts by its price. None where that is nothing."""
        work = work.as_system()
        source = f"return:{goods.key}"
        known = await owing.of_source(work.session, work.scope, source)
        if known is not None:
            return known
        branch = await auth.branch(work.session, work.scope, goods.branch_id)
        on = clock.business_date(work.now, branch.timezone)
        vendor = await owing.vendor(work.session, work.scope, goods.product_id, on)
        value = goods.value or Money(vendor.currency, vendor.price_minor * goods.quantity)
        owed = due(value, vendor.percent if vendor.percent is not None else 100)
        if owed.minor <= 0:
            return None
        row = Recovery(
            id=new_id(),
            brand_id=None if vendor.supplier_id is not None else vendor.brand_id,
            supplier_id=vendor.supplier_id,
            source=source,
            unit_id=goods.unit_id,
            product_id=goods.product_id,
            quantity=goods.quantity,
            currency=owed.currency,
            due_minor=owed.minor,
            received_minor=0,
            reference="",
            ripe_at=work.now,
        )
        machine = SUPPLIER if vendor.supplier_id is not None else BRAND
        number = await number_for(work, branch.code, branch.timezone)
        new = NewDocument(stream_id=row.id, branch_id=branch.id, number=number, new_stream=True)
        await work.post(open_document(machine, row.id, "arise", new, data={"amount": owed.minor}))
        work.session.add(row)
        await work.session.flush()
        return row.id
