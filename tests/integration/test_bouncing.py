"""`aftersales bounces`: a report on standard input, a folder of them, other mail, and a database that is away."""

import asyncio
import io
import os
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from sqlalchemy import select

from aftersales import cli
from aftersales.files.models import File
from aftersales.i18n import translator
from aftersales.inbox import texts
from aftersales.outbox.models import Delivery
from aftersales.status.models import StatusNote, TimelineEntry
from aftersales.updates import inbound
from aftersales.updates.models import CustomerUpdate, InboundFile
from tests.factories.talking import photo
from tests.factories.updates import World
from tests.unit.test_channel_bounces import report


@pytest.fixture
def here(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("AFTERSALES_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("AFTERSALES_DATABASE_URL", world.database.url)
    return world


async def sent(world: World) -> CustomerUpdate:
    """A letter that has gone out, to Padma."""
    case_id = await world.case()
    await world.settle()
    update, _ = await world.updates(case_id)
    assert update.state == "sent"
    return update


def about(update: CustomerUpdate, **changed: str) -> bytes:
    return report(returned=f"Message-ID: {update.message_id}\n", **changed)


async def piped(monkeypatch: pytest.MonkeyPatch, message: bytes) -> int:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(message)))
    return await asyncio.to_thread(cli.main, ["bounces"])


async def now(world: World, update: CustomerUpdate) -> tuple[str, str | None]:
    async with world.database.sessions() as session:
        found = await session.get_one(CustomerUpdate, update.id)
        return found.state, found.detail


async def test_a_report_on_standard_input(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    update = await sent(here)
    assert await piped(monkeypatch, about(update, action="delayed", status="4.4.1")) == 0
    assert await now(here, update) == ("sent", None)
    for _ in range(2):
        assert await piped(monkeypatch, about(update)) == 0
        assert await now(here, update) == ("bounced", "5.1.1 550 5.1.1 no such user")


async def test_an_answer_lands_on_the_case_of_the_letter_that_it_answers(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = await sent(here)
    other = await replace(here, number=f"{here.number}9").case()
    answer = (
        f"From: Padma <padma@example.org>\r\nIn-Reply-To: {update.message_id}\r\nMessage-ID: <1@example.org>\r\n"
        f"Subject: Re: your request\r\n\r\nThe drum is full of water.\r\n\r\nOn Friday you wrote:\r\n> We look.\r\n"
    )
    for _ in range(2):
        assert await piped(monkeypatch, answer.encode()) == 0
        await here.settle()
    async with here.database.sessions() as session:
        query = select(StatusNote).join(
            TimelineEntry,
            (TimelineEntry.stream_id == StatusNote.stream_id) & (TimelineEntry.version == StatusNote.version),
        )
        wrote = (await session.scalars(query.where(TimelineEntry.name == "customer_wrote"))).all()
    assert [(row.stream_id, row.text) for row in wrote] == [(update.stream_id, "The drum is full of water.")]
    assert other != update.stream_id


async def test_files_of_a_letter_stand_on_the_case_and_what_is_not_taken_is_answered(
    here: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    update = await sent(here)
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    parts = [("image/jpeg", photo()), ("image/png", bomb.getvalue()), ("image/jpeg", b"MZ a program")]
    message = EmailMessage()
    message["From"], message["In-Reply-To"] = "Padma <padma@example.org>", update.message_id
    message["Message-ID"] = "<with.files@example.org>"
    message.set_content("This is how it looks.")
    for kind, content in parts:
        message.add_attachment(content, maintype="image", subtype=kind[6:], filename="\x07../a b.exe")
    whole = message.as_bytes()
    assert await piped(monkeypatch, whole) == 0
    new = tmp_path / "mail" / "new"
    new.mkdir(parents=True)
    (new / "1.a").write_bytes(whole)
    assert await asyncio.to_thread(cli.main, ["bounces", "--maildir", str(tmp_path / "mail")]) == 0, "once is enough"
    await here.settle()
    async with here.database.sessions() as session:
        query = select(TimelineEntry.name, StatusNote.text).join(
            StatusNote,
            (TimelineEntry.stream_id == StatusNote.stream_id) & (TimelineEntry.version == StatusNote.version),
        )
        said = dict((await session.execute(query.where(TimelineEntry.stream_id == update.stream_id))).all())
        kept = (await session.scalars(select(File).where(File.stream_id == update.stream_id))).all()
        assert (await session.scalars(select(InboundFile.id))).all() == [], "they have their place"
    assert said["customer_wrote"] == "This is how it looks."
    for words in (texts.TOO_LARGE, texts.FILE_KIND):
        assert translator("te").gettext(words) in said["we_answered"], "why, in her language"
    [one] = kept
    assert (one.mime, one.width, one.audience, one.filename) == ("image/jpeg", 64, "customer", "email.jpg")


async def test_files_wait_with_their_letter_until_it_is_known_where_it_belongs_or_are_let_go(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = await sent(here)

    async def written(words: str, name: str, content: bytes | None = None) -> None:
        message = EmailMessage()
        message["From"], message["Message-ID"] = "Padma <padma@example.org>", f"<{name}@example.org>"
        message.set_content(words)
        if content is not None:
            message.add_attachment(content, maintype="image", subtype="jpeg", filename="a.jpg")
        assert await piped(monkeypatch, message.as_bytes()) == 0

    async def waiting() -> int:
        async with here.database.sessions() as session:
            return len((await session.scalars(select(InboundFile.id))).all())

    await replace(here, number=f"{here.number[:-1]}2").case()
    await written("This one leaks.", "which", photo())
    await here.settle()
    assert await waiting() == 1, "she is asked which one she means"
    await written(here.number, "this")
    await here.settle()
    async with here.database.sessions() as session:
        kept = (await session.scalars(select(File).where(File.stream_id == update.stream_id))).all()
    assert ([one.mime for one in kept], await waiting()) == (["image/jpeg"], 0)
    await written("And this one too.", "nowhere", photo("red"))
    assert await waiting() == 1
    async with here.work() as work:
        query = select(Delivery).where(Delivery.subscriber == inbound.LET_GO, Delivery.due_at > work.now)
        due = max((await work.session.scalars(query)).all(), key=lambda one: one.due_at)
        assert timedelta(days=6, hours=23) < due.due_at - work.now <= inbound.HELD
        for _ in range(2):
            await inbound.let_go(work, due.data)
    assert await waiting() == 0, "a week is enough"


async def test_a_folder_of_them(here: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    update = await sent(here)
    new = tmp_path / "mail" / "new"
    new.mkdir(parents=True)
    (new / "1.a").write_bytes(about(update))
    (new / "2.b").write_bytes(b"Subject: hello\r\n\r\nWhere is my repair?")
    assert await asyncio.to_thread(cli.main, ["bounces", "--maildir", str(tmp_path / "mail")]) == 0
    assert "2 messages, 1 of them for us" in capsys.readouterr().out
    assert (await now(here, update))[0] == "bounced"
    assert list(new.iterdir()) == []
    assert sorted(file.name for file in (tmp_path / "mail" / "cur").iterdir()) == ["1.a:2,S", "2.b:2,S"]


async def test_no_maildir_says_so(here: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await asyncio.to_thread(cli.main, ["bounces", "--maildir", str(tmp_path)]) == 1
    assert "no maildir" in capsys.readouterr().err


async def test_where_the_database_is_away_the_mail_server_keeps_it(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = await sent(here)
    monkeypatch.setenv("AFTERSALES_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert await piped(monkeypatch, about(update)) == os.EX_TEMPFAIL
    assert await piped(monkeypatch, b"Subject: other mail") == 0, "which needs no database"
    assert (await now(here, update))[0] == "sent"


def test_a_key_for_push_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["push-key"]) == 0
    name, _, key = capsys.readouterr().out.strip().partition("=")
    assert (name, len(key)) == ("AFTERSALES_PUSH_PRIVATE_KEY", 43)
