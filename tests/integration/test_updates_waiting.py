"""When it waits, for whom, and what is merged meanwhile."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, time, timedelta

from sqlalchemy import delete, update

from aftersales import clock
from aftersales.ids import new_id
from aftersales.outbox.models import Delivery
from aftersales.updates import service
from aftersales.updates.channels import Answer, Letter, Retry, Sent
from aftersales.updates.models import CustomerUpdate
from aftersales.updates.records import Due
from tests.factories.channels import Wire
from tests.factories.updates import World
from tests.factories.ways import PADMA, RAVI, fresh, of_padma, over, refused, set_quiet, stop, waiting


@dataclass(eq=False)
class Slow(Wire):
    """Something else happens while Padma's first text is handed over; then it is put off."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def send(self, letter: Letter) -> Answer:
        """Sent, unless it is that one."""
        self.letters.append(letter)
        if self.meanwhile is None or letter.to_address != PADMA:
            return Sent("second")
        then, self.meanwhile = self.meanwhile, None
        await then()
        return Retry("busy")


async def test_quiet_hours_hold_what_rings_and_nobody_else(town: World) -> None:
    sms = Wire("sms")
    town = over(town, sms)
    now = clock.now().astimezone(UTC)
    # Whatever the time is, Padma is asleep now and Ravi is not.
    start, end = (now - timedelta(hours=1)).time(), (now + timedelta(hours=2)).time()
    await set_quiet(town, start.replace(microsecond=0), end.replace(microsecond=0))
    case_id = await town.case()
    job = await town.job(case_id)
    await town.move(job, "noted", "start")
    await town.settle()
    held, urgent = await of_padma(town, case_id)
    assert (held.text, held.state, held.reason) == ("job.noted", "queued", "quiet_hours")
    assert held.not_before is not None
    assert timedelta(minutes=110) < held.not_before - now < timedelta(minutes=130)
    assert (urgent.text, urgent.state) == ("job.started", "sent")
    # Ravi sleeps at other hours, and waits for nobody.
    assert RAVI in {one.to_address for one in sms.letters}
    # Morning has come.
    await set_quiet(town, time(0), time(0))
    await town.due()
    await town.settle()
    assert (await fresh(town, held)).state == "sent"


async def test_what_comes_up_in_quiet_hours_waits_without_losing_an_attempt(town: World) -> None:
    town = over(town, Wire("sms"))
    case_id = await town.case()
    await town.move(await town.job(case_id), "noted")
    # Queued while they may be disturbed; its turn comes when they may not.
    async with town.work() as work:
        for version in (1, 2, 3):
            await work.session.execute(
                delete(Delivery).where(Delivery.stream_id == case_id, Delivery.version == version)
            )
    await town.settle()
    [update] = await of_padma(town, case_id)
    await town.change(CustomerUpdate, update.id, state="queued", provider_id=None)
    now = clock.now().astimezone(UTC)
    await set_quiet(town, (now - timedelta(hours=1)).time(), (now + timedelta(hours=2)).time())
    async with town.work() as work:
        due = Due(update.id, case_id, town.padma, update.version, urgent=False, turn=0)
        await service.send_at(work, due, clock.now())
    await town.settle()
    held = await fresh(town, update)
    assert (held.state, held.reason) == ("retrying", "quiet_hours")
    assert await waiting(town, service.SEND) == 1
    await set_quiet(town, time(0), time(0))
    await town.due()
    await town.settle()
    assert (await fresh(town, update)).state == "sent"


async def test_a_stop_holds_for_what_waits_already(town: World) -> None:
    sms, email = Wire("sms"), Wire("email")
    now = clock.now().astimezone(UTC)
    await set_quiet(town, (now - timedelta(hours=1)).time(), (now + timedelta(hours=2)).time())
    alone = over(town, sms)
    case_id = await alone.case()
    await alone.move(await alone.job(case_id), "noted")
    await alone.settle()
    [held] = await of_padma(alone, case_id)
    assert (held.state, held.reason) == ("queued", "quiet_hours")
    async with town.work() as work:
        work.session.add(stop(town.padma, "sms", clock.now()))
    await set_quiet(town, time(0), time(0))
    await alone.due()
    await alone.settle()
    ended = await fresh(alone, held)
    assert (ended.state, ended.reason) == ("withheld", "no_consent")
    assert PADMA not in {one.to_address for one in sms.letters}
    # Where there is a second channel, what they refuse on the first goes out by that.
    both = over(town, sms, email)
    async with town.work() as work:
        work.session.add(stop(town.padma, "sms", clock.now(), given=True))
    await set_quiet(town, (now - timedelta(hours=1)).time(), (now + timedelta(hours=2)).time())
    again = replace(both, number=f"{both.number[:-6]}{new_id().hex[-6:].upper()}")
    case_id = await again.case()
    await again.move(await again.job(case_id), "noted")
    await again.settle()
    async with town.work() as work:
        work.session.add(stop(town.padma, "sms", clock.now()))
    await set_quiet(town, time(0), time(0))
    await again.due()
    await again.settle()
    [turned] = await of_padma(again, case_id)
    assert (turned.channel, turned.turn, turned.state) == ("email", 1, "sent"), "what they still want is tried"
    assert PADMA not in {one.to_address for one in sms.letters}


async def test_the_next_way_after_a_failure_waits_for_the_morning_too(town: World) -> None:
    sms = Wire("sms")
    town = over(town, Wire("email", refused), sms)
    now = clock.now().astimezone(UTC)
    await set_quiet(town, (now - timedelta(hours=1)).time(), (now + timedelta(hours=2)).time())
    case_id = await town.case()
    await town.settle()
    [update, _] = await town.updates(case_id)
    assert (update.channel, update.turn, update.state, update.reason) == ("sms", 1, "queued", "quiet_hours")
    assert update.not_before is not None
    assert timedelta(minutes=110) < update.not_before - now < timedelta(minutes=130)
    assert PADMA not in {one.to_address for one in sms.letters}
    await set_quiet(town, time(0), time(0))
    await town.due()
    await town.settle()
    assert (await fresh(town, update)).state == "sent"
    assert PADMA in {one.to_address for one in sms.letters}


async def test_what_follows_within_the_window_says_it_too(town: World) -> None:
    sms = Wire("sms")
    town = over(town, sms, merge_seconds=120.0)
    case_id = await town.case()
    job = await town.job(case_id)
    await town.move(job, "noted")
    await town.settle()
    # What promises a time has gone at once.
    opening = len(sms.letters)
    await town.move(job, "noted")
    await town.settle()
    first, second = await of_padma(town, case_id)
    assert (first.state, first.merged_into, second.state) == ("merged", second.id, "queued")
    # No later than the first would have gone.
    assert second.not_before == first.not_before
    assert len(sms.letters) == opening
    await town.due()
    await town.settle()
    assert ((await fresh(town, first)).state, (await fresh(town, second)).state) == ("merged", "sent")
    assert [one.to_address for one in sms.letters[opening:]].count(PADMA) == 1


async def test_what_is_urgent_or_stands_alone_is_never_merged(town: World) -> None:
    sms = Wire("sms")
    town = over(town, sms, merge_seconds=120.0)
    case_id = await town.case()
    job = await town.job(case_id)
    await town.move(job, "noted", "start", "finish")
    await town.settle()
    noted, started, finished = await of_padma(town, case_id)
    assert (noted.state, started.state, finished.state) == ("queued", "sent", "queued")
    await town.move(job, "noted")
    await town.settle()
    await town.due()
    await town.settle()
    states = [(u.text, u.state) for u in await of_padma(town, case_id)]
    assert states == [("job.noted", "merged"), ("job.started", "sent"), ("job.finished", "sent"), ("job.noted", "sent")]


async def test_what_stands_alone_is_not_merged_in_the_night_either(town: World) -> None:
    town = over(town, Wire("sms"))
    now = clock.now().astimezone(UTC)
    await set_quiet(town, (now - timedelta(hours=1)).time(), (now + timedelta(hours=2)).time())
    case_id = await town.case()
    job = await town.job(case_id)
    await town.move(job, "start", "finish", "noted", "noted")
    await town.settle()
    states = [(u.text, u.state, u.reason) for u in await of_padma(town, case_id) if u.text != "job.started"]
    assert states == [
        ("job.finished", "queued", "quiet_hours"),
        ("job.noted", "merged", "quiet_hours"),
        ("job.noted", "queued", "quiet_hours"),
    ]


async def test_who_was_overtaken_after_a_lost_lease_has_nothing_to_say(town: World) -> None:
    """The first worker waits so long for "busy" that a second one sends it meanwhile."""
    sms = Slow("sms")
    town = over(town, sms, Wire("email"))

    async def overtaken() -> None:
        async with town.work() as work:
            await work.session.execute(update(Delivery).values(leased_until=clock.now() - timedelta(seconds=1)))
        await town.settle(strict=False)

    sms.meanwhile = overtaken
    case_id = await town.case()
    await town.settle(strict=False)
    [record, _] = await town.updates(case_id)
    assert (record.channel, record.state, record.attempts, record.provider_id) == ("sms", "sent", 2, "second")
    await town.due()
    await town.settle()
    assert (await fresh(town, record)).attempts == 2
    assert [one.message_id for one in sms.letters].count(str(record.message_id)) == 2, "nobody tries a third time"
