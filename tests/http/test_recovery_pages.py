"""The lists of whoever claims back, however long they are: page by page, each row once, none left out."""

import re
from datetime import timedelta
from html import unescape

from sqlalchemy import select, text

from aftersales.ids import new_id
from aftersales.products.models import Product
from aftersales.status.changes import MAX_CHANGES, NewDocument, open_document
from tests.factories.world import World
from warranty.recovery.machine import SUPPLIER
from warranty.recovery.models import Filing, Recovery, Supplier
from warranty.recovery.service import arising

HOME = "/desk/recovery"
MANY = 205
# Two on each side of where a page ends bear one name.
NAMES = [f"Supplier {number:03}" for number in range(99)] + ["Twin Motors"] * 3
NAMES += [f"Works {number:03}" for number in range(MANY - len(NAMES))]
_NEXT = re.compile(r'rel="next" href="([^"]+)"')
_ROW = re.compile(r'<th scope="row">(?:<a[^>]*>)?([^<]+)<')


async def owed(company: World) -> None:
    """Each of many suppliers owes for one job, and was claimed from once."""
    async with company.work() as work:
        product = await work.session.scalar(select(Product).limit(1))
        assert product is not None
        changes, rows, suppliers, filings = [], [], [], []
        for number, name in enumerate(NAMES):
            one = Supplier(id=new_id(), code=f"MANY-{number:03}", name=name, created_at=work.now)
            row = Recovery(
                id=new_id(), supplier_id=one.id, source=f"many:{number}", product_id=product.id, currency="INR",
                due_minor=100 + number, ripe_at=work.now - timedelta(days=1),
            )  # fmt: skip
            given = await arising.number_for(work, "HYD", "Asia/Kolkata")
            new = NewDocument(stream_id=row.id, branch_id=company.here, number=given, new_stream=True)
            changes.append(open_document(SUPPLIER, row.id, "arise", new, data={"amount": row.due_minor}))
            filings.append(
                Filing(
                    id=new_id(), number=f"MANY-F-{number:03}", supplier_id=one.id, branch_id=company.here,
                    month=work.now.date().replace(day=1), currency="INR", total_minor=1, count=1, filed_at=work.now,
                )
            )  # fmt: skip
            suppliers.append(one)
            rows.append(row)
        for begin in range(0, len(changes), MAX_CHANGES):
            await work.post(*changes[begin : begin + MAX_CHANGES])
        for some in (suppliers, rows, filings):
            work.session.add_all(some)
            await work.session.flush()


async def gone(company: World) -> None:
    """Others count what is owed."""
    async with company.work() as work:
        sql = "UPDATE warranty_recovery SET withdrawn_at = now() WHERE source LIKE 'many:%'"
        await work.session.execute(text(sql))
        await work.session.execute(text("DELETE FROM warranty_filing WHERE number LIKE 'MANY-F-%'"))


async def listed(company: World, show: str) -> list[list[str]]:
    """The first cell of each row, page by page, as the link at the end of each leads on."""
    finance, where, pages = company.by("finance"), f"{HOME}?show={show}", []
    while where:
        answer = await finance.get(where)
        assert answer.status_code == 200, answer.text
        pages.append(_ROW.findall(answer.text))
        found = _NEXT.search(answer.text)
        where = unescape(found.group(1)) if found else ""
    return pages


async def test_long_lists_of_what_is_owed_are_paged_and_leave_nothing_out(company: World) -> None:
    before = {show: sum(map(len, await listed(company, show))) for show in ("outstanding", "file", "filed")}
    await owed(company)
    try:
        for show in ("outstanding", "file"):
            pages = await listed(company, show)
            assert max(map(len, pages)) == 100
            names = [name for page in pages for name in page if name in NAMES]
            assert (sorted(names), sum(map(len, pages))) == (sorted(NAMES), MANY + before[show]), show
        filed = await listed(company, "filed")
        numbers = [number for page in filed for number in page if number.startswith("MANY-F-")]
        assert numbers == [f"MANY-F-{number:03}" for number in reversed(range(MANY))]
    finally:
        await gone(company)
    finance = company.by("finance")
    assert (await finance.get(HOME, params={"show": "short", "after": "no key"})).status_code == 404
    assert (await finance.get(HOME, params={"show": "outstanding", "after": "zzz"})).status_code == 200
