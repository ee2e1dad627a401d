"""Calls by Twilio from the order to the end: what is said, what keys do, who is believed."""

from uuid import UUID

import pytest
from sqlalchemy import update

from aftersales import clock
from aftersales.auth.models import OneTimeCode
from aftersales.updates.attempts import message_id
from aftersales.updates.channels import Reject, Retry, Sent
from aftersales.updates.models import CustomerUpdate
from tests.factories.calls import Called, Switchboard
from tests.factories.telephony import Heard, TwilioCall
from tests.factories.world import World


async def picked_up(board: Switchboard, called: Called, text: str = "estimate.sent") -> tuple[TwilioCall, Heard]:
    """Twilio is asked to call about the text, and somebody picks up."""
    letter = await board.update(called.home.case_id, text)
    sent = await board.twilio_order(letter, called.number)
    call = board.twilio_call(sent.sid, called.number)
    return call, await call.hear(sent.form["Url"])


async def events(world: World, case_id: UUID) -> list[tuple[str, str]]:
    rows = await world.rows(
        "SELECT machine || '.' || name, actor_kind FROM timeline_entry WHERE stream_id = :id ORDER BY version",
        id=case_id,
    )
    return [(row[0], row[1]) for row in rows]


async def test_an_estimate_is_heard_and_approved_by_code_and_key(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    call, heard = await picked_up(switchboard, called)
    said = " ".join(heard.said)
    assert "Sita Devi" in said
    assert "Part, Motor: 5500 rupees." in said
    assert "6490 rupees" in said
    assert "If you say no, we do not repair it" in said
    assert "To say yes and have it repaired, press 2." in heard.said
    assert "http" not in said
    again = await call.press(heard, "1")
    assert again.said == heard.said
    asked = await call.press(again, "2")
    assert asked.keys == 6
    digits = await switchboard.code(called.estimate_id)
    wrong = await call.press(asked, f"{(int(digits) + 1) % 10**6:06d}")
    assert "This is not the code" in wrong.said[0]
    assert await switchboard.status(called.estimate_id) == "sent"
    done = await call.press(wrong, digits)
    assert (done.said[0], done.keys) == ("Thank you. You have said yes, and the repair begins.", 0)
    assert await switchboard.status(called.estimate_id) == "approved"
    assert ("estimate.approve", "customer") in await events(switchboard.world, called.home.case_id)
    await call.end()
    kept = await switchboard.call(call.form["CallSid"])
    assert (kept.outcome, kept.answered, kept.seconds, kept.direction) == ("answered", "estimate.approve", 41, "out")
    assert kept.keys == "1 2 •••••• ••••••"
    assert digits not in " ".join(kept.spoken)
    assert kept.ended_at is not None
    assert (kept.person_id, kept.stream_id) == (called.home.person_id, called.home.case_id)


async def test_a_call_that_follows_another_way_is_about_the_same_letter(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    letter = await switchboard.update(called.home.case_id, "estimate.sent")
    letter.message_id = message_id(letter.id, 2, switchboard.world.settings.mail_from)
    order = await switchboard.twilio_order(letter, called.number)
    heard = await switchboard.twilio_call(order.sid, called.number).hear(order.form["Url"])
    assert "Sita Devi" in " ".join(heard.said)
    assert isinstance(await switchboard.order(letter, called.number), Sent)
    assert switchboard.exotel.orders[-1].form["CustomField"] == letter.id.hex


async def test_a_no_needs_its_code_too(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    call, heard = await picked_up(switchboard, called)
    asked = await call.press(heard, "3")
    assert await switchboard.status(called.estimate_id) == "sent"
    done = await call.press(asked, await switchboard.code(called.estimate_id))
    assert "You have said no" in done.said[0]
    assert await switchboard.status(called.estimate_id) == "declined"


async def test_the_call_is_in_the_language_of_the_person_by_its_voice(switchboard: Switchboard) -> None:
    called = await switchboard.estimated("te")
    _, heard = await picked_up(switchboard, called)
    assert heard.language == "te-IN"
    assert "మళ్లీ వినాలంటే 1 నొక్కండి." in heard.said
    assert all("press" not in one for one in heard.said)


async def test_pressed_twice_or_late_is_taken_once(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    call, heard = await picked_up(switchboard, called)
    first = await call.press(heard, "2")
    double = await call.press(heard, "2")
    assert (double.action, double.keys) == (first.action, first.keys)
    digits = await switchboard.code(called.estimate_id)
    done = await call.press(first, digits)
    late = await call.press(first, digits)
    assert " ".join(late.said) == " ".join(done.said)
    old = await call.press(heard, "9")
    assert old.said == late.said
    assert await switchboard.call_backs(called.number) == []
    again = await call.hear(f"http://localhost:8069/voice/twilio/update/{'0' * 32}")
    assert again.said == late.said
    await call.end()
    await call.end("busy")
    assert (await switchboard.call(call.form["CallSid"])).outcome == "answered"


async def test_three_wrong_codes_decide_nothing(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    call, heard = await picked_up(switchboard, called)
    asked = await call.press(heard, "2")
    digits = await switchboard.code(called.estimate_id)
    for _ in range(3):
        asked = await call.press(asked, f"{(int(digits) + 7) % 10**6:06d}")
    assert (asked.keys, asked.said[0][:29]) == (0, "Nothing has been decided. Ple")
    [row] = await switchboard.world.rows(
        "SELECT attempts FROM one_time_code WHERE subject_id = :id", id=called.estimate_id
    )
    assert row[0] == 3, "each guess counts, as on the page"
    assert await switchboard.status(called.estimate_id) == "sent"


async def test_key_9_promises_a_call_that_the_owner_finds_on_the_case(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    call, heard = await picked_up(switchboard, called)
    over = await call.press(heard, "9")
    assert over.said[0].startswith("Thank you. We will call you by ")
    assert over.keys == 0
    [waiting] = await switchboard.call_backs(called.number)
    assert waiting.promised_at > clock.now()
    assert ("case.call_asked", "system") in await events(switchboard.world, called.home.case_id)
    desk = switchboard.world.by("coordinator")
    page = (await desk.get(f"/desk/cases/{called.home.case_id}")).text
    assert "Call back" in page
    assert "asked to be called" in page
    listed = (await desk.get("/desk/calls")).text
    assert f"/desk/calls/{waiting.id}/done" in listed
    elsewhere = await switchboard.world.by("elsewhere").post(f"/desk/calls/{waiting.id}/done")
    assert elsewhere.status_code == 404
    assert (await desk.post(f"/desk/calls/{waiting.id}/done")).status_code == 303
    assert (await desk.post(f"/desk/calls/{waiting.id}/done")).status_code == 409
    assert ("case.called_back", "staff") in await events(switchboard.world, called.home.case_id)


async def test_a_call_that_brings_the_code_takes_the_answer(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    call, heard = await picked_up(switchboard, called)
    await call.press(heard, "2")
    await switchboard.world.settle()
    second, spoken = await picked_up(switchboard, called, "code.approval")
    digits = await switchboard.code(called.estimate_id)
    assert " ".join(digits) in spoken.said[0]
    asked = await second.press(spoken, "2")
    done = await second.press(asked, digits)
    assert "You have said yes" in done.said[0]
    kept = await switchboard.call(second.form["CallSid"])
    assert digits not in "".join(kept.spoken) + kept.words
    assert " ".join(digits) not in "".join(kept.spoken) + kept.words


async def test_a_neighbour_hears_and_decides_nothing(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    theirs = update(CustomerUpdate).where(CustomerUpdate.stream_id == called.home.case_id)
    async with switchboard.world.work() as work:
        await work.session.execute(theirs.values(person_id=switchboard.world.neighbours.person_id))
    _, heard = await picked_up(switchboard, called)
    assert "To say yes and have it repaired, press 2." not in heard.said
    assert heard.said[-1] == "To have us call you, press 9."


async def test_a_code_that_is_over_is_said_to_be_no_good(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    call, heard = await picked_up(switchboard, called)
    asked = await call.press(heard, "2")
    digits = await switchboard.code(called.estimate_id)
    async with switchboard.world.work() as work:
        await work.session.execute(
            update(OneTimeCode).where(OneTimeCode.subject_id == called.estimate_id).values(expires_at=clock.now())
        )
    assert "no longer good" in (await call.press(asked, digits)).said[0]
    assert await switchboard.status(called.estimate_id) == "sent"


async def test_what_was_answered_on_the_page_meanwhile_is_not_answered_again(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    call, heard = await picked_up(switchboard, called)
    asked = await call.press(heard, "2")
    page = await switchboard.world.customer(called.home)
    assert (await page.post(f"/track/estimates/{called.estimate_id}/decline", data={"note": ""})).status_code == 303
    late = await call.press(asked, await switchboard.code(called.estimate_id))
    assert late.said[0].startswith("This cannot be answered any more")
    assert await switchboard.status(called.estimate_id) == "declined"


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
async def test_a_call_that_nobody_took_comes_back_and_is_kept(switchboard: Switchboard, status: str) -> None:
    called = await switchboard.estimated()
    letter = await switchboard.update(called.home.case_id, "estimate.sent")
    sent = await switchboard.twilio_order(letter, called.number)
    call = switchboard.twilio_call(sent.sid, called.number)
    await call.end(status)
    await call.end(status)
    kept = await switchboard.call(sent.sid)
    assert kept.outcome == status.replace("-", "_")
    assert (await switchboard.update(called.home.case_id, "estimate.sent")).state == "bounced"


async def test_a_signature_that_is_wrong_hears_nothing_and_changes_nothing(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    letter = await switchboard.update(called.home.case_id, "estimate.sent")
    sent = await switchboard.twilio_order(letter, called.number)
    async with switchboard.world.unchanged():
        forged = switchboard.twilio_call(sent.sid, called.number, token="x" * 32)
        for path in ("keys?step=1", "status", "incoming", f"update/{letter.id.hex}"):
            answer = await forged.post(f"http://localhost:8069/voice/twilio/{path}", CallStatus="completed")
            assert answer.status_code == 403
            assert answer.json()["code"] == "channels.bad_signature"
        bare = await switchboard.site.post("/voice/twilio/keys", content=b"\xff\xfe", headers={"content-type": "x"})
        assert bare.status_code == 422
    assert await switchboard.world.rows("SELECT 1 FROM voice_call WHERE provider_id = :sid", sid=sent.sid) == []


REFUSALS = [
    ((201, "", b'{"sid": "CA9"}'), Sent("CA9")),
    ((400, "", b'{"code": 21211}'), Reject),
    ((401, "", b'{"code": 20003}'), Retry),
    ((404, "", b'{"code": 20404}'), Retry),
    ((429, "Retry-After: 7\r\n", b"{}"), Retry),
    ((500, "", b"oops"), Retry),
    ((0, "", b""), Retry),
    ((201, "", b"[]"), Retry),
]


@pytest.mark.parametrize(("answer", "expected"), REFUSALS)
async def test_what_twilio_may_answer(
    switchboard: Switchboard, answer: tuple[int, str, bytes], expected: object
) -> None:
    called = await switchboard.estimated()
    letter = await switchboard.update(called.home.case_id, "estimate.sent")
    switchboard.twilio.answers.append(answer)
    got = await switchboard.by_twilio(letter, called.number)
    assert got == expected or isinstance(got, expected)  # type: ignore[arg-type]
    if isinstance(got, Retry):
        assert got.uncertain is (answer[0] in (0, 201))
        assert (got.after.total_seconds() if got.after else None) == (7 if answer[0] == 429 else None)
    if isinstance(got, Reject):
        assert got.reason == "bad_address"


async def test_a_language_without_a_voice_goes_by_another_channel(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    letter = await switchboard.update(called.home.case_id, "estimate.sent")
    letter.language = "ur"
    got = await switchboard.by_twilio(letter, called.number)
    assert isinstance(got, Reject)
    assert got.reason == "no_voice"
