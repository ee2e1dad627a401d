"""Another model for what comes back, and minds that change: through HTTP, with the money, in every order."""

import html
import re
from typing import Any
from uuid import UUID

import httpx

from aftersales.i18n import translator
from aftersales.ids import new_id
from aftersales.products import service as products
from aftersales.products.schemas import ProductIn
from rma.words import LESS_SAID, MORE_SAID
from tests.factories.world import API, Home, World, add_home, ok

SAY = translator("te").gettext
PAID, DEARER, CHEAPER = 31_990_00, 36_990_00, 27_990_00


async def product(world: World, model: str) -> str:
    """Another model of the catalogue."""
    async with world.work() as work:
        one = ProductIn(
            brand_id=world.shelf.brand_id,
            category_id=world.shelf.category_id,
            model=model,
            name=f"Godavari {model}",
            price_minor=1,
        )
        await products.add_product(work, one)
    return model


async def asked(world: World, home: Home) -> str:
    """Where the return of the household's unit is, once it is authorised."""
    desk = world.by("manager")
    body = {"unit_id": str(home.unit_id), "reason_code": "defective", "words": "It stops.", "coming": "drop_off"}
    made = await ok(desk, f"{API}/cases/{home.case_id}/returns", **body)
    await ok(desk, f"{API}/returns/{made['id']}/authorise", goodwill_code="other", goodwill="They are friends.")
    return f"{API}/returns/{made['id']}"


async def looked_at(world: World, where: str, *, lines: tuple[int, ...] = (1,)) -> None:
    """Received, inspected and put to stock: so many pieces of each line."""
    desk = world.by("manager")
    await ok(desk, f"{where}/receive")
    await ok(desk, f"{where}/inspect")
    for line, count in enumerate(lines, 1):
        await ok(desk, f"{where}/condition_found", line=line, quantity=count, grade="B")
        await ok(desk, f"{where}/use_decided", line=line, quantity=count, disposition="restock")


async def refusal(client: httpx.AsyncClient, path: str, **body: object) -> str:
    """The code by which it is refused; 200 must not happen."""
    answer = await client.post(path, json=body)
    assert answer.status_code in (409, 422), f"{path}: {answer.status_code} {answer.text}"
    return str(answer.json()["code"])


async def status(world: World, where: str) -> str:
    await world.settle()
    [(found,)] = await world.rows("SELECT status FROM document WHERE id = :id", id=UUID(where.rsplit("/", 1)[-1]))
    return str(found)


async def money(world: World, home: Home) -> dict[str, int]:
    """What the household paid for differences, and what is or will be paid back to them."""
    [(paid,)] = await world.rows(
        "SELECT coalesce(sum(p.amount_minor), 0) FROM direct_payment p JOIN document d ON d.id = p.about_id"
        " WHERE d.customer_id = :c",
        c=home.customer_id,
    )
    [(back,)] = await world.rows(
        "SELECT coalesce(sum(r.amount_minor), 0) FROM refund r JOIN document d ON d.id = r.id"
        " WHERE d.customer_id = :c AND d.status <> 'withdrawn'",
        c=home.customer_id,
    )
    return {"paid": int(paid), "back": int(back)}


async def theirs(world: World, home: Home) -> set[str]:
    """The numbers of what the household has."""
    found = await world.rows(
        "SELECT i.value FROM unit u JOIN unit_identifier i ON i.unit_id = u.id"
        " WHERE u.customer_id = :c AND u.given_up_on IS NULL",
        c=home.customer_id,
    )
    return {one for (one,) in found}


async def place(world: World, home: Home) -> list[str]:
    """Where the old unit is: the last step of its way, of which there is one."""
    found = await world.rows(
        "SELECT m.place FROM product_return_movement m JOIN product_return_line l ON l.id = m.line_id"
        " WHERE l.unit_id = :u AND NOT EXISTS (SELECT 1 FROM product_return_movement n WHERE n.item = m.item"
        " AND n.prior_step = m.step)",
        u=home.unit_id,
    )
    return [one for (one,) in found]


async def read(client: httpx.AsyncClient, path: str) -> str:
    """The words of a page."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def another(model: str = "", price: int | None = None, **more: Any) -> dict[str, Any]:
    body = {"serial": f"N-{new_id().hex[-12:]}", "model": model, "price_minor": price}
    return body | {"reference": f"UTR{new_id().hex[-9:]}"} | more


async def test_a_dearer_model_at_the_door(company: World) -> None:
    desk, home = company.by("manager"), await add_home(company, "Sita Rama Rao", "+919849014001")
    model, where = await product(company, "FL-90"), await asked(company, home)
    new = another(model, DEARER, way="door")
    assert await refusal(desk, f"{where}/handed_over", **new) == "return.paid_unknown"
    page = await read(desk, where.removeprefix(API).replace("/returns", "/desk/returns"))
    assert "Write down what was paid" in page
    await ok(desk, f"{where}/paid_recorded", amount_minor=PAID, reference="GO/1")
    assert await refusal(desk, f"{where}/handed_over", **new | {"currency": "KWD"}) == "return.price_currency"
    assert await money(company, home) == {"paid": 0, "back": 0}
    await ok(desk, f"{where}/handed_over", **new)
    assert await money(company, home) == {"paid": DEARER - PAID, "back": 0}
    for again in (new, another(model, DEARER, way="door"), another(way="counter")):
        assert await refusal(desk, f"{where}/handed_over", **again) == "status.illegal"
    assert await refusal(desk, f"{where}/cancel") == "status.illegal"
    customer = await company.customer(home)
    track = await read(customer, "/track")
    assert SAY(MORE_SAID).format(amount="₹5,000.00") in track
    assert new["serial"] in track
    assert await place(company, home) == ["courier"]
    await ok(desk, f"{where}/brought_in")
    assert await status(company, where) == "resolved"
    assert await place(company, home) == ["hub"]
    assert await theirs(company, home) == {new["serial"]}
    assert await money(company, home) == {"paid": DEARER - PAID, "back": 0}
    told = await company.rows("SELECT text FROM customer_update WHERE stream_id = :c", c=home.case_id)
    assert {"return.exchanged_at_door", "return.resolved"} <= {text for (text,) in told}


async def at_the_second_try(company: World, home: Home, where: str) -> None:
    """What is asked for the household is paid back."""
    [(refund,)] = await company.rows(
        "SELECT id FROM document WHERE customer_id = :c AND machine = 'refund' AND status <> 'withdrawn'",
        c=home.customer_id,
    )
    finance = company.by("finance")
    await ok(finance, f"{API}/refunds/{refund}/fail", note="The account is closed.")
    assert await status(company, where) == "resolution_pending"
    await ok(finance, f"{API}/refunds/{refund}/retry")
    await ok(finance, f"{API}/refunds/{refund}/pay", reference=f"UTR{new_id().hex[-9:]}")


async def test_minds_change_before_and_after_the_difference(company: World) -> None:
    desk, home = company.by("manager"), await add_home(company, "Uma Maheswari", "+919849014002")
    model, where = await product(company, "FL-60"), await asked(company, home)
    page = where.removeprefix(API).replace("/returns", "/desk/returns")
    await looked_at(company, where)
    await ok(desk, f"{where}/paid_recorded", amount_minor=PAID, reference="GO/2")
    await ok(desk, f"{where}/resolution_chosen", resolution="exchange")
    assert await status(company, where) == "resolution_pending"
    # Their money instead, and then another one after all: what was asked for is called back.
    await ok(desk, f"{where}/resolution_changed", resolution="refund")
    assert await money(company, home) == {"paid": 0, "back": PAID}
    assert await refusal(desk, f"{where}/handed_over", **another()) == "return.exchanged_already"
    await ok(desk, f"{where}/resolution_changed", resolution="exchange")
    assert await money(company, home) == {"paid": 0, "back": 0}
    assert "₹31,990.00 goes back" not in await read(desk, f"/desk/cases/{home.case_id}")
    shown = await read(desk, page)
    assert "₹31,990.00 paid for each piece" in shown
    assert shown.index("Hand over another one") < shown.index("Change how it is settled")
    new = another(model, CHEAPER)
    await ok(desk, f"{where}/handed_over", **new)
    back = {"paid": 0, "back": PAID - CHEAPER}
    assert await money(company, home) == back
    # The difference is not paid back yet. The new one is theirs all the same, and nothing else is to be had.
    assert await refusal(desk, f"{where}/handed_over", **another()) == "return.exchanged_already"
    assert await refusal(desk, f"{where}/resolution_changed", resolution="refund") == "return.settled_already"
    assert await refusal(desk, f"{where}/resolution_chosen", resolution="refund") == "return.settled_already"
    assert await refusal(desk, f"{where}/paid_recorded", amount_minor=1, reference="GO/3") == "return.paid_counted"
    assert await refusal(desk, f"{where}/wished", resolution="refund") == "return.settled_already"
    assert await refusal(desk, f"{where}/cancel") == "status.illegal"
    shown = await read(desk, page)
    assert not [b for b in ("Hand over another one", "Change how it is settled", "Write down what was") if b in shown]
    track = await read(await company.customer(home), "/track")
    assert SAY(LESS_SAID).format(amount="₹4,000.00") in track
    assert SAY("Change what you would like") not in track
    assert await money(company, home) == back
    await at_the_second_try(company, home, where)
    assert await status(company, where) in ("resolved", "closed")
    assert await money(company, home) == back
    assert await theirs(company, home) == {new["serial"]}
    assert await place(company, home) == ["stock"]


async def test_cancelled_by_them_or_refused_by_us_costs_nobody_anything(company: World) -> None:
    desk, home = company.by("manager"), await add_home(company, "Narasimha Murthy", "+919849014003")
    first = await asked(company, home)
    await ok(desk, f"{first}/paid_recorded", amount_minor=PAID, reference="GO/4")
    customer = await company.customer(home)
    cancelled = await customer.post(f"/track/returns/{first.rsplit('/', 1)[-1]}/cancel")
    assert cancelled.status_code in (200, 303), cancelled.text
    assert await status(company, first) == "cancelled"
    assert await refusal(desk, f"{first}/handed_over", **another(way="door")) == "status.illegal"
    assert await theirs(company, home) == {home.serial}
    second = await asked(company, home)
    await ok(desk, f"{second}/receive")
    await ok(desk, f"{second}/inspect")
    await ok(desk, f"{second}/paid_recorded", amount_minor=PAID, reference="GO/4")
    assert await refusal(desk, f"{second}/handed_over", **another()) == "status.illegal"
    await ok(desk, f"{second}/refuse", note="The drum was bent by a fall.")
    assert await place(company, home) == ["courier"]
    assert "The drum was bent by a fall." in await read(customer, "/track"), "as the letter says"
    assert await refusal(desk, f"{second}/handed_over", **another()) == "status.illegal"
    await ok(desk, f"{second}/give_back")
    assert await place(company, home) == ["customer"]
    assert await theirs(company, home) == {home.serial}
    assert await money(company, home) == {"paid": 0, "back": 0}
    assert await status(company, second) in ("returned", "closed")
    told = await company.rows("SELECT text FROM customer_update WHERE stream_id = :c", c=home.case_id)
    assert {"return.cancelled", "return.returning", "return.returned"} <= {text for (text,) in told}


async def test_of_three_pieces_one_is_exchanged_and_of_the_others_they_want_their_money(company: World) -> None:
    desk, home = company.by("manager"), await add_home(company, "Bhanu Prakash", "+919849014004")
    cheaper, three = await product(company, "FL-55"), await product(company, "FL-56")
    where = await asked(company, home)
    await ok(desk, f"{where}/line_added", model=three, quantity=3, reason_code="defective")
    await looked_at(company, where, lines=(1, 3))
    for line in (1, 2):
        await ok(desk, f"{where}/paid_recorded", line=line, amount_minor=PAID, reference="GO/5")
    await ok(desk, f"{where}/resolution_chosen", line=1, resolution="exchange")
    await ok(desk, f"{where}/resolution_chosen", line=2, quantity=2, resolution="exchange")
    await ok(desk, f"{where}/resolution_chosen", line=2, quantity=1, resolution="exchange")
    given = [another(), another(cheaper, CHEAPER, line=2)]
    for one in given:
        await ok(desk, f"{where}/handed_over", **one)
    await ok(desk, f"{where}/resolution_changed", line=2, resolution="refund")
    assert await money(company, home) == {"paid": 0, "back": PAID - CHEAPER + 2 * PAID}
    assert await refusal(desk, f"{where}/handed_over", **another(line=2)) == "return.exchanged_already"
    assert await refusal(desk, f"{where}/resolution_changed", line=1, resolution="refund") == "return.settled_already"
    await ok(desk, f"{where}/resolution_changed", line=2, resolution="exchange")
    assert await money(company, home) == {"paid": 0, "back": PAID - CHEAPER}
    # What is handed over waits for nothing but its difference, and holds up no other piece.
    given += [another(cheaper, CHEAPER, line=2), another(line=2)]
    for one in given[2:]:
        await ok(desk, f"{where}/handed_over", **one)
    assert await theirs(company, home) == {one["serial"] for one in given}
    assert await money(company, home) == {"paid": 0, "back": 2 * (PAID - CHEAPER)}
