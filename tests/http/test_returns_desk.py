"""The page of the returns desk in a hurry: what is wrong with some labels never costs the others."""

import html
import re

import httpx

from rma.goods import MOST
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
