"""WhatsApp: templates and free text, Meta's codes, and the files that people send."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from aftersales.updates.channels import Enclosure, Fetched, Media, Registered, Reject, Retry, Sent
from aftersales.updates.channels.whatsapp import WhatsAppChannel
from aftersales.updates.policy import Reason
from tests.factories.provider_peers import WAMID, Meta, whatsapp, whatsapp_line
from tests.factories.providers import AT, Asked, Peer, Reply, a_letter, provider

PHOTO = b"\xff\xd8\xff" + b"photo" * 100


@pytest.fixture
async def meta() -> AsyncIterator[Peer]:
    async with provider(whatsapp) as peer:
        yield peer


def error(code: int, details: str = "no") -> Reply:
    data = {"messaging_product": "whatsapp", "details": details}
    about = {
        "message": f"(#{code}) title",
        "type": "OAuthException",
        "code": code,
        "error_data": data,
        "fbtrace_id": "A",
    }
    return Reply(400, {"error": about})


async def test_free_text_within_the_window(meta: Peer) -> None:
    answer = await whatsapp_line().opens(meta).send(a_letter("+919848012345"))
    assert answer == Sent(WAMID)
    body = meta.asked[0].json
    assert body["to"] == "919848012345"
    assert body["text"] == {"preview_url": False, "body": "పద్మ గారు, మీ వాషింగ్ మెషిన్ రిపేర్ మొదలైంది."}


async def test_a_registered_text_goes_as_a_template(meta: Peer) -> None:
    letter = a_letter("+919848012345", registered=Registered("repair_begun", "te", ("పద్మ\nగారు\t", "", "K" * 5000)))
    assert await whatsapp_line().opens(meta).send(letter) == Sent(WAMID)
    template = meta.asked[0].json["template"]
    assert isinstance(template, dict)
    assert (template["name"], template["language"]) == ("repair_begun", {"code": "te"})
    [body] = template["components"]
    assert [value["text"] for value in body["parameters"]] == ["పద్మ గారు", "–", "K" * 999 + "…"]


async def test_a_template_without_variables(meta: Peer) -> None:
    letter = a_letter("+919848012345", registered=Registered("hello", "en_GB"))
    assert await whatsapp_line().opens(meta).send(letter) == Sent(WAMID)
    assert meta.asked[0].json["template"] == {"name": "hello", "language": {"code": "en_GB"}, "components": []}


PAPER = Enclosure("warranty-KKP-26-000001.pdf", b"%PDF-1.7 a certificate")
HEADED = Registered("registered", "te", ("పద్మ",), document=True)


async def test_a_paper_is_handed_in_and_then_goes_with_the_words() -> None:
    known = Meta()
    async with provider(known.answers) as meta:
        line = whatsapp_line().opens(meta)
        assert await line.send(a_letter("+919848012345", paper=PAPER)) == Sent(WAMID)
        assert await line.send(a_letter("+919848012345", paper=PAPER, registered=HEADED)) == Sent(WAMID)
    assert list(known.papers.values()) == [(PAPER.name, PAPER.content)] * 2
    first, free, second, headed = meta.asked
    assert (first.path, second.path) == ("/v23.0/1234567890/media",) * 2
    words = "పద్మ గారు, మీ వాషింగ్ మెషిన్ రిపేర్ మొదలైంది."
    assert free.json["document"] == {"id": "4711", "filename": PAPER.name, "caption": words}
    template = headed.json["template"]
    assert isinstance(template, dict)
    assert template["components"] == [
        {"type": "header", "parameters": [{"type": "document", "document": {"id": "4712", "filename": PAPER.name}}]},
        {"type": "body", "parameters": [{"type": "text", "text": "పద్మ"}]},
    ]


async def test_without_a_place_for_it_the_words_go_alone(meta: Peer) -> None:
    line = whatsapp_line().opens(meta)
    plain = Registered("registered", "te", ("పద్మ",))
    for letter in (
        a_letter("+919848012345", paper=PAPER, registered=plain),
        a_letter("+919848012345", paper=PAPER, words="త" * 1025),
    ):
        assert await line.send(letter) == Sent(WAMID)
    assert [asked.json["type"] for asked in meta.asked] == ["template", "text"]


async def test_a_paper_that_is_refused_costs_no_word_and_one_that_is_put_off_is_waited_for() -> None:
    known = Meta()
    async with provider(known.answers) as meta:
        line = whatsapp_line().opens(meta)
        free, headed = (a_letter("+919848012345", paper=PAPER, registered=one) for one in (None, HEADED))
        meta.next.append(error(131053, "not a file"))
        assert await line.send(free) == Sent(WAMID)
        assert meta.asked[-1].json["type"] == "text"
        meta.next.append(error(131053, "not a file"))
        refused = await line.send(headed)
        assert isinstance(refused, Reject)
        assert refused.reason is Reason.REJECTED, "the next channel says it"
        missing = await line.send(a_letter("+919848012345", registered=HEADED))
        assert missing == Reject(Reason.REJECTED, "its template wants a document")
        messages = len([one for one in meta.asked if one.path.endswith("/messages")])
        for trouble in (error(130429), Reply(500), Reply(401), Reply(cut=True), Reply(200, b"{}")):
            meta.next.append(trouble)
            answer = await line.send(free)
            assert isinstance(answer, Retry), trouble
            assert not answer.uncertain, "nobody has read anything"
    assert len([one for one in meta.asked if one.path.endswith("/messages")]) == messages


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (131047, Reason.WINDOW_CLOSED),
        (470, Reason.WINDOW_CLOSED),
        (131026, Reason.BAD_ADDRESS),
        (131050, Reason.NO_CONSENT),
        (132001, Reason.REJECTED),
    ],
)
async def test_meta_refuses_for_a_reason(meta: Peer, code: int, reason: Reason) -> None:
    meta.next.append(error(code))
    assert await whatsapp_line().opens(meta).send(a_letter("+919848012345")) == Reject(reason, f"{code} no")


@pytest.mark.parametrize(
    ("code", "after"), [(130429, None), (131056, timedelta(seconds=6)), (190, None), (131000, None), (200, None)]
)
async def test_meta_puts_off(meta: Peer, code: int, after: timedelta | None) -> None:
    meta.next.append(error(code))
    assert await whatsapp_line().opens(meta).send(a_letter("+919848012345")) == Retry(f"{code} no", after=after)


async def test_hostile_words_stay_words(meta: Peer) -> None:
    letter = a_letter("+919848012345", words="Ravi\x00\u202e\ud800\r\n" + "త" * 5000)
    assert await whatsapp_line().opens(meta).send(letter) == Sent(WAMID)
    text = meta.asked[0].json["text"]
    assert isinstance(text, dict)
    assert text["body"].startswith("Ravi\nతత")
    assert len(text["body"]) == 4096


class Store:
    """Meta's two steps to a file, and where they may go wrong."""

    def __init__(self) -> None:
        self.url, self.sha256 = "", hashlib.sha256(PHOTO).hexdigest()

    def answers(self, asked: Asked) -> Reply:
        assert asked.headers["authorization"] == "Bearer EAAG"
        assert asked.method == "GET"
        if asked.path == "/v23.0/4711":
            return Reply(200, {"url": self.url, "mime_type": "image/jpeg", "sha256": self.sha256, "id": "4711"})
        assert asked.target == "/download?mid=4711"
        return Reply(200, PHOTO)


async def fetched(store: Store, url: str | None = None, reference: str = "4711") -> tuple[object, Peer]:
    async with provider(store.answers) as peer:
        store.url = url or f"{peer.url}/download?mid=4711"
        channel = WhatsAppChannel(f"{peer.url}/v23.0", "EAAG", "1234567890", 10_000)
        return await channel.fetch(Media(reference, "image/jpeg"), AT), peer


async def test_a_photo_is_fetched_in_two_steps() -> None:
    found, peer = await fetched(Store())
    assert found == Fetched(PHOTO, "image/jpeg")
    assert [asked.path for asked in peer.asked] == ["/v23.0/4711", "/download"]


@pytest.mark.parametrize("url", ["http://10.0.0.1/x", "https://evil.example/x", "https://fbsbx.com.evil.example/x"])
async def test_our_token_goes_to_meta_alone(url: str) -> None:
    found, peer = await fetched(Store(), url)
    assert isinstance(found, Reject)
    assert len(peer.asked) == 1


async def test_a_reference_cannot_leave_its_place() -> None:
    found, peer = await fetched(Store(), reference="../me/accounts")
    assert isinstance(found, Reject)
    assert peer.asked == []


async def test_what_was_changed_on_the_way_is_not_kept() -> None:
    store = Store()
    store.sha256 = "0" * 64
    found, _ = await fetched(store)
    assert isinstance(found, Retry)


async def test_a_file_over_the_limit_is_not_read(meta: Peer) -> None:
    store = Store()
    async with provider(store.answers) as peer:
        store.url = f"{peer.url}/download?mid=4711"
        small = WhatsAppChannel(f"{peer.url}/v23.0", "EAAG", "1234567890", 100)
        assert isinstance(await small.fetch(Media("4711", "image/jpeg"), AT), Retry)


async def test_a_file_that_is_gone_is_gone() -> None:
    async with provider(lambda _: Reply(404, {"error": {"code": 100}})) as peer:
        channel = WhatsAppChannel(f"{peer.url}/v23.0", "EAAG", "1234567890", 10_000)
        found = await channel.fetch(Media("4711", "image/jpeg"), AT)
    assert isinstance(found, Reject)
    assert found.reason is Reason.GONE


@pytest.mark.parametrize("failing", ["/v23.0/4711", "/download"])
@pytest.mark.parametrize(
    ("trouble", "uncertain"), [(Reply(cut=True), True), (Reply(500, b"oh dear"), False), (Reply(401), False)]
)
async def test_a_file_that_cannot_be_had_now_is_asked_for_again(failing: str, trouble: Reply, uncertain: bool) -> None:
    store = Store()
    async with provider(lambda asked: trouble if asked.path == failing else store.answers(asked)) as peer:
        store.url = f"{peer.url}/download?mid=4711"
        found = await WhatsAppChannel(f"{peer.url}/v23.0", "EAAG", "1234567890", 10_000).fetch(
            Media("4711", "image/jpeg"), AT
        )
    assert isinstance(found, Retry)
    assert found.uncertain is uncertain


async def test_a_file_that_went_between_the_two_steps_is_gone() -> None:
    store = Store()
    async with provider(lambda asked: Reply(404) if asked.path == "/download" else store.answers(asked)) as peer:
        store.url = f"{peer.url}/download?mid=4711"
        channel = WhatsAppChannel(f"{peer.url}/v23.0", "EAAG", "1234567890", 10_000)
        found = await channel.fetch(Media("4711", "image/jpeg"), AT)
    assert isinstance(found, Reject)
    assert found.reason is Reason.GONE
