"""The encryption of web push is the RFC's, byte by byte."""

import pytest

from aftersales.updates.channels import sealing
from aftersales.updates.channels.sealing import MAX_CONTENT, decoded, encoded, new_key, private, public_key, sealed

BROWSER = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"


def test_the_example_of_rfc_8291() -> None:
    body = sealed(
        b"When I grow up, I want to be a watermelon",
        decoded(BROWSER),
        decoded(AUTH),
        salt=decoded("DGv6ra1nlYgDCS1FRnbzlw"),
        key=private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
    )
    assert encoded(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3"
        "jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_no_two_are_alike_and_none_is_too_long() -> None:
    one, two = (sealed(b"x" * MAX_CONTENT, decoded(BROWSER), decoded(AUTH)) for _ in range(2))
    assert one != two
    assert len(one) == 4096
    with pytest.raises(ValueError, match="holds"):
        sealed(b"x" * (MAX_CONTENT + 1), decoded(BROWSER), decoded(AUTH))


def test_a_key_is_made_read_and_refused() -> None:
    text = new_key()
    assert len(text) == 43
    assert len(decoded(public_key(private(text)))) == 65
    for wrong in ("", "short", text + text, "!" * 43, "A" * 43):
        with pytest.raises(ValueError):  # noqa: PT011 - base64 and the curve each say it in their own words
            private(wrong)


def test_a_point_off_the_curve_is_refused() -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own words
        sealing.point(b"\x04" + b"\x01" * 64)
