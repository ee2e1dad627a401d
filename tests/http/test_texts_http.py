"""The pages of texts: every cell as a customer gets it, and the templates that go out and come back."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO

import httpx
import pytest
from pypdf import PdfReader
from sqlalchemy import text

from aftersales.errors import Conflict
from aftersales.updates import trial
from aftersales.updates.channels import Reject
from aftersales.updates.policy import Reason
from aftersales.web.desk.texts import NAMES
from billing.estimates.schemas import Send
from billing.estimates.service import draft, send
from tests.factories.calls import LINES
from tests.factories.channels import Carrier, Wire, wired
from tests.factories.world import World, add_home


async def test_every_text_is_listed_and_shown(company: World) -> None:
    desk = company.by("manager")
    listed = await desk.get("/desk/texts")
    assert listed.status_code == 200
    assert "case.received" in listed.text
    assert "Visit: on the way" in listed.text
    assert "to mend" not in listed.text
    for channel in NAMES:
        for language in ("en", "te"):
            cell = {"channel": channel, "language": language, "case": ""}
            answer = await desk.get("/desk/texts/visit.confirmed", params=cell)
            assert answer.status_code == 200, answer.text
            assert "With example values" in answer.text


async def test_a_cell_says_that_a_document_goes_with_it(company: World) -> None:
    desk = company.by("manager")
    for channel, goes in (("email", True), ("whatsapp", True), ("sms", False)):
        cell = {"channel": channel, "language": "en", "case": ""}
        shown = await desk.get("/desk/texts/warranty.registered", params=cell)
        assert ("drawn as it is sent: warranty-….pdf" in shown.text) is goes, channel
    other = await desk.get("/desk/texts/case.received", params={"channel": "email", "language": "en", "case": ""})
    assert "drawn as it is sent" not in other.text


async def test_a_real_case_speaks_for_itself(company: World) -> None:
    desk = company.by("manager")
    case = str(company.home.case_id)
    [row] = await company.rows("SELECT number FROM document WHERE id = :id", id=company.home.case_id)
    query = {"channel": "sms", "language": "en", "case": case}
    answer = await desk.get("/desk/texts/case.received", params=query)
    assert "With the values of this case" in answer.text
    assert row.number in answer.text
    assert "{#var#}" in answer.text
    assert re.search(r"\d part(s)?[^<\d]*GSM-7", answer.text)
    at_first = await desk.get("/desk/texts/case.received")
    assert "With the values of this case" in at_first.text, "one on which it has happened"
    other = await desk.get("/desk/texts/repair_order.disposed", params=query)
    assert "With example values" in other.text


async def test_what_a_case_knows_of_its_own_stands_in_the_words(company: World) -> None:
    home = await add_home(company, "Sarada Kumari", "+919849018801")
    async with company.work() as work:
        await send(work, await draft(work, home.case_id, LINES), Send(valid_days=3))
    desk, query = company.by("manager"), {"channel": "email", "language": "en", "case": str(home.case_id)}
    real = (await desk.get("/desk/texts/estimate.sent", params=query)).text
    assert "With the values of this case" in real
    assert "6,490" in real
    code = (await desk.get("/desk/texts/code.approval", params=query)).text
    assert "With example values" in code, "a code of the case is shown to nobody"
    assert "Sarada Kumari" in code


async def test_what_is_not_there(company: World) -> None:
    desk = company.by("manager")
    for path in ("/desk/texts/no.such", "/desk/texts/case.received?language=xx", "/desk/texts/case.received?channel=x"):
        assert (await desk.get(path)).status_code == 404, path


async def test_templates_go_out_and_come_back(company: World) -> None:
    desk = company.by("manager")
    out = await desk.get("/desk/texts/templates.csv")
    assert out.status_code == 200
    assert "{#var#}" in out.text
    content = "brand,channel,text,language,name,state\nAftersales,sms,case.received,te,1107,approved\n"
    taken = await desk.post("/desk/texts/templates", files={"file": ("t.csv", content.encode(), "text/csv")})
    assert taken.status_code == 303
    [row] = await company.rows(
        "SELECT state FROM channel_registration WHERE text = 'case.received' AND language = 'te'"
    )
    assert row.state == "approved"
    bad = await desk.post("/desk/texts/templates", files={"file": ("t.csv", b"brand,channel\n", "text/csv")})
    assert bad.status_code == 422
    assert "These columns are not there" in bad.text
    coordinator = company.by("coordinator")
    assert (await coordinator.get("/desk/texts")).status_code == 200
    assert (await coordinator.get("/desk/texts/templates.csv")).status_code == 403
    refused = await coordinator.post("/desk/texts/templates", files={"file": ("t.csv", b"x", "text/csv")})
    assert refused.status_code == 403


@pytest.fixture
async def over(company: World) -> AsyncIterator[dict[str, Wire]]:
    """The company with e-mail and SMS that live in the test, and a manager who can be reached by both."""
    services = company.app.state.services
    wires = {name: Wire(name) for name in ("email", "sms")}
    settings = company.settings.model_copy(update={"channels": "email,sms"})
    company.app.state.services = replace(services, registry=wired(company.registry, *wires.values()), settings=settings)
    async with company.database.unit_of_work() as session:
        values = {"email": "manager@example.org", "phone": "+919800000001", "id": company.staff["manager"].id}
        await session.execute(text("UPDATE staff SET email = :email, phone = :phone WHERE id = :id"), values)
        nobody = {"id": company.staff["coordinator"].id}
        await session.execute(text("UPDATE staff SET email = NULL WHERE id = :id"), nobody)
        await session.execute(text("DELETE FROM rate_limit"))
    yield wires
    company.app.state.services = services


async def tried(desk: httpx.AsyncClient, name: str, **cell: str) -> httpx.Response:
    return await desk.post(f"/desk/texts/{name}/test", data={"channel": "email", "language": "en"} | cell)


async def test_one_sends_oneself_a_test(company: World, over: dict[str, Wire]) -> None:
    desk = company.by("manager")
    told = await company.rows("SELECT count(*) FROM customer_update")
    answer = await tried(desk, "case.received", case=str(company.home.case_id))
    assert (answer.status_code, "A test has gone to manager@example.org" in answer.text) == (200, True)
    [letter] = over["email"].letters
    [row] = await company.rows("SELECT number FROM document WHERE id = :id", id=company.home.case_id)
    assert letter.to_address == "manager@example.org"
    assert letter.subject.startswith("[TEST] ")
    assert letter.words.startswith("[TEST] ")
    assert row.number in letter.words
    assert "/c/" not in letter.words, "no link that opens a customer's page"
    assert await company.rows("SELECT count(*) FROM customer_update") == told
    over["email"].answer = lambda _: Reject(Reason.BAD_ADDRESS, "550 nobody")
    refused = await tried(desk, "case.received", language="te")
    assert "550 nobody" in refused.text
    assert "The other side refused it" in refused.text


async def test_an_empty_page_stands_for_the_document_in_a_test(company: World, over: dict[str, Wire]) -> None:
    services = company.app.state.services
    carrier = Carrier("email")
    company.app.state.services = replace(services, registry=wired(company.registry, carrier))
    assert (await tried(company.by("manager"), "warranty.registered")).status_code == 200
    [letter] = carrier.letters
    assert letter.paper is not None
    assert letter.paper.name == "warranty-TEST.pdf"
    [page] = PdfReader(BytesIO(letter.paper.content), strict=True).pages
    assert page.extract_text() == ""
    assert (await tried(company.by("manager"), "case.received")).status_code == 200
    assert carrier.letters[-1].paper is None


async def test_a_test_is_refused_honestly(company: World, over: dict[str, Wire]) -> None:
    desk = company.by("manager")
    off = await tried(desk, "case.received", channel="whatsapp")
    assert (off.status_code, "This channel is off" in off.text) == (409, True)
    nowhere = await tried(company.by("coordinator"), "case.received")
    assert (nowhere.status_code, "You have no address or number" in nowhere.text) == (409, True)
    assert (await tried(desk, "no.such")).status_code == 404
    statuses = [(await tried(desk, "case.received", channel="sms")).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    assert len(over["sms"].letters) == 5
    services = company.app.state.services
    async with company.work() as work:
        wired_up = replace(work, registry=services.registry, settings=services.settings)
        with pytest.raises(Conflict, match="member of staff who asks for it"):
            await trial.prepare(wired_up, "case.received", "email", "en")


async def test_a_template_goes_as_it_was_approved(company: World, over: dict[str, Wire]) -> None:
    services, whatsapp = company.app.state.services, Wire("whatsapp")
    settings = services.settings.model_copy(update={"channels": "email,sms,whatsapp"})
    registry = wired(company.registry, *over.values(), whatsapp)
    company.app.state.services = replace(services, registry=registry, settings=settings)
    desk = company.by("manager")
    closed = await tried(desk, "case.received", channel="whatsapp")
    assert (closed.status_code, "once its template is approved" in closed.text) == (409, True)
    assert whatsapp.letters == []
    content = (
        f"brand,channel,text,language,name,state\n{settings.brand_name},whatsapp,case.received,en,hello,approved\n"
    )
    taken = await desk.post("/desk/texts/templates", files={"file": ("t.csv", content.encode(), "text/csv")})
    assert taken.status_code == 303
    assert (await tried(desk, "case.received", channel="whatsapp")).status_code == 200
    [letter] = whatsapp.letters
    assert letter.registered is not None
    assert (letter.registered.name, letter.registered.language) == ("hello", "en")
    assert all(letter.registered.values)
    assert "[TEST]" not in letter.words, "an approved template stays as it is"
