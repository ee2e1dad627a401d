"""People who call us: what they hear, and what a missed call becomes."""

from aftersales.cases.machine import CASE
from aftersales.status.changes import move
from tests.factories.calls import Switchboard
from tests.factories.world import World

INCOMING = "http://localhost:8069/voice/twilio/incoming"


async def number_of(world: World, case_id: object) -> str:
    [row] = await world.rows("SELECT number FROM document WHERE id = :id", id=case_id)
    return str(row[0])


async def test_a_known_caller_hears_where_their_repair_stands(switchboard: Switchboard) -> None:
    called = await switchboard.estimated("te")
    call = switchboard.twilio_call("CAin1", called.number, inbound=True)
    heard = await call.hear(INCOMING)
    assert heard.language == "te-IN"
    assert "పద్మ" not in heard.said[0]
    assert any("6490" in one for one in heard.said)
    over = await call.press(heard, "9")
    assert over.keys == 0
    [waiting] = await switchboard.call_backs(called.number)
    assert waiting.stream_id == called.home.case_id
    kept = await switchboard.call("CAin1")
    assert (kept.direction, kept.outcome, kept.person_id) == ("in", "call_back", called.home.person_id)


async def test_a_caller_answers_with_a_code_that_went_to_the_person(switchboard: Switchboard) -> None:
    called = await switchboard.estimated()
    call = switchboard.twilio_call("CAin2", called.number, inbound=True)
    asked = await call.press(await call.hear(INCOMING), "2")
    done = await call.press(asked, await switchboard.code(called.estimate_id))
    assert "You have said yes" in done.said[0]
    assert await switchboard.status(called.estimate_id) == "approved"


async def test_what_is_heard_is_true_now(switchboard: Switchboard) -> None:
    home, number = await switchboard.household()
    first = await switchboard.twilio_call("CAin3", number, inbound=True).hear(INCOMING)
    assert "received your request" in first.said[0]
    async with switchboard.world.work() as work:
        await work.post(move(CASE, home.case_id, "request_cancel", note="They moved away"))
    then = await switchboard.twilio_call("CAin4", number, inbound=True).hear(INCOMING)
    assert "about to cancel" in then.said[0]


async def test_a_shared_phone_hears_nothing_before_the_number(switchboard: Switchboard) -> None:
    home, number = await switchboard.household()
    other, _ = await switchboard.household(number=number)
    call = switchboard.twilio_call("CAin5", number, inbound=True)
    heard = await call.hear(INCOMING)
    assert heard.keys == 6
    assert "Sita" not in " ".join(heard.said)
    stranger = await number_of(switchboard.world, switchboard.world.home.case_id)
    heard = await call.press(heard, stranger[-6:])
    assert heard.said[0] == "We do not find a request of yours with this number."
    heard = await call.press(heard, (await number_of(switchboard.world, other.case_id))[-6:])
    assert "Sita" in heard.said[0]
    kept = await switchboard.call("CAin5")
    assert (kept.stream_id, kept.person_id) == (other.case_id, other.person_id)
    assert kept.stream_id != home.case_id


async def test_somebody_new_is_promised_a_call(switchboard: Switchboard) -> None:
    call = switchboard.twilio_call("CAin6", "+919848099001", inbound=True)
    heard = await call.hear(INCOMING)
    assert heard.keys == 0
    assert "We will call you by" in " ".join(heard.said)
    [waiting] = await switchboard.call_backs("+919848099001")
    assert (waiting.stream_id, waiting.person_id, waiting.missed) == (None, None, False)
    listed = (await switchboard.world.by("coordinator").get("/desk/calls")).text
    assert "Not known yet" in listed
    assert "+91 98480 99001" in listed


async def test_a_missed_call_of_a_known_number_is_on_its_case(switchboard: Switchboard) -> None:
    home, number = await switchboard.household("te")
    call = switchboard.exotel_call("missed1", number, incoming=True)
    for _ in range(2):
        assert (await call.get("missed")).status_code == 200
    [waiting] = await switchboard.call_backs(number)
    assert (waiting.stream_id, waiting.missed, waiting.language) == (home.case_id, True, "te")
    rows = await switchboard.world.rows("SELECT missed_call FROM inbound_message WHERE provider_id = 'missed1'")
    assert [row[0] for row in rows] == [True]


async def test_a_missed_call_of_a_shared_or_unknown_number_stands_alone(switchboard: Switchboard) -> None:
    _, number = await switchboard.household()
    await switchboard.household(number=number)
    for sid, caller in (("missed2", number), ("missed3", "09848099002"), ("missed4", "09848099002")):
        assert (await switchboard.exotel_call(sid, caller, incoming=True).get("missed")).status_code == 200
    [shared] = await switchboard.call_backs(number)
    [unknown] = await switchboard.call_backs("+919848099002")
    assert shared.stream_id is shared.person_id is unknown.stream_id is None
    desk = switchboard.world.by("coordinator")
    assert (await desk.post(f"/desk/calls/{unknown.id}/done")).headers["location"] == "/desk/calls"


async def test_a_number_whose_calls_are_not_taken_rejects_them_and_notes_who_it_was(switchboard: Switchboard) -> None:
    home, number = await switchboard.household()
    async with switchboard.under(voice_missed_calls=True):
        heard = await switchboard.twilio_call("CAin7", number, inbound=True).hear(INCOMING)
    assert heard.action == "Reject"
    [waiting] = await switchboard.call_backs(number)
    assert (waiting.stream_id, waiting.missed) == (home.case_id, True)


async def test_a_caller_who_hides_their_number_is_promised_nothing(switchboard: Switchboard) -> None:
    heard = await switchboard.twilio_call("CAin8", "anonymous", inbound=True).hear(INCOMING)
    assert (heard.keys, heard.said[1][:29]) == (0, "We cannot see your number. Pl")
    assert await switchboard.call_backs("anonymous") == []
