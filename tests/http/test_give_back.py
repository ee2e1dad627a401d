"""A2: giving back on the public page: found by phone and serial with a code, shown what they get, sent, followed."""

import asyncio
import re
from datetime import date, timedelta
from html import unescape
from io import BytesIO
from uuid import UUID

import httpx
import pytest
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import select, text

from aftersales import clock
from aftersales.auth import codes
from aftersales.auth.models import OneTimeCode
from aftersales.customers.models import PersonPhone
from aftersales.i18n import OFFERED
from aftersales.ids import new_id
from aftersales.products.models import UnitIdentifier
from aftersales.web.refusals import LANGUAGE_COOKIE
from rma.service import enquiring
from tests.factories.entitlement import Household
from tests.factories.site import Site

PATH = "/give-back"
WORDS = "It stops after a minute."


@pytest.fixture
async def theirs(home: Household) -> dict[str, str]:
    """What Padma types: her phone and the number on the mixer, which came two days ago."""
    number, phone = f"MX5{new_id().hex[-9:].upper()}", f"+9190{int(new_id().hex[-8:], 16) % 10**8:08}"
    async with home.work() as work:
        work.session.add(UnitIdentifier(id=new_id(), unit_id=home.mixer, kind="serial", value=number, normal=number))
        work.session.add(PersonPhone(person_id=home.padma, e164=phone, position=0))
    came = clock.business_date(clock.now(), "Asia/Kolkata") - timedelta(days=2)
    await home.change_unit(home.mixer, purchased_on=came, delivered_on=came)
    return {"number": number, "phone": phone.removeprefix("+91")}


async def digits(home: Household) -> str:
    """The code that Padma was sent."""
    async with home.work() as work:
        query = select(OneTimeCode).where(OneTimeCode.person_id == home.padma, OneTimeCode.purpose == codes.RETURNS)
        code = (await work.session.scalars(query.order_by(OneTimeCode.id.desc()).limit(1))).one()
        return codes.value(home.settings, code)


async def coded(site: Site, home: Household, theirs: dict[str, str]) -> dict[str, str]:
    """The same with the code, ready for the next step."""
    async with site.client() as browser:
        answer = await browser.post(PATH, data=theirs)
    assert answer.status_code == 200, answer.text
    return theirs | {"code": await digits(home)}


def picture() -> tuple[str, bytes, str]:
    held, exif = BytesIO(), Image.Exif()
    exif[0x010E] = "Padma's kitchen"
    Image.new("RGB", (320, 240), "#cfc8bb").save(held, "JPEG", exif=exif.tobytes())
    return "mixer.jpg", held.getvalue(), "image/jpeg"


def seen(page: httpx.Response) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


async def rows(home: Household, statement: str, **values: object) -> list[tuple[object, ...]]:
    async with home.work() as work:
        return [tuple(row) for row in await work.session.execute(text(statement), values)]


async def test_from_phone_and_number_to_the_label(site: Site, home: Household, theirs: dict[str, str]) -> None:
    given = await coded(site, home, theirs)
    await home.settle()
    [(words,)] = await rows(
        home, "SELECT words FROM customer_update WHERE person_id = :id AND text = 'code.returns'", id=home.padma
    )
    assert given["code"] not in str(words), "digits are not kept"
    async with site.client() as browser:
        why = await browser.post(f"{PATH}/why", data=given)
        assert (why.status_code, 'name="condition"' in why.text) == (200, True)
        given |= {"reason": "defective", "condition": "used", "paid": "6490"}
        shown = await browser.post(f"{PATH}/see", data=given)
        words = seen(shown)
        for said in (
            "You can give it back.",
            "₹6,490.00 goes back to you the way you paid.",
            "You get another one in its place.",
            "We pay for the way to us and back",
            "Why this answer",
            "within 48 hours",
        ):
            assert said in words, said
        assert "You fetch it at my address" not in words, "nobody drives in this company"
        assert await rows(home, "SELECT 1 FROM product_return WHERE unit_id = :id", id=home.mixer) == []
        form = given | {"wish": "exchange", "coming": "drop_off", "branch_id": str(site.branch_id), "words": WORDS}
        files = [("photos", picture()), ("photos", picture()), ("invoice", picture())]
        sent = await browser.post(f"{PATH}/send", data=form, files=files)
        assert (sent.status_code, sent.headers["location"].startswith("/t/")) == (303, True), sent.text
        again = await browser.post(f"{PATH}/send", data=form)
        assert (again.status_code, again.headers["location"].startswith("/t/")) == (303, True), "sent twice, once"
    await home.settle()
    [(status, wish, coming, case_id, return_id, facts)] = await rows(
        home,
        "SELECT d.status, w.wish, w.coming, d.stream_id, d.id, r.facts FROM product_return r JOIN document d USING (id)"
        " JOIN product_return_wish w ON w.return_id = r.id WHERE r.unit_id = :id",
        id=home.mixer,
    )
    assert (status, wish, coming) == ("awaiting_return", "exchange", "drop_off")
    assert (facts["condition"], facts["proof"]) == ("used", "record")  # type: ignore[index]
    kept = await rows(home, "SELECT kind, mime FROM file WHERE stream_id = :id ORDER BY kind", id=case_id)
    assert [kind for kind, _ in kept] == ["invoice", "photo", "photo"]
    assert await rows(
        home, "SELECT status FROM document WHERE machine = 'return_enquiry' AND unit_id = :id", id=home.mixer
    ) == [("used",)]
    await followed(site, home, sent.headers["location"], return_id)


async def followed(site: Site, home: Household, link: str, return_id: object) -> None:
    """Live on the tracking page: the label, another choice, and cancelling it; then the choice is over."""
    async with site.client() as browser:
        browser.cookies.set(LANGUAGE_COOKIE, "en")
        await browser.get(link)
        page = await browser.get("/track")
        words = seen(page)
        assert "Please bring or send it by" in words
        assert "Another one in its place" in words
        label = await browser.get(f"/track/returns/{return_id}/label.pdf")
        assert str(len(PdfReader(BytesIO(label.content)).pages)) == "1"
        csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert csrf is not None
        proof = {"X-CSRF-Token": csrf[1]}
        changed = await browser.post(f"/track/returns/{return_id}/wished", data={"resolution": "refund"}, headers=proof)
        assert changed.status_code == 303, changed.text
        assert "My money back" in seen(await browser.get("/track"))
        gone = await browser.post(f"/track/returns/{return_id}/cancel", headers=proof)
        assert gone.status_code == 303, gone.text
        late = await browser.post(f"/track/returns/{return_id}/wished", data={"resolution": "repair"}, headers=proof)
        assert late.status_code == 409
    assert await rows(home, "SELECT status FROM document WHERE id = :id", id=return_id) == [("cancelled",)]


async def test_send_pressed_twice_does_what_it_did_once_and_tells_nobody_else(
    site: Site, home: Household, theirs: dict[str, str]
) -> None:
    given = await coded(site, home, theirs) | {"reason": "defective", "condition": "used", "words": WORDS}
    given |= {"wish": "refund", "coming": "drop_off", "branch_id": str(site.branch_id)}
    made = "SELECT stream_id FROM document WHERE machine = 'return' AND unit_id = :id"
    async with site.client() as browser:
        at_once = await asyncio.gather(*(browser.post(f"{PATH}/send", data=given) for _ in range(4)))
        later = await browser.post(f"{PATH}/send", data=given)
        assert [one.status_code for one in (*at_once, later)] == [303] * 5, later.text
        [(case_id,)] = await rows(home, made, id=home.mixer)
        opened = "SELECT c.id FROM support_case c JOIN document d USING (id) WHERE d.unit_id = :id"
        assert await rows(home, opened, id=home.mixer) == [(case_id,)]
        led = "SELECT DISTINCT stream_id FROM customer_link WHERE person_id = :id"
        assert await rows(home, led, id=home.padma) == [(case_id,)]

        # Who has not all three learns nothing, and not by guessing either.
        wrong = "000000" if given["code"] != "000000" else "111111"
        other = f"MX5{new_id().hex[-9:].upper()}"
        tried = [{"code": wrong}, {"phone": "9000000001"}, {"number": other}, {"number": other, "code": wrong}]
        pages = set()
        for change in tried:
            answer = await browser.post(f"{PATH}/send", data=given | change)
            typed = {"phone": given["phone"], "number": given["number"]} | change
            pages.add((answer.status_code, _without(answer, typed).replace(given["code"], "").replace(wrong, "")))
        [(status, page)] = pages
        assert (status, "This is not the code." in page) == (422, True)

        # Later on it opens nothing any more, and says so.
        back = "UPDATE one_time_code SET consumed_at = consumed_at - interval '3 minutes' WHERE person_id = :id"
        async with home.work() as work:
            await work.session.execute(text(back), {"id": home.padma})
        late = await browser.post(f"{PATH}/send", data=given)
        assert (late.status_code, "We have received this already." in seen(late)) == (409, True)
        for _ in range(4):
            await browser.post(f"{PATH}/send", data=given | {"code": wrong})
        assert (await browser.post(f"{PATH}/send", data=given)).status_code == 422, "five guesses end it"


async def test_nobody_learns_what_is_known(site: Site, home: Household, theirs: dict[str, str]) -> None:
    tried = [
        theirs,
        theirs | {"number": "MX5NOBODY1"},
        theirs | {"phone": "9000000001"},
        {"number": "MX5NOBODY1", "phone": "9000000001"},
    ]
    bodies, wrong = [], []
    async with site.client() as browser:
        for one in tried:
            answer = await browser.post(PATH, data=one)
            bodies.append(_without(answer, one))
            answer = await browser.post(f"{PATH}/why", data=one | {"code": "000000"})
            wrong.append((answer.status_code, _without(answer, one)))
    assert len(set(bodies)) == 1
    assert {status for status, _ in wrong} == {422}
    assert len(set(wrong)) == 1
    sent = await rows(
        home, "SELECT attempts FROM one_time_code WHERE purpose = 'returns' AND person_id = :id", id=home.padma
    )
    assert sent == [(1,)], "one code for her alone, and the wrong guess is counted"


def _without(answer: httpx.Response, typed: dict[str, str]) -> str:
    """The page without what was typed into it."""
    phone = f"+91{typed['phone']}"
    return answer.text.replace(phone, "").replace(typed["phone"], "").replace(typed["number"], "")


async def test_who_asks_five_times_at_once_has_one_enquiry_and_one_code(
    site: Site, home: Household, theirs: dict[str, str]
) -> None:
    async with site.client() as browser:
        answers = await asyncio.gather(*(browser.post(PATH, data=theirs) for _ in range(5)))
    assert [one.status_code for one in answers] == [200] * 5
    enquiries = "SELECT status FROM document WHERE machine = 'return_enquiry' AND unit_id = :id"
    assert await rows(home, enquiries, id=home.mixer) == [("asked",)]
    sent = "SELECT sends BETWEEN 1 AND 3 FROM one_time_code WHERE purpose = 'returns' AND person_id = :id"
    assert await rows(home, sent, id=home.padma) == [(True,)]


async def test_the_fifth_wrong_guess_ends_the_code(site: Site, home: Household, theirs: dict[str, str]) -> None:
    given = await coded(site, home, theirs)
    async with site.client() as browser:
        guesses = [
            guess for guess in ("111111", "222222", "333333", "444444", "555555", "666666") if guess != given["code"]
        ]
        for guess in guesses[:5]:
            answer = await browser.post(f"{PATH}/see", data=given | {"code": guess})
            assert answer.status_code == 422
        assert (await browser.post(f"{PATH}/why", data=given)).status_code == 422


async def test_where_the_rule_says_no_there_is_something_instead(
    site: Site, home: Household, theirs: dict[str, str]
) -> None:
    long_ago = date(2026, 9, 1)
    await home.change_unit(home.mixer, purchased_on=long_ago, delivered_on=long_ago)
    given = await coded(site, home, theirs) | {"reason": "defective", "condition": "used"}
    async with site.client() as browser:
        words = seen(await browser.post(f"{PATH}/see", data=given))
        assert "We cannot take it back by our policy." in words
        assert "We repair it under its warranty, free of charge." in words
        assert "What would you like?" not in words
        unwanted = seen(await browser.post(f"{PATH}/see", data=given | {"reason": "changed_mind"}))
        assert "we buy from you for a fifth of what you paid" in unwanted
        sent = await browser.post(f"{PATH}/send", data=given | {"do": "repair", "words": WORDS})
        assert sent.status_code == 303, sent.text
    [(complaint, case_id)] = await rows(
        home,
        "SELECT complaint, c.id FROM support_case c JOIN document d USING (id) WHERE d.unit_id = :id",
        id=home.mixer,
    )
    assert complaint == WORDS
    assert await rows(home, "SELECT 1 FROM product_return WHERE unit_id = :id", id=home.mixer) == []
    # The code is used up; with a new one the return is asked for all the same, and a person decides.
    given |= {"code": (await coded(site, home, theirs))["code"], "do": "ask", "words": WORDS}
    async with site.client() as browser:
        sent = await browser.post(f"{PATH}/send", data=given)
        assert sent.status_code == 303, sent.text
        given |= {"code": (await coded(site, home, theirs))["code"]}
        second = await browser.post(f"{PATH}/send", data=given)
        assert (second.status_code, "under way already" in seen(second)) == (409, True)
    assert await rows(
        home,
        "SELECT status, stream_id = :case FROM document WHERE machine = 'return' AND unit_id = :id",
        id=home.mixer,
        case=case_id,
    ) == [("requested", False)]


@pytest.mark.parametrize(
    ("step", "changes", "field"),
    [
        ("", {"number": ""}, "number"),
        ("", {"number": "x" * 121}, "number"),
        ("", {"phone": "12"}, "phone"),
        ("/see", {"reason": "boredom"}, "reason"),
        ("/see", {"condition": ""}, "condition"),
        ("/see", {"paid": "a lot"}, "paid"),
        ("/send", {"words": "x"}, "words"),
        ("/send", {"wish": "a car"}, "wish"),
        ("/send", {"coming": "by air"}, "coming"),
        ("/send", {"branch_id": "hyderabad"}, "branch_id"),
    ],
)
async def test_what_cannot_be_is_shown_beside_its_field(
    site: Site, home: Household, theirs: dict[str, str], step: str, changes: dict[str, str], field: str
) -> None:
    given = await coded(site, home, theirs) if step else dict(theirs)
    given |= {"reason": "defective", "condition": "used", "paid": "6490"} if step else {}
    given |= {"wish": "refund", "coming": "drop_off", "branch_id": str(site.branch_id), "words": WORDS}
    async with site.client() as browser:
        answer = await browser.post(f"{PATH}{step}", data=given | changes)
    assert answer.status_code == 422
    assert f'id="back-{field}-error"' in answer.text


async def test_what_was_paid_is_in_the_currency_of_the_centre(
    site: Site, home: Household, theirs: dict[str, str]
) -> None:
    await home.case()
    async with home.work() as work:
        await work.session.execute(text("UPDATE branch SET currency = 'AED' WHERE id = :b"), {"b": home.branch_id})
    given = await coded(site, home, theirs)
    async with site.client() as browser:
        why = seen(await browser.post(f"{PATH}/why", data=given))
        assert ("AED" in why, "₹" in why) == (True, False)
        given |= {"reason": "defective", "condition": "used", "paid": "89.50"}
        assert "AED89.50 goes back to you the way you paid." in seen(await browser.post(f"{PATH}/see", data=given))


async def test_files_are_drawn_anew_or_refused(site: Site, home: Household, theirs: dict[str, str]) -> None:
    given = await coded(site, home, theirs) | {"reason": "defective", "condition": "used", "words": WORDS}
    given |= {"wish": "refund", "coming": "drop_off", "branch_id": str(site.branch_id)}
    bad = ("a.jpg", b"MZ\x90\x00 no picture", "image/jpeg")
    large = ("a.jpg", b"\xff\xd8\xff" + bytes(site.settings.upload_max_bytes + 10), "image/jpeg")
    async with site.client() as browser:
        for files in ([("photos", bad)], [("photos", large)], [("photos", picture())] * 6):
            answer = await browser.post(f"{PATH}/send", data=given, files=files)
            assert answer.status_code in (413, 422), answer.text
        assert await rows(home, "SELECT 1 FROM product_return WHERE unit_id = :id", id=home.mixer) == []
        sent = await browser.post(f"{PATH}/send", data=given, files=[("photos", picture())])
        assert sent.status_code == 303, "the code is still good: nothing was carried out"
    [(file_id,)] = await rows(
        home, "SELECT f.id FROM file f JOIN document d ON d.id = f.stream_id WHERE d.unit_id = :id", id=home.mixer
    )
    engineer, _ = await site.staff("service_engineer")
    kept = await engineer.get(f"/api/v1/files/{file_id}")
    assert (kept.headers["content-type"], b"kitchen" in kept.content) == ("image/jpeg", False)


async def test_too_many_wait_and_another_site_sends_nothing(site: Site, theirs: dict[str, str]) -> None:
    async with site.client() as browser:
        answers = [await browser.post(PATH, data={"number": f"N{n}", "phone": f"98480{n:05}"}) for n in range(8)]
        assert [one.status_code for one in answers] == [200] * 6 + [429] * 2
        assert int(answers[-1].headers["retry-after"]) > 0
        for step in ("", "/why", "/see", "/send"):
            foreign = await browser.post(f"{PATH}{step}", data=theirs, headers={"Origin": "https://example.org"})
            assert foreign.status_code == 403


async def test_an_enquiry_that_nobody_ends_lapses(site: Site, home: Household, theirs: dict[str, str]) -> None:
    await coded(site, home, theirs)
    [(enquiry,)] = await rows(
        home, "SELECT id FROM document WHERE machine = 'return_enquiry' AND unit_id = :id", id=home.mixer
    )
    async with home.work(now=clock.now() + enquiring.LASTS) as work:
        await enquiring.lapse(work, {"enquiry_id": str(enquiry)})
        await enquiring.lapse(work, {"enquiry_id": str(enquiry)})
    assert await rows(home, "SELECT status FROM document WHERE id = :id", id=enquiry) == [("lapsed",)]
    assert isinstance(enquiry, UUID)


@pytest.mark.parametrize("language", sorted(OFFERED))
async def test_the_page_speaks_every_language(site: Site, language: str) -> None:
    async with site.client() as browser:
        page = await browser.get(PATH, params={"lang": language})
    assert f'lang="{language}"' in page.text
    assert ("Give back or exchange a product" in page.text) is (language == "en")
