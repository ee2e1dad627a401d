"""What field service does about money, other endings, and its pages' cards, on a real database."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from aftersales.cases.schemas import Nothing
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.errors import Conflict, Invalid
from aftersales.i18n import say
from aftersales.ports.coverage import Answer, Cover
from aftersales.scope import SYSTEM
from field_service import panels
from field_service.repairs import repository as repairs
from field_service.repairs.schemas import Diagnose, Found, Remark, TakeIn
from field_service.repairs.service import bench, intake, money, sheet
from field_service.visits.logistics import FieldLogistics
from tests.factories.field_service import Centre, centre
from tests.factories.field_ways import LINES, TOLD, WHY, cause, diagnosing, holder, photo
from tests.fixtures.papers import spoken


@pytest.fixture
async def place(shared_database: Database, settings: Settings) -> Centre:
    return await centre(shared_database, settings)


@pytest.mark.parametrize(
    ("answer", "found", "estimate_code", "skip_code"),
    [
        (Answer(Cover.COVERED, Cover.COVERED, decided=True), "WR", "repair_order.covered", None),
        (Answer(Cover.COVERED, Cover.COVERED, decided=False), "WR", "repair_order.covered", None),
        (
            Answer(Cover.COVERED, Cover.COVERED, decided=False),
            "LQ",
            "repair_order.undecided",
            "repair_order.undecided",
        ),
        (Answer(Cover.COVERED, Cover.NOT_COVERED, decided=True), "WR", None, "repair_order.not_covered"),
    ],
)
async def test_who_pays_follows_coverage(
    place: Centre, answer: Answer, found: str, estimate_code: str | None, skip_code: str | None
) -> None:
    repair_id = await diagnosing(place)
    await photo(place, repair_id, "photo")
    await cause(place, repair_id, found)
    place.told.answer = answer
    for verb, blocked, body, code in (
        (money.estimate, money.estimate_blocked, LINES, estimate_code),
        (money.skip_estimate, money.skip_blocked, Nothing(), skip_code),
    ):
        assert (await place.do(blocked, repair_id, by="engineer") is None) == (code is None)
        if code is not None:
            with pytest.raises(Conflict) as refused:
                await place.do(verb, repair_id, body, by="engineer")
            assert refused.value.code == code
    if skip_code is None:
        await place.do(money.skip_estimate, repair_id, Nothing(), by="engineer")
        assert await place.status(repair_id) == "approved"


async def test_where_nobody_charges_the_repair_begins(place: Centre) -> None:
    repair_id = await diagnosing(place)
    place.told.charges = False
    assert await place.do(money.estimate, repair_id, LINES, by="engineer") is None
    assert await place.status(repair_id) == "approved"


async def test_a_no_and_what_follows(place: Centre) -> None:
    repair_id = await diagnosing(place)
    estimate_id = await place.do(money.estimate, repair_id, LINES, by="engineer")
    await place.estimate_moves(estimate_id, "send")
    await place.estimate_moves(estimate_id, "decline")
    await place.settle()
    assert await place.status(repair_id) == "declined"
    await place.do(bench.offer_options, repair_id, Remark(), by="engineer")
    await place.do(bench.return_as_is, repair_id, TOLD, by="engineer")
    await place.do(bench.mark_unclaimed, repair_id, Nothing())
    await place.do(bench.hand_over, repair_id, Remark())
    assert await place.status(repair_id) == "closed"


async def test_a_replaced_estimate_moves_nothing(place: Centre) -> None:
    repair_id = await diagnosing(place)
    old = await place.do(money.estimate, repair_id, LINES, by="engineer")
    await place.estimate_moves(old, "send")
    await place.settle()
    new = await place.do(money.estimate, repair_id, LINES, by="engineer")
    await place.estimate_moves(old, "approve")
    await place.settle()
    assert await place.status(repair_id) == "estimating"
    await place.estimate_moves(new, "approve")
    await place.settle()
    assert await place.status(repair_id) == "approved"


async def test_every_other_end_of_a_repair(place: Centre) -> None:
    repair_id = await place.do(intake.take_in, place.case_id, TakeIn(note="Brought by her son."))
    assert (await holder(place)).startswith("Service centre")
    with pytest.raises(Conflict) as second:
        await place.do(intake.take_in, place.case_id, TakeIn())
    assert second.value.code == "status.already_open"
    await place.do(intake.report_damage, repair_id, TOLD)
    await place.do(intake.triage, repair_id, Nothing())
    with pytest.raises(Invalid, match="repairs nothing"):
        await place.do(intake.diagnose, repair_id, Diagnose(engineer_id=place.coordinator.id))
    await place.do(intake.diagnose, repair_id, Diagnose(engineer_id=place.technician.id))
    with pytest.raises(Invalid, match="XX"):
        await place.do(intake.found, repair_id, Found(fault_code="22-B", cause_code="XX", note="Seen."), by="engineer")
    await place.do(bench.send_to_vendor, repair_id, TOLD, by="engineer")
    assert await holder(place) == "The supplier: "
    await place.do(bench.take_back, repair_id, Remark(), by="engineer")
    await place.do(bench.rework, repair_id, WHY, by="engineer")
    await place.do(bench.await_parts, repair_id, TOLD, by="engineer")
    await place.do(bench.start, repair_id, Nothing(), by="engineer")
    await place.do(bench.give_up, repair_id, TOLD, by="engineer")
    await place.do(bench.offer_options, repair_id, Remark(), by="engineer")
    await place.do(bench.replace, repair_id, TOLD, by="engineer")
    assert await place.status(repair_id) == "replaced"

    second_id = await place.do(intake.take_in, place.case_id, TakeIn())
    await place.do(intake.cancel, second_id, WHY)
    for end in (bench.find_no_trouble, bench.write_off):
        third = await place.do(intake.take_in, place.case_id, TakeIn())
        await place.do(intake.triage, third, Nothing())
        await place.do(intake.diagnose, third, Diagnose(engineer_id=place.engineer.id))
        await place.do(end, third, TOLD, by="engineer")
        await place.settle()
        if end is bench.find_no_trouble:
            await place.do(bench.return_as_is, third, TOLD, by="engineer")
            await place.do(bench.mark_unclaimed, third, Nothing())
            await place.do(bench.dispose, third, TOLD, by="system")


async def test_other_modules_have_units_moved(place: Centre) -> None:
    port = FieldLogistics()
    visit_id = await place.do(port.request, place.case_id, "pickup", place.window(days=2))
    assert await place.status(visit_id) == "scheduled"


async def test_the_cards_of_the_case(place: Centre) -> None:
    repair_id = await diagnosing(place)
    await cause(place, repair_id)
    shown = await place.do(panels.summary, place.case_id)
    assert [v["kind"] for v in shown["visits"]] == ["Pickup"]
    assert shown["visits"][0]["accessories"] == "hose, cord"
    assert shown["repairs"][0]["fault"] == "Does not spin"
    assert len(shown["addresses"]) == 1
    assert not shown["may_take_in"]
    engineer = await place.do(panels.summary, place.case_id, by="engineer")
    assert engineer["addresses"] == []


async def test_the_job_sheet(place: Centre) -> None:
    repair_id = await diagnosing(place)
    await photo(place, repair_id, "photo")
    await cause(place, repair_id, "RD-2")
    number, pdf = await place.do(sheet.job_sheet, repair_id, by="engineer")
    async with place.database.unit_of_work() as session:
        order = await repairs.repair(session, SYSTEM, repair_id)
    assert number == order.number
    reader = PdfReader(BytesIO(pdf))
    text, written = reader.pages[0].extract_text(), spoken(reader)
    # Codes, names and the customer's words as they are; what we say in the language of Padma, the owner.
    for words in (number, "Padma Venkateswarlu", "Does not spin", "S-88213", "RD-2", "hose, cord"):
        assert words in text
    for message in ("Job sheet", "Gnawed by rodents", "Complaint"):
        assert all(word in written for word in say(message, "te").split()), message
