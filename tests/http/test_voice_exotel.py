"""Calls by Exotel: a flow of applets that ask us, guarded by a secret and a password."""

import pytest

from aftersales.updates.channels import Reject, Retry, Sent
from tests.factories.calls import Called, Switchboard
from tests.factories.telephony import FLOWS, ExotelCall


async def picked_up(board: Switchboard, called: Called, text: str = "estimate.sent") -> ExotelCall:
    """Exotel is asked to call about the text, and somebody picks up."""
    letter = await board.update(called.home.case_id, text)
    assert isinstance(await board.order(letter, called.number), Sent), board.exotel.refused
    order = board.exotel.orders[-1]
    assert order.form["From"] == called.number
    return board.exotel_call(order.sid, called.number, custom=order.form["CustomField"])


async def test_an_estimate_is_heard_and_approved_by_code_and_key(switchboard: Switchboard) -> None:
    called = await switchboard.estimated("te")
    call = await picked_up(switchboard, called)
    assert switchboard.exotel.orders[-1].form["Url"].endswith(f"/{FLOWS['te']}")
    said, keys = await call.hear()
    assert (said, keys) == await call.hear()
    assert keys == 1
    assert "మళ్లీ వినాలంటే 1 నొక్కండి." in said
    _, keys = await call.press("2")
    assert keys == 6
    done, keys = await call.press(await switchboard.code(called.estimate_id))
    assert keys == 0
    assert done.startswith("ధన్యవాదాలు. మీరు సరే అన్నారు")
    assert await switchboard.status(called.estimate_id) == "approved"
    assert (await call.end()).status_code == 204
    kept = await switchboard.call(call.query["CallSid"])
    assert (kept.provider, kept.outcome, kept.seconds) == ("exotel", "answered", 41)
    assert (await switchboard.update(called.home.case_id, "estimate.sent")).state in ("delivered", "sent")


async def test_a_key_that_comes_twice_counts_once(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    call = await picked_up(switchboard, called)
    await call.hear()
    _, keys = await call.press("2", times=3)
    assert keys == 6
    await call.press("000000", times=3)
    [row] = await switchboard.world.rows(
        "SELECT attempts FROM one_time_code WHERE subject_id = :id", id=called.estimate_id
    )
    assert row[0] == 1


async def test_the_call_is_known_by_its_id_where_our_field_is_lost(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    call = await picked_up(switchboard, called)
    del call.query["CustomField"]
    said, _ = await call.hear()
    assert "Sita Devi" in said


@pytest.mark.parametrize("kind", ["json", "multipart"])
async def test_a_call_that_nobody_took(switchboard: Switchboard, kind: str) -> None:
    called = await switchboard.estimated()
    call = await picked_up(switchboard, called)
    for _ in range(2):
        assert (await call.end("no-answer", kind=kind)).status_code == 204
    assert (await switchboard.call(call.query["CallSid"])).outcome == "no_answer"
    assert (await switchboard.update(called.home.case_id, "estimate.sent")).state == "bounced"


async def test_without_secret_or_password_nothing_is_heard_or_changed(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    call = await picked_up(switchboard, called)
    sid = call.query["CallSid"]
    async with switchboard.world.unchanged():
        for guard in ({"secret": "x" * 24}, {"password": "wrong"}, {"secret": ""}, {"password": "ü"}):
            forged = switchboard.exotel_call(sid, called.number, custom=call.query["CustomField"], **guard)
            answers = [await forged.get(applet, digits="9") for applet in ("say", "keys", "last", "missed")]
            answers.append(await forged.end())
            assert {one.status_code for one in answers} == {403}
    assert await switchboard.world.rows("SELECT 1 FROM voice_call WHERE provider_id = :sid", sid=sid) == []
    assert await switchboard.call_backs(called.number) == []


async def test_what_exotel_may_answer(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    letter = await switchboard.update(called.home.case_id, "estimate.sent")
    expected: list[tuple[tuple[int, str, bytes], type, bool]] = [
        ((200, "", b'{"Call": {"Sid": "abc"}}'), Sent, False),
        ((200, "", b"{}"), Retry, True),
        ((400, "", b"{}"), Reject, False),
        ((402, "", b"{}"), Retry, False),
        ((403, "", b"{}"), Retry, False),
        ((503, "", b"{}"), Retry, False),
        ((0, "", b""), Retry, True),
    ]
    for answer, kind, uncertain in expected:
        switchboard.exotel.answers.append(answer)
        got = await switchboard.order(letter, called.number)
        assert isinstance(got, kind), answer
        assert getattr(got, "uncertain", False) is uncertain, answer


async def test_who_calls_which_number_in_which_language(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    letter = await switchboard.update(called.home.case_id, "estimate.sent")
    orders = len(switchboard.exotel.orders), len(switchboard.twilio.orders)
    letter.language = "cy"
    assert isinstance(await switchboard.order(letter, called.number), Sent), "Exotel speaks no Welsh, Twilio does"
    letter.language = "en"
    assert isinstance(await switchboard.order(letter, "+442079460000"), Sent)
    assert (len(switchboard.exotel.orders), len(switchboard.twilio.orders)) == (orders[0], orders[1] + 2)
    letter.language = "ur"
    got = await switchboard.order(letter, called.number)
    assert isinstance(got, Reject)
    assert got.reason == "no_voice"
