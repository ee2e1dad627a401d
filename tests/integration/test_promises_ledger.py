"""The ledger of promises beside real messages: begun with the words that carry the time, ended by what happens."""

from collections import Counter
from datetime import UTC, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from aftersales import clock
from aftersales.promises import records, watchlist
from aftersales.promises.ledger import End, Kind
from aftersales.promises.records import PromiseView
from aftersales.promises.service import keeping
from aftersales.scope import SYSTEM
from tests.factories.promises import Back
from tests.factories.world import API, World, add_home, ok


async def promises(shop: World, case_id: UUID) -> list[PromiseView]:
    """Those of a case, the first said first."""
    async with shop.work() as work:
        return list(reversed(await records.of_case(work.session, SYSTEM, case_id)))


async def told(shop: World, case_id: UUID) -> Counter[str]:
    found = await shop.rows("SELECT text FROM customer_update WHERE stream_id = :id", id=case_id)
    return Counter(text for (text,) in found)


async def test_the_first_message_promises_the_next_word(shop: World) -> None:
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    [promise] = await promises(shop, case_id)
    assert (promise.kind, promise.end, promise.text, promise.basis) == (
        Kind.NEXT_UPDATE,
        None,
        "case.received",
        "targets",
    )
    assert promise.due_at.minute % 15 == 0
    [(words, language)] = await shop.rows(
        "SELECT words, language FROM customer_update WHERE id = :id", id=promise.update_id
    )
    assert language == promise.language
    local = promise.due_at.astimezone(UTC)
    assert f"{local.day}" in words
    [(due,)] = await shop.rows(
        "SELECT due_at FROM delivery WHERE subscriber = 'promises.due' AND key = :key", key=str(promise.id)
    )
    assert due == promise.due_at - timedelta(minutes=15)
    shown = (await shop.by("coordinator").get(f"/desk/cases/{case_id}")).text
    assert "from the targets" in shown


async def test_the_ledger_is_never_rewritten(shop: World) -> None:
    await shop.open_case(shop.home)
    await shop.settle()
    for sql in (
        "UPDATE promise_step SET due_at = now()",
        "DELETE FROM promise_step",
        "TRUNCATE promise_step, open_promise",
    ):
        async with shop.database.sessions() as session:
            with pytest.raises(ProgrammingError, match="permission denied"):
                await session.execute(text(sql))


async def test_no_news_goes_out_by_itself_in_time(shop: World, back: Back) -> None:
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    [promise] = await promises(shop, case_id)
    # Ten minutes are left: the word goes now.
    await back.by(case_id, promise.due_at - clock.now() - timedelta(minutes=10))
    await shop.settle()
    await shop.settle()
    first, second = await promises(shop, case_id)
    assert (first.end, second.end, second.text) == (End.KEPT, None, "case.no_news")
    assert second.due_at > clock.now()
    assert await told(shop, case_id) == Counter({"case.received": 1, "case.no_news": 1})


async def test_a_worker_that_was_away_says_it_late_and_once(shop: World, back: Back) -> None:
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    [promise] = await promises(shop, case_id)
    # Nobody worked from before the time until two hours after it.
    await back.by(case_id, promise.due_at - clock.now() + timedelta(hours=2))
    for _ in range(3):
        await shop.settle()
    first, second = await promises(shop, case_id)
    assert first.end == End.BROKEN
    assert first.ended_at is not None
    assert first.ended_at - first.due_at >= timedelta(hours=2)
    assert second.end is None
    assert await told(shop, case_id) == Counter({"case.received": 1, "case.no_news": 1})
    ends = await shop.rows("SELECT count(*) FROM promise_step WHERE promise_id = :id AND step <> 'made'", id=promise.id)
    assert ends == [(1,)]


async def test_a_visit_is_promised_moved_and_kept(shop: World) -> None:
    home = await add_home(shop, "Sita Devi", "+919849055501")
    visit = await shop.visit(home)
    await shop.settle()
    window = [one for one in await promises(shop, home.case_id) if one.kind is Kind.VISIT_WINDOW]
    assert [(one.end, one.document_id, one.basis) for one in window] == [(None, visit, "agreed")]
    start = window[0].starts_at
    assert start is not None
    later = start + timedelta(days=1)
    await ok(
        shop.by("manager"),
        f"{API}/visits/{visit}/rescheduled",
        window_start=later.isoformat(),
        window_end=(later + timedelta(hours=2)).isoformat(),
        reason="weather",
    )
    await shop.settle()
    first, second = [one for one in await promises(shop, home.case_id) if one.kind is Kind.VISIT_WINDOW]
    assert (first.end, first.replaced_by, second.end, second.starts_at) == (End.REPLACED, second.id, None, later)
    [(words,)] = await shop.rows("SELECT words FROM customer_update WHERE id = :id", id=second.update_id)
    assert "ఇప్పటిదాకా" in words
    assert "వాతావరణం లేదా రోడ్లు" in words
    page = (await (await shop.customer(home)).get("/track")).text
    assert "మేము ఇచ్చిన మాట" in page
    assert "సమయాలు" in page
    await ok(shop.by("manager"), f"{API}/visits/{visit}/cancel", note="They fetch it themselves")
    await shop.settle()
    last = [one for one in await promises(shop, home.case_id) if one.kind is Kind.VISIT_WINDOW][-1]
    assert last.end == End.WITHDRAWN


async def test_a_promise_whose_time_passed_is_broken_and_said_so_on_the_page(shop: World, back: Back) -> None:
    home = await add_home(shop, "Lalitha Devi", "+919849055502")
    await shop.visit(home)
    await shop.settle()
    [window] = [one for one in await promises(shop, home.case_id) if one.kind is Kind.VISIT_WINDOW]
    gap = window.due_at - clock.now() + timedelta(minutes=5)
    await back.by(home.case_id, gap)
    async with shop.work() as work:
        await keeping.settle(work, home.case_id)
    [broken] = [one for one in await promises(shop, home.case_id) if one.kind is Kind.VISIT_WINDOW]
    assert (broken.end, broken.fact_at) == (End.BROKEN, None)
    page = (await (await shop.customer(home)).get("/track")).text
    assert "మాట నిలబెట్టుకోలేదు." in page


async def test_what_is_imported_promises_nothing(shop: World) -> None:
    found = await shop.rows(
        "SELECT count(*) FROM promise_step s JOIN timeline_entry e ON e.stream_id = s.case_id "
        "AND e.version = s.version WHERE e.origin <> 'live'"
    )
    assert found == [(0,)]


async def test_the_desk_lists_what_is_promised_by_its_time(shop: World) -> None:
    case_id = await shop.open_case(shop.home)
    await shop.settle()
    [(number,)] = await shop.rows("SELECT number FROM document WHERE id = :id", id=case_id)
    with shop.statements() as seen:
        shown = (await shop.by("coordinator").get("/desk/promises?show=promised")).text
    assert len(seen) <= 9
    assert number in shown
    assert "Next word" in shown
    assert " in Telugu" in shown, "what was told"
    assert "from the targets" in shown
    async with shop.work() as work:
        listed = await watchlist.due(work, "promised", limit=3)
        more = await watchlist.due(work, "promised", after=listed[-1].place, limit=100)
    assert [one.due_at for one in [*listed, *more]] == sorted(one.due_at for one in [*listed, *more])
    assert not {(one.case_id, one.clock) for one in listed} & {(one.case_id, one.clock) for one in more}
