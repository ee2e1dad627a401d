"""A case with a real document of every machine on it, made by the services that make them in life."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from uuid import UUID

from PIL import Image
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import clock
from aftersales.auth.models import ApiClient
from aftersales.cases import service as cases
from aftersales.cases.schemas import Nothing, OpenCase, PersonOnMatterIn
from aftersales.customers import repository as customers
from aftersales.files import service as files
from aftersales.ids import new_id
from aftersales.imports.models import ImportRun
from aftersales.inbox.models import InboxDraft, InboxPhoto
from aftersales.money import Money
from aftersales.outbox.models import Delivery
from aftersales.policies.models import Policy
from aftersales.ports.charges import ChargeLine, PayBack
from aftersales.ports.vendors import SentBack
from aftersales.privacy.models import Erasure
from aftersales.status import documents
from aftersales.status.changes import NewDocument, open_document
from aftersales.status.machine import Audience
from aftersales.voice.models import CallBack
from aftersales.webhooks.models import Webhook
from aftersales.work import Work
from billing.estimates import service as estimates
from billing.estimates.schemas import RecordAnswer, Send
from billing.invoices.service import issue_for_work
from billing.payments import service as payments
from billing.payments.schemas import RecordPayment
from field_service.repairs.schemas import TakeIn
from field_service.repairs.service import intake
from field_service.visits.schemas import Dispatch, RequestVisit
from field_service.visits.service import planning
from rma import service as returns
from rma.rules import Reason
from rma.schemas import RequestReturn
from tests.factories.ahead import ahead_of
from tests.factories.customers import add_household, add_unit
from tests.factories.world import Home, World
from warranty.life_machines import OFFER, TRANSFER
from warranty.models import WarrantyOffer, WarrantyTransfer
from warranty.recovery.rules import Party
from warranty.recovery.schemas import CoverIn, FileRecoveries, SupplierIn
from warranty.recovery.service import filing, suppliers
from warranty.schemas import RegisterUnit
from warranty.service import registrations

_LABOUR = ChargeLine("labour", "Fitting", 1, Money("INR", 150_000), Decimal(18), "998717")


@dataclass(frozen=True, slots=True)
class Furnished:
    """A household's case at a branch, and by the names that addresses use the ids of all there is on and around it.

    `documents` has one document per machine.
    """

    home: Home
    branch_id: UUID
    named: dict[str, str]
    documents: dict[str, UUID]


async def furnish(world: World, name: str, phone: str, branch_id: UUID, technician_id: UUID | None) -> Furnished:
    """A household whose case has everything on it; the visit is the technician's, if one is named."""
    async with world.work() as work:
        made = await add_household(work, name, phone)
        [person] = await customers.people(work.session, work.scope, made.id)
        [address] = await customers.addresses(work.session, work.scope, made.id)
        serial = f"GW75-{phone[-6:]}"
        unit = await add_unit(work, world.shelf, made.id, ("serial", serial))
        opening = OpenCase(
            customer_id=made.id,
            unit_id=unit.id,
            branch_id=branch_id,
            complaint="Does not spin",
            fault_code="22-B",
            people=[PersonOnMatterIn(person_id=person.id, role="owner", may_approve=True)],
        )
        home = Home(made.id, person.id, address.id, unit.id, await cases.open_case(work, opening), serial)
    await world.settle()
    async with world.work() as work:
        named = await _field(work, home, technician_id) | await _paper(work, home)
    async with world.work() as work:
        named |= await _money(work, UUID(named["repair_id"]))
    await world.settle()
    return await _read(world, home, branch_id, named)


async def _field(work: Work, home: Home, technician_id: UUID | None) -> dict[str, str]:
    start = (work.now + timedelta(days=1)).replace(hour=4, minute=30, second=0, microsecond=0)
    wanted = {"kind": "pickup", "address_id": home.address_id, "window_start": start}
    booked = RequestVisit.model_validate(wanted | {"window_end": start + timedelta(hours=2)})
    visit_id = await planning.request(work, home.case_id, booked)
    if technician_id is not None:
        await planning.confirm(work, visit_id, Nothing())
        await planning.dispatch(work, visit_id, Dispatch(technician_id=technician_id))
    repair_id = await intake.take_in(work, home.case_id, TakeIn())
    return {"visit_id": str(visit_id), "repair_id": str(repair_id)}


async def _paper(work: Work, home: Home) -> dict[str, str]:
    wish = RequestReturn(unit_id=home.unit_id, reason_code=Reason.DEFECTIVE, words="It tears the clothes.")
    await ahead_of(work, await returns.request(work, home.case_id, wish))
    bought = (work.now - timedelta(days=200)).date()
    registration_id = await registrations.register(work, home.case_id, RegisterUnit(purchased_on=bought))
    picture = BytesIO()
    Image.new("RGB", (40, 30), (90, 60, 30)).save(picture, "JPEG")
    kept = await files.store(
        work,
        stream_id=home.case_id,
        document_id=home.case_id,
        kind="photo",
        filename="a.jpg",
        data=picture.getvalue(),
        audience=Audience.CUSTOMER,
    )
    transfer_id = await _transfer(work, home, registration_id)
    return {"file_id": str(kept.id), "registration_id": str(registration_id), "transfer_id": str(transfer_id)}


async def _transfer(work: Work, home: Home, registration_id: UUID) -> UUID:
    """A transfer to another household and an offer; on the case, which the customers at the gates have a link to."""
    held = await documents.get(work.session, work.scope, registration_id)
    taker = await add_household(work, "Lalitha Devi", f"+9190{home.person_id.int % 10**8:08d}")
    transfer_id = new_id()
    new = NewDocument(home.case_id, held.branch_id, f"T-{transfer_id.hex[-10:]}", home.unit_id, home.customer_id)
    await work.post(open_document(TRANSFER, transfer_id, "ask", new))
    ends = {"from_customer_id": home.customer_id, "to_customer_id": taker.id, "until": work.now + timedelta(days=30)}
    work.session.add(WarrantyTransfer(id=transfer_id, registration_id=registration_id, unit_id=home.unit_id, **ends))
    await work.session.flush()
    offer_id = new_id()
    offered = NewDocument(home.case_id, held.branch_id, f"O-{offer_id.hex[-10:]}", home.unit_id, home.customer_id)
    await work.post(open_document(OFFER, offer_id, "offer", offered))
    policy_id = await work.session.scalar(select(Policy.id).where(Policy.kind == "warranty").limit(1))
    choices = [{"rung": "refund", "amount_minor": 100, "currency": "INR"}]
    about = {"case_id": home.case_id, "unit_id": home.unit_id, "policy_id": policy_id, "choices": choices}
    work.session.add(WarrantyOffer(id=offer_id, trigger="third_failure", **about))
    await work.session.flush()
    return transfer_id


async def _money(work: Work, repair_id: UUID) -> dict[str, str]:
    estimate_id = await estimates.draft(work, repair_id, [_LABOUR])
    await estimates.send(work, estimate_id, Send())
    await estimates.record_approval(work, estimate_id, RecordAnswer(note="By phone."))
    [invoice_id] = await issue_for_work(work, repair_id)
    await payments.record(work, invoice_id, RecordPayment(amount_minor=100, method="cash"))
    back = PayBack(new_id(), Money("INR", 100), Money("INR", 15), "cash", "GO/1")
    await work.ports.charges.refund(work, repair_id, back)
    return {"estimate_id": str(estimate_id), "invoice_id": str(invoice_id)}


async def _read(world: World, home: Home, branch_id: UUID, named: dict[str, str]) -> Furnished:
    delivery_id = new_id()
    async with world.database.unit_of_work() as session:
        dead = {"id": delivery_id, "subscriber": "updates", "key": delivery_id.hex, "state": "dead"}
        await session.execute(insert(Delivery).values(**dead))
        records = await _records(session, world, home, branch_id)
        call_back = {"id": new_id(), "stream_id": home.case_id, "number": "+919849012377", "language": "te"}
        await session.execute(insert(CallBack).values(**call_back, asked_at=clock.now(), promised_at=clock.now()))
        request = await _request(session, branch_id)
        policy_id = await session.scalar(select(Policy.id).limit(1))
    rows = await world.rows("SELECT machine, id FROM document WHERE stream_id = :id", id=home.case_id)
    standing = {str(row.machine): row.id for row in rows}
    standing["warranty_registration"] = UUID(named["registration_id"])
    owed = await _owed(world, branch_id)
    standing |= {name: owed[name] for name in ("brand_claim", "supplier_recovery")}
    [(update_id,)] = await world.rows("SELECT id FROM customer_update WHERE stream_id = :id LIMIT 1", id=home.case_id)
    more = {
        "case_id": home.case_id,
        "customer_id": home.customer_id,
        "person_id": home.person_id,
        "address_id": home.address_id,
        "unit_id": home.unit_id,
        "product_id": world.shelf.product.id,
        "brand_id": world.shelf.brand_id,
        "category_id": world.shelf.category_id,
        "branch_id": branch_id,
        **dict.fromkeys(("staff_id", "owner_id", "technician_id", "assignee_id"), world.staff["technician"].id),
        "engineer_id": world.staff["service_engineer"].id,
        "return_id": standing["return"],
        "claim_id": standing["warranty_claim"],
        "update_id": update_id,
        "delivery_id": delivery_id,
        "call_back_id": call_back["id"],
        "policy_id": policy_id,
        **request,
        **records,
        **owed,
    }
    return Furnished(home, branch_id, named | {name: str(value) for name, value in more.items()}, standing)


async def _owed(world: World, branch_id: UUID) -> dict[str, UUID]:
    """Goods that went back to the brand, claimed at once, and others that went to a supplier."""
    product_id = world.shelf.product.id
    async with world.work() as work:
        goods = SentBack(str(new_id()), branch_id, product_id, None, 1, Money("INR", 1000))
        brand = await work.ports.vendors.sent_back(work, goods)
        month = f"{work.now + timedelta(hours=5, minutes=30):%Y-%m}"
        body = FileRecoveries(party=Party.BRAND, party_id=world.shelf.brand_id, branch_id=branch_id, month=month)
        filing_id = await filing.file(work, body)
        supplier = await suppliers.add(work, SupplierIn(code=f"S{new_id().hex[-8:]}".upper(), name="Krishna Motors"))
        model = world.shelf.product.model
        cover = await suppliers.cover(work, supplier.id, CoverIn(part_code=model, months=12, since=date(2026, 1, 1)))
        theirs = await work.ports.vendors.sent_back(work, replace(goods, key=str(new_id())))
        # Of later goods of this model the brand is the vendor again.
        await work.session.delete(cover)
    assert brand is not None
    assert theirs is not None
    return {
        "brand_claim": brand,
        "supplier_recovery": theirs,
        "recovery_id": brand,
        "filing_id": filing_id,
        "supplier_id": supplier.id,
        "party_id": world.shelf.brand_id,
    }


async def _request(session: AsyncSession, branch_id: UUID) -> dict[str, UUID]:
    """What a stranger sent us, with a photo, for the branch to decide."""
    now, draft_id, photo_id = clock.now(), new_id(), new_id()
    said = {"channel": "whatsapp", "sender": f"+91{draft_id.int % 10**10:010d}", "sender_name": "", "language": "en"}
    times = dict.fromkeys(("created_at", "changed_at", "due_at"), now)
    await session.execute(
        insert(InboxDraft).values(id=draft_id, words="No spin", branch_id=branch_id, state="waiting", **said, **times)
    )
    await session.execute(insert(InboxPhoto).values(id=photo_id, draft_id=draft_id, data=b"x", thumbnail=b"x"))
    return {"draft_id": draft_id, "photo_id": photo_id}


async def _records(session: AsyncSession, world: World, home: Home, branch_id: UUID) -> dict[str, UUID]:
    """A file the manager has had looked through, a program and a webhook of theirs, an erasure that let nothing go."""
    now, manager = clock.now(), world.staff["manager"].id
    run = ImportRun(
        id=new_id(),
        what="customers",
        filename="customers.csv",
        region="IN",
        state="checked",
        staff_id=manager,
        rejects=b"number\n",
        created_at=now,
        changed_at=now,
    )
    erasure = Erasure(id=new_id(), customer_id=home.customer_id, staff_id=manager, at=now, report=[])
    program = ApiClient(
        id=new_id(),
        staff_id=manager,
        name="Shop",
        permissions=["case.view"],
        secret_hash=b"\0" * 32,
        created_at=now,
        expires_at=now + timedelta(days=1),
        due_at=now,
    )
    webhook = Webhook(
        id=new_id(),
        staff_id=manager,
        name="Shop",
        url="https://shop.example/hook",
        events=["visit.*"],
        branch_ids=[branch_id],
        state="paused",
        created_at=now,
        changed_at=now,
    )
    session.add_all([run, erasure, program, webhook])
    await session.flush()
    return {"run_id": run.id, "erasure_id": erasure.id, "client_id": program.id, "webhook_id": webhook.id}
