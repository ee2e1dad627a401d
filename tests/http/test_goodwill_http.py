"""C2 at the desk: goodwill is given on the case page inside an allowance, not beyond it, and by nobody without."""

from datetime import timedelta

from aftersales import clock
from aftersales.i18n import translator
from aftersales.web.refusals import LANGUAGE_COOKIE
from tests.factories.world import API, Home, World, add_home, csrf_of, ok, refused


async def told(company: World, home: Home) -> None:
    """The customer hears once what is paid for them, and up to how much; why is for staff alone."""
    await company.settle()
    query = "SELECT words FROM customer_update WHERE stream_id = :id AND text = 'warranty.goodwill_given'"
    [(words,)] = await company.rows(query, id=home.case_id)
    telugu = translator("te").gettext
    for said in (telugu("parts"), telugu("labour"), "₹1,500.00"):
        assert said in words, said
    assert "ten years" not in words


async def test_goodwill_is_given_on_the_case_page_inside_an_allowance_and_by_nobody_else(company: World) -> None:
    home = await add_home(company, "Durgabai Deshmukh", "+919849057001")
    coordinator, manager, finance = (company.by(role) for role in ("coordinator", "manager", "finance"))
    long_ago = str((clock.now() - timedelta(days=1500)).date())
    dates = {"purchased_on": long_ago, "delivered_on": long_ago}
    assert (await manager.patch(f"{API}/units/{home.unit_id}", json=dates)).status_code == 200
    await company.settle()
    claim = (await ok(coordinator, f"{API}/cases/{home.case_id}/warranty_claims"))["id"]
    case, form = f"/desk/cases/{home.case_id}", f"/desk/warranty_claims/{claim}/goodwill_given"
    api = f"{API}/warranty_claims/{claim}/goodwill_given"
    sent = {"parts": "on", "labour": "on", "amount_minor": "1,500.00", "words": "A customer of ten years."}
    body = {"visit": True, "amount_minor": 200_001, "words": "A customer of ten years."}

    page = (await coordinator.get(case)).text
    assert (f'action="{form}"' in page, "Give as goodwill" in page) == (True, True)
    assert form not in (await finance.get(case)).text
    async with company.unchanged():
        beyond = await coordinator.post(form, data=sent | {"csrf": csrf_of(page), "amount_minor": "2,000.01"})
        assert (beyond.status_code, "You may give up to ₹2,000.00 on a claim." in beyond.text) == (409, True)
        assert "A customer of ten years." in beyond.text, "what was typed stays"
        limit = await coordinator.post(api, json=body)
        refused(limit, body, 409)
        assert {key: limit.json()[key] for key in ("code", "limit_minor", "currency")} == {
            "code": "warranty.goodwill_limit", "limit_minor": 200_000, "currency": "INR"
        }  # fmt: skip
        none = await coordinator.post(api, json=body | {"visit": False})
        refused(none, body)
        assert none.json()["code"] == "warranty.goodwill_classes"
        assert (await finance.post(form, data=sent | {"csrf": finance.headers["X-CSRF-Token"]})).status_code == 403
        refused(await finance.post(api, json=body), body, 403)
        refused(await company.by("technician").post(api, json=body), body, 403, 404)

    given = await coordinator.post(form, data=sent | {"csrf": csrf_of(page)})
    assert (given.status_code, given.headers["location"]) == (303, case)
    page = (await coordinator.get(case)).text
    for said in ("Goodwill", "₹1,500.00", "A customer of ten years.", company.staff["coordinator"].name):
        assert said in page, said
    await told(company, home)
    rest = await coordinator.post(api, json=body | {"amount_minor": 50_001})
    assert (rest.status_code, rest.json()["code"]) == (409, "warranty.goodwill_limit"), "what was given counts"
    await ok(manager, api, **body)
    owner = await company.customer(home)
    owner.cookies.set(LANGUAGE_COOKIE, "en")
    theirs = (await owner.get("/track")).text
    assert "Beyond the terms we pay for you" in theirs
    assert "A customer of ten years." not in theirs
