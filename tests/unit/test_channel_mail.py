"""What a mail says, and which mail nobody answers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.updates.channels import Inbound
from aftersales.updates.channels.mail import written

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
HEAD = "From: Padma <padma@example.org>\r\nMessage-ID: <1@example.org>\r\nDate: Fri, 27 Nov 2026 14:00:00 +0530\r\n"


def mail(more: str = "", body: str = "It leaks.", head: str = HEAD) -> bytes:
    return f"{head}{more}\r\n{body}".encode()


def test_who_wrote_what_and_to_what_it_is_an_answer() -> None:
    found = written(mail("In-Reply-To: <update.1@us.example>\r\n"), NOW)
    at = datetime(2026, 11, 27, 8, 30, tzinfo=UTC)
    assert found == Inbound(
        "email", "<1@example.org>", "padma@example.org", at, "It leaks.", "Padma", answers="<update.1@us.example>"
    )


@pytest.mark.parametrize(
    "more",
    [
        "Auto-Submitted: auto-replied\r\n",
        "Precedence: bulk\r\n",
        "List-Id: <all.example.org>\r\n",
        "Return-Path: <>\r\n",
        "Content-Type: multipart/report; boundary=x\r\n",
    ],
)
def test_machines_are_not_answered(more: str) -> None:
    assert written(mail(more), NOW) is None


@pytest.mark.parametrize("head", ["", "From: \r\n", "From: nobody\r\n", "From: undisclosed:;\r\n"])
def test_without_an_address_there_is_nobody_to_answer(head: str) -> None:
    assert written(mail(head=head), NOW) is None


def test_a_mail_of_html_alone_is_read_as_words() -> None:
    body = "<style>p {}</style><p>It <b>leaks</b> &amp; smells.</p><p>Please come.</p>"
    found = written(mail("Content-Type: text/html; charset=utf-8\r\n", body), NOW)
    assert found is not None
    assert found.text == "It leaks & smells.\nPlease come."


def test_letters_that_nobody_knows_are_read_as_far_as_they_can_be() -> None:
    found = written(mail("Content-Type: text/plain; charset=x-klingon\r\n", "లీక్"), NOW)
    assert found is not None
    assert found.text == "లీక్"


@pytest.mark.parametrize("day", ["", "Date: yesterday\r\n", "Date: Fri, 27 Nov 2099 14:00:00 +0000\r\n"])
def test_a_clock_that_is_wrong_does_not_count(day: str) -> None:
    found = written(mail(head=f"From: padma@example.org\r\n{day}"), NOW)
    assert found is not None
    assert found.at == NOW
    assert len(found.provider_id) == 64, "without an id of its own it has one by its words"


@given(st.binary(max_size=400))
def test_no_mail_is_too_odd(rest: bytes) -> None:
    written(rest, NOW)
    found = written(mail().replace(b"It leaks.", rest), NOW)
    assert found is None or found.sender == "padma@example.org"
