"""What people write to us, from the provider's hook to the answer."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import pytest

from aftersales.customers import service as customers
from aftersales.customers.schemas import PersonPatch
from aftersales.inbox.handlers import NotNow
from tests.factories.talking import Talk, open_talk, photo
from tests.factories.world import API, Home, World, add_home, csrf_of, ok

REACH = "To speak to a person, reply “call me” or ring"


@pytest.fixture(scope="module")
async def talk(company: World) -> AsyncIterator[Talk]:
    found = await open_talk(company)
    yield found
    await found.hook.aclose()
    await found.app.state.services.database.dispose()


async def somebody(talk: Talk, name: str, phone: str, language: str = "en", email: str | None = None) -> Home:
    home = await add_home(talk.world, name, phone)
    async with talk.world.work() as work:
        known = PersonPatch(language=language, email=email)
        await customers.change_person(work, home.customer_id, home.person_id, known)
    await talk.settle()
    return home


async def number(talk: Talk, case_id: UUID) -> str:
    [(found,)] = await talk.rows("SELECT number FROM document WHERE id = :id", id=case_id)
    return str(found)


async def notes(
    talk: Talk, case_id: UUID, name: str = "customer_wrote"
) -> list[tuple[str | None, dict[str, str], str]]:
    rows = await talk.rows(
        "SELECT n.text, e.data, e.actor_kind FROM timeline_entry e LEFT JOIN status_note n USING (stream_id, version) "
        "WHERE e.stream_id = :id AND e.name = :name ORDER BY e.version",
        id=case_id,
        name=name,
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def test_where_is_my_repair_is_answered_at_once_in_their_language(talk: Talk) -> None:
    home = await somebody(talk, "Lalitha Devi", "+919849100001", "te")
    [answer] = await talk.write("+919849100001", "naa washing machine ekkada")
    assert await number(talk, home.case_id) in answer
    assert "http://localhost:8069/t/" in answer, "the page is one step away"
    assert "“" in answer
    assert "కాల్" in answer or "ఫోన్" in answer, "and a person too"
    [(words, data, actor)] = await notes(talk, home.case_id)
    assert (words, actor) == ("naa washing machine ekkada", "customer")
    assert data == {"channel": "whatsapp", "language": "te"}
    [(told, _, by)] = await notes(talk, home.case_id, "we_answered")
    assert by == "system"
    assert told is not None
    assert "[link]" in told, "the link is no part of stored words"
    assert await talk.rows("SELECT 1 FROM inbox_task WHERE case_id = :id", id=home.case_id) == []


async def test_what_is_not_understood_is_promised_an_answer_once(talk: Talk) -> None:
    home = await somebody(talk, "Anand Rao", "+919849100002")
    [answer] = await talk.write("+919849100002", "The man who came took my remote with him")
    assert "reads it and answers you by" in answer
    assert "reply “call me”" in answer
    again = await talk.write("+919849100002", "It is the black one")
    assert again == [], "they know by when; every further line needs no answer"
    [(asked, due, made)] = await talk.rows(
        "SELECT asked, due_at, created_at FROM inbox_task WHERE case_id = :id", id=home.case_id
    )
    assert asked == "unknown"
    assert due > made
    assert len(await notes(talk, home.case_id)) == 2
    [call] = await talk.write("+919849100002", "please call me back")
    assert "will call you by" in call
    [(asked, first)] = await talk.rows("SELECT asked, due_at FROM inbox_task WHERE case_id = :id", id=home.case_id)
    assert (asked, first) == ("person", due), "one task, and the time promised first holds"
    said = due.replace(second=0, microsecond=0)
    assert await held(talk, home.case_id) == [("answer", said, "made"), ("call_back", said, "made")]
    # A machine's answer to another question keeps neither; a person's does.
    await talk.write("+919849100002", "Thank you so much")
    assert [step for *_, step in await held(talk, home.case_id)] == ["made", "made"]
    desk = talk.world.by("coordinator")
    await ok(desk, f"{API}/cases/{home.case_id}/we_wrote", words="Ravi has found your remote and brings it.")
    await talk.settle()
    assert [step for *_, step in await held(talk, home.case_id)] == ["made", "made", "kept", "kept"]


async def held(talk: Talk, case_id: UUID) -> list[tuple[str, datetime, str]]:
    """What the ledger holds of answers and calls."""
    rows = await talk.rows(
        "SELECT kind, due_at, step FROM promise_step WHERE case_id = :id AND kind IN ('answer', 'call_back') "
        "ORDER BY at, kind",
        id=case_id,
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def test_how_much_names_what_was_named_to_them(talk: Talk) -> None:
    await somebody(talk, "Meena Kumari", "+919849100003")
    [answer] = await talk.write("+919849100003", "how much will it cost?")
    assert "We have not named an amount yet" in answer
    [thanks] = await talk.write("+919849100003", "Thank you so much")
    assert "glad to help" in thanks


async def test_a_reply_names_its_case_and_several_open_ones_are_asked_about(talk: Talk) -> None:
    home = await somebody(talk, "Farida Begum", "+919849100004")
    second = await talk.world.open_case(home)
    await talk.settle()
    [question] = await talk.write("+919849100004", "Where is my washing machine?")
    first_number, second_number = await number(talk, home.case_id), await number(talk, second)
    assert f"1. Washing machine ({second_number})" in question
    assert f"2. Washing machine ({first_number})" in question
    assert REACH in question
    assert await notes(talk, home.case_id) == await notes(talk, second) == []
    [answer] = await talk.write("+919849100004", "2")
    assert first_number in answer
    assert [words for words, *_ in await notes(talk, home.case_id)] == ["Where is my washing machine?"]
    [direct] = await talk.write("+919849100004", f"status of {second_number.lower()}")
    assert second_number in direct
    assert len(await notes(talk, second)) == 1
    letter = talk.whatsapp.letters[-1]
    [(provider,)] = await talk.rows(
        "SELECT provider_id FROM inbox_reply WHERE stream_id = :id AND state = 'sent' ORDER BY id DESC LIMIT 1",
        id=second,
    )
    assert letter.message_id in provider
    await talk.write("+919849100004", "is it ready?", answers=provider)
    assert [words for words, *_ in await notes(talk, second)][-1] == "is it ready?"


async def test_a_phone_of_two_households_opens_neither(talk: Talk) -> None:
    one = await somebody(talk, "Ramesh", "+919849100005")
    other = await somebody(talk, "Suresh", "+919849100005")
    [question] = await talk.write("+919849100005", "Where is my repair?")
    mine, theirs = await number(talk, one.case_id), await number(talk, other.case_id)
    assert "More than one household" in question
    assert REACH in question
    assert not any(word in question for word in (mine, theirs, "Ramesh", "Suresh", "ashing"))
    [again] = await talk.write("+919849100005", "KKP-26-999999")
    assert "no open request with this number" in again
    assert REACH in again
    answers = await talk.write("+919849100005", mine)
    assert len(answers) == 2, "both messages that asked something are answered now"
    assert mine in answers[0]
    assert [words for words, *_ in await notes(talk, one.case_id)] == ["Where is my repair?", "KKP-26-999999"]
    assert await notes(talk, other.case_id) == []


@pytest.mark.slow
async def test_photos_stand_on_the_case_drawn_anew(talk: Talk) -> None:
    home = await somebody(talk, "Kavya", "+919849100006")
    talk.whatsapp.busy = 1
    await talk.write("+919849100006", "This is how it looks", photo=photo(), settle=False)
    with pytest.raises(NotNow):
        await talk.settle()
    for _ in range(40):
        await talk.settle()
        if await notes(talk, home.case_id):
            break
        await asyncio.sleep(0.25)
    [(mime, width, audience, by)] = await talk.rows(
        "SELECT mime, width, audience, uploaded_by_kind FROM file WHERE document_id = :id", id=home.case_id
    )
    assert (mime, width, audience, by) == ("image/jpeg", 64, "customer", "customer")
    assert len(await notes(talk, home.case_id, "file_added")) == 1
    [answer] = await talk.write("+919849100006", "and this", photo=b"MZ not a picture at all")
    assert "of a kind that we cannot take" in answer
    assert len(await talk.rows("SELECT 1 FROM file WHERE document_id = :id", id=home.case_id)) == 1


async def test_an_email_reply_says_only_what_is_new_and_answers_the_address_on_record(talk: Talk) -> None:
    home = await somebody(talk, "Joseph", "+919849100007", email="joseph@example.com")
    quoted = "When will it come?\n\nOn Mon, 23 Nov 2026 at 10:00, Aftersales <s@example.com> wrote:\n> Dear Joseph\n> …"
    [answer] = await talk.write("joseph@example.com", quoted, by="email")
    assert await number(talk, home.case_id) in answer
    assert [words for words, *_ in await notes(talk, home.case_id)] == ["When will it come?"]
    before = await talk.world.state()
    assert await talk.write(
        "mallory@example.com", f"Approve everything on {await number(talk, home.case_id)}", by="email"
    )
    assert (await talk.world.state())[:5] == before[:5], "whoever we do not know changes nothing"


async def test_one_word_changes_the_language(talk: Talk) -> None:
    home = await somebody(talk, "Sridevi", "+919849100008")
    [written] = await talk.write("+919849100008", "తెలుగు")
    assert written.startswith("ఇకపై మీకు తెలుగులో రాస్తాం.\n\n")
    assert await talk.rows("SELECT language FROM person WHERE id = :id", id=home.person_id) == [("te",)]
    [written] = await talk.write("+919849100008", "English please")
    assert written.startswith("From now on we write to you in English.\n\n" + REACH)
    assert await notes(talk, home.case_id) == [], "a command is no conversation"


@pytest.mark.slow
async def test_a_message_that_comes_again_counts_once_and_a_flood_is_not_answered(talk: Talk) -> None:
    home = await somebody(talk, "Naresh", "+919849100009")
    for _ in range(3):
        await talk.write("+919849100009", "status please", id="same-id")
    assert len(await notes(talk, home.case_id)) == 1
    before = len(talk.whatsapp.letters)
    for _ in range(90):
        await talk.write("+919849100009", "status", settle=False)
    await talk.settle()
    assert len(talk.whatsapp.letters) - before <= 13
    assert len(await notes(talk, home.case_id)) <= 62


async def test_words_on_their_own_page_wait_for_an_answer_too(talk: Talk) -> None:
    home = await somebody(talk, "Geeta", "+919849100010")
    page = await talk.world.customer(home)
    answer = await page.post(
        "/track/reply",
        data={"words": "Please bring the old filter back", "csrf": csrf_of((await page.get("/track")).text)},
    )
    assert answer.status_code == 303
    await talk.settle()
    assert await talk.rows("SELECT channel, state FROM inbox_task WHERE case_id = :id", id=home.case_id) == [
        ("page", "open")
    ]


async def test_stop_and_start_are_kept_in_the_ledger_and_confirmed_once(talk: Talk) -> None:
    home = await somebody(talk, "Usha", "+919849100011", "te")
    [stopped] = await talk.write("+919849100011", "STOP")
    assert stopped.startswith("ఇకపై ఇక్కడ మీకు మా సందేశాలు రావు. మళ్లీ కావాలంటే START అని పంపండి.\n\n")
    [started] = await talk.write("+919849100011", "ప్రారంభించండి")
    assert "STOP" in started
    ledger = await talk.rows(
        "SELECT channel, purpose, given, source, actor_kind FROM consent WHERE person_id = :id ORDER BY id",
        id=home.person_id,
    )
    assert ledger == [("whatsapp", "", False, "reply", "customer"), ("whatsapp", "", True, "reply", "customer")]
    assert await notes(talk, home.case_id) == []
