"""A text tested by a call: by either provider, read out once, and of it nothing stays."""

from dataclasses import replace

from sqlalchemy import text

from aftersales import clock
from aftersales.updates.channels import Letter, Sent
from aftersales.voice import trials
from tests.factories.calls import Switchboard

OWN = "+919800000077"
REFERENCE = "0123456789abcdef0123456789abcdef"


async def ordered(switchboard: Switchboard, number: str = OWN, language: str = "en") -> tuple[int, str]:
    """The manager, whose number this is, asks to be called."""
    world = switchboard.world
    async with world.database.unit_of_work() as session:
        values = {"phone": number, "id": world.staff["manager"].id}
        await session.execute(text("UPDATE staff SET phone = :phone WHERE id = :id"), values)
        await session.execute(text("DELETE FROM rate_limit"))
    cell = {"channel": "voice", "language": language, "case": str(world.home.case_id)}
    answer = await world.by("manager").post("/desk/texts/case.received/test", data=cell)
    return answer.status_code, answer.text


async def test_twilio_reads_it_out_and_hangs_up(switchboard: Switchboard) -> None:
    async with switchboard.under(exotel_sid=None):
        status, page = await ordered(switchboard)
        assert (status, f"{OWN} is being called: a test" in page) == (200, True)
        order = switchboard.twilio.orders[-1]
        assert order.form["To"] == OWN
        call = switchboard.twilio_call(order.sid, OWN)
        heard = await call.hear(order.form["Url"])
        said = " ".join(heard.said)
        assert said.startswith("Test. ")
        assert "http" not in said
        assert heard.keys == 0, "nothing is answered by a test"
        assert " ".join((await call.hear(order.form["Url"])).said) == said
        kept = await switchboard.call(order.sid)
        assert (kept.person_id, kept.stream_id, kept.update_id) == (None, None, None)
        await call.end()
    kept = await switchboard.call(order.sid)
    assert (kept.outcome, kept.words, kept.number, kept.spoken) == ("heard", "", "", [])
    other = await switchboard.twilio_call("CA" + "9" * 32, OWN).hear(order.form["Url"])
    assert other.said == [], "a test is a test of one call"


async def test_exotel_reads_it_out_in_the_language_of_the_cell(switchboard: Switchboard) -> None:
    told = await switchboard.world.rows("SELECT count(*) FROM customer_update")
    status, _ = await ordered(switchboard, language="te")
    assert status == 200
    order = switchboard.exotel.orders[-1]
    assert order.form["From"] == OWN
    call = switchboard.exotel_call(order.sid, OWN, custom=order.form["CustomField"])
    said, _ = await call.hear()
    assert said.startswith("Test. ")
    assert any("\u0c00" <= letter <= "\u0c7f" for letter in said)
    again, keys = await call.press("9")
    assert keys == 0
    assert again
    assert await switchboard.call_backs(OWN) == []
    await call.end()
    assert await switchboard.world.rows("SELECT count(*) FROM customer_update") == told


async def test_a_test_that_nobody_took_is_over_too(switchboard: Switchboard) -> None:
    async with switchboard.under(exotel_sid=None):
        assert (await ordered(switchboard))[0] == 200
        order = switchboard.twilio.orders[-1]
        await switchboard.twilio_call(order.sid, OWN).end("no-answer")
    kept = await switchboard.call(order.sid)
    assert (kept.outcome, kept.words, kept.number) == ("no_answer", "", "")


async def test_it_may_be_asked_for_before_the_order_is_answered(switchboard: Switchboard) -> None:
    letter = Letter(f"<test.{REFERENCE}@example.org>", clock.now(), "Asha", OWN, "", "en", "", "Soon")
    async with switchboard.under(exotel_sid=None):
        settings = switchboard.world.settings.model_copy(update={"exotel_sid": None})
        async with switchboard.world.work() as work:
            await trials.announced(replace(work, settings=settings), letter)
        call = switchboard.twilio_call("CA" + "7" * 32, OWN)
        heard = await call.hear("http://localhost:8069/voice/twilio/update/" + REFERENCE)
        async with switchboard.world.work() as work:
            await trials.ordered(work, letter, Sent("CA" + "7" * 32))
        await call.end()
    assert heard.said[0] == "Soon"
    assert (await switchboard.call("CA" + "7" * 32)).outcome == "heard"


async def test_who_cannot_be_called_is_told_so(switchboard: Switchboard) -> None:
    number = "+14155550100"
    async with switchboard.under(twilio_account_sid=None):
        status, page = await ordered(switchboard, number)
    assert (status, "The other side refused it" in page) == (200, True)
    assert "nobody who calls this number speaks en" in page
    switchboard.twilio.answers.append((400, "", b'{"code": 21211, "message": "Invalid"}'))
    async with switchboard.under(exotel_sid=None):
        assert "The other side refused it" in (await ordered(switchboard, number))[1]
    kept = await switchboard.world.rows("SELECT 1 FROM voice_call WHERE number = :number", number=number)
    assert kept == [], "what was not placed is no call"
