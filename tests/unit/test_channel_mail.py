"""What a mail says, and which mail nobody answers."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.updates.channels import Fetched, Inbound, Refusal
from aftersales.updates.channels.bounces import read
from aftersales.updates.channels.mail import MAX_BYTES, written

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
LIMIT = 15 * 1024 * 1024
HEAD = "From: Padma <padma@example.org>\r\nMessage-ID: <1@example.org>\r\nDate: Fri, 27 Nov 2026 14:00:00 +0530\r\n"


def mail(more: str = "", body: str = "It leaks.", head: str = HEAD) -> bytes:
    return f"{head}{more}\r\n{body}".encode()


def test_who_wrote_what_and_to_what_it_is_an_answer() -> None:
    found = written(mail("In-Reply-To: <update.1@us.example>\r\n"), NOW, LIMIT)
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
    assert written(mail(more), NOW, LIMIT) is None


@pytest.mark.parametrize("head", ["", "From: \r\n", "From: nobody\r\n", "From: undisclosed:;\r\n"])
def test_without_an_address_there_is_nobody_to_answer(head: str) -> None:
    assert written(mail(head=head), NOW, LIMIT) is None


def test_a_mail_of_html_alone_is_read_as_words() -> None:
    body = "<style>p {}</style><p>It <b>leaks</b> &amp; smells.</p><p>Please come.</p>"
    found = written(mail("Content-Type: text/html; charset=utf-8\r\n", body), NOW, LIMIT)
    assert found is not None
    assert found.text == "It leaks & smells.\nPlease come."


def test_letters_that_nobody_knows_are_read_as_far_as_they_can_be() -> None:
    found = written(mail("Content-Type: text/plain; charset=x-klingon\r\n", "లీక్"), NOW, LIMIT)
    assert found is not None
    assert found.text == "లీక్"


@pytest.mark.parametrize("day", ["", "Date: yesterday\r\n", "Date: Fri, 27 Nov 2099 14:00:00 +0000\r\n"])
def test_a_clock_that_is_wrong_does_not_count(day: str) -> None:
    found = written(mail(head=f"From: padma@example.org\r\n{day}"), NOW, LIMIT)
    assert found is not None
    assert found.at == NOW
    assert len(found.provider_id) == 64, "without an id of its own it has one by its words"


@given(st.binary(max_size=400))
def test_no_mail_is_too_odd(rest: bytes) -> None:
    written(rest, NOW, LIMIT)
    found = written(mail().replace(b"It leaks.", rest), NOW, LIMIT)
    assert found is None or found.sender == "padma@example.org"


def letter(*parts: tuple[str, str, bytes], words: str = "It leaks.") -> bytes:
    """A mail with files: kind, name, content."""
    message = EmailMessage()
    message["From"], message["Message-ID"] = "Padma <padma@example.org>", "<1@example.org>"
    message.set_content(words)
    for kind, name, content in parts:
        major, _, minor = kind.partition("/")
        message.add_attachment(content, maintype=major, subtype=minor, filename=name)
    return message.as_bytes()


PICTURE = b"\xff\xd8\xff" + bytes(20_000)
PAPER = b"%PDF-1.7 a paper"


def test_photos_and_papers_come_with_the_words_whatever_they_are_called() -> None:
    found = written(
        letter(("application/octet-stream", "../../a\u202egpj.\x01exe", PICTURE), ("image/png", "b.png", PAPER)),
        NOW,
        LIMIT,
    )
    assert found is not None
    assert (found.text, found.refused) == ("It leaks.", ())
    assert found.files == (Fetched(PICTURE, "image/jpeg"), Fetched(PAPER, "application/pdf"))


@pytest.mark.parametrize(
    ("content", "limit", "why"),
    [(b"MZ a program", LIMIT, "kind"), (PICTURE, 20_000, "large"), (b"\0\0\0\x20ftypheic", LIMIT, "kind")],
    ids=["a program", "too large", "a phone's own form"],
)
def test_what_is_not_taken_is_said_and_the_words_stand(content: bytes, limit: int, why: str) -> None:
    found = written(letter(("image/jpeg", "a.jpg", content), ("application/pdf", "b.pdf", PAPER)), NOW, limit)
    assert found is not None
    assert (found.text, found.files, found.refused) == ("It leaks.", (Fetched(PAPER, "application/pdf"),), (why,))


def test_six_of_fifty_files_are_taken() -> None:
    found = written(letter(*[("image/jpeg", f"{n}.jpg", PICTURE) for n in range(50)]), NOW, LIMIT)
    assert found is not None
    assert (len(found.files), found.refused) == (6, (Refusal.MANY,))


def test_a_mail_of_more_than_is_read_keeps_its_words_and_what_is_whole() -> None:
    whole = letter(("image/jpeg", "a.jpg", PICTURE), ("image/jpeg", "b.jpg", PICTURE))
    long = whole.rstrip().rpartition(b"\n--")[0] + b"A" * MAX_BYTES
    found = written(long[: MAX_BYTES + 1], NOW, LIMIT)
    assert found is not None
    assert (found.text, len(found.files), found.refused) == ("It leaks.", 1, (Refusal.LARGE,))


@pytest.mark.parametrize("kind", ["multipart/mixed; boundary=b{n}", "multipart/digest; boundary=b{n}"])
def test_parts_within_parts_without_end_cost_nothing_but_themselves(kind: str) -> None:
    deep = "".join(f"Content-Type: {kind.format(n=n)}\r\n\r\n--b{n}\r\n" for n in range(5000))
    first = (
        "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain\r\n\r\nIt leaks.\r\n--a\r\n"
    )
    message = f"{HEAD}{first}{deep}".encode()
    found = written(message, NOW, LIMIT)
    assert found is not None
    assert (found.text, found.files, found.refused) == ("It leaks.", (), (Refusal.MANY,))
    assert read(message, NOW) is None


def test_other_forms_of_the_words_seals_and_a_firms_sign_are_no_files() -> None:
    message = EmailMessage()
    message["From"] = "padma@example.org"
    message.set_content("It leaks.")
    message.add_alternative("<p>It leaks.<img src='cid:sign'>", subtype="html")
    page = message.get_body(("html",))
    assert page is not None
    page.add_related(b"\x89PNG\r\n\x1a\n small", "image", "png", cid="<sign>")
    page.add_related(PICTURE, "image", "jpeg", cid="<photo>")
    message.add_attachment(b"seal", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    found = written(message.as_bytes(), NOW, LIMIT)
    assert found is not None
    assert (found.text, found.files, found.refused) == ("It leaks.", (Fetched(PICTURE, "image/jpeg"),), ())


def test_a_photo_alone_an_empty_file_and_one_that_nobody_can_read() -> None:
    alone = EmailMessage()
    alone["From"], alone["Message-ID"] = "padma@example.org", "<1@example.org>"
    alone.set_content(PICTURE, maintype="image", subtype="jpeg")
    found = written(alone.as_bytes(), NOW, LIMIT)
    assert found is not None
    assert (found.text, found.files, found.refused) == ("", (Fetched(PICTURE, "image/jpeg"),), ())

    empty = written(letter(("image/jpeg", "a.jpg", b"")), NOW, LIMIT)
    assert empty is not None
    assert (empty.text, empty.files, empty.refused) == ("It leaks.", (), ())

    # Newer Pythons hand over what they cannot read.
    torn = letter(("image/jpeg", "a.jpg", b"\0")).replace(
        b"Transfer-Encoding: base64", b"Transfer-Encoding: x-uuencode"
    )
    unread = written(torn.replace(b"AA==", b"begin 666 a\nM~~~~\nend"), NOW, LIMIT)
    assert unread is not None
    assert (unread.text, unread.files) == ("It leaks.", ())
    assert unread.refused in ((Refusal.BROKEN,), (Refusal.KIND,))
