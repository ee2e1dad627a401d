"""E-mail at its edges: delivery reports asked for, waiting times read, and heads that nothing can break into."""

from datetime import timedelta

import pytest

from aftersales.updates.channels import Enclosure, Retry, Sent
from aftersales.updates.channels.email import EmailChannel, wait
from tests.factories.providers import TAG, a_letter
from tests.fixtures.mail import MailServer

HOSTILE = "Ravi\r\nBcc: all@example.org\r\n\r\n\x00\u202eevil\ud800" + "x" * 5000


async def test_reports_are_asked_for_under_our_id(mail: MailServer) -> None:
    mail.reports = True
    assert isinstance(await EmailChannel(mail.url, "care@example.org").send(a_letter("padma@example.org")), Sent)
    assert mail.asked == ["RET=HDRS", f"ENVID={TAG}", "NOTIFY=FAILURE,DELAY"]


async def test_a_server_without_reports_is_asked_for_none(mail: MailServer) -> None:
    assert isinstance(await EmailChannel(mail.url, "care@example.org").send(a_letter("padma@example.org")), Sent)
    assert mail.asked == []
    assert len(mail.received) == 1


@pytest.mark.parametrize("field", ["subject", "to_name", "from_name"])
async def test_no_head_can_be_broken_into(mail: MailServer, field: str) -> None:
    letter = a_letter("padma@example.org", **{field: HOSTILE})
    assert isinstance(await EmailChannel(mail.url, "care@example.org").send(letter), Sent)
    [got] = mail.received
    assert got["Bcc"] is None
    assert len(mail.envelopes[0][1]) == 1
    shown = {
        "subject": str(got["Subject"]),
        "to_name": got["To"].addresses[0].display_name,
        "from_name": got["From"].addresses[0].display_name,
    }[field]
    assert shown.startswith("Ravi Bcc: all@example.org evilxxx")
    # Folding puts a blank into a word without any.
    assert len(shown) < 210


async def test_an_address_cannot_be_broken_into_either(mail: MailServer) -> None:
    channel = EmailChannel(mail.url, "care@example.org")
    for address in ("a@b.example\r\nRCPT TO:<c@d.example>", "a@b.example>, <c@d.example", "two words@b.example", "a"):
        assert not isinstance(await channel.send(a_letter(address)), Sent), address
    assert mail.received == []


async def test_hostile_words_arrive_as_words(mail: MailServer) -> None:
    letter = a_letter("padma@example.org", words="<script>alert(1)</script>\u202e\x00\ud800 వివరం\r\n.\r\nQUIT")
    assert isinstance(await EmailChannel(mail.url, "care@example.org").send(letter), Sent)
    [got] = mail.received
    text, page = got.get_body(("plain",)), got.get_body(("html",))
    assert text is not None
    assert page is not None
    assert text.get_content().splitlines() == ["<script>alert(1)</script> వివరం", ".", "QUIT"]
    assert "&lt;script&gt;" in page.get_content()
    assert "<script" not in page.get_content()


async def test_a_server_that_says_when_is_believed(mail: MailServer) -> None:
    mail.on_data = lambda _: "451 4.7.1 Greylisted, try again in 300 seconds"
    answer = await EmailChannel(mail.url, "care@example.org").send(a_letter("padma@example.org"))
    assert answer == Retry("451 4.7.1 Greylisted, try again in 300 seconds", after=timedelta(minutes=5))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("4.2.0 Greylisted, please come back in 00:04:59", 299),
        ("4.7.1 Retry after 5 minutes", 300),
        ("Too many messages. Wait 1 hour", 3600),
        ("retry in 90000s", 86400),
        ("the disk is full", None),
        ("4.7.0 deferred in queue 5", None),
        ("", None),
    ],
)
def test_how_servers_say_when(said: str, seconds: int | None) -> None:
    assert wait(said) == (None if seconds is None else timedelta(seconds=seconds))


async def test_a_paper_is_attached_beside_both_forms_of_the_words(mail: MailServer) -> None:
    letter = a_letter("padma@example.org", paper=Enclosure("return-KKP-26-000001.pdf", b"%PDF-1.7 a label"))
    assert isinstance(await EmailChannel(mail.url, "care@example.org").send(letter), Sent)
    [got] = mail.received
    [paper] = got.iter_attachments()
    assert (paper.get_content_type(), paper.get_filename()) == ("application/pdf", "return-KKP-26-000001.pdf")
    assert paper.get_content() == b"%PDF-1.7 a label"
    assert got["Content-Language"] == "te"
    for form in ("plain", "html"):
        part = got.get_body((form,))
        assert part is not None
        assert "వాషింగ్ మెషిన్" in part.get_content()
