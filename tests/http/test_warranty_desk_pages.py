"""The warranty desk shows all that waits at a step, however much it is: page by page, each once."""

import re
from datetime import date
from html import unescape

from aftersales.ids import new_id
from aftersales.status.changes import NewDocument, move, open_document
from tests.factories.world import World
from warranty.machine import REGISTRATION
from warranty.models import WarrantyRegistration

MANY = 103
_NEXT = re.compile(r'rel="next" href="([^"]+)"')
_NUMBER = re.compile(r"MANY-G-\d{3}")


async def test_what_waits_to_be_checked_is_paged_and_nothing_is_left_out(company: World) -> None:
    ids = [new_id() for _ in range(MANY)]
    async with company.work() as work:
        for number, one in enumerate(ids):
            new = NewDocument(one, company.here, f"MANY-G-{number:03}", new_stream=True)
            await work.post(open_document(REGISTRATION, one, "register", new))
            work.session.add(WarrantyRegistration(id=one, purchased_on=date(2026, 5, 5)))
        await work.session.flush()
    try:
        desk, where, seen = company.by("coordinator"), "/desk/warranty", list[str]()
        while where:
            answer = await desk.get(where)
            assert answer.status_code == 200, answer.text
            found = list(dict.fromkeys(_NUMBER.findall(answer.text)))
            assert len(found) <= 50
            seen += found
            older = _NEXT.search(answer.text)
            where = unescape(older.group(1)) if older else ""
        assert seen == [f"MANY-G-{number:03}" for number in reversed(range(MANY))]
        assert (await desk.get("/desk/warranty", params={"before": "nothing"})).status_code == 422
    finally:
        async with company.work() as work:
            await work.post(*(move(REGISTRATION, one, "cancel", note="Only to be counted.") for one in ids))
