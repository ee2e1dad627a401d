"""SMS: what MSG91 and Twilio are handed, what they refuse, and which of them serves a number."""

from collections.abc import AsyncIterator

import pytest

from aftersales.updates.channels import Reject, Retry, Sent
from aftersales.updates.channels.registry import channels_on
from aftersales.updates.policy import Reason
from tests.factories.provider_peers import ACCOUNT, SID, TOKEN, msg91_line, twilio_line
from tests.factories.providers import REGISTERED, TAG, Peer, Reply, a_letter, provider
from tests.factories.settings import settings_with

HOSTILE = "Ravi\r\nBcc: all@example.org\x00\x1b[2J\u202eevil\ud800" + "x" * 5000


@pytest.fixture
async def indian() -> AsyncIterator[Peer]:
    async with provider(msg91_line().answers) as peer:
        yield peer


@pytest.fixture
async def foreign() -> AsyncIterator[Peer]:
    async with provider(twilio_line().answers) as peer:
        yield peer


async def test_an_indian_sms_goes_with_its_registration(indian: Peer) -> None:
    answer = await msg91_line().opens(indian).send(a_letter("+919848012345", registered=REGISTERED))
    assert answer == Sent("3763646c3058373530393938")
    body = indian.asked[0].json
    assert body["CRQID"] == TAG
    assert body["sms"] == [{"message": "పద్మ గారు, మీ వాషింగ్ మెషిన్ రిపేర్ మొదలైంది.", "to": ["9848012345"]}]
    assert body["unicode"] == 1


async def test_a_plain_sms_is_not_unicode(indian: Peer) -> None:
    letter = a_letter("+919848012345", registered=REGISTERED, words="Your repair has begun. 040 2315 0110")
    assert isinstance(await msg91_line().opens(indian).send(letter), Sent)
    assert indian.asked[0].json["unicode"] == 0


async def test_an_unregistered_text_and_a_foreign_number_are_not_even_tried(indian: Peer) -> None:
    channel = msg91_line().opens(indian)
    unregistered = await channel.send(a_letter("+919848012345"))
    assert isinstance(unregistered, Reject)
    assert "DLT" in unregistered.detail
    for number in ("+447700900123", "+914023150110", "9848012345", "+91984801234", "+919848012345,9"):
        answer = await channel.send(a_letter(number, registered=REGISTERED))
        assert isinstance(answer, Reject), number
        assert answer.reason is Reason.BAD_ADDRESS
    assert indian.asked == []


@pytest.mark.parametrize(
    ("code", "expected"), [("207", Retry), ("301", Retry), ("601", Retry), ("203", Reject), ("202", Reject)]
)
async def test_msg91_says_no_in_a_200(indian: Peer, code: str, expected: type) -> None:
    indian.next.append(Reply(200, {"type": "error", "code": code, "message": "no"}))
    answer = await msg91_line().opens(indian).send(a_letter("+919848012345", registered=REGISTERED))
    assert isinstance(answer, expected)
    assert not isinstance(answer, Sent)
    assert answer.detail == f"{code} no"
    if isinstance(answer, Reject):
        assert answer.reason is (Reason.BAD_ADDRESS if code == "202" else Reason.REJECTED)


async def test_a_page_instead_of_an_answer_is_uncertain(indian: Peer) -> None:
    indian.next.append(Reply(200, b"<html>under construction</html>"))
    answer = await msg91_line().opens(indian).send(a_letter("+919848012345", registered=REGISTERED))
    assert isinstance(answer, Retry)
    assert answer.uncertain


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (21610, Reason.NO_CONSENT),
        (21211, Reason.BAD_ADDRESS),
        (21614, Reason.BAD_ADDRESS),
        (21408, Reason.REJECTED),
    ],
)
async def test_twilio_refuses_for_a_reason(foreign: Peer, code: int, reason: Reason) -> None:
    foreign.next.append(Reply(400, {"code": code, "message": "no", "more_info": "https://…", "status": 400}))
    answer = await twilio_line().opens(foreign).send(a_letter("+447700900123"))
    assert answer == Reject(reason, f"{code} no")


async def test_a_full_queue_at_twilio_empties(foreign: Peer) -> None:
    foreign.next.append(Reply(400, {"code": 21611, "message": "queue full", "status": 400}))
    assert isinstance(await twilio_line().opens(foreign).send(a_letter("+447700900123")), Retry)


async def test_twilio_reports_to_public_addresses_alone() -> None:
    async with provider(lambda _: Reply(201, {"sid": SID, "status": "queued"})) as peer:
        for base_url in ("http://localhost:8069", "https://service.example"):
            sms = channels_on(settings_with("twilio", twilio_url=peer.url, base_url=base_url))["sms"]
            assert await sms.send(a_letter("+447700900123")) == Sent(SID)
    [here, public] = [asked.form.get("StatusCallback") for asked in peer.asked]
    assert here is None
    assert public == f"https://service.example/hooks/twilio?m={TAG}"


async def test_hostile_words_stay_words(indian: Peer, foreign: Peer) -> None:
    assert isinstance(await twilio_line().opens(foreign).send(a_letter("+447700900123", words=HOSTILE)), Sent)
    body = foreign.asked[0].form["Body"]
    assert body.startswith("Ravi\nBcc: all@example.org[2Jevilxxx")
    assert len(body) == 1600
    letter = a_letter("+919848012345", words=HOSTILE, registered=REGISTERED)
    assert isinstance(await msg91_line().opens(indian).send(letter), Sent)
    sms = indian.asked[0].json["sms"]
    assert isinstance(sms, list)
    assert "\u202e" not in sms[0]["message"]
    assert len(sms[0]["message"]) == 1000


async def test_the_number_decides_who_carries_it(indian: Peer, foreign: Peer) -> None:
    sms = channels_on(
        settings_with(
            "msg91",
            "twilio",
            msg91_url=indian.url,
            twilio_url=foreign.url,
            twilio_account_sid=ACCOUNT,
            twilio_auth_token=TOKEN,
            base_url="https://service.example",
        )
    )["sms"]
    assert isinstance(await sms.send(a_letter("+919848012345", registered=REGISTERED)), Sent)
    assert await sms.send(a_letter("+447700900123")) == Sent(SID)
    assert await sms.send(a_letter("+914023150110")) == Sent(SID), "a landline is not MSG91's"
    assert (len(indian.asked), len(foreign.asked)) == (1, 2)
    alone = channels_on(settings_with("msg91", msg91_url=indian.url))["sms"]
    answer = await alone.send(a_letter("+447700900123"))
    assert isinstance(answer, Reject)
    assert answer.reason is Reason.BAD_ADDRESS
