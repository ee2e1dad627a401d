"""A customer registers a product on the public page: everything is taken, and what is odd is marked for a person."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from aftersales.auth import repository as auth
from aftersales.customers import repository as customers
from aftersales.files import service as files
from aftersales.ids import new_id
from aftersales.products import repository as products
from aftersales.products.repository import UnitView
from aftersales.search.rules import normal_identifier
from aftersales.status.changes import NewDocument, open_document
from aftersales.work import Work
from warranty import records
from warranty.machine import REGISTRATION
from warranty.models import WarrantyApplication, WarrantyRegistration
from warranty.rules.checks import MANY_DAYS, Told, flags
from warranty.service import registrations

AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Application:
    """What the customer filled in. `phone` in E.164; `proof` the photo or PDF with its name."""

    number: str
    model: str
    name: str
    phone: str
    language: str
    purchased_on: date
    invoice_number: str
    branch_id: UUID
    proof: tuple[str, bytes] | None = None


async def apply(work: Work, body: Application) -> str:
    """Take the registration in, to be checked by a person. Returns its number.

    The same number from the same phone within a day is the same registration, not another. Whether the product or the
    phone is known is told to nobody here. Raises NotFound (`auth.unknown_branch`), or what `files.store` raises.
    """
    system = work.as_system()
    normal = normal_identifier(body.number)
    again = await records.applied(system.session, system.scope, normal, body.phone, since=work.now - AGAIN)
    if again is not None:
        return again
    branch = await auth.branch(system.session, system.scope, body.branch_id)
    found = await products.by_identifier(system.session, system.scope, body.number)
    unit = found[0] if found else None
    terms = await registrations.own_terms(system, unit, body.purchased_on) if unit is not None else None
    registration_id = new_id()
    new = NewDocument(
        stream_id=unit.id if unit is not None else registration_id,
        branch_id=branch.id,
        number=await registrations.number_for(work, branch),
        unit_id=unit.id if unit is not None else None,
        customer_id=unit.customer_id if unit is not None else None,
        new_stream=unit is None,
    )
    raised = flags(await _told(system, body, unit))
    await system.post(open_document(REGISTRATION, registration_id, "register", new))
    work.session.add(
        WarrantyRegistration(
            id=registration_id,
            unit_id=new.unit_id,
            purchased_on=body.purchased_on,
            policy_id=terms,
            flags=[flag.value for flag in raised],
            checked=[],
        )
    )
    await work.session.flush()
    file_id = None
    if body.proof is not None:
        name, data = body.proof
        stored = await files.store(
            system, stream_id=new.stream_id, document_id=registration_id, kind="invoice", filename=name, data=data
        )
        file_id = stored.id
    work.session.add(
        WarrantyApplication(
            id=registration_id,
            number=body.number,
            normal=normal,
            model=body.model,
            name=body.name,
            phone=body.phone,
            language=body.language,
            invoice_number=body.invoice_number,
            file_id=file_id,
            sent_at=work.now,
        )
    )
    await work.session.flush()
    return new.number


async def _told(system: Work, body: Application, unit: UnitView | None) -> Told:
    """What the checks look at."""
    holders = await customers.by_phone(system.session, system.scope, body.phone)
    registered = unit is not None and await records.is_registered(system.session, system.scope, unit.id)
    return Told(
        number=body.number,
        purchased_on=body.purchased_on,
        known=unit is not None,
        phone_known=unit is not None and any(one.id == unit.customer_id for one in holders),
        registered=registered,
        manufactured_on=unit.manufactured_on if unit is not None else None,
        recent=await records.recent_from(
            system.session, system.scope, body.phone, since=system.now - timedelta(days=MANY_DAYS)
        ),
        proof=body.proof is not None,
    )
