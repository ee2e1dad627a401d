"""Requests by message: what a stranger sends becomes a draft, and in one click a case."""

import re
from collections.abc import AsyncIterator
from html import unescape

import pytest
from sqlalchemy import text

from tests.factories.talking import Talk, open_talk, photo
from tests.factories.world import World, csrf_of

PLACED = text("UPDATE branch SET postcode = :postcode WHERE code = :code")
AGED = text("UPDATE inbound_message SET received_at = received_at - interval '25 hours'")


@pytest.fixture(scope="module")
async def talk(company: World) -> AsyncIterator[Talk]:
    async with company.work() as work:
        for code, postcode in (("KKP", "500072"), ("MNK", "500085")):
            await work.session.execute(PLACED, {"code": code, "postcode": postcode})
    found = await open_talk(company)
    yield found
    await found.hook.aclose()
    await found.app.state.services.database.dispose()


async def drafts(talk: Talk, sender: str) -> list[tuple[str, str | None, str]]:
    rows = await talk.rows(
        "SELECT d.state, b.code, d.words FROM inbox_draft d LEFT JOIN branch b ON b.id = d.branch_id "
        "WHERE d.sender = :sender ORDER BY d.id",
        sender=sender,
    )
    return [(row[0], row[1], row[2]) for row in rows]


def forms_of(html: str, sender: str) -> dict[str, dict[str, str]]:
    """The one-click form of a request on the page: where it goes, and what it carries."""
    card = next(part for part in html.split('<li class="card letter"')[1:] if sender[-5:] in part)
    found: dict[str, dict[str, str]] = {}
    for action, body in re.findall(r'action="(/desk/inbox/[^"]+)">(.*?)</form>', card, re.DOTALL):
        fields = {k: unescape(v) for k, v in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', body)}
        found.setdefault(action, fields)
    return found


async def test_a_photo_and_a_pin_code_become_a_case_in_one_click(talk: Talk) -> None:
    sender = "+919700000001"
    [asked] = await talk.write(sender, "My washing machine does not spin", name="Padmaja <b>")
    assert "a photo of the product, and the six digits of your PIN code" in asked
    assert "reply “call me”" in asked
    [place] = await talk.write(sender, photo=photo())
    assert place.startswith("Thank you for the photo") or "PIN code" not in place
    [done] = [*await talk.write(sender, "500 072")] or [place]
    assert "A coordinator looks at it and writes to you by" in done
    assert [(state, code) for state, code, _ in await drafts(talk, sender)] == [("waiting", "KKP")]
    desk = talk.client("coordinator")
    page = await desk.get("/desk/inbox")
    assert page.status_code == 200
    assert "Padmaja &lt;b&gt;" in page.text
    forms = forms_of(page.text, sender)
    confirm = next(action for action in forms if action.endswith("/confirm"))
    [image] = re.findall(r'src="(/desk/inbox/photos/[^"?]+)', page.text)
    shown = await desk.get(image)
    assert (shown.status_code, shown.headers["x-content-type-options"]) == (200, "nosniff")
    opened = await desk.post(confirm, data=forms[confirm])
    assert opened.status_code == 303, opened.text
    case_id = opened.headers["location"].rpartition("/")[2]
    await talk.settle()
    [(complaint, name, phone, files)] = await talk.rows(
        "SELECT c.complaint, p.name, ph.e164, (SELECT count(*) FROM file f WHERE f.document_id = c.id) "
        "FROM support_case c JOIN matter_person m ON m.case_id = c.id AND m.role = 'owner' "
        "JOIN person p ON p.id = m.person_id JOIN person_phone ph ON ph.person_id = p.id WHERE c.id = :id",
        id=case_id,
    )
    assert (name, phone, files) == ("Padmaja <b>", sender, 1)
    assert complaint.startswith("My washing machine does not spin")
    assert [(state, words) for state, _, words in await drafts(talk, sender)] == [("confirmed", "(erased)")]
    assert (
        await talk.rows(
            "SELECT 1 FROM inbox_photo p JOIN inbox_draft d ON d.id = p.draft_id WHERE sender = :s", s=sender
        )
        == []
    )
    again = await desk.post(confirm, data=forms[confirm])
    assert again.status_code == 409, "a second click makes no second case"
    [status] = await talk.write(sender, "where is my washing machine")
    assert "washing machine" in status or "appliance" in status, "from now on they are a customer like any other"


async def test_what_is_missing_is_asked_for_once_each(talk: Talk) -> None:
    sender = "+919700000002"
    [first] = await talk.write(sender, "fridge is not cooling, 500085")
    assert "a photo of the product too" in first
    [second] = await talk.write(sender, "I have no camera")
    assert "A coordinator looks at it" in second, "asked once already: now a person decides"
    assert await talk.write(sender, "please come soon") == []
    [(state, code, words)] = await drafts(talk, sender)
    assert (state, code) == ("waiting", "MNK")
    assert words == "fridge is not cooling, 500085\nI have no camera\nplease come soon"


@pytest.mark.slow
async def test_the_same_message_twice_makes_one_request_and_a_flood_is_bounded(talk: Talk) -> None:
    sender = "+919700000003"
    for _ in range(3):
        await talk.write(sender, "TV dead 500072", id="twice", photo=photo())
    assert len(await drafts(talk, sender)) == 1
    before = len(talk.whatsapp.letters)
    for count in range(80):
        await talk.write(sender, f"hello {count}", settle=False)
    await talk.settle()
    [(_, _, words)] = await drafts(talk, sender)
    assert words.count("hello") <= 61
    assert len(talk.whatsapp.letters) == before, "nothing more is said to them"


async def test_a_request_can_be_corrected_or_declined_and_more_that_came_is_seen_first(talk: Talk) -> None:
    sender = "+919700000004"
    await talk.write(sender, "Mixer 110001", photo=photo(), name="Ravi")
    [(state, code, _)] = await drafts(talk, sender)
    assert (state, code) == ("waiting", None), "no centre of ours is near Delhi"
    desk = talk.client("manager")
    forms = forms_of((await desk.get("/desk/inbox")).text, sender)
    confirm, decline = (next(one for one in forms if one.endswith(verb)) for verb in ("/confirm", "/decline"))
    short = await desk.post(confirm, data={**forms[confirm], "complaint": "x"})
    assert short.status_code == 422
    assert "Ravi" in short.text, "what was typed stays"
    await talk.write(sender, "it smells burnt")
    stale = await desk.post(decline, data={**forms[decline], "reason": "We do not come to Delhi."})
    assert stale.status_code == 412
    forms = forms_of((await desk.get("/desk/inbox")).text, sender)
    before = len(talk.whatsapp.letters)
    gone = await desk.post(decline, data={**forms[decline], "reason": "We do not come to Delhi."})
    assert gone.status_code == 303, gone.text
    await talk.settle()
    [letter] = talk.whatsapp.letters[before:]
    assert "We do not come to Delhi." in letter.words
    assert "reply “call me” or ring" in letter.words
    assert [state for state, *_ in await drafts(talk, sender)] == ["declined"]


async def test_only_those_who_decide_see_requests(talk: Talk) -> None:
    await talk.write("+919700000005", "Oven broken 500072", photo=photo())
    for role in ("technician", "finance"):
        page = await talk.client(role).get("/desk/inbox")
        assert "Oven broken" not in page.text, role
    assert "Oven broken" not in (await talk.client("elsewhere").get("/desk/inbox")).text, "of another branch"


async def test_staff_answer_by_the_channel_they_were_written_on(talk: Talk) -> None:
    home = talk.world.home
    await talk.write("+919849012312", "The hose was left behind at your van I think")
    desk = talk.client("coordinator")
    listed = await desk.get("/desk/inbox")
    assert f"/desk/cases/{home.case_id}" in listed.text
    case = await desk.get(f"/desk/cases/{home.case_id}")
    assert "You may answer on WhatsApp in your own words until" in case.text
    before = len(talk.whatsapp.letters)
    sent = await desk.post(
        f"/desk/cases/{home.case_id}/we_wrote",
        data={"words": "We found it and bring it tomorrow.", "csrf": csrf_of(case.text)},
    )
    assert sent.status_code == 303, sent.text
    await talk.settle()
    [letter] = talk.whatsapp.letters[before:]
    assert (letter.words, letter.to_address) == ("We found it and bring it tomorrow.", "+919849012312")
    assert await talk.rows("SELECT state FROM inbox_task WHERE case_id = :id", id=home.case_id) == [("done",)]
    page = await talk.world.customer(home)
    assert "We found it and bring it tomorrow." in (await page.get("/track")).text
    async with talk.world.work() as work:
        await work.session.execute(AGED)
    late = await desk.get(f"/desk/cases/{home.case_id}")
    assert "They last wrote on WhatsApp more than a day ago" in late.text
    await desk.post(f"/desk/cases/{home.case_id}/we_wrote", data={"words": "Is all well?", "csrf": csrf_of(late.text)})
    before = len(talk.whatsapp.letters)
    await talk.settle()
    assert len(talk.whatsapp.letters) == before or talk.whatsapp.letters[-1].words != "Is all well?"
    told = await talk.rows(
        "SELECT words FROM customer_update WHERE stream_id = :id AND text = 'case.we_wrote'", id=home.case_id
    )
    assert told, "it goes as updates do"
