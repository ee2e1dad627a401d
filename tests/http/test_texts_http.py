"""The pages of texts: every cell as a customer gets it, and the templates that go out and come back."""

import re

from aftersales.web.desk.texts import NAMES
from tests.factories.world import World


async def test_every_text_is_listed_and_shown(company: World) -> None:
    desk = company.by("manager")
    listed = await desk.get("/desk/texts")
    assert listed.status_code == 200
    assert "case.received" in listed.text
    assert "to mend" not in listed.text
    for channel in NAMES:
        for language in ("en", "te"):
            answer = await desk.get("/desk/texts/visit.confirmed", params={"channel": channel, "language": language})
            assert answer.status_code == 200, answer.text
            assert "With example values" in answer.text


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
    other = await desk.get("/desk/texts/repair_order.disposed", params=query)
    assert "With example values" in other.text


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
