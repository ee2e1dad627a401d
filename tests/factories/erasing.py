"""A household that has left words of every kind behind, none of which occurs anywhere else."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, update

from aftersales.auth import codes
from aftersales.customers import repository as customers
from aftersales.files import service as files
from aftersales.ids import new_id
from aftersales.scope import SYSTEM
from aftersales.status.changes import NewDocument, open_document
from aftersales.status.machine import Audience
from aftersales.status.models import Document
from aftersales.updates.models import CustomerUpdate
from aftersales.voice import call_backs
from aftersales.voice.models import VoiceCall
from aftersales.work import Work
from billing.estimates.models import Estimate, EstimateLine
from billing.invoices.models import Invoice
from billing.payments.models import Payment
from field_service.visits.models import Visit
from rma.models import ReturnWords
from tests.factories.customers import add_unit
from tests.factories.world import API, Home, World, ok
from tests.fixtures.images import picture
from warranty.models import WarrantyConfirmation

NAME, LOCAL = "Yashodhara Kandukuri", "యశోధర కందుకూరి"
PHONE = "+919700055501"
EMAIL = "yashodhara@kandukuri.example"
WORDS = {
    "household": "householdnoteword",
    "street": "Jasminestreet 11",
    "landmark": "Landmarkword",
    "locality": "Localityword",
    "complaint": "Complaintword",
    "note": "Conversationword",
    "telugu": "నీళ్లు ఆగడం లేదు",
    "invoice": "SHOPINVOICE-4711",
    "proof": "PROOFNUMBER-4712",
    "scan": "Scanfilename",
    "asked": "Returnaskedword",
    "answered": "Returnansweredword",
    "finding": "Findingword",
    "came_along": "Accessoryword",
    "estimate": "Unbilledlineword",
    "smtp": "550 5.1.1 yashodhara",
    "spoken": "Spokenword",
    "recording": "recordings/yashodhara.mp3",
}
BOOKED = "Billedlineword"


@dataclass(frozen=True, slots=True)
class Traces:
    """Whose, and every text that must be found nowhere afterwards."""

    home: Home
    texts: tuple[str, ...]
    kept: tuple[str, ...]


async def leave_traces(company: World) -> Traces:
    """Everything but the end of the case."""
    desk = company.by("manager")
    made = await ok(
        desk,
        f"{API}/customers",
        kind="household",
        timezone="Asia/Kolkata",
        notes=WORDS["household"],
        people=[{"name": NAME, "name_local": LOCAL, "language": "te", "phones": [PHONE], "email": EMAIL}],
        addresses=[
            {
                "line1": WORDS["street"],
                "landmark": WORDS["landmark"],
                "locality": WORDS["locality"],
                "city": "Hyderabad",
                "postcode": "500081",
            }
        ],
    )
    customer_id = UUID(made["id"])
    async with company.work() as work:
        [person] = await customers.people(work.session, SYSTEM, customer_id)
        [address] = await customers.addresses(work.session, SYSTEM, customer_id)
        bought = (work.now - timedelta(days=100)).date()
        unit = await add_unit(
            work,
            company.shelf,
            customer_id,
            ("serial", f"GW75-E{person.id.hex[-6:]}"),
            purchased_on=bought,
            invoice_number=WORDS["invoice"],
        )
    case = await ok(
        desk,
        f"{API}/cases",
        customer_id=str(customer_id),
        unit_id=str(unit.id),
        branch_id=str(company.here),
        complaint=WORDS["complaint"],
        fault_code="22-B",
        people=[{"person_id": str(person.id), "role": "owner", "may_approve": True}],
    )
    home = Home(customer_id, person.id, address.id, unit.id, UUID(case["id"]), "")
    await company.settle()
    # The same payment is never counted twice.
    reference = f"UTR{home.case_id.hex[-9:]}"
    await _words(company, home, reference)
    await _calls(company, home)
    await company.settle()
    texts = (NAME, LOCAL, PHONE, PHONE[3:], EMAIL, *WORDS.values())
    return Traces(home, texts, (BOOKED, reference))


async def _calls(company: World, home: Home) -> None:
    """A call with them, a promise to call them about the case, and one to their number before anybody knew whose."""
    async with company.work() as work:
        work.session.add(
            VoiceCall(
                provider="twilio",
                provider_id=f"CA{home.case_id.hex}",
                direction="out",
                stream_id=home.case_id,
                person_id=home.person_id,
                number=PHONE,
                language="te",
                words=WORDS["spoken"],
                spoken=[WORDS["spoken"]],
                turn={"said": WORDS["spoken"]},
                keys="2",
                recording=WORDS["recording"],
                begun_at=work.now,
            )
        )
        await call_backs.ask(work, number=PHONE, language="te", stream_id=home.case_id, person_id=home.person_id)
        await call_backs.ask(work, number=PHONE, language="te")


async def _words(company: World, home: Home, reference: str) -> None:
    desk = company.by("manager")
    keyed = {"Idempotency-Key": f"key-{home.case_id}"}
    where = f"{API}/customers/{home.customer_id}/people/{home.person_id}"
    assert (await desk.patch(where, json={"courtesy": "garu"}, headers=keyed)).status_code == 200
    for words in (WORDS["note"], WORDS["telugu"]):
        await ok(desk, f"{API}/cases/{home.case_id}/note_added", note=words)
    visit = await company.visit(home)
    answer = await desk.post(
        f"{API}/units/{home.unit_id}/proofs",
        data={"dated_on": "2026-08-01", "kind": "invoice", "reference": WORDS["proof"]},
        files={"file": (f"{WORDS['scan']}.jpg", picture(77), "image/jpeg")},
    )
    assert answer.status_code == 201, answer.text
    asked = await ok(
        desk,
        f"{API}/cases/{home.case_id}/returns",
        unit_id=str(home.unit_id),
        reason_code="defective",
        words=WORDS["asked"],
    )
    await company.link(home)
    await company.settle()
    async with company.work() as work:
        await files.store(
            work,
            stream_id=home.case_id,
            document_id=home.case_id,
            kind="photo",
            filename=f"{WORDS['scan']}.jpg",
            data=picture(78),
            audience=Audience.CUSTOMER,
        )
        await codes.issue(
            work.session,
            purpose=codes.APPROVAL,
            subject_id=visit,
            person_id=home.person_id,
            stream_id=home.case_id,
            now=work.now,
        )
        await _books(company, work, home, reference)
        await _said(work, home, visit, UUID(asked["id"]), company.staff["manager"].id)


async def _document(company: World, work: Work, home: Home, machine: str) -> UUID:
    made = new_id()
    known = company.registry.machines[machine]
    verb = next(edge.verb for edge in known.edges if None in edge.sources)
    new = NewDocument(home.case_id, company.here, f"E-{made.hex[-10:]}", home.unit_id, home.customer_id)
    await work.post(open_document(known, made, verb, new, note="A test" if known.by_verb[verb].reason else None))
    return made


async def _books(company: World, work: Work, home: Home, reference: str) -> None:
    """An estimate that was invoiced and paid, and one that came to nothing."""
    billed, unbilled = [await _document(company, work, home, "estimate") for _ in range(2)]
    invoice, payment = await _document(company, work, home, "invoice"), await _document(company, work, home, "payment")
    money = {"currency": "INR", "total_minor": 118_00}
    work.session.add_all(Estimate(id=one, net_minor=100_00, **money) for one in (billed, unbilled))
    await work.session.flush()
    line = {"position": 1, "kind": "labour", "quantity": 1, "unit_price_minor": 100_00, "tax_code": "998717"}
    for one, words in ((billed, BOOKED), (unbilled, WORDS["estimate"])):
        work.session.add(EstimateLine(estimate_id=one, description=words, tax_rate=Decimal(18), **line))
    serial = f"E/{invoice.hex[-8:]}"
    work.session.add(Invoice(id=invoice, estimate_id=billed, serial=serial, issued_at=work.now, **money))
    await work.session.flush()
    paid = {"currency": "INR", "amount_minor": 118_00, "received_at": work.now}
    work.session.add(Payment(id=payment, invoice_id=invoice, method="upi", reference=reference, **paid))
    await work.session.flush()


async def _said(work: Work, home: Home, visit: UUID, returned: UUID, staff: UUID) -> None:
    """What no route of a short test leaves behind."""
    await work.session.execute(update(Visit).where(Visit.id == visit).values(accessories=[WORDS["came_along"]]))
    answered = update(ReturnWords).where(ReturnWords.return_id == returned)
    await work.session.execute(answered.values(answered=WORDS["answered"]))
    bounced = update(CustomerUpdate).where(CustomerUpdate.person_id == home.person_id)
    await work.session.execute(bounced.values(detail=WORDS["smtp"]))
    claim = select(Document.id).where(Document.stream_id == home.case_id, Document.machine == "warranty_claim")
    work.session.add(
        WarrantyConfirmation(
            id=new_id(),
            claim_id=(await work.session.scalars(claim)).one(),
            cause_code="C-1",
            clause="4",
            words=WORDS["finding"],
            photo_ids=[new_id()],
            proposed_by=staff,
            proposed_at=work.now,
        )
    )
    await work.session.flush()


async def finish(company: World, home: Home) -> None:
    """Bring everything of the household to an end at once, as no test of erasing needs to go the whole way."""
    async with company.work() as work:
        done = update(Document).where(Document.customer_id == home.customer_id)
        await work.session.execute(done.values(category="done"))
        work.session.info.clear()
    await company.settle()
