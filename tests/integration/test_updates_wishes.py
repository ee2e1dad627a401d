"""What people agreed to, how they want to be reached, and by which template a provider knows a text."""

from dataclasses import replace
from datetime import time

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import ProgrammingError

from aftersales import clock
from aftersales.errors import Invalid
from aftersales.ids import new_id
from aftersales.products.models import Brand, Product, Unit
from aftersales.updates import consent
from aftersales.updates.channels import Registered
from aftersales.updates.consent import Wishes
from aftersales.updates.models import ChannelRegistration, Consent
from tests.factories.channels import Wire
from tests.factories.updates import World
from tests.factories.ways import over, told


async def test_the_last_word_decides_and_all_stand_in_the_ledger(town: World) -> None:
    town = over(town, Wire("sms"), Wire("email"))
    async with town.work() as work:
        await consent.record(work, town.padma, given=False, source="reply", channel="sms")
    [record] = await told(town, "noted")
    assert record.channel == "email"
    async with town.work() as work:
        await consent.record(work, town.padma, given=True, source="reply", channel="sms")
        ledger = await consent.said(work, town.padma)
    assert [(one.channel, one.given, one.source, one.actor_kind) for one in ledger] == [
        ("sms", False, "reply", "system"),
        ("sms", True, "reply", "system"),
    ]
    [record] = await told(town, "noted")
    assert record.channel == "sms"


@pytest.mark.parametrize("statement", [update(Consent).values(given=True), delete(Consent)], ids=["update", "delete"])
async def test_the_ledger_cannot_be_rewritten(town: World, statement: object) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with town.work() as work:
            await work.session.execute(statement)  # type: ignore[call-overload]


async def test_a_consent_of_nowhere_is_refused(town: World) -> None:
    async with town.work() as work:
        with pytest.raises(Invalid, match=r"updates\.consent"):
            await consent.record(work, town.padma, given=True, source="hearsay")
        with pytest.raises(Invalid, match=r"updates\.consent"):
            await consent.record(work, town.padma, given=True, source="desk", purpose="gossip")


async def test_what_they_choose_is_kept_and_replaced(town: World) -> None:
    town = over(town, Wire("sms"), Wire("email"), quiet_hours="21:00-08:00")
    async with town.work() as work:
        assert await consent.wishes(work, town.padma) == Wishes()
        await consent.choose(work, town.padma, Wishes(("email", "sms"), (time(0), time(0))))
    [record] = await told(town, "noted")
    assert (record.channel, record.route) == ("email", ["sms"])
    async with town.work() as work:
        await consent.choose(work, town.padma, Wishes(("sms",)))
        assert await consent.wishes(work, town.padma) == Wishes(("sms",))
        for channels in (("fax",), ("sms", "sms")):
            with pytest.raises(Invalid, match=r"updates\.channels"):
                await consent.choose(work, town.padma, Wishes(channels))


async def test_a_provider_is_told_the_template_that_it_approved(town: World) -> None:
    sms = Wire("sms")
    town = over(town, sms)
    async with town.work() as work:
        unit = await work.session.get_one(Unit, town.unit_id)
        product = await work.session.get_one(Product, unit.product_id)
        brand = await work.session.get_one(Brand, product.brand_id)
        known = {"brand": brand.name, "channel": "sms", "text": "job.noted", "checked_at": clock.now()}
        work.session.add(ChannelRegistration(id=new_id(), language="te", name="1107", state="approved", **known))
        work.session.add(ChannelRegistration(id=new_id(), language="en", name="1108", state="pending", **known))
    await told(town, "noted")
    letter = next(one for one in sms.letters if one.registered is not None)
    assert letter.registered is not None
    number, link = letter.registered.values
    assert replace(letter.registered, values=()) == Registered("1107", "te")
    # An SMS has the short form of the link.
    assert link.startswith("http://localhost:8069/s/")
    assert f"{number} sms {link}" in letter.words
    assert len([one for one in sms.letters if one.registered]) == 1
