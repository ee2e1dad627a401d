"""Web push: a browser that opens what it is sent, several of them, and those that have forgotten us."""

import pytest

from aftersales.updates.channels import Reject, Retry, Sent
from aftersales.updates.channels.push import MAX_BROWSERS, PushChannel, address, served, topic
from aftersales.updates.policy import Reason
from tests.factories.provider_peers import VAPID, Browser, push_line
from tests.factories.providers import Peer, Reply, a_letter, provider


def channel(peer: Peer) -> PushChannel:
    return PushChannel(VAPID, "mailto:care@example.org", peer.url)


async def test_the_browser_reads_it() -> None:
    browser = Browser()
    async with provider(browser.service) as peer:
        line = push_line(browser)
        assert await line.opens(peer).send(line.letter(peer)) == Sent("https://push.example/m/7")
    assert browser.opened == [
        {
            "title": "మీ రిక్వెస్ట్ అందింది",
            "body": "పద్మ గారు, మీ వాషింగ్ మెషిన్ రిపేర్ మొదలైంది.",
            "lang": "te",
            "tag": topic(line.letter(peer).message_id),
            "url": "https://service.example/t/abc",
            "urgent": False,
        }
    ]


async def test_urgent_is_kept_shorter_and_a_repeat_replaces_itself() -> None:
    browser = Browser()
    async with provider(browser.service) as peer:
        to = address([browser.subscription(peer)])
        for letter in (a_letter(to), a_letter(to, urgent=True), a_letter(to, message_id="<other@example.org>")):
            assert isinstance(await channel(peer).send(letter), Sent)
    first, urgent, other = (asked.headers for asked in peer.asked)
    assert (first["urgency"], urgent["urgency"]) == ("normal", "high")
    assert int(urgent["ttl"]) < int(first["ttl"])
    assert first["topic"] == urgent["topic"] != other["topic"]


async def test_five_thousand_letters_fit() -> None:
    browser = Browser()
    async with provider(browser.service) as peer:
        letter = a_letter(
            address([browser.subscription(peer)]), words="త\x00\u202e" * 5000, subject="S\r\n" * 5000, language="te"
        )
        assert isinstance(await channel(peer).send(letter), Sent)
    [said] = browser.opened
    assert str(said["body"]) == "త" * 899 + "…"
    assert len(str(said["title"])) == 120


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_forgot_us_is_let_go(status: int) -> None:
    browser = Browser()
    async with provider(browser.service) as peer:
        peer.next.append(Reply(status))
        answer = await channel(peer).send(a_letter(address([browser.subscription(peer)])))
    assert isinstance(answer, Reject)
    assert answer.reason is Reason.GONE


async def test_one_browser_of_several_is_enough_and_the_gone_are_named() -> None:
    browser = Browser()
    async with provider(browser.service) as peer:
        known = [browser.subscription(peer, f"/push/{number}") for number in range(8)]
        peer.next.extend([Reply(410), Reply(500)])
        answer = await channel(peer).send(a_letter(address(known)))
    assert answer == Sent("https://push.example/m/7", gone=(known[0].endpoint,))
    assert len(peer.asked) == MAX_BROWSERS


async def test_one_that_may_come_back_is_tried_again() -> None:
    browser = Browser()
    async with provider(browser.service) as peer:
        peer.next.extend([Reply(410), Reply(503)])
        known = [browser.subscription(peer, f"/push/{number}") for number in range(2)]
        assert isinstance(await channel(peer).send(a_letter(address(known))), Retry)


@pytest.mark.parametrize("to", ["", "[]", "{}", "[[1]]", '[["https://x",1,2]]', '[["https://x","AA","AA"]]'])
async def test_what_is_no_browser_is_refused(to: str) -> None:
    async with provider(Browser().service) as peer:
        answer = await channel(peer).send(a_letter(to))
    assert isinstance(answer, Reject)
    assert answer.reason is Reason.BAD_ADDRESS
    assert peer.asked == []


async def test_an_address_inside_is_never_asked() -> None:
    browser = Browser()
    async with provider(browser.service) as peer:
        guarded = PushChannel(VAPID, "mailto:care@example.org", "fcm.googleapis.com")
        answer = await guarded.send(a_letter(address([browser.subscription(peer)])))
    assert isinstance(answer, Reject)
    assert peer.asked == []


SERVICES = "fcm.googleapis.com, *.push.services.mozilla.com, http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("endpoint", "right"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://fcm.googleapis.com:443/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", True),
        ("http://127.0.0.1:9/x", True),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com@10.0.0.1/x", False),
        ("https://user@fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evilpush.services.mozilla.com/x", False),
        ("https://push.services.mozilla.com.evil.example/", False),
        ("http://127.0.0.1:90/x", False),
        ("https://[::1]/x", False),
        ("https://[/x", False),
        ("https:///x", False),
        ("", False),
    ],
)
def test_whose_push_services_are_written_to(endpoint: str, right: bool) -> None:
    assert served(endpoint, SERVICES) is right
    assert not served(endpoint, "")
