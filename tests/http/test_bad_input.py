"""Whatever is sent, the answer says what is wrong with it, and nothing has changed."""

import copy
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from aftersales import clock
from aftersales.ids import new_id
from aftersales.status.machine import By
from tests.factories.bodies import body_for
from tests.factories.world import API, World, bare_documents, refused
from tests.fixtures.images import picture

JSON = {"Content-Type": "application/json"}
SURROGATE = "\ud800"
POISONS: dict[str, Sequence[object]] = {
    "text": ("a\x00b", f"a{SURROGATE}b", "x" * 100_000, 7, [], {"a": "b"}),
    "time": (
        "10000-01-01",
        "0001-01-01T00:00:00Z",
        "2026-02-30",
        "9999-12-31T23:59:59-14:00",
        "a\x00b",
        10**30,
        0,
        "0",
        1e9,
    ),
    "number": (10**30, -(10**30), 2**63, 1.5, "a\x00b", "NaN", []),
    "id": ("x", f"{SURROGATE}", "0" * 10_000, 7, "a\x00b"),
}


def body_of(world: World) -> dict[str, dict[str, Any]]:
    """A good body for each route that makes something."""
    home = world.home
    day = clock.now().date() + timedelta(days=5)
    return {
        "customers": {
            "people": [{"name": "Padma", "name_local": "పద్మ", "phones": ["7000022338"], "email": "p@example.invalid"}],
            "addresses": [{"line1": "Flat 302", "locality": "Kukatpally", "postcode": "500072"}],
            "since": "2026-01-01",
        },
        "units": {
            "product_id": str(world.shelf.product.id),
            "customer_id": str(home.customer_id),
            "identifiers": [{"kind": "serial", "value": "GW75-2203"}],
            "purchased_on": "2025-07-14",
            "invoice_number": "GO/1",
        },
        "brands": {"name": "Krishna", "accent": "#0b5d57"},
        "categories": {"code": "fridge", "name": "Fridge", "identifier_kinds": ["serial"]},
        "products": {
            "brand_id": str(world.shelf.brand_id),
            "category_id": str(world.shelf.category_id),
            "model": "FL-80",
            "name": "FL 80",
            "price_minor": 100,
        },
        "cases": {
            "customer_id": str(home.customer_id),
            "unit_id": str(home.unit_id),
            "branch_id": str(world.here),
            "complaint": "Does not spin",
            "fault_code": "22-B",
            "people": [{"person_id": str(home.person_id), "role": "owner"}],
        },
        "visits": {
            "case_id": str(home.case_id),
            "kind": "pickup",
            "address_id": str(home.address_id),
            "window_start": f"{day}T09:00:00+05:30",
            "window_end": f"{day}T11:00:00+05:30",
        },
        "repair_orders": {"case_id": str(home.case_id)},
        f"cases/{home.case_id}/returns": {"unit_id": str(home.unit_id), "reason_code": "defective", "words": "Smells"},
        f"cases/{home.case_id}/note_added": {"note": "A note"},
        f"customers/{home.customer_id}/people": {"name": "Anjali", "phones": ["7000022339"]},
        f"units/{home.unit_id}/identifiers": {"kind": "serial", "value": "GW75-9", "on": str(clock.now().date())},
    }


def poisoned(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The body with one of its values turned bad, for every value and every way."""
    for path in leaves(body):
        value = at(body, path)
        for poison in POISONS[sort_of(str(path[-1]), value)]:
            made = copy.deepcopy(body)
            at(made, path[:-1])[path[-1]] = poison
            yield made


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not isinstance(value, dict | list):
        yield path
    for key, inner in items:
        yield from leaves(inner, (*path, key))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


async def test_the_bodies_that_are_spoilt_here_are_good_ones(company: World) -> None:
    desk = company.by("manager")
    for path, body in body_of(company).items():
        answer = await desk.post(f"{API}/{path}", json=body)
        assert answer.status_code in (200, 201, 409), f"{path}: {answer.text[:300]}"


def sort_of(name: str, value: object) -> str:
    if isinstance(value, int):
        return "number"
    if name.endswith("_id"):
        return "id"
    return "time" if name.endswith(("_on", "_start", "_end")) or name in ("on", "since") else "text"


async def test_values_that_are_not_right(company: World) -> None:
    desk = company.by("manager")
    async with company.unchanged():
        for path, body in body_of(company).items():
            for bad in poisoned(body):
                answer = await desk.post(f"{API}/{path}", content=json.dumps(bad), headers=JSON)
                refused(answer, bad)


@pytest.mark.parametrize(
    "bad",
    [
        {"dated_on": "10000-01-01"},
        {"dated_on": "0001-01-01"},
        {"dated_on": "x"},
        {"dated_on": "0"},
        {"dated_on": "2026-01-01T00:00:00Z"},
        {"kind": "rumour"},
        {"reference": "x" * 1000},
        {"reference": "a\x07b"},
        {"reference": "a\x00b"},
    ],
)
async def test_values_of_a_form_of_the_api(company: World, bad: dict[str, str]) -> None:
    path = f"{API}/units/{company.home.unit_id}/proofs"
    good = {"kind": "invoice", "dated_on": "2026-01-01", "reference": "GO/1"}
    async with company.unchanged():
        refused(await company.by("manager").post(path, data=good | bad), bad)
        refused(await company.by("manager").post(path, data=good | bad, files={"file": ("a.jpg", picture())}), bad)


async def test_members_that_are_not_known(company: World) -> None:
    desk = company.by("manager")
    async with company.unchanged():
        for path, body in body_of(company).items():
            for name in ("surprise", SURROGATE, "\x00", "__proto__", "x" * 10_000):
                answer = await desk.post(f"{API}/{path}", content=json.dumps(body | {name: 1}), headers=JSON)
                refused(answer, name)


async def test_values_of_verbs(company: World) -> None:
    bare = await bare_documents(company)
    desk = company.by("manager")
    async with company.unchanged():
        for action in company.registry.actions.values():
            path = f"{API}/{action.machine}s/{bare[action.machine]}/{action.verb}"
            if action.by is not By.STAFF:
                continue
            body = body_for(action.schema)
            refused(await desk.post(path, json=body | {"surprise": 1}), path)
            for bad in poisoned(body):
                answer = await desk.post(path, content=json.dumps(bad), headers=JSON)
                # A document of the kernel's record alone has no row that could be changed: some say so first.
                refused(answer, (path, bad), 422, 404, 409)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"note"',
        b'{"note": "\xff\xfe"}',
        b'\xff\xfe{\x00"\x00n\x00o\x00t\x00e\x00"\x00',
        b'{"note": "a", "note": ',
        b"[" * 200_000,
        b'{"note":' * 100_000,
        b'{"note": NaN}',
        b'{"note": ' + b"9" * 5_000 + b"}",
        b'{"note": "\\ud800 \\udfff"}',
        b'{"note": "\\u0000\\u0000\\u0000\\u0000"}',
        b'{"\\ud800": 1, "note": "abc"}',
        b'{"note": "   "}',
        b"\xef\xbb\xbf{}",
    ],
    ids=repr,
)
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=latin-1", "application/vnd.x+json"])
async def test_bodies_that_cannot_be_read(company: World, content: bytes, kind: str) -> None:
    path = f"{API}/cases/{company.home.case_id}/note_added"
    desk = company.by("manager")
    async with company.unchanged():
        refused(await desk.post(path, content=content, headers={"Content-Type": kind}), content[:40])
        key = {"Content-Type": kind, "Idempotency-Key": str(new_id())}
        refused(await desk.post(path, content=content, headers=key), content[:40])


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream", ""])
async def test_json_says_that_it_is_json(company: World, kind: str) -> None:
    """A form of another site could send these without being asked; the token would stop it, and so does this."""
    path = f"{API}/cases/{company.home.case_id}/note_added"
    async with company.unchanged():
        answer = await company.by("manager").post(path, content=b'{"note": "abc"}', headers={"Content-Type": kind})
        refused(answer, kind)


async def big(size: int) -> AsyncIterator[bytes]:
    """A body that does not say how long it is."""
    yield b'{"note": "'
    for _ in range(size // 65536 + 1):
        yield b"x" * 65536
    yield b'"}'


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "a-long-enough-key"}])
@pytest.mark.parametrize("chunked", [False, True])
async def test_too_much_json(company: World, key: dict[str, str], *, chunked: bool) -> None:
    path = f"{API}/cases/{company.home.case_id}/note_added"
    content: Any = big(2_000_000) if chunked else b'{"note": "' + b"x" * 2_000_000 + b'"}'
    async with company.unchanged():
        answer = await company.by("manager").post(path, content=content, headers=JSON | key)
        refused(answer, "2 MB", 413)
        assert "content-security-policy" in answer.headers
        content = big(2_000_000) if chunked else b"x" * 2_000_000
        # Here the framework itself reads the body, and would call what was cut off unreadable.
        refused(await company.client().post(f"{API}/session", content=content, headers=JSON), "2 MB", 413)


@pytest.mark.parametrize("length", ["-1", "1e3", "99999999999999999999", "0x10", "٣"])
async def test_lengths_that_are_none(company: World, length: str) -> None:
    path = f"{API}/cases/{company.home.case_id}/note_added"
    headers = [(b"Content-Length", length.encode()), (b"Content-Type", b"application/json")]
    async with company.unchanged():
        answer = await company.by("manager").post(path, content=b'{"note": "abc"}', headers=headers)
        refused(answer, length, 413, 400)


async def test_sign_in_by_program_with_what_is_no_text(company: World) -> None:
    for text in ("a\x00b", SURROGATE, "x" * 1000, 7, None):
        content = json.dumps({"login": text, "password": text})
        refused(await company.client().post(f"{API}/session", content=content, headers=JSON), text)
