"""What scanners and people make of labels."""

from hypothesis import given
from hypothesis import strategies as st

from rma.goods import MOST
from rma.labels import labels_in, written
from rma.schemas import Scan


def test_a_number_is_read_however_it_is_typed() -> None:
    for typed in ("KKP-A-26-000123", "kkp-a-26-000123", "KKP A 26 000123", "kkpa26000123", "Kkp - A - 26 - 000123"):
        assert written(typed) == "KKP-A-26-000123"
    assert written("gw75-2203-11937") == "GW75-2203-11937"
    assert written("KKP-A-26-0001234") == "KKP-A-26-0001234"


def test_a_field_is_read_line_by_line() -> None:
    sent = " KKP-A-26-000123 \r\n\r\nhttps://x.example/register-product?number=GW75%2F11&lang=te\nAB\x1d12\thttp\n"
    assert labels_in(sent) == ["KKP-A-26-000123", "GW75/11", "AB 12 http"]
    assert labels_in("https://x.example/t/abc\nhttps://[x?number=1\nHTTP://x/?number=%20") == [
        "https://x.example/t/abc",
        "https://[x?number=1",
        "HTTP://x/?number=%20",
    ]


@given(st.text(max_size=400))
def test_whatever_is_in_the_field_no_line_stops_the_others(text: str) -> None:
    found = labels_in(f"{text}\nKKP-A-26-000123")
    assert found[-1] == "KKP-A-26-000123"
    assert Scan.model_validate({"labels": found[-MOST:]}).labels == found[-MOST:]
