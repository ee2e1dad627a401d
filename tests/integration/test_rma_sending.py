"""A2: the label of a return, until when it may come, the reminder before, and the end."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from uuid import UUID

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from aftersales.errors import Conflict, NotFound
from aftersales.ids import new_id
from rma import panels, repository, service
from rma.rules import Reason
from rma.schemas import Authorise, Nothing, RequestReturn
from rma.service import receiving, sending
from tests.factories.channels import Carrier, wired
from tests.factories.entitlement import Household


async def allowed(home: Household) -> tuple[UUID, UUID]:
    case_id = await home.case()
    wish = RequestReturn(unit_id=home.mixer, reason_code=Reason.DEFECTIVE, words="It stops.")
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        return_id = await service.request(work, case_id, wish)
        with pytest.raises(Conflict, match=r"return\.no_label"):
            await sending.label(work, return_id, "en")
        await service.authorise(work, return_id, Authorise())
    return case_id, return_id


async def held(home: Household, return_id: UUID) -> repository.ReturnView:
    async with home.work() as work:
        return await repository.one(work.session, work.scope, return_id)


async def test_the_label_holds_the_number_and_nobodys_name(home: Household) -> None:
    case_id, return_id = await allowed(home)
    async with home.work(home.customer(case_id, home.padma)) as work:
        number, pdf = await sending.label(work, return_id, "te")
        card = await panels.on_track(work, case_id)
    assert card is not None
    assert card["returns"][0]["label_url"] == f"/track/returns/{return_id}/label.pdf"
    assert card["returns"][0]["return_by"] == date(2026, 12, 4)
    reader = PdfReader(BytesIO(pdf))
    said = reader.pages[0].extract_text()
    assert len(reader.pages) == 1
    assert number in said
    assert "Godavari MX-500" in said
    assert "Padma" not in said
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        _, english = await sending.label(work, return_id, "en")
    assert "Please send or bring it with this label" in PdfReader(BytesIO(english)).pages[0].extract_text()
    other = await home.case()
    async with home.work(home.customer(other, home.padma)) as work:
        with pytest.raises(NotFound):
            await sending.label(work, return_id, "te")
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        await receiving.receive(work, return_id, Nothing())
        with pytest.raises(Conflict, match=r"return\.no_label"):
            await sending.label(work, return_id, "en")


async def test_a_reminder_comes_before_the_end(home: Household) -> None:
    case_id, return_id = await allowed(home)
    async with home.work() as work:
        query = "SELECT subscriber, due_at FROM delivery WHERE key = :id ORDER BY due_at"
        armed = [tuple(row) for row in await work.session.execute(text(query), {"id": str(return_id)})]
    ends = home.now + timedelta(days=14)
    assert armed == [(sending.REMIND, ends - timedelta(days=3)), (sending.EXPIRE, ends)]
    data = {"return_id": str(return_id)}
    async with home.work(now=armed[0][1]) as work:
        await sending.remind(work, data)
    await home.settle()
    async with home.work() as work:
        told = "SELECT count(*) FROM customer_update WHERE stream_id = :id AND text = 'return.reminded'"
        assert await work.session.scalar(text(told), {"id": case_id}) == 1
    async with home.work(now=ends) as work:
        await sending.expire(work, data)
        await sending.expire(work, data)
        await sending.remind(work, data)
    assert (await held(home, return_id)).status == "expired"


async def test_the_label_goes_with_the_text_in_the_language_of_whoever_gets_it(home: Household) -> None:
    carrier = Carrier("email")
    settings = home.settings.model_copy(update={"channels": "email", "quiet_hours": ""})
    home = replace(home, registry=wired(home.registry, carrier), settings=settings)
    _, return_id = await allowed(home)
    async with home.work() as work:
        letters_to = {"email": f"{new_id().hex}@example.org", "id": home.padma}
        await work.session.execute(text("UPDATE person SET email = :email WHERE id = :id"), letters_to)
        query = text("SELECT max(due_at) FROM delivery WHERE key = :id")
        due = (await work.session.execute(query, {"id": str(return_id)})).scalar_one()
    async with home.work(now=due - timedelta(days=3)) as work:
        await sending.remind(work, {"return_id": str(return_id)})
    await home.settle()
    told = [letter for letter in carrier.letters if letter.paper is not None]
    assert told, "with the reminder"
    number = (await held(home, return_id)).number
    for letter in told:
        assert letter.paper is not None
        assert letter.paper.name == f"return-{number}.pdf"
        assert number in PdfReader(BytesIO(letter.paper.content)).pages[0].extract_text()
    assert [letter for letter in carrier.letters if letter.paper is None], "what is about no paper carries none"


async def test_what_has_come_neither_ends_nor_is_reminded_of(home: Household) -> None:
    _, return_id = await allowed(home)
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        await receiving.receive(work, return_id, Nothing())
    before = await held(home, return_id)
    async with home.work() as work:
        await sending.remind(work, {"return_id": str(return_id)})
        await sending.expire(work, {"return_id": str(return_id)})
    assert await held(home, return_id) == before
