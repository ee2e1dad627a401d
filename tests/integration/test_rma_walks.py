"""A2, C2: random returns against the real database, as hypothesis drives them: whatever people try, and in whatever
order, pieces and money add up, nothing is paid back twice and no number is lost."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from aftersales import clock
from aftersales.config import load_settings
from aftersales.db.embedded import EmbeddedServer
from aftersales.db.session import Database
from aftersales.errors import Conflict, Invalid
from aftersales.ids import new_id
from aftersales.products import repository as products
from aftersales.registry import load_registry
from aftersales.work import Work
from billing.refunds import repository as refunds
from billing.refunds import service as paying
from billing.refunds.schemas import Fail, Pay
from billing.refunds.schemas import Nothing as Again
from rma import advances, repository, service, settlements
from rma.advances import AdvanceView
from rma.machine import OVER
from rma.models import ReturnExchange
from rma.rules import Reason
from rma.schemas import (
    AddLine,
    Advance,
    Authorise,
    CarriedOut,
    Found,
    HandOver,
    NewOne,
    Nothing,
    PaidRecorded,
    ReceivePart,
    Refuse,
    RequestReturn,
    ResolutionChanged,
    ResolutionChosen,
    UseDecided,
    Why,
)
from rma.service import advancing, ahead, changing, exchanging, handing_back, inspecting, lines, receiving, settling
from rma.worth import Resolution
from tests.factories.entitlement import Household, household, publish
from tests.factories.return_sums import handed_back_once
from tests.fixtures.database import cloned
from tests.integration.test_rma_goods import model

pytestmark = pytest.mark.slow

PIECE = 64_999
THEN = ["is late", "comes", "waits"]
OPENINGS = [*THEN, "a part comes", "all goes well", "costs more", "costs less", "is cancelled", "is handed back"]
DIFFERENCES = {"costs more": 7_000, "costs less": -9_000}
REACHED = {
    *("partially_received", "closed", "cancelled", "anyway hub", "anyway customer", "refund done", "exchange done"),
    *DIFFERENCES,
}
LINES, COUNTS = st.integers(1, 3), st.integers(1, 3)
WALKS = settings(
    max_examples=2,
    stateful_step_count=9,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
Step = Callable[[Work], Awaitable[Any]]


class Desk:
    """A loop of its own with the database, so that a synchronous state machine can ask it."""

    def __init__(self, postgres: EmbeddedServer, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.clone = cloned(postgres, name)
        self.settings = load_settings(secret_key="k" * 43, demo=True, base_url="http://localhost:8069")
        url = self.run(self.clone.__aenter__()).app_url
        self.database = Database(url)
        self.run(publish(self.database, self.settings))
        self.categories: dict[str, UUID] = dict(self.run(self._categories()))

    async def _categories(self) -> list[tuple[str, UUID]]:
        async with self.database.sessions() as session:
            return [(row[0], row[1]) for row in await session.execute(text("SELECT code, id FROM category"))]

    def run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        """What the coroutine answers."""
        return self.loop.run_until_complete(doing)

    def close(self) -> None:
        """Nothing of it is left."""
        self.run(self.database.dispose())
        self.run(self.clone.__aexit__(None, None, None))
        self.loop.close()


class Walk(RuleBasedStateMachine):
    """One return of two lines, and everything that people may try with it."""

    desk: Desk
    opening = ""
    kept = refused = 0
    ends: Counter[str]
    seen: Counter[str]

    @initialize(pieces=st.integers(1, 4), reason=st.sampled_from([Reason.DEFECTIVE, Reason.CHANGED_MIND]))
    def begin(self, pieces: int, reason: Reason) -> None:
        home = self.desk.run(household(self.desk.database, self.desk.settings, self.desk.categories))
        self.home: Household = replace(home, registry=load_registry(["rma", "billing"]), now=clock.now())
        self.return_id: UUID = self.desk.run(self._begun(pieces, reason))
        self.it_begins(pieces, reason)

    def it_begins(self, pieces: int, reason: Reason) -> None:
        """Each of these once: by chance alone some are never walked, and later it is mostly too late for them."""
        if self.opening in THEN:
            self.one_goes_out_in_advance("deposit" if pieces % 2 else "card", self.opening, reason is Reason.DEFECTIVE)
        elif self.opening == "a part comes":
            self.a_part_comes(2, 1)
        elif self.opening == "all goes well":
            self.all_goes_well("restock", Resolution.REFUND)
            for _ in range(pieces - 1):
                self.it_is_settled(2, 1, Resolution.REFUND)
            self.finance_pays(False)
        elif self.opening in DIFFERENCES:
            self.all_goes_well("restock", Resolution.EXCHANGE)
            self.another_one_is_handed_over(1, "counter", DIFFERENCES[self.opening])
            self.it_is_settled_otherwise(1, Resolution.REFUND)
        else:
            self.it_is_cancelled(0)
            self.its_label_is_scanned()
            for _ in range(2 if self.opening == "is handed back" else 0):
                self.it_is_handed_back()

    async def _begun(self, pieces: int, reason: Reason) -> UUID:
        case_id = await self.home.case()
        async with self.home.work(self.home.staff(self.home.anil, "coordinator")) as work:
            wish = RequestReturn(unit_id=self.home.mixer, reason_code=reason, words="It stops.")
            return_id = await service.request(work, case_id, wish)
            await service.authorise(work, return_id, Authorise(goodwill_code="other", goodwill="A friend."))
            wanted = AddLine(model=await model(self.home, self.home.washer), quantity=pieces, reason_code=reason)
            await lines.add(work, return_id, wanted)
        return return_id

    def do(self, step: Step, days: int = 0) -> None:
        """Try it, so many days from now: it is done, or refused with a reason."""
        self.desk.run(self._tried(step, days))

    async def _tried(self, step: Step, days: int) -> None:
        now = self.home.now + timedelta(days=days)
        try:
            async with self.home.work(self.home.staff(self.home.anil, "manager"), now=now) as work:
                await step(work)
            type(self).kept += 1
        except (Conflict, Invalid):
            type(self).refused += 1
        await self.home.settle()

    @rule(line=LINES, count=COUNTS)
    def a_part_comes(self, line: int, count: int) -> None:
        self.do(lambda work: receiving.receive_part(work, self.return_id, ReceivePart(line=line, quantity=count)))

    @rule()
    def the_rest_comes(self) -> None:
        self.do(lambda work: receiving.receive(work, self.return_id, Nothing()))

    @rule(late=st.integers(0, 3))
    def it_goes_to_the_bench(self, late: int) -> None:
        if late:
            self.do(lambda work: inspecting.inspect(work, self.return_id, Nothing()))
        else:
            self.do(lambda work: receiving.inspect_by(work, {"return_ids": [str(self.return_id)]}))

    @rule(use=st.sampled_from(["restock", "repair", "return_to_customer"]), way=st.sampled_from(list(Resolution)))
    def all_goes_well(self, use: str, way: Resolution) -> None:
        self.the_rest_comes()
        self.it_goes_to_the_bench(1)
        for line, count in ((1, 1), (2, 1), (2, 1), (2, 1), (2, 1)):
            self.it_is_looked_at_and_used(line, count, use)
        self.it_is_settled(1, 1, way)
        self.it_is_settled(2, 1, Resolution.REFUND)

    @rule(line=LINES, count=COUNTS, use=st.sampled_from(["restock", "repair", "return_to_customer", "scrap"]))
    def it_is_looked_at_and_used(self, line: int, count: int, use: str) -> None:
        found = Found(line=line, quantity=count, grade="B")
        wanted = UseDecided.model_validate({"line": line, "quantity": count, "disposition": use})
        self.do(lambda work: inspecting.find(work, self.return_id, found))
        self.do(lambda work: inspecting.decide(work, self.return_id, wanted))

    @rule(line=LINES, count=COUNTS, way=st.sampled_from(list(Resolution)))
    def it_is_settled(self, line: int, count: int, way: Resolution) -> None:
        paid = PaidRecorded(line=line, amount_minor=PIECE, reference="GO/2611/00042")
        wanted = ResolutionChosen.model_validate({"line": line, "quantity": count, "resolution": way.value})
        self.do(lambda work: settling.record_paid(work, self.return_id, paid))
        self.do(lambda work: settling.choose(work, self.return_id, wanted))

    @rule(line=LINES, way=st.sampled_from(list(Resolution)))
    def it_is_settled_otherwise(self, line: int, way: Resolution) -> None:
        wanted = ResolutionChanged.model_validate({"line": line, "resolution": way.value})
        self.do(lambda work: changing.change(work, self.return_id, wanted))

    @rule(sure=st.integers(0, 3))
    def it_is_refused(self, sure: int) -> None:
        if not sure:
            self.do(lambda work: inspecting.refuse(work, self.return_id, Refuse(note="It broke in a fall.")))
            self.do(lambda work: inspecting.give_back(work, self.return_id, Nothing()))

    @rule(
        line=LINES,
        way=st.sampled_from(["counter", "courier", "door"]),
        more=st.sampled_from([None, *DIFFERENCES.values()]),
    )
    def another_one_is_handed_over(self, line: int, way: str, more: int | None) -> None:
        """The same, or another model that costs less or more."""
        said: dict[str, Any] = {"line": line, "serial": f"N-{new_id().hex[-12:]}", "way": way}
        if more is not None:
            name = self.desk.run(model(self.home, self.home.mixer if line == 2 else self.home.washer))
            said |= {"model": name, "price_minor": PIECE + more, "reference": f"D{new_id().hex[-11:]}"}
            paid = PaidRecorded(line=line, amount_minor=PIECE, reference="GO/2611/00042")
            self.do(lambda work: settling.record_paid(work, self.return_id, paid))
        body = HandOver.model_validate(said)
        self.do(lambda work: exchanging.hand_over(work, self.return_id, body))

    @rule(
        way=st.sampled_from(["card", "deposit"]),
        then=st.sampled_from(["waits", "comes", "is late"]),
        sent=st.booleans(),
    )
    def one_goes_out_in_advance(self, way: str, then: str, sent: bool) -> None:
        method, reference = "card" if way == "card" else "upi", f"R{new_id().hex[-11:]}"
        wish = Advance.model_validate({"way": way, "amount_minor": PIECE, "method": method, "reference": reference})
        self.do(lambda work: advancing.agree(work, self.return_id, wish))
        body = NewOne(serial=f"A-{new_id().hex[-12:]}")
        give = advancing.ship if sent else advancing.hand_over
        for one in self.desk.run(self._ahead()):
            self.do(lambda work, o=one: give(work, o.id, body))  # type: ignore[misc]
            self.do(lambda work, o=one: advancing.deliver(work, o.id, Nothing()))  # type: ignore[misc]
        if then == "comes":
            self.the_rest_comes()
        elif then == "is late":
            self.the_old_one_is_late(15)

    @rule(days=st.sampled_from([13, 15, 40]))
    def the_old_one_is_late(self, days: int) -> None:
        for one in self.desk.run(self._ahead()):
            data = {"advance_id": str(one.id)}
            self.do(lambda work, d=data: ahead.remind(work.as_system(), d), days)  # type: ignore[misc]
            self.do(lambda work, d=data: ahead.notice(work.as_system(), d), days)  # type: ignore[misc]
            self.do(lambda work, d=data: ahead.keep(work.as_system(), d), days + 2)  # type: ignore[misc]
            self.do(lambda work, d=data: ahead.keep(work.as_system(), d), days + 3)  # type: ignore[misc]

    @rule(sure=st.integers(0, 3))
    def it_is_called_off_or_let_off(self, sure: int) -> None:
        why = Why(note="They would rather wait for a repair.")
        for one in self.desk.run(self._ahead()) if not sure else ():
            end = ahead.call_off if one.new_unit_id is None else ahead.let_off
            self.do(lambda work, o=one, e=end: e(work, o.id, why))  # type: ignore[misc]

    @rule(line=LINES)
    def it_goes_home(self, line: int) -> None:
        self.do(lambda work: settling.carry_out(work, self.return_id, CarriedOut(line=line)))
        self.do(lambda work: exchanging.brought_in(work, self.return_id, Nothing()))

    @rule(fails=st.booleans())
    def finance_pays(self, fails: bool) -> None:
        for refund in self.desk.run(self._refunds()):
            if fails:
                self.do(lambda work, r=refund: paying.fail(work, r.id, Fail(note="The account is closed.")))  # type: ignore[misc]
                self.do(lambda work, r=refund: paying.retry(work, r.id, Again()))  # type: ignore[misc]
            reference = Pay(reference=f"U{new_id().hex[-12:]}")
            self.do(lambda work, r=refund, p=reference: paying.pay(work, r.id, p))  # type: ignore[misc]

    @rule(sure=st.integers(0, 5))
    def it_is_cancelled(self, sure: int) -> None:
        if not sure:
            self.do(lambda work: service.cancel(work, self.return_id, Nothing()))

    @rule()
    def its_label_is_scanned(self) -> None:
        """Whatever has become of it: what was cancelled may come all the same."""
        number = self.desk.run(self._number())
        self.do(lambda work: receiving.scan(work, [number]))

    @rule()
    def it_is_handed_back(self) -> None:
        self.do(lambda work: handing_back.hand_back(work, self.return_id, Nothing()))

    async def _ahead(self) -> list[AdvanceView]:
        async with self.home.work() as work:
            return await advances.running(work.session, work.scope, self.return_id)

    async def _number(self) -> str:
        async with self.home.work() as work:
            return (await repository.one(work.session, work.scope, self.return_id)).number

    async def _refunds(self) -> list[refunds.RefundView]:
        async with self.home.work() as work:
            view = await repository.one(work.session, work.scope, self.return_id)
            return await refunds.on_stream(work.session, work.scope, view.stream_id)

    @invariant()
    def it_adds_up(self) -> None:
        if hasattr(self, "return_id"):
            self.desk.run(self._sums())

    async def _sums(self) -> None:
        async with self.home.work() as work:
            view = await repository.one(work.session, work.scope, self.return_id)
            held = await repository.lines(work.session, work.scope, {self.return_id})
            _, steps = await repository.pieces(work.session, work.scope, held)
            rows = await settlements.resolutions(work.session, work.scope, {self.return_id})
            made = await settlements.exchanges(work.session, work.scope, {self.return_id})
            by_line = settlements.settlement(held, steps, rows)
            back = await refunds.on_stream(work.session, work.scope, view.stream_id)
            await handed_back_once(work, self.return_id)
        freed = await self._secured(made)
        anyway = {one.line_id for one in steps if repository.of_one_over(one)}
        for line in held:
            came = line.quantity if line.id in anyway else line.received
            assert len({one.item for one in steps if one.line_id == line.id}) == came, "a piece is lost"
            assert by_line[line.id].left >= 0
        if anyway:
            assert view.status in OVER
            assert len({one.place for one in steps if one.line_id in anyway}) == 1, "all is here, or all is handed back"
            assert view.status != "cancelled" or not any(line.received for line in held), (
                "to come is not to be received"
            )
        self.seen[view.status] += 1
        self.seen.update(f"anyway {one.place}" for one in steps if repository.of_one_over(one))
        self.seen.update(f"costs {'more' if one.difference_minor > 0 else 'less'}" for one in made if one.order_id)
        self.seen.update(f"{row.resolution} done" for row in rows if row.done_at is not None)
        paid = sum(row.amount_minor or 0 for row in rows)
        assert paid + sum(row.fee_minor or 0 for row in rows) == PIECE * sum(
            row.quantity for row in rows if row.amount_minor is not None
        )
        asked = sum(row.amount_minor or 0 for row in rows if row.resolution == "refund")
        asked += sum(max(0, -one.difference_minor) for one in made)
        wanted = (one for one in back if one.status != "withdrawn")
        assert sum(one.amount_minor for one in wanted) == asked + freed, (
            "what is paid back is what was settled so, once"
        )
        assert len({one.old_unit_id for one in made if one.old_unit_id}) <= 1
        done = all(row.done_at is not None for row in rows) and sum(row.quantity for row in rows) == sum(
            line.received for line in held
        )
        if view.status in ("resolved", "closed"):
            assert done
            assert rows
        elif view.status == "resolution_pending":
            assert not done, "with the last piece it is settled by itself"

    async def _secured(self, made: Sequence[ReturnExchange]) -> int:
        """What deposits were released; each security is released or kept or held, and every unit is somebody's."""
        decided = "SELECT o.outcome, h.way FROM hold h LEFT JOIN hold_outcome o ON o.hold_id = h.id WHERE h.id = :h"
        freed = 0
        async with self.home.work() as work:
            found = await advances.of_returns(work.session, work.scope, {self.return_id})
            mine = {one.id for one in await products.units_of(work.session, work.scope, self.home.customer_id)}
            for one in found:
                outcome, way = (await work.session.execute(text(decided), {"h": one.hold_id})).one()
                assert outcome == {"hold_released": "released", "hold_captured": "captured"}.get(one.status)
                freed += PIECE * (outcome == "released" and way == "deposit")
                type(self).ends[one.status] += 1
        given = [one.new_unit_id for one in made]
        out = [one.new_unit_id for one in found if one.new_unit_id is not None]
        assert {*given, *out} <= mine, "a number is lost"
        assert len(set(given)) == len(given)
        swapped = any(one.old_unit_id == self.home.mixer for one in made)
        assert (self.home.mixer in mine) != swapped, "the old one is theirs until another one is, for it"
        return freed


def test_whatever_people_try_it_adds_up(postgres: EmbeddedServer, worker_id: str) -> None:
    desk = Desk(postgres, f"walks_{worker_id}")
    Walk.desk, Walk.kept, Walk.refused, Walk.ends, Walk.seen = desk, 0, 0, Counter(), Counter()
    try:
        for Walk.opening in OPENINGS:
            run_state_machine_as_test(Walk, settings=WALKS)
    finally:
        desk.close()
    assert Walk.kept > 25, "enough of what is tried is done, else nothing is shown"
    assert Walk.refused > 20, "and enough is refused"
    assert {"hold_released", "hold_captured"} <= Walk.ends.keys(), "security ends in both ways"
    assert Walk.seen.keys() >= REACHED, "and what is to be shown is walked through"
