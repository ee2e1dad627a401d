"""A8, C2: entitlement, from the opening of a case to the end of its claim, with every proof there may be."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from aftersales.cases.machine import CASE
from aftersales.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from aftersales.ports.coverage import Answer, Cover
from aftersales.status import timeline
from aftersales.status.changes import move
from aftersales.status.machine import Audience
from aftersales.updates.models import CustomerUpdate
from tests.factories.claims import CHECKED, NOTHING, answer, denied, gnawed, shown
from tests.factories.entitlement import Household
from warranty import panels, repository
from warranty.rules import CostClass, Finding
from warranty.schemas import ProofIn, Question, Reason, Refusal, RegisterUnit
from warranty.service import claims, denials, entitlement, proofs, registrations


async def test_the_opening_of_a_case_is_answered_with_rule_version_and_proof(home: Household) -> None:
    case_id = await home.case()
    claim = await home.claim(case_id)
    assert claim.status == "submitted"
    assert claim.number.split("-")[1] == "W"
    async with home.work() as work:
        held = await repository.claim(work.session, work.scope, claim.id)
        card = await panels.coverage(work, case_id)
    verdict = entitlement.verdict_of(held.verdict)
    assert verdict.in_full
    assert (held.verdict.policy_code, held.verdict.policy_version) == ("category:washing_machine", 7)
    assert card is not None
    assert card["answer"]["covered"] == ["parts", "labour", "visit"]
    assert card["answer"]["policy"] == "v7"
    assert card["answer"]["proof"] == {"kind": "invoice", "reference": "GO/2603/00042", "on": date(2026, 3, 18)}
    assert card["answer"]["until"] == date(2028, 3, 19)
    assert await answer(home, case_id) == Answer(
        Cover.COVERED, Cover.COVERED, decided=False, claim_id=claim.id, visit=Cover.COVERED
    )


async def test_the_opening_delivered_twice_opens_one_claim(home: Household) -> None:
    case_id = await home.case()
    async with home.work() as work:
        again = await claims.open_for_case(work, case_id)
    assert again == (await home.claim(case_id)).id


async def test_one_open_claim_per_unit_and_fault(home: Household) -> None:
    await home.case()
    second = await home.case()
    assert await home.documents(second, "warranty_claim") == []
    assert (await answer(home, second)).in_full
    other = await home.case(fault="20-A")
    assert (await home.claim(other)).status == "submitted"


async def test_a_case_without_a_unit_asks_nothing(home: Household) -> None:
    await home.change_unit(home.washer, purchased_on=None, delivered_on=None, invoice_number=None)
    case_id = await home.case()
    async with home.work() as work:
        await work.session.execute(text("UPDATE document SET unit_id = NULL WHERE id = :id"), {"id": case_id})
        assert await claims.open_for_case(work, case_id) is None
        assert await panels.coverage(work, case_id) is None
        with pytest.raises(Invalid, match=r"warranty\.no_unit"):
            await registrations.register(work, case_id, RegisterUnit(purchased_on=date(2026, 1, 1)))


async def test_when_the_cover_is_over_there_is_an_answer_but_no_claim(home: Household) -> None:
    await home.change_unit(home.washer, purchased_on=date(2022, 1, 5), delivered_on=date(2022, 1, 6))
    case_id = await home.case()
    assert await home.documents(case_id, "warranty_claim") == []
    found = await answer(home, case_id)
    assert (found.parts, found.decided, found.claim_id) == (Cover.NOT_COVERED, True, None)
    assert (await shown(home, case_id))["label"] == "Not covered"
    async with home.work() as work:
        assert await claims.open_for_case(work, case_id) is None
        count = await work.session.scalar(
            text("SELECT count(*) FROM warranty_verdict WHERE stream_id = :id"), {"id": case_id}
        )
        assert count == 1
    async with home.work(home.staff(home.anil, "finance")) as work:
        assert (await panels.coverage(work, case_id))["claim_url"] == ""  # type: ignore[index]
        with pytest.raises(Forbidden):
            await claims.open_claim(work, case_id)
    async with home.work(home.staff(home.anil)) as work:
        assert (await panels.coverage(work, case_id))["claim_url"]  # type: ignore[index]
        await claims.open_claim(work, case_id)
        assert (await panels.coverage(work, case_id))["claim_url"] == ""  # type: ignore[index]
        with pytest.raises(Conflict, match=r"warranty\.claimed"):
            await claims.open_claim(work, case_id)
    assert (await home.claim(case_id)).status == "submitted"


async def test_without_published_terms_nobody_claims_to_know(home: Household) -> None:
    await home.change_unit(home.washer, purchased_on=date(2012, 1, 5))
    case_id = await home.case()
    assert await answer(home, case_id) == Answer(Cover.UNKNOWN, Cover.UNKNOWN, decided=True)
    async with home.work() as work:
        card = await panels.coverage(work, case_id)
        assert card is not None
        assert card["answer"] is None
        assert await panels.track(work, case_id) is None
        with pytest.raises(Conflict, match=r"warranty\.nothing_to_claim"):
            await claims.open_claim(work, case_id)


async def test_unregistered_and_without_papers_waits_for_a_proof(home: Household) -> None:
    await home.change_unit(home.washer, purchased_on=None, delivered_on=None, invoice_number=None)
    case_id = await home.case()
    claim = await home.claim(case_id)
    assert (await answer(home, case_id)).parts is Cover.UNKNOWN
    async with home.work(home.staff(home.anil)) as work:
        await claims.review(work, claim.id, NOTHING)
        with pytest.raises(Conflict, match=r"warranty\.no_proof"):
            await claims.approve(work, claim.id, NOTHING)
    async with home.work(home.staff(home.anil)) as work:
        made = await proofs.record(work, home.washer, ProofIn(dated_on=date(2026, 2, 1), reference="A-1"))
        assert made.file_id is None
    assert (await answer(home, case_id)).in_full
    async with home.work() as work:
        entries = await timeline.read(work.session, work.scope, case_id, Audience.STAFF)
    assert entries[-1].name == "answered"
    assert entries[-1].data["proof"] == "invoice"


async def test_a_proof_that_shows_the_cover_had_ended_ends_the_claim(home: Household) -> None:
    await home.change_unit(home.washer, purchased_on=None, delivered_on=None, invoice_number=None)
    case_id = await home.case()
    async with home.work(home.staff(home.anil)) as work:
        await proofs.record(work, home.washer, ProofIn(dated_on=date(2023, 6, 1), reference="A-1"))
    assert (await home.claim(case_id)).status == "closed"
    assert (await answer(home, case_id)).parts is Cover.NOT_COVERED


async def test_a_proof_opens_the_claim_that_was_missing(home: Household) -> None:
    await home.change_unit(
        home.washer, purchased_on=None, delivered_on=None, invoice_number=None, manufactured_on=date(2021, 1, 1)
    )
    case_id = await home.case()
    assert await home.documents(case_id, "warranty_claim") == []
    async with home.work(home.staff(home.anil)) as work:
        await proofs.record(work, home.washer, ProofIn(dated_on=date(2026, 2, 1), reference="A-1"))
    assert (await home.claim(case_id)).status == "submitted"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (ProofIn(dated_on=date(2026, 2, 1)), "warranty.invoice_number"),
        (ProofIn(dated_on=date(2026, 11, 22), reference="A-1"), "warranty.proof_date"),
        (ProofIn(dated_on=date(1989, 12, 31), reference="A-1"), "warranty.proof_date"),
        (ProofIn(dated_on=date(2200, 1, 1), kind="dealer_record"), "warranty.proof_date"),
    ],
)
async def test_a_proof_that_cannot_be_right(home: Household, body: ProofIn, code: str) -> None:
    async with home.work(home.staff(home.anil)) as work:
        with pytest.raises(Invalid, match=code):
            await proofs.record(work, home.washer, body)


async def test_a_proof_needs_the_permission_and_a_unit(home: Household) -> None:
    body = ProofIn(dated_on=date(2026, 2, 1), reference="A-1")
    async with home.work(home.staff(home.anil, "finance")) as work:
        with pytest.raises(Forbidden):
            await proofs.record(work, home.washer, body)
    async with home.work(home.staff(home.anil)) as work:
        with pytest.raises(NotFound):
            await proofs.record(work, home.padma, body)


async def test_a_registration_counts_once_it_has_been_checked(home: Household) -> None:
    await home.change_unit(home.washer, purchased_on=None, delivered_on=None, invoice_number=None)
    case_id = await home.case()
    async with home.work(home.staff(home.anil)) as work:
        registration = await registrations.register(work, case_id, RegisterUnit(purchased_on=date(2026, 3, 1)))
        with pytest.raises(Conflict, match="already_open"):
            await registrations.register(work, case_id, RegisterUnit(purchased_on=date(2026, 3, 1)))
    assert (await answer(home, case_id)).parts is Cover.UNKNOWN
    async with home.work(home.staff(home.srinivas)) as work:
        await registrations.activate(work, registration, CHECKED)
    assert (await answer(home, case_id)).in_full
    assert (await shown(home, case_id))["proof"]["kind"] == "registration"  # type: ignore[index]
    async with home.work(home.staff(home.srinivas)) as work:
        await registrations.declare_void(work, registration, Refusal(note="Another product's number."))
        with pytest.raises(NotFound, match=r"warranty\.unknown_registration"):
            await registrations.activate(work, case_id, CHECKED)


async def test_a_registration_can_be_cancelled(home: Household) -> None:
    case_id = await home.case()
    async with home.work(home.staff(home.anil)) as work:
        registration = await registrations.register(work, case_id, RegisterUnit(purchased_on=date(2026, 3, 1)))
        await registrations.cancel(work, registration, Reason(note="The owner asked us to."))
    [found] = await home.documents(home.washer, "warranty_registration")
    assert found.status == "cancelled"


async def test_a_fault_that_the_terms_cover_is_granted_without_a_word(home: Household) -> None:
    case_id = await home.case()
    repair_id = await home.workshop(case_id)
    await home.diagnosed(repair_id, "MF")
    claim = await home.claim(case_id)
    assert claim.status == "approved"
    assert (await answer(home, case_id)).decided
    await home.diagnosed(repair_id, "MF")
    assert (await home.claim(case_id)).version == claim.version
    await home.handed_over(repair_id)
    assert (await home.claim(case_id)).status == "fulfilled"


async def test_another_cause_reopens_what_was_granted(home: Household) -> None:
    case_id = await home.case()
    repair_id = await home.workshop(case_id)
    await home.diagnosed(repair_id, "MF")
    await home.diagnosed(repair_id, "RD-2")
    assert (await home.claim(case_id)).status == "in_review"
    await home.diagnosed(repair_id, "MF")
    assert (await home.claim(case_id)).status == "approved"


async def test_a_suspected_cause_goes_to_review_and_charges_nobody(home: Household) -> None:
    case_id, claim_id, _ = await gnawed(home)
    claim = await home.claim(case_id)
    assert claim.status == "in_review"
    found = await answer(home, case_id)
    assert (found.in_full, found.decided) == (True, False)
    async with home.work() as work:
        held = await repository.claim(work.session, work.scope, claim_id)
        card = await panels.coverage(work, case_id)
    assert held.cause_code == "RD-2"
    assert entitlement.verdict_of(held.verdict).findings[CostClass.PARTS] is Finding.UNKNOWN
    assert card is not None
    assert (card["answer"]["label"], card["answer"]["clause"]) == ("Still to be settled", "1.1")


async def test_what_time_has_ended_is_refused_in_part_without_two_people(home: Household) -> None:
    await home.change_unit(home.washer, purchased_on=date(2024, 12, 1), delivered_on=date(2024, 12, 1))
    case_id = await home.case()
    claim_id = (await home.claim(case_id)).id
    async with home.work(home.staff(home.anil)) as work:
        await claims.review(work, claim_id, NOTHING)
        with pytest.raises(Conflict, match=r"warranty\.not_in_full"):
            await claims.approve(work, claim_id, NOTHING)
        await denials.approve_partly(work, claim_id, NOTHING)
    found = await answer(home, case_id)
    assert (found.parts, found.visit, found.decided) == (Cover.COVERED, Cover.NOT_COVERED, True)


async def test_asking_the_customer_and_their_answer(home: Household) -> None:
    case_id, claim_id, repair_id = await gnawed(home)
    async with home.work(home.staff(home.anil)) as work:
        await claims.request_info(work, claim_id, Question(note="Please send a photo of the label."))  # type: ignore[arg-type]
    await home.diagnosed(repair_id, "MF")
    assert (await home.claim(case_id)).status == "info_requested"
    async with home.work() as work:
        query = select(CustomerUpdate.words).where(
            CustomerUpdate.stream_id == case_id, CustomerUpdate.text == "warranty.info_requested"
        )
        assert "photo of the label" in str(await work.session.scalar(query))
    async with home.work(home.customer(case_id, home.padma)) as work:
        await claims.provide_info(work, claim_id, Reason(note="Here it is."))
    assert (await home.claim(case_id)).status == "in_review"


async def test_pre_authorisation_and_fulfilment_by_hand(home: Household) -> None:
    case_id = await home.case()
    claim_id = (await home.claim(case_id)).id
    async with home.work(home.staff(home.anil)) as work:
        await claims.pre_authorise(work, claim_id, NOTHING)
        await claims.approve(work, claim_id, NOTHING)
        await claims.fulfil(work, claim_id, NOTHING)
    assert (await home.claim(case_id)).status == "fulfilled"


async def test_a_stale_reader_decides_nothing(home: Household) -> None:
    _, claim_id, _ = await gnawed(home)
    async with home.work(home.staff(home.anil)) as work:
        behind = work.__class__(work.session, work.scope, work.registry, work.numbers, work.settings, work.now, 1)
        with pytest.raises(Stale):
            await claims.approve(behind, claim_id, NOTHING)
        await work.session.rollback()


async def test_handing_over_settles_what_is_left(home: Household) -> None:
    case_id = await home.case()
    await home.handed_over(await home.workshop(case_id))
    assert (await home.claim(case_id)).status == "fulfilled"
    other, claim_id, repair_id = await gnawed(home)
    await home.handed_over(repair_id)
    assert (await home.claim(other)).status == "closed"
    async with home.work() as work:
        await claims.handed_over(work, other)
        assert (await repository.claim(work.session, work.scope, claim_id)).status == "closed"


async def _until(home: Household, case_id: UUID, *verbs: Callable[..., object]) -> None:
    claim_id = (await home.claim(case_id)).id
    async with home.work(home.staff(home.anil)) as work:
        for verb in verbs:
            await verb(work, claim_id, NOTHING)  # type: ignore[misc]


@pytest.mark.parametrize("verbs", [(), (claims.review,), (claims.review, claims.approve)])
async def test_the_end_of_a_case_is_the_end_of_its_claims(
    home: Household, verbs: tuple[Callable[..., object], ...]
) -> None:
    case_id = await home.case()
    await _until(home, case_id, *verbs)
    async with home.work() as work:
        await work.post(
            move(CASE, case_id, "request_cancel", note="Bought a new one."), move(CASE, case_id, "confirm_cancel")
        )
    await home.settle()
    assert (await home.claim(case_id)).status == "closed"
    async with home.work() as work:
        await claims.case_ended(work, case_id)


async def test_a_denial_is_closed_with_its_case(home: Household) -> None:
    case_id, _ = await denied(home)
    async with home.work() as work:
        await claims.case_ended(work, case_id)
    assert (await home.claim(case_id)).status == "closed"


async def test_withdrawing_by_hand(home: Household) -> None:
    case_id = await home.case()
    async with home.work(home.staff(home.anil)) as work:
        await claims.withdraw(work, (await home.claim(case_id)).id, Reason(note="Opened by mistake."))
    assert (await home.claim(case_id)).status == "closed"


async def test_every_stored_answer_replays(home: Household) -> None:
    await denied(home)
    async with home.work() as work:
        held = await repository.verdicts(work.session, work.scope, limit=500)
        assert len(held) > 3
        assert await entitlement.replay_all(work.session, work.scope, page=2) == []


async def test_the_application_cannot_rewrite_an_answer(home: Household) -> None:
    await home.case()
    for statement in ("UPDATE warranty_verdict SET verdict = '{}'", "DELETE FROM warranty_verdict"):
        async with home.work() as work:
            with pytest.raises(ProgrammingError, match="permission denied"):
                await work.session.execute(text(statement))
            await work.session.rollback()


async def test_claims_are_listed_within_the_scope(home: Household) -> None:
    case_id = await home.case()
    async with home.work(home.staff(home.anil)) as work:
        found = await repository.listed(work.session, work.scope, statuses=("submitted",), limit=1, before=None)
        assert found[0].case_id == case_id
        older = await repository.listed(work.session, work.scope, statuses=(), limit=1, before=found[0].id)
        assert all(claim.id < found[0].id for claim in older)
    async with home.work(home.customer(home.washer, home.padma)) as work:
        assert await repository.listed(work.session, work.scope, statuses=(), limit=5, before=None) == []
        with pytest.raises(NotFound):
            await repository.claim_row(work.session, work.scope, found[0].id)
