"""What is stored about people themselves: who they are, how to reach them, where they live."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, delete, func, or_, select, update

from aftersales.customers.models import Address, Customer, Person, PersonPhone
from aftersales.customers.service import reindex
from aftersales.db.holding import gone, told
from aftersales.i18n import N_
from aftersales.module import Holding
from aftersales.subject import ERASED_NAME, Line, Subject, counted, mentions
from aftersales.work import Work

_BLANK: dict[str, Any] = {
    "line1": ERASED_NAME,
    "landmark": "",
    "floor": "",
    "gate": "",
    "has_lift": None,
    "locality": "",
    "city": "",
    "postcode": "",
    "latitude": None,
    "longitude": None,
}


async def export(work: Work, subject: Subject) -> Any:
    """The customer, the people asked about with their phones, and the addresses of the household."""
    session = work.session
    phones = select(func.array_agg(PersonPhone.e164)).where(PersonPhone.person_id == Person.id).correlate(Person)
    people = select(*Person.__table__.c, phones.scalar_subquery().label("phones")).where(Person.id.in_(subject.people))
    addresses = select(*Address.__table__.c).where(Address.customer_id == subject.customer_id)
    return {
        "customer": await told(session, select(*Customer.__table__.c).where(Customer.id == subject.customer_id)),
        "people": await told(session, people.order_by(Person.position)),
        "addresses": await told(session, addresses.order_by(Address.position)),
    }


async def erase(work: Work, subject: Subject) -> Sequence[Line]:
    """Names, phones and e-mail; of a whole household its notes and addresses too. Rows stay, so that books add up."""
    session = work.session
    named = Person.id.in_(subject.people) & (
        (Person.name != ERASED_NAME) | Person.name_local.is_not(None) | Person.email.is_not(None)
    )
    blank = {"name": ERASED_NAME, "name_local": None, "courtesy": "", "email": None, "prefers": "text"}
    lines = [
        await gone(session, N_("Phones"), delete(PersonPhone).where(PersonPhone.person_id.in_(subject.people))),
        await gone(session, N_("Names and e-mail addresses"), update(Person).where(named).values(**blank)),
    ]
    here = Customer.id == subject.customer_id
    if subject.everybody:
        somewhere = (Address.customer_id == subject.customer_id) & (Address.line1 != ERASED_NAME)
        said = or_(Customer.notes != "", Customer.own_number.is_not(None), Customer.name != ERASED_NAME)
        # Only an organisation has a name of its own, and must have one.
        nameless = {"notes": "", "own_number": None, "name": case((Customer.name.is_not(None), ERASED_NAME))}
        lines += [
            await gone(session, N_("Addresses"), update(Address).where(somewhere).values(**_BLANK)),
            await gone(session, N_("Notes about the customer"), update(Customer).where(here, said).values(**nameless)),
        ]
    else:
        mentioned = mentions(Customer.notes, subject)
        lines.append(
            await gone(
                session, N_("Notes about the customer"), update(Customer).where(here, mentioned).values(notes="")
            )
        )
        places = select(func.count()).where(Address.customer_id == subject.customer_id)
        kept = (await session.execute(places)).scalar_one()
        lines.append(Line(N_("Addresses"), kept, kept=True, why=N_("Others of the household live there.")))
        await reindex(work, subject.customer_id)
    if any(line.count for line in lines if not line.kept):
        await session.execute(update(Customer).where(here).values(version=Customer.version + 1))
    return counted(lines)


HOLDINGS = (
    Holding(
        "identity",
        N_("Names, phones and addresses"),
        personal=frozenset(
            {
                "customer.name",
                "customer.notes",
                "customer.own_number",
                "person.name",
                "person.name_local",
                "person.courtesy",
                "person.email",
                "person_phone.e164",
                *(f"address.{name}" for name in _BLANK if name != "has_lift"),
            }
        ),
        plain=frozenset({"customer.timezone", "person.language"}),
        export=export,
        erase=erase,
    ),
)
