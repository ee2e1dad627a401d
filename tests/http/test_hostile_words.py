"""Hostile names and notes the whole way: from the API into the record, and out by e-mail and the other channels."""

import unicodedata
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from aftersales.updates.channels.wording import line, plain
from tests.factories.channels import Wire, wired
from tests.factories.world import API, Home, World, add_home
from tests.fixtures.mail import MailServer

NAMES = {
    "header": "Padma\r\nBcc: all@example.org",
    "folded": "Padma\n\tX-Evil: yes",
    "turned": "\u202egro.elpmaxe@lla\u202c",
    "control": "Pad\x07ma\x1b[2J",
    "null": "Padma\x00",
    "separators": "Padma\u2028Bcc: all@example.org\u2029\x85",
}
TURNING = set("\u202a\u202b\u202c\u202d\u202e")


def harmless(text: str, *, lines: bool) -> bool:
    """Whether nothing in it ends a line (`lines`: beyond a plain one), turns the writing or steers a terminal."""
    allowed = "\n\t" if lines else ""
    return all(one in allowed or unicodedata.category(one) not in ("Cc", "Cs", "Zl", "Zp") for one in text)


@pytest.fixture
async def posting(company: World, mail: MailServer) -> AsyncIterator[tuple[World, Wire, Wire]]:
    """The company with a real mail server, and with SMS and push that live in the test."""
    services = company.app.state.services
    sms, push = Wire("sms"), Wire("push")
    settings = company.settings.model_copy(
        update={
            "smtp_url": SecretStr(mail.url),
            "mail_from": "care@example.org",
            "quiet_hours": "",
            "merge_seconds": 0.0,
        }
    )
    registry = wired(company.registry, sms, push)
    company.app.state.services = replace(services, registry=registry, settings=settings)
    yield replace(company, registry=registry, settings=settings), sms, push
    company.app.state.services = services


async def household(world: World, name: str) -> tuple[Home, int]:
    """A household whose owner is given this name by the API, and what the API said to it."""
    home = await add_home(world, "Padma Venkateswarlu", "+919849012881")
    path, desk = f"{API}/customers/{home.customer_id}/people/{home.person_id}", world.by("manager")
    known = await desk.patch(path, json={"language": "en", "email": "padma@example.org"})
    assert known.status_code == 200, known.text
    answer = await desk.patch(path, json={"name": name})
    return home, answer.status_code


@pytest.mark.parametrize("kind", NAMES)
async def test_a_name_adds_nothing_to_a_letter(posting: tuple[World, Wire, Wire], mail: MailServer, kind: str) -> None:
    world, sms, _ = posting
    home, status = await household(world, NAMES[kind])
    assert status == (200 if kind == "turned" else 422)
    for channels in ("email,sms", "sms,email"):
        said = replace(world, settings=world.settings.model_copy(update={"channels": channels}))
        await said.open_case(home)
        await said.settle()
    [(name,)] = await world.rows("SELECT name FROM person WHERE id = :id", id=home.person_id)
    assert (name == "Padma Venkateswarlu") is (status == 422)
    assert harmless(name, lines=False)
    theirs = [m for m, e in zip(mail.received, mail.envelopes, strict=True) if e[1] == ["padma@example.org"]]
    assert theirs
    for letter in theirs:
        assert {head.lower() for head in letter} & {"bcc", "cc", "x-evil"} == set()
        assert len(letter["To"].addresses) == 1
        assert harmless(str(letter["Subject"]), lines=False)
        part = letter.get_body(("plain",))
        assert part is not None
        assert not TURNING & set(str(part.get_content()))
    records = await world.rows("SELECT subject, words FROM customer_update WHERE person_id = :id", id=home.person_id)
    assert records
    assert all(harmless(row.subject, lines=False) and harmless(row.words, lines=True) for row in records)
    assert sms.letters
    for one in sms.letters:
        assert harmless(one.subject, lines=False)
        assert not TURNING & set(plain(one.words)), "what an adapter hands over"


async def test_a_note_of_five_thousand_letters_is_refused_whole(posting: tuple[World, Wire, Wire]) -> None:
    world, _, _ = posting
    home, _ = await household(world, "Padma")
    desk, path = world.by("manager"), f"{API}/cases/{home.case_id}/we_wrote"
    before = await world.state()
    refused = await desk.post(path, json={"words": "న" * 5000})
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert await world.state() == before


async def test_the_longest_words_of_ours_arrive_whole_and_harmless(
    posting: tuple[World, Wire, Wire], mail: MailServer
) -> None:
    world, _, push = posting
    home, _ = await household(world, "Padma")
    hostile = "Come at six.\r\nBcc: all@example.org\x1b[2J \x85\u202eevil\u202c " + "న" * 1900
    path = f"{API}/cases/{home.case_id}/we_wrote"
    assert (await world.by("manager").post(path, json={"words": f"{hostile}\x00"})).status_code == 422
    answer = await world.by("manager").post(path, json={"words": hostile})
    assert answer.status_code == 200, answer.text
    await replace(world, settings=world.settings.model_copy(update={"channels": "email"})).settle()
    [row] = await world.rows(
        "SELECT subject, words FROM customer_update WHERE person_id = :id AND text = 'case.we_wrote'", id=home.person_id
    )
    assert harmless(row.words, lines=True)
    assert "న" * 1900 in row.words
    letter = mail.received[-1]
    assert {head.lower() for head in letter} & {"bcc", "cc"} == set()
    part = letter.get_body(("plain",))
    assert part is not None
    written = str(part.get_content())
    assert "Come at six.\nBcc: all@example.org" in written.replace("\r\n", "\n"), "words stay words"
    assert not TURNING & set(written)
    assert len(line(row.words, 120)) <= 120
    assert push.letters == []
