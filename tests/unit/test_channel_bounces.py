"""What mail servers send back: which letter, what became of it, and that other mail says nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.updates.channels import Receipt, Received
from aftersales.updates.channels.bounces import read
from tests.factories.providers import AT, TAG

REPORT = """\
From: MAILER-DAEMON@mail.example.org
To: care@example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org
{envelope}
Final-Recipient: rfc822; padma@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--b1
Content-Type: {kind}

{returned}

--b1--
"""
RETURNED = f"From: care@example.org\nMessage-ID: <{TAG}@example.org>\nSubject: x\n"


def report(
    *,
    action: str = "failed",
    status: str = "5.1.1",
    said: str = "550 5.1.1 no such user",
    envelope: str = "",
    kind: str = "text/rfc822-headers",
    returned: str = RETURNED,
) -> bytes:
    text = REPORT.format(
        action=action,
        status=status,
        said=said,
        envelope=envelope + "\n" if envelope else "",
        kind=kind,
        returned=returned,
    )
    return text.replace("\n", "\r\n").encode()


BOUNCED = Receipt("", Received.BOUNCED, AT, "5.1.1 550 5.1.1 no such user", TAG)


def test_known_by_the_heads_that_came_back() -> None:
    assert read(report(), AT) == BOUNCED


def test_known_by_the_whole_letter_that_came_back() -> None:
    assert read(report(kind="message/rfc822", returned=f"{RETURNED}\nThe words."), AT) == BOUNCED


def test_known_by_the_envelope_alone() -> None:
    assert read(report(envelope=f"Original-Envelope-Id: {TAG}", returned="Subject: x\n"), AT) == BOUNCED


def test_the_second_way_of_a_letter_is_told_from_the_first() -> None:
    found = read(report(returned=f"Message-ID: <{TAG}.2@example.org>\n"), AT)
    assert found is not None
    assert found.message_id == f"{TAG}.2"


def test_a_delay_is_no_bounce() -> None:
    assert read(report(action="delayed", status="4.4.1", said="451 try later"), AT) is None


def test_given_up_after_days_is_one_whatever_its_number() -> None:
    found = read(report(status="4.4.7", said="delivery time expired"), AT)
    assert found is not None
    assert (found.became, found.detail) == (Received.BOUNCED, "4.4.7 delivery time expired")


def test_delivered_is_delivered_and_relayed_is_not() -> None:
    assert read(report(action="Delivered", status="2.0.0"), AT) == Receipt("", Received.DELIVERED, AT, "", TAG)
    assert read(report(action="relayed", status="2.0.0"), AT) is None


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"Subject: hello\r\n\r\nwhere is my repair?",
        report(returned="Message-ID: <123@example.org>\n"),
        report(returned=f"Subject: {TAG}\n"),
        report().replace(b"multipart/report", b"multipart/mixed"),
        report().replace(b"message/delivery-status", b"text/plain"),
        f"Message-ID: <{TAG}@example.org>\r\n\r\nan answer that quotes us".encode(),
    ],
)
def test_other_mail_says_nothing(message: bytes) -> None:
    assert read(message, AT) is None


def test_the_servers_words_are_one_short_line() -> None:
    found = read(report(said="550 " + "x" * 5000 + "\u202e"), AT)
    assert found is not None
    assert len(found.detail) == 500


@given(st.binary(max_size=200), st.integers(0, 600))
def test_nothing_breaks_it(junk: bytes, where: int) -> None:
    whole = report()
    read(whole[:where] + junk + whole[where:], AT)
    read(junk, AT)
