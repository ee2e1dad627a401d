"""The page of the returns desk in a hurry: what is wrong with some labels never costs the others."""

import html
import re
from collections import Counter
from uuid import UUID

import httpx

from rma.desk_pages import PAGE
from rma.goods import MOST
from tests.factories.return_crowd import crowd
from tests.factories.world import API, World, csrf_of

SCAN = "/desk/returns/scan"


async def scanned(desk: httpx.AsyncClient, labels: str) -> httpx.Response:
    """What the page answers to these labels."""
    token = csrf_of((await desk.get("/desk/returns")).text)
    return await desk.post(SCAN, data={"csrf": token, "labels": labels})


def left_in_the_field(answer: httpx.Response) -> str:
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", answer.text, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


async def test_labels_in_a_hurry(company: World) -> None:
    desk, elsewhere = company.by("manager"), company.by("elsewhere")
    asked = {"unit_id": str(company.home.unit_id), "reason_code": "defective", "words": "It stops."}
    made = await desk.post(f"{API}/cases/{company.home.case_id}/returns", json=asked)
    assert made.status_code == 201, made.text
    why = {"goodwill_code": "other", "goodwill": "For this test."}
    allowed = await desk.post(f"{made.headers['location']}/authorise", json=why)
    assert allowed.status_code == 200, allowed.text
    number = made.json()["number"]

    for refused, status, said in (
        (await scanned(elsewhere, number), 409, f"No return bears the label {number}"),
        (await scanned(desk, "\n".join(f"L{count}" for count in range(MOST + 1))), 422, "at most 500"),
        (await scanned(desk, " \n \n"), 422, ""),
    ):
        assert refused.status_code == status
        assert said in html.unescape(refused.text)
    assert left_in_the_field(await scanned(elsewhere, number)) == number, "nobody scans it again for nothing"

    bad = ["NOBODY-1", "<script>alert(1)</script>", "X" * 200]
    page = await scanned(desk, "\n".join([bad[0], number.lower().replace("-", " "), *bad[1:]]))
    assert page.status_code == 200
    words = html.unescape(page.text)
    assert "To look at: 3" in words
    assert "Received: 1" in words
    assert words.index("NOBODY-1") < words.index("Received: 1")
    assert "<script>alert" not in page.text
    assert left_in_the_field(page) == "", "what is done is gone"

    again = await scanned(desk, number)
    assert again.status_code == 409
    assert f"{number} has been received already" in html.unescape(again.text)


BAD = ["NOBODY-1", "\x01\x1d", "KKP\u2028A\x1d26", "0" * 200, "<script>alert(1)</script>", "   "]


async def arrived(world: World, numbers: list[str]) -> int:
    """How many of these returns are received, each with one piece that is here."""
    [(count,)] = await world.rows(
        "SELECT count(*) FROM document d JOIN product_return_movement m ON m.return_id = d.id"
        " WHERE d.number = ANY(:numbers) AND d.status = 'received' AND m.place = 'hub'",
        numbers=numbers,
    )
    return int(count)


async def test_of_five_hundred_labels_some_are_bad(company: World) -> None:
    case_id, there = company.home.case_id, await company.open_case_there()
    async with company.work() as work:
        few = await crowd(work, case_id, company.here, company.home.unit_id, 5)
        many = await crowd(work, case_id, company.here, company.home.unit_id, 470)
        [theirs] = await crowd(work, there, company.there, company.neighbours.unit_id, 1)
    desk = company.by("service_engineer")
    first, called_off, *good = few
    [(gone,)] = await company.rows("SELECT id FROM document WHERE number = :number", number=called_off)
    assert (await desk.post(f"{API}/returns/scan", json={"labels": [first]})).status_code == 200
    assert (await company.by("manager").post(f"{API}/returns/{gone}/cancel", json={})).status_code == 200

    expected = ["received"] * len(good) + ["twice", "called_off", "twice", "already", "unknown"]
    expected += ["unknown", "unreadable", "unknown", "unknown", "unknown", "unreadable"]
    sent = [*good, good[0].lower(), called_off, called_off, first, theirs, *BAD]
    with company.statements() as seen:
        answer = await desk.post(f"{API}/returns/scan", json={"labels": sent})
    assert answer.status_code == 200, answer.text
    assert [one["outcome"] for one in answer.json()] == expected
    assert [bool(one["return_id"]) for one in answer.json()] == [bool(one["number"]) for one in answer.json()]
    assert await arrived(company, few) == 4
    assert await arrived(company, [theirs]) == 0

    # On the page: all that is bad with all that is good, as many statements, and every bad one is named with its why.
    bad = [first, called_off, theirs, *BAD, many[0], *(f"LOST-{count}" for count in range(20))]
    token = csrf_of((await desk.get("/desk/returns")).text)
    with company.statements() as all_seen:
        page = await desk.post(SCAN, data={"csrf": token, "labels": "\n".join([*many, *bad])})
    assert page.status_code == 200, page.text
    assert await arrived(company, many) == 470
    assert not [f"{n} × {s[:200]}" for s, n in Counter(all_seen).items() if n > 3], "none is asked for by itself"
    assert len(all_seen) <= len(seen) + 9, "what the page shows, and nothing by label"
    words = html.unescape(re.sub(r"<[^>]*>", "", page.text))
    assert "Received: 470" in words
    assert f"{first}: Received before" in words
    assert f"{many[0]}: Scanned twice, counted once" in words
    for label in (theirs, "NOBODY-1", "LOST-19"):
        assert f"{label}: Nothing that comes to your centres bears this label" in words

    await nothing_can_be_done(company, desk, [theirs, *many])


async def nothing_can_be_done(company: World, desk: httpx.AsyncClient, labels: list[str]) -> None:
    """Each is named with its why, all stay in the field, and nothing is written."""
    async with company.unchanged():
        page = await scanned(desk, "\n".join(labels))
    assert page.status_code == 409
    words = html.unescape(re.sub(r"<[^>]*>", "", page.text))
    assert f"To look at: {len(labels)}" in words
    assert f"{labels[-1]}: Received before" in words
    assert left_in_the_field(page).splitlines() == labels


async def test_the_desk_opens_where_something_waits_and_hides_none(company: World) -> None:
    desk, case_id = company.by("elsewhere"), await company.open_case_there()
    async with company.work() as work:
        made = await crowd(work, case_id, company.there, company.neighbours.unit_id, 2 * PAGE + 1)
    [(coming, others)] = await company.rows(
        "SELECT count(*) FILTER (WHERE status = 'authorised'), count(*) FILTER (WHERE status <> 'authorised')"
        " FROM document WHERE machine = 'return' AND branch_id = :here AND category <> 'done'",
        here=company.there,
    )
    assert (others, coming >= len(made)) == (0, True)
    at, seen = "/desk/returns", list[str]()
    while at:
        shown = await desk.get(at)
        assert re.findall(r'aria-current="true">([^<]*) <span class="count">(\d+)<', shown.text) == [
            ("To come", str(coming))
        ]
        seen += re.findall(r'<a class="row-link" href="[^"]*"><span class="num">([^<]*)</span>', shown.text)
        assert len(seen) % PAGE == 0 or len(seen) == coming
        older = re.search(r'href="(/desk/returns\?show=coming&amp;before=[^"]*)"', shown.text)
        at = html.unescape(older[1]) if older else ""
    assert len(seen) == len(set(seen)) == coming
    assert set(made) <= set(seen)
    empty = await desk.get("/desk/returns?show=inspect")
    assert "Nothing here" in empty.text, "which tab was asked for stays asked for"


async def test_two_labels_of_one_piece_on_one_pile(company: World) -> None:
    """A machine bears its serial number, and its box the label of a return that was cancelled since."""
    case_id = await company.open_case(company.neighbours)
    desk, serial = company.by("manager"), company.neighbours.serial
    asked = {"unit_id": str(company.neighbours.unit_id), "reason_code": "defective", "words": "It stops."}
    why = {"goodwill_code": "other", "goodwill": "For this test."}

    async def authorised() -> tuple[UUID, str]:
        made = await desk.post(f"{API}/cases/{case_id}/returns", json=asked)
        assert made.status_code == 201, made.text
        assert (await desk.post(f"{made.headers['location']}/authorise", json=why)).status_code == 200
        return UUID(made.json()["id"]), made.json()["number"]

    async def outcomes(*labels: str) -> list[str]:
        answer = await desk.post(f"{API}/returns/scan", json={"labels": labels})
        assert answer.status_code == 200, answer.text
        return [one["outcome"] for one in answer.json()]

    first, on_the_box = await authorised()
    assert (await desk.post(f"{API}/returns/{first}/cancel", json={})).status_code == 200
    second, again = await authorised()
    assert (await desk.post(f"{API}/returns/{second}/cancel", json={})).status_code == 200
    assert await outcomes(on_the_box, serial, again) == ["called_off", "twice", "twice"]
    assert (await desk.post(f"{API}/returns/{first}/handed_back", json={})).status_code == 200
    await authorised()
    assert await outcomes(on_the_box, serial) == ["twice", "received"]
