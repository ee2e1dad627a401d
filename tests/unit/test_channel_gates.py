"""What providers post to us: signed or refused, read rightly, and nothing made of what is none of ours."""

import base64
import contextlib
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.errors import Forbidden, Invalid
from aftersales.updates.channels import Heard, Inbound, Media, Receipt, Received
from aftersales.updates.channels.sms_msg91 import Msg91Gate
from aftersales.updates.channels.sms_twilio import TwilioGate, signature
from aftersales.updates.channels.voice_exotel import ExotelGate
from aftersales.updates.channels.voice_twilio import TwilioVoiceGate
from aftersales.updates.channels.whatsapp_gate import WhatsAppGate
from tests.factories.providers import AT, TAG

URL = f"https://service.example/hooks/twilio?m={TAG}"
TWILIO = TwilioGate("a token")
META = WhatsAppGate("an app secret", "verify-me", "1234567890")
MSG91 = Msg91Gate("sesame-sesame-sesame")
EXOTEL = ExotelGate("a secret", "sesame")
THEN = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def twilio(form: Mapping[str, str], *, url: str = URL, key: str = "a token") -> Heard:
    """As Twilio describes it: the address, then every name and value in order, SHA-1, base64."""
    text = url + "".join(name + form[name] for name in sorted(form))
    signed = base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()).decode()
    query = {"m": TAG} if url == URL else {}
    return Heard(url, {"x-twilio-signature": signed}, urlencode(form).encode(), query)


def meta(value: Mapping[str, Any], *, key: str = "an app secret", number: str = "1234567890") -> Heard:
    """One change, signed over the bytes as they go out."""
    about = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": number}, **value}
    body = orjson.dumps(
        {
            "object": "whatsapp_business_account",
            "entry": [{"id": "1", "changes": [{"field": "messages", "value": about}]}],
        }
    )
    return sealed(body, key)


def sealed(body: bytes, key: str = "an app secret") -> Heard:
    signed = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return Heard("https://service.example/hooks/whatsapp", {"x-hub-signature-256": f"sha256={signed}"}, body)


def msg91(report: object, *, key: str = "sesame-sesame-sesame", form: bool = False) -> Heard:
    heads = {"content-type": "application/x-www-form-urlencoded" if form else "application/json"}
    text = orjson.dumps(report)
    body = urlencode({"data": text.decode()}).encode() if form else text
    return Heard("https://service.example/hooks/msg91", {**heads, "x-aftersales-secret": key}, body)


# ------------------------------------------------------------------------------------------------------ Twilio


def test_the_example_of_twilios_own_documentation() -> None:
    form = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675310", "Digits": "1234", "From": "+14158675310"}
    pairs = list({**form, "To": "+18005551212"}.items())
    made = signature("https://example.com/myapp.php?foo=1&bar=2", pairs, "12345")
    assert made == "L/OH5YylLD5NRKLltdqwSvS0BnU="


@pytest.mark.parametrize(
    ("status", "became"),
    [
        ("delivered", Received.DELIVERED),
        ("read", Received.READ),
        ("undelivered", Received.BOUNCED),
        ("failed", Received.BOUNCED),
    ],
)
def test_twilios_receipts(status: str, became: Received) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": status, "ErrorCode": "30003", "To": "+447700900123"}
    why = "30003" if became is Received.BOUNCED else ""
    assert TWILIO.read(twilio(form), AT) == [Receipt("SM1", became, AT, why, TAG)]


def test_on_its_way_is_nothing_new() -> None:
    assert TWILIO.read(twilio({"MessageSid": "SM1", "MessageStatus": "queued"}), AT) == []


def test_a_reply_by_sms() -> None:
    form = {
        "MessageSid": "SM2",
        "SmsStatus": "received",
        "From": "+447700900123",
        "Body": "ఎప్పుడు\u202e?\r\n",
        "To": "+1",
    }
    heard = twilio(form, url="https://service.example/hooks/twilio")
    assert TWILIO.read(heard, AT) == [Inbound("sms", "SM2", "+447700900123", AT, "ఎప్పుడు?\n")]
    assert TWILIO.read(twilio({**form, "From": "HDFCBK"}), AT) == [], "a name cannot be answered"


def test_twilio_unsigned_or_changed_is_refused() -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    right = twilio(form)
    for wrong in (
        twilio(form, key="another"),
        Heard(right.url, {}, right.body, right.query),
        Heard(right.url, right.headers, right.body + b"&To=x", right.query),
        Heard(right.url.replace(TAG, "update.0"), right.headers, right.body, right.query),
        Heard(right.url, {"x-twilio-signature": "é"}, right.body, right.query),
    ):
        with pytest.raises(Forbidden, match=r"channels\.bad_signature"):
            TWILIO.read(wrong, AT)
    with pytest.raises(Invalid, match=r"channels\.unreadable"):
        TWILIO.read(twilio({"Hello": "there"}), AT)


@pytest.mark.parametrize("body", [b"MessageSid=\xff\xfe", b"&".join(b"a=1" for _ in range(201))])
def test_twilio_is_not_read_where_it_is_no_form(body: bytes) -> None:
    for gate in (TWILIO, TwilioVoiceGate("a token")):
        with pytest.raises(Invalid, match=r"channels\.unreadable"):
            gate.read(Heard(URL, {"x-twilio-signature": "x"}, body), AT)


def test_the_end_of_a_call_by_twilio() -> None:
    gate = TwilioVoiceGate("a token")
    call = {"CallSid": "CA1", "CallStatus": "completed", "Direction": "outbound-api"}
    assert gate.read(twilio(call), AT) == [Receipt("CA1", Received.DELIVERED, AT)]
    busy = {**call, "CallStatus": "busy"}
    assert gate.read(twilio(busy), AT) == [Receipt("CA1", Received.BOUNCED, AT, "busy")]
    assert gate.read(twilio({**call, "CallStatus": "ringing"}), AT) == []
    assert gate.read(twilio({**call, "Direction": "inbound"}), AT) == [], "a call to us delivers nothing of ours"
    for part in ("CallSid", "CallStatus"):
        with pytest.raises(Invalid, match=r"channels\.unreadable"):
            gate.read(twilio({**call, part: ""}), AT)


# ------------------------------------------------------------------------------------------------------ Exotel

ENDED = {"CallSid": "e1", "Status": "completed"}
FORM = "application/x-www-form-urlencoded"


def exotel(body: bytes, kind: str = "application/json", *, basic: str = "Basic ZXhvdGVsOnNlc2FtZQ==") -> Heard:
    """With our secret and, unless said otherwise, `exotel:sesame`."""
    return Heard("https://service.example/voice/exotel/status", heads(kind, basic), body, {"key": "a secret"})


def heads(kind: str, basic: str) -> dict[str, str]:
    return {"content-type": kind, "authorization": basic}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("completed", [Receipt("e1", Received.DELIVERED, AT)]),
        ("busy", [Receipt("e1", Received.BOUNCED, AT, "busy")]),
        ("in-progress", []),
    ],
)
def test_exotels_end_of_a_call_in_each_of_its_forms(status: str, expected: list[Receipt]) -> None:
    said = {**ENDED, "Status": status}
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in said.items()
    )
    for body, kind in (
        (orjson.dumps(said | {"Price": None}), "application/json; charset=utf-8"),
        (urlencode(said).encode(), FORM),
        (f"{parts}--b--\r\n".encode(), "multipart/form-data; boundary=b"),
    ):
        assert EXOTEL.read(exotel(body, kind), AT) == expected, kind


NESTED = (
    b'--b\r\nContent-Disposition: form-data; name="CallSid"\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n'
    b'--c\r\n\r\nx\r\n--c--\r\n--b\r\nContent-Disposition: form-data; name="Status"\r\n\r\ncompleted\r\n--b--\r\n'
)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[1]", "application/json"),
        (orjson.dumps({**ENDED, "CallSid": None}), "application/json"),
        (orjson.dumps({**ENDED, "Status": ""}), "application/json"),
        (b"CallSid=\xff&Status=completed", FORM),
        (b"&".join(b"a=1" for _ in range(101)), FORM),
        (NESTED, "multipart/form-data; boundary=b"),
    ],
)
def test_what_exotel_cannot_have_meant_is_unreadable(body: bytes, kind: str) -> None:
    with pytest.raises(Invalid, match=r"channels\.unreadable"):
        EXOTEL.read(exotel(body, kind), AT)


@pytest.mark.parametrize(
    "basic", ["", "Bearer ZXhvdGVsOnNlc2FtZQ==", "Basic ZXhvdGVs", "Basic !!!", "Basic /////w==", "Basic"]
)
def test_exotel_without_its_password_is_refused(basic: str) -> None:
    with pytest.raises(Forbidden, match=r"channels\.bad_signature"):
        EXOTEL.read(exotel(orjson.dumps(ENDED), basic=basic), AT)


# -------------------------------------------------------------------------------------------------------- Meta


def test_metas_receipts_carry_our_id_and_the_reason() -> None:
    stamp = str(int(THEN.timestamp()))
    common = {"id": "wamid.1", "timestamp": stamp, "recipient_id": "919848012345", "biz_opaque_callback_data": TAG}
    errors = [{"code": 131047, "title": "Re-engagement", "error_data": {"details": "More than 24 hours"}}]
    heard = meta(
        {
            "statuses": [
                {**common, "status": "sent"},
                {**common, "status": "delivered"},
                {**common, "status": "read"},
                {**common, "status": "failed", "errors": errors},
            ]
        }
    )
    assert META.read(heard, AT) == [
        Receipt("wamid.1", Received.DELIVERED, THEN, "", TAG),
        Receipt("wamid.1", Received.READ, THEN, "", TAG),
        Receipt("wamid.1", Received.BOUNCED, THEN, "131047 More than 24 hours", TAG),
    ]


def message(kind: str, sent: object, **others: object) -> Heard:
    one = {"from": "919848012345", "id": "wamid.2", "timestamp": str(int(THEN.timestamp())), "type": kind, kind: sent}
    contact = {"profile": {"name": "Padma\u202e\n"}, "wa_id": "919848012345"}
    return meta({"contacts": [contact], "messages": [{**one, **others}]})


@pytest.mark.parametrize(
    ("kind", "sent", "text"),
    [
        ("text", {"body": "నా వాషింగ్ మెషిన్"}, "నా వాషింగ్ మెషిన్"),
        ("button", {"text": "Yes", "payload": "yes"}, "Yes"),
        ("interactive", {"type": "button_reply", "button_reply": {"id": "1", "title": "Call me"}}, "Call me"),
        ("interactive", {"type": "list_reply", "list_reply": {"id": "1", "title": "Morning"}}, "Morning"),
        ("location", {"latitude": 17.4, "longitude": 78.4, "name": "Home"}, "Home, 17.4, 78.4"),
        ("contacts", [{"name": {}}], ""),
        ("unsupported", {}, ""),
    ],
)
def test_what_people_write(kind: str, sent: object, text: str) -> None:
    said = META.read(message(kind, sent, context={"id": "wamid.1"}), AT)
    assert said == [Inbound("whatsapp", "wamid.2", "+919848012345", THEN, text, "Padma", "wamid.1")]


def test_a_photo_with_its_words() -> None:
    sent = {"id": "4711", "mime_type": "image/jpeg; codecs=x", "sha256": "x", "caption": "పగిలింది 500072"}
    [said] = META.read(message("image", sent), AT)
    assert isinstance(said, Inbound)
    assert said.media == (Media("4711", "image/jpeg"),)
    assert said.text == "పగిలింది 500072"


def test_signs_without_words_and_other_numbers_are_none_of_ours() -> None:
    assert META.read(message("reaction", {"message_id": "wamid.1", "emoji": "👍"}), AT) == []
    assert META.read(message("system", {"body": "changed number"}), AT) == []
    text = {"from": "91", "id": "w", "timestamp": "1", "type": "text", "text": {"body": "x"}}
    assert META.read(meta({"messages": [text]}, number="999"), AT) == []


def test_what_will_be_is_not_yet() -> None:
    later = str(int(AT.timestamp()) + 3600)
    [said] = META.read(message("text", {"body": "x"}, timestamp=later), AT)
    assert said.at == AT


@pytest.mark.parametrize("stamp", ["1" + "0" * zeros for zeros in (14, 17, 30)])
def test_a_time_of_no_calendar_is_unreadable(stamp: str) -> None:
    with pytest.raises(Invalid, match=r"channels\.unreadable"):
        META.read(message("text", {"body": "x"}, timestamp=stamp), AT)


def test_meta_unsigned_or_changed_is_refused() -> None:
    right = message("text", {"body": "x"})
    for wrong in (
        meta({}, key="another"),
        Heard(right.url, {}, right.body),
        Heard(right.url, right.headers, right.body.replace(b'"x"', b'"y"')),
        Heard(right.url, {"x-hub-signature-256": right.headers["x-hub-signature-256"][7:]}, right.body),
    ):
        with pytest.raises(Forbidden, match=r"channels\.bad_signature"):
            META.read(wrong, AT)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["entry", "changes", "field", "value", "metadata"]), inner, max_size=3)
    ),
)


@given(JSON)
def test_signed_nonsense_is_unreadable_and_never_breaks(value: object) -> None:
    for body in (orjson.dumps(value), orjson.dumps({"entry": [{"changes": [value]}]})):
        with contextlib.suppress(Invalid):
            META.read(sealed(body), AT)


@given(JSON, st.booleans())
def test_reports_of_nonsense_never_break(value: object, form: bool) -> None:
    with contextlib.suppress(Invalid):
        MSG91.read(msg91(value, form=form), AT)


def test_metas_challenge() -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "verify-me", "hub.challenge": "1158201444"}
    assert META.greet(Heard("", {}, b"", query)) == "1158201444"
    for wrong in ({"hub.verify_token": "guess"}, {"hub.mode": "unsubscribe"}, {"hub.verify_token": ""}):
        with pytest.raises(Forbidden):
            META.greet(Heard("", {}, b"", {**query, **wrong}))
    with pytest.raises(Forbidden):
        META.greet(Heard("", {}, b"", {}))


# ------------------------------------------------------------------------------------------------------- MSG91

REPORT = {"number": "919848012345", "status": "1", "desc": "DELIVERED", "CRQID": TAG, "date": "2026-11-26 14:30:00"}


def test_msg91s_three_forms() -> None:
    delivered = [Receipt("346", Received.DELIVERED, AT, "", TAG)]
    second = [{"senderId": "AFTSAL", "requestId": "346", "report": [REPORT], "userId": "1", "campaignName": "API"}]
    assert MSG91.read(msg91(second, form=True), AT) == delivered
    assert MSG91.read(msg91({**REPORT, "requestId": "346"}), AT) == delivered
    newer = {"requestId": "346", "status": "Delivered", "CRQID": TAG, "failureReason": ""}
    assert MSG91.read(msg91(newer), AT) == delivered


@pytest.mark.parametrize("status", ["2", "9", "16", "17", "25", "Failed", "Rejected by operator"])
def test_msg91s_failures_say_why(status: str) -> None:
    report = {**REPORT, "requestId": "346", "status": status, "desc": "FAILED", "failedReason": "absent"}
    assert MSG91.read(msg91(report), AT) == [
        Receipt("346", Received.BOUNCED, AT, f"{status.lower()} FAILED absent", TAG)
    ]


def test_msg91s_other_words_are_nothing_new() -> None:
    assert MSG91.read(msg91({**REPORT, "status": "8", "desc": "SUBMITTED"}), AT) == []
    [receipt] = MSG91.read(msg91({**REPORT, "requestId": "346", "CRQID": "0"}), AT)
    assert isinstance(receipt, Receipt)
    assert receipt.message_id is None


def test_msg91_without_our_word_is_refused() -> None:
    for secret in ("", "guess"):
        with pytest.raises(Forbidden, match=r"channels\.bad_signature"):
            MSG91.read(msg91(REPORT, key=secret), AT)
    in_address = Heard("", {}, orjson.dumps(REPORT), {"secret": "sesame-sesame-sesame"})
    assert len(MSG91.read(in_address, AT)) == 1
