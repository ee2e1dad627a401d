"""A2, A3: asking for a return from the tracking page, and its answer by the 30-day rule."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select, text

from aftersales.errors import Conflict, Forbidden, Invalid, NotFound
from aftersales.status import timeline
from aftersales.status.machine import Audience
from aftersales.updates.models import CustomerUpdate
from rma import panels, repository, service
from rma.rules import Outcome, Reason
from rma.schemas import Authorise, Nothing, PublishTerms, Question, Reject, Reply, RequestReturn
from rma.terms import VERSIONS, WORDS
from tests.factories.entitlement import NOW, Household

LATE = date(2026, 9, 1)


def wish(unit_id: UUID, reason: Reason = Reason.DEFECTIVE) -> RequestReturn:
    return RequestReturn(unit_id=unit_id, reason_code=reason, words="It stops after a minute.")


async def asked(home: Household, unit_id: UUID | None = None, reason: Reason = Reason.DEFECTIVE) -> tuple[UUID, UUID]:
    case_id = await home.case()
    async with home.work(home.customer(case_id, home.padma)) as work:
        return_id = await service.request(work, case_id, wish(unit_id or home.mixer, reason))
    await home.settle()
    return case_id, return_id


async def held(home: Household, return_id: UUID) -> repository.ReturnView:
    async with home.work() as work:
        return await repository.one(work.session, work.scope, return_id)


async def told(home: Household, case_id: UUID, name: str) -> CustomerUpdate:
    async with home.work() as work:
        query = select(CustomerUpdate).where(CustomerUpdate.stream_id == case_id, CustomerUpdate.text == name)
        [found] = (await work.session.scalars(query)).all()
    return found


async def test_a_new_mixer_is_eligible_and_authorised(home: Household) -> None:
    case_id, return_id = await asked(home)
    found = await held(home, return_id)
    verdict = service.verdict_of(found)
    assert verdict is not None
    assert (verdict.outcome, verdict.until, found.policy_version) == (Outcome.ELIGIBLE, date(2026, 12, 2), 4)
    assert (found.status, found.stream_id, found.asked) == ("requested", case_id, "It stops after a minute.")
    assert found.number.split("-")[1] == "A"
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        assert await service.why_not_reject(work, return_id)
        with pytest.raises(Conflict, match=r"return\.rule_says_yes"):
            await service.reject(work, return_id, Reject(note="Too late."))
        await service.authorise(work, return_id, Authorise())
    await home.settle()
    found = await held(home, return_id)
    assert (found.status, found.goodwill_code) == ("authorised", None)
    words = (await told(home, case_id, "return.authorised")).words or ""
    assert "Godavari MX-500" in words
    async with home.work(home.customer(case_id, home.padma)) as work:
        card = await panels.on_track(work, case_id)
    assert card is not None
    assert card["returns"][0]["conditions"] == [WORDS["4.1"], WORDS["4.2"]]
    assert [unit["value"] for unit in card["units"]] == [str(home.washer)]


async def test_after_the_window_it_is_rejected_with_the_reason_in_words(home: Household) -> None:
    await home.change_unit(home.mixer, purchased_on=LATE, delivered_on=LATE)
    case_id, return_id = await asked(home)
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        assert await service.why_not_reject(work, return_id) is None
        await service.reject(work, return_id, Reject(note="The 30 days ended on 1 October; we repair it free."))
    await home.settle()
    found = await held(home, return_id)
    assert (found.status, found.answered) == ("rejected", "The 30 days ended on 1 October; we repair it free.")
    words = (await told(home, case_id, "return.rejected")).words or ""
    assert "The 30 days ended on 1 October" in words
    async with home.work(home.customer(case_id, home.padma)) as work:
        card = await panels.on_track(work, case_id)
        entries = await timeline.read(work.session, work.scope, case_id, Audience.CUSTOMER)
    assert card is not None
    shown = card["returns"][0]
    assert (shown["clause"], shown["clause_words"], shown["policy"]) == ("1.1", WORDS["1.1"], "v4")
    assert [(step["clause"], step["outcome"]) for step in shown["trace"]] == [
        ("2.1", "eligible"),
        ("3.1", "eligible"),
        ("4.2", "later"),
        ("4.3", "eligible"),
        ("1.1", "ineligible"),
    ]
    assert [one.kind for one in shown["instead"]] == ["repair_free"]
    assert shown["trace"][-1]["on"] == date(2026, 10, 1)
    assert shown["goodwill"] == ""
    refused = next(entry for entry in entries if entry.to_status == "rejected")
    assert dict(refused.data) == {"reason_code": "defective", "verdict": "ineligible", "policy_version": 4}
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        await service.review(work, return_id, Nothing())
    assert (await held(home, return_id)).status == "under_review"


async def test_against_the_rule_it_takes_a_goodwill_reason(home: Household) -> None:
    await home.change_unit(home.mixer, purchased_on=LATE, delivered_on=LATE)
    case_id, return_id = await asked(home)
    for body in (Authorise(), Authorise(goodwill_code="our_mistake"), Authorise(goodwill="We forgot to call.")):
        async with home.work(home.staff(home.anil, "coordinator")) as work:
            with pytest.raises(Invalid, match=r"return\.goodwill_reason"):
                await service.authorise(work, return_id, body)
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        undecided = await panels.on_case(work, case_id)
        await service.authorise(work, return_id, Authorise(goodwill_code="our_mistake", goodwill="We forgot to call."))
        card = await panels.on_case(work, case_id)
    found = await held(home, return_id)
    assert (found.status, found.goodwill_code, found.goodwill) == ("authorised", "our_mistake", "We forgot to call.")
    assert undecided is not None
    assert [one.kind for one in undecided["returns"][0]["instead"]] == ["repair_free", "goodwill"]
    assert card is not None
    assert (card["returns"][0]["goodwill"], card["returns"][0]["outcome"]) == ("We forgot to call.", "ineligible")


async def test_one_open_return_per_unit(home: Household) -> None:
    case_id, return_id = await asked(home)
    async with home.work(home.customer(case_id, home.padma)) as work:
        with pytest.raises(Conflict, match="already_open"):
            await service.request(work, case_id, wish(home.mixer))
        await service.cancel(work, return_id, Nothing())
    assert (await held(home, return_id)).status == "cancelled"
    async with home.work(home.customer(case_id, home.padma)) as work:
        again = await service.request(work, case_id, wish(home.mixer))
    assert (await held(home, again)).status == "requested"


async def test_a_neighbour_who_called_asks_for_nothing_in_the_household(home: Household) -> None:
    case_id = await home.case()
    async with home.work(home.customer(case_id, home.ravi)) as work:
        assert [unit.id for unit in await service.household_units(work, case_id)] == [home.washer]
        for unit in (home.mixer, home.washer):
            with pytest.raises(NotFound, match=r"return\.unknown_unit"):
                await service.request(work, case_id, wish(unit))
        assert await panels.on_track(work, case_id) is None


async def test_another_case_and_another_unit_are_not_theirs(home: Household) -> None:
    case_id = await home.case()
    elsewhere, return_id = await asked(home, home.washer)
    async with home.work(home.customer(case_id, home.padma)) as work:
        with pytest.raises(NotFound):
            await service.request(work, elsewhere, wish(home.mixer))
        with pytest.raises(NotFound):
            await service.cancel(work, return_id, Nothing())
        with pytest.raises(NotFound):
            await service.provide_info(work, return_id, Reply(note="Not ours."))
        with pytest.raises(NotFound):
            await repository.rows(work.session, work.scope, return_id)
        with pytest.raises(NotFound, match=r"return\.unknown_unit"):
            await service.request(work, case_id, wish(home.padma))


async def test_staff_ask_in_the_customers_name_if_they_may(home: Household) -> None:
    case_id = await home.case()
    async with home.work(home.staff(home.anil, "finance")) as work:
        with pytest.raises(Forbidden):
            await service.request(work, case_id, wish(home.mixer))
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        card = await panels.on_case(work, case_id)
        assert card is not None
        assert {unit["value"] for unit in card["units"]} == {str(home.washer), str(home.mixer)}
        assert (card["may_ask"], len(card["reasons"])) == (True, len(Reason))
        return_id = await service.request(work, case_id, wish(home.mixer))
        [listed] = await repository.listed(work.session, work.scope, statuses=("requested",), limit=1)
        assert listed.id == return_id
        older = await repository.listed(work.session, work.scope, limit=1, before=return_id)
        assert all(row.id < return_id for row in older)


async def test_without_a_known_day_a_person_decides_either_way(home: Household) -> None:
    await home.change_unit(home.mixer, delivered_on=None)
    _, return_id = await asked(home)
    verdict = service.verdict_of(await held(home, return_id))
    assert verdict is not None
    assert verdict.outcome is Outcome.UNKNOWN
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        await service.authorise(work, return_id, Authorise())
    assert (await held(home, return_id)).goodwill_code is None


async def test_without_a_policy_there_is_no_verdict(home: Household) -> None:
    await home.change_unit(home.mixer, purchased_on=date(2014, 1, 1), delivered_on=date(2014, 1, 2))
    case_id, return_id = await asked(home)
    found = await held(home, return_id)
    assert (found.verdict, found.policy_version, service.replay(found)) == (None, None, None)
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        card = await panels.on_case(work, case_id)
        assert card is not None
        assert (card["returns"][0]["outcome"], card["returns"][0]["trace"]) == ("unknown", [])
        await service.reject(work, return_id, Reject(note="We did not sell it."))
    await home.settle()
    assert "We did not sell it." in ((await told(home, case_id, "return.rejected")).words or "")


async def test_asking_back_and_the_answer(home: Household) -> None:
    case_id, return_id = await asked(home)
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        await service.request_info(work, return_id, Question(note="Please send a photo of the label."))
    await home.settle()
    assert "photo of the label" in ((await told(home, case_id, "return.info_requested")).words or "")
    async with home.work(home.customer(case_id, home.padma)) as work:
        await service.provide_info(work, return_id, Reply(note="Here it is."))
    assert (await held(home, return_id)).status == "under_review"


async def test_erased_words_leave_the_return_standing(home: Household) -> None:
    await home.change_unit(home.mixer, purchased_on=LATE, delivered_on=LATE)
    case_id, return_id = await asked(home)
    async with home.work() as work:
        await work.session.execute(text("DELETE FROM product_return_words WHERE return_id = :id"), {"id": return_id})
    async with home.work(home.staff(home.anil, "coordinator")) as work:
        assert (await panels.on_case(work, case_id))["returns"][0]["asked"] == ""  # type: ignore[index]
        await service.reject(work, return_id, Reject(note="The 30 days are over."))
    assert (await held(home, return_id)).answered == "The 30 days are over."


async def test_the_rules_word_replays(home: Household) -> None:
    for reason in Reason:
        found = await held(home, (await asked(home, reason=reason))[1])
        assert service.replay(found) == found.verdict
        async with home.work(home.staff(home.anil, "coordinator")) as work:
            await service.cancel(work, found.id, Nothing())


async def test_no_card_where_there_is_nothing_to_say(home: Household) -> None:
    case_id = await home.case()
    async with home.work(home.staff(home.anil, "finance")) as work:
        assert await panels.on_case(work, case_id) is None
    async with home.work() as work:
        await work.session.execute(
            text("UPDATE unit SET customer_id = (SELECT customer_id FROM person WHERE id = :p) WHERE id IN (:a, :b)"),
            {"p": home.ravi, "a": home.washer, "b": home.mixer},
        )
    async with home.work(home.customer(case_id, home.padma)) as work:
        assert await panels.on_track(work, case_id) is None


async def test_a_policy_needs_words_for_every_clause(home: Household) -> None:
    body = PublishTerms(effective_from=NOW.date(), terms=VERSIONS[-1][1], words={"1.1": WORDS["1.1"]})
    async with home.work(home.staff(home.srinivas)) as work:
        with pytest.raises(Invalid, match=r"return\.clause_without_words") as caught:
            await service.publish(work, body)
    assert "2.1, 2.3, 3.1, 4.1, 4.2, 4.3, 5.1" in caught.value.detail
