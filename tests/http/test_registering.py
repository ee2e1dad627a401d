"""A1: registering a product: on the public page, checked by staff point by point, with a certificate at the end."""

from dataclasses import dataclass, replace
from io import BytesIO
from uuid import UUID

import httpx
import pytest
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import text

from aftersales import clock
from aftersales.i18n import OFFERED
from aftersales.ids import new_id
from aftersales.module import Role
from aftersales.products.models import UnitIdentifier
from tests.factories.channels import Carrier, wired
from tests.factories.claims import CHECKED
from tests.factories.entitlement import Household
from tests.factories.site import Site
from tests.fixtures.papers import spoken

PATH = "/register-product"
ROLES = ("coordinator", "service_engineer", "manager", "technician", "finance")


@dataclass(frozen=True, slots=True)
class Kept:
    """What a registration has become in the tables."""

    id: UUID
    status: str
    unit_id: UUID | None
    flags: list[str]
    file_id: UUID | None


def invoice() -> tuple[str, bytes, str]:
    held = BytesIO()
    Image.new("RGB", (640, 480), "#cfc8bb").save(held, "JPEG", exif=_located())
    return "invoice.jpg", held.getvalue(), "image/jpeg"


def _located() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "Padma's kitchen"
    return exif.tobytes()


def filled(site: Site, number: str, **changes: str) -> dict[str, str]:
    form = {
        "number": number,
        "model": "FL-75",
        "purchased_on": "2026-03-18",
        "invoice_number": "GO/2603/00042",
        "name": "Padma",
        "phone": "098480 12345",
        "branch_id": str(site.branch_id),
    }
    return form | changes


async def bearing(home: Household, number: str) -> None:
    """The washing machine bears this serial number."""
    async with home.work() as work:
        work.session.add(
            UnitIdentifier(
                id=new_id(), unit_id=home.washer, kind="serial", value=number, normal=number.replace("-", "")
            )
        )


async def kept(home: Household, answer: httpx.Response) -> Kept:
    """The registration that the page has answered with."""
    assert answer.status_code == 201, answer.text
    async with home.work() as work:
        rows = await work.session.execute(
            text(
                "SELECT d.id, d.status, r.unit_id, r.flags, a.file_id, d.number FROM document d"
                " JOIN warranty_registration r USING (id) JOIN warranty_application a USING (id)"
            )
        )
        return next(Kept(*row[:5]) for row in rows if row[5] in answer.text)


def serial() -> str:
    return f"GW75-{new_id().hex[-10:].upper()}"


async def test_a_known_product_is_registered_with_its_proof(site: Site, home: Household) -> None:
    number = serial()
    await bearing(home, number)
    async with site.client() as browser:
        page = await browser.get(PATH, params={"number": number})
        assert (page.status_code, f'value="{number}"' in page.text) == (200, True)
        sent = await browser.post(PATH, data=filled(site, number), files={"file": invoice()})
        again = await browser.post(PATH, data=filled(site, number), files={"file": invoice()})
    found = await kept(home, sent)
    assert (found.status, found.unit_id, found.flags) == ("pending_verification", home.washer, ["other_phone"])
    assert (await kept(home, again)).id == found.id
    engineer, _ = await site.staff("service_engineer")
    picture = await engineer.get(f"/api/v1/files/{found.file_id}")
    assert picture.headers["content-type"] == "image/jpeg"
    assert b"kitchen" not in picture.content


async def test_an_unknown_number_waits_for_a_person_who_finds_the_product(site: Site, home: Household) -> None:
    async with site.client() as browser:
        sent = await browser.post(PATH, data=filled(site, "XX-" + serial()), files={"file": invoice()})
    found = await kept(home, sent)
    assert (found.unit_id, found.flags) == (None, ["unknown_number"])
    engineer, _ = await site.staff("service_engineer")
    api = f"/api/v1/warranty_registrations/{found.id}"
    early = await engineer.post(f"{api}/activate", json=CHECKED.model_dump())
    assert (early.status_code, early.json()["code"]) == (409, "warranty.no_unit_yet")
    wrong = await engineer.post(f"{api}/identified", json={"number": "NOBODY-1"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "warranty.unknown_number")
    number = serial()
    await bearing(home, number)
    named = await engineer.post(f"{api}/identified", json={"number": number})
    assert named.status_code == 200, named.text
    twice = await engineer.post(f"{api}/identified", json={"number": number})
    assert (twice.status_code, twice.json()["code"]) == (409, "warranty.identified")
    done = await engineer.post(f"{api}/activate", json=CHECKED.model_dump())
    assert done.json()["status"] == "active", done.text
    async with home.work() as work:
        proof = await work.session.execute(
            text("SELECT kind, reference, file_id FROM warranty_proof WHERE unit_id = :unit"), {"unit": home.washer}
        )
        assert proof.one() == ("invoice", "GO/2603/00042", found.file_id)
    assert "GW75" in (await engineer.get(f"/desk/units/{home.washer}")).text


async def test_the_check_list_is_gone_through_before_it_counts(site: Site, home: Household) -> None:
    number = serial()
    await bearing(home, number)
    async with site.client() as browser:
        found = await kept(home, await browser.post(PATH, data=filled(site, number)))
    assert found.flags == ["other_phone", "no_proof"]
    engineer, _ = await site.staff("service_engineer")
    api = f"/api/v1/warranty_registrations/{found.id}/activate"
    half = await engineer.post(api, json={"number_fits": True})
    assert (half.status_code, half.json()["code"]) == (422, "warranty.not_checked")
    assert [one["field"] for one in half.json()["errors"]] == ["proof_seen", "day_fits"]
    marked = await engineer.post(api, json=CHECKED.model_dump())
    assert (marked.status_code, marked.json()["code"]) == (422, "warranty.flags_open")
    done = await engineer.post(api, json=CHECKED.model_dump() | {"note": "Called: it is her son's phone."})
    assert done.json()["status"] == "active", done.text
    async with site.client() as browser:
        second = await kept(home, await browser.post(PATH, data=filled(site, number, phone="9848054321")))
    assert "duplicate" in second.flags
    other = f"/api/v1/warranty_registrations/{second.id}/activate"
    refused = await engineer.post(other, json=CHECKED.model_dump() | {"note": "Let us see."})
    assert (refused.status_code, refused.json()["code"]) == (409, "warranty.registered_already")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": ""}, "number"),
        ({"name": " "}, "name"),
        ({"phone": "12"}, "phone"),
        ({"purchased_on": "2999-01-01"}, "purchased_on"),
        ({"purchased_on": "1066-10-14"}, "purchased_on"),
        ({"purchased_on": "yesterday"}, "purchased_on"),
        ({"branch_id": "hyderabad"}, "branch_id"),
        ({"branch_id": "00000000-0000-0000-0000-000000000000"}, "branch_id"),
        ({"model": "x" * 121}, "model"),
    ],
)
async def test_what_cannot_be_is_shown_beside_its_field(site: Site, changes: dict[str, str], field: str) -> None:
    async with site.client() as browser:
        answer = await browser.post(PATH, data=filled(site, serial()) | changes)
    assert answer.status_code == 422
    told = answer.text.split(f'for="register-{field}"')[1].split("</div>")[0]
    assert 'class="wrong ' in told
    assert "GO/2603/00042" in answer.text


@pytest.mark.parametrize("data", [b"MZ\x90\x00 not a picture", b"%PDF-1.4 broken", bytes(range(1, 65))])
async def test_a_file_that_is_no_photo_and_no_pdf_is_not_taken(site: Site, home: Household, data: bytes) -> None:
    number = serial()
    async with site.client() as browser:
        answer = await browser.post(PATH, data=filled(site, number), files={"file": ("a.jpg", data, "image/jpeg")})
    assert answer.status_code == 422
    assert "We cannot use this file." in answer.text
    async with home.work() as work:
        held = text("SELECT count(*) FROM warranty_application WHERE number = :number")
        assert await work.session.scalar(held, {"number": number}) == 0


async def test_a_file_over_the_limit_is_not_taken(site: Site, home: Household) -> None:
    large = b"\xff\xd8\xff" + bytes(site.settings.upload_max_bytes + 10)
    async with site.client() as browser:
        answer = await browser.post(PATH, data=filled(site, serial()), files={"file": ("a.jpg", large, "image/jpeg")})
    assert answer.status_code in (413, 422)


async def test_too_many_from_one_address_wait(site: Site) -> None:
    async with site.client() as browser:
        answers = [await browser.post(PATH, data=filled(site, serial(), phone=f"98480{n:05}")) for n in range(8)]
    assert [one.status_code for one in answers] == [201] * 6 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_many_from_one_phone_are_marked_and_another_site_sends_nothing(site: Site, home: Household) -> None:
    async with site.client() as browser:
        for _ in range(3):
            await browser.post(PATH, data=filled(site, serial(), phone="9848099999"))
        last = await kept(home, await browser.post(PATH, data=filled(site, serial(), phone="9848099999")))
        foreign = await browser.post(PATH, data=filled(site, serial()), headers={"Origin": "https://example.org"})
    assert "many" in last.flags
    assert foreign.status_code == 403


@pytest.mark.parametrize("language", sorted(OFFERED))
async def test_the_page_speaks_every_language(site: Site, language: str) -> None:
    async with site.client() as browser:
        page = await browser.get(PATH, params={"lang": language})
    assert f'lang="{language}"' in page.text
    assert ("Register your product" in page.text) is (language == "en")


STEPS = {
    "pending_verification": (),
    "active": (("activate", CHECKED.model_dump() | {"note": "Called."}),),
    "void": (("declare_void", {"note": "Not this product."}),),
    "cancelled": (("cancel", {"note": "Asked to."}),),
}
VERBS = {
    "activate": CHECKED.model_dump() | {"note": "Called."},
    "declare_void": {"note": "Not this product."},
    "cancel": {"note": "Asked to."},
    "identified": {"number": "NOBODY-1"},
}
LEGAL = {
    "pending_verification": {"activate": 200, "declare_void": 200, "cancel": 200, "identified": 409},
    "active": {"declare_void": 200, "cancel": 200},
    "void": {},
    "cancelled": {},
}
PERMISSION = {
    "activate": "warranty_registration.verify",
    "declare_void": "warranty_registration.verify",
    "identified": "warranty_registration.verify",
    "cancel": "warranty_registration.register",
}


async def _standing(site: Site, home: Household, client: httpx.AsyncClient, status: str) -> str:
    async with home.work(now=clock.now()) as work:
        await work.session.execute(
            text("UPDATE warranty_registration SET unit_id = NULL WHERE unit_id = :unit"), {"unit": home.washer}
        )
    number = serial()
    async with home.work() as work:
        await work.session.execute(
            text("UPDATE unit_identifier SET valid_until = current_date WHERE unit_id = :unit"), {"unit": home.washer}
        )
    await bearing(home, number)
    async with site.client() as browser:
        found = await kept(home, await browser.post(PATH, data=filled(site, number)))
    for verb, body in STEPS[status]:
        answer = await client.post(f"/api/v1/warranty_registrations/{found.id}/{verb}", json=body)
        assert answer.status_code == 200, answer.text
    return str(found.id)


@pytest.mark.parametrize("status", list(LEGAL))
@pytest.mark.parametrize("role", ROLES)
async def test_every_state_and_verb_by_every_role(site: Site, home: Household, role: str, status: str) -> None:
    manager, _ = await site.staff("manager")
    client, _ = await site.staff(role)
    roles: dict[str, Role] = dict(home.registry.roles)
    for verb, body in VERBS.items():
        async with site.database.unit_of_work() as session:
            await session.execute(text("DELETE FROM rate_limit"))
        registration = await _standing(site, home, manager, status)
        answer = await client.post(f"/api/v1/warranty_registrations/{registration}/{verb}", json=body)
        may = PERMISSION[verb] in roles[role].permissions
        expected = {LEGAL[status].get(verb, 409)} if may else {403, 404}
        assert answer.status_code in expected, f"{role} {status} {verb}: {answer.status_code} {answer.text}"


async def test_the_certificate_says_until_when_in_the_customers_language(site: Site, home: Household) -> None:
    number = serial()
    await bearing(home, number)
    async with site.client() as browser:
        found = await kept(home, await browser.post(PATH, data=filled(site, number), files={"file": invoice()}))
    engineer, _ = await site.staff("service_engineer")
    address = f"/api/v1/warranty_registrations/{found.id}/certificate.pdf"
    early = await engineer.get(address)
    assert (early.status_code, early.json()["code"]) == (409, "warranty.not_registered")
    body = CHECKED.model_dump() | {"note": "Called."}
    await engineer.post(f"/api/v1/warranty_registrations/{found.id}/activate", json=body)
    pdf = await engineer.get(address, params={"lang": "te"})
    assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf")
    telugu = PdfReader(BytesIO(pdf.content))
    assert number in telugu.pages[0].extract_text()
    assert "వారంటీ సర్టిఫికెట్" in spoken(telugu)
    english = PdfReader(BytesIO((await engineer.get(address)).content)).pages[0].extract_text()
    assert "until 19 March 2028" in english
    assert "Warranty certificate" in english
    carrier = Carrier("email")
    async with home.work() as work:
        letters_to = {"email": f"{number.lower()}@example.org", "id": home.padma}
        await work.session.execute(text("UPDATE person SET email = :email WHERE id = :id"), letters_to)
    settings = home.settings.model_copy(update={"channels": "email", "quiet_hours": "", "merge_seconds": 0.0})
    await replace(home, registry=wired(home.registry, carrier), settings=settings).settle()
    [told] = [letter for letter in carrier.letters if letter.paper is not None]
    assert told.paper is not None
    assert (told.language, told.paper.name.startswith("warranty-")) == ("te", True)
    assert "వారంటీ సర్టిఫికెట్" in spoken(PdfReader(BytesIO(told.paper.content))), "as it is on their page"


async def test_the_desk_shows_what_is_marked_and_a_form_that_failed_again(site: Site, home: Household) -> None:
    number = serial()
    await bearing(home, number)
    async with site.client() as browser:
        found = await kept(home, await browser.post(PATH, data=filled(site, number), files={"file": invoice()}))
    engineer, _ = await site.staff("service_engineer")
    queue = await engineer.get("/desk/warranty")
    assert f"/desk/warranty/registrations/{found.id}" in queue.text
    assert "The phone is not one of the owner&#39;s household." in queue.text
    own = f"/desk/warranty/registrations/{found.id}"
    shown = await engineer.get(own)
    assert (number in shown.text, f"/api/v1/files/{found.file_id}" in shown.text) == (True, True)
    action = f"/desk/warranty_registrations/{found.id}/activate"
    half = await engineer.post(action, data={"number_fits": "1"}, headers={"Accept": "text/html"})
    assert half.status_code == 422
    assert "Compare it first, then tick it." in half.text
    ticked = {"number_fits": "1", "proof_seen": "1", "day_fits": "1", "note": "Called: her son's phone."}
    done = await engineer.post(action, data=ticked)
    assert (done.status_code, done.headers["location"]) == (303, own)
    assert "certificate.pdf?lang=en" in (await engineer.get(own)).text
    assert f"{found.id}" not in (await engineer.get("/desk/warranty")).text


async def test_a_claim_stands_beside_its_photos(site: Site, home: Household) -> None:
    today = home.at(clock.now())
    case_id = await today.case()
    repair_id = await today.workshop(case_id)
    picture = await today.photo(case_id, repair_id)
    claim = await today.claim(case_id)
    engineer, _ = await site.staff("service_engineer")
    queue = await engineer.get("/desk/warranty", params={"show": "decide"})
    assert f"/desk/warranty/claims/{claim.id}" in queue.text
    page = await engineer.get(f"/desk/warranty/claims/{claim.id}")
    assert (f"/api/v1/files/{picture}" in page.text, "Why this answer" in page.text) == (True, True)
    assert f"/desk/warranty_claims/{claim.id}/review" in page.text
    finance, _ = await site.staff("technician")
    assert (await finance.get(f"/desk/warranty/claims/{claim.id}")).status_code == 404


async def test_what_a_unit_is_covered_for_is_told_without_a_case(site: Site, home: Household) -> None:
    finance, _ = await site.staff("service_engineer")
    api = f"/api/v1/units/{home.washer}/cover"
    now = (await finance.get(api, params={"on": "2026-11-20"})).json()
    assert (now["verdict"]["findings"]["parts"], now["verdict"]["percent"]["parts"]) == ("covered", 100)
    assert [step["rule"] for step in now["verdict"]["trace"]][:2] == ["proof", "start"]
    later = (await finance.get(api, params={"on": "2031-01-01", "fault": "22-B"})).json()
    assert (later["verdict"]["findings"]["parts"], later["facts"]["fault"]) == ("not_covered", "22-B")
    async with home.work() as work:
        kept = text("SELECT count(*) FROM warranty_verdict WHERE unit_id = :unit")
        assert await work.session.scalar(kept, {"unit": home.washer}) == 0
    async with site.client() as nobody:
        assert (await nobody.get(api)).status_code == 401
