"""Opening a case: find the household by phone, name or serial; say who called and who owns; write down the trouble."""

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from aftersales import phones
from aftersales.auth import repository as auth
from aftersales.cases import service
from aftersales.cases.schemas import NEEDS, OpenCase
from aftersales.customers import repository as customers
from aftersales.customers import service as customer_service
from aftersales.customers.repository import PersonView
from aftersales.customers.schemas import CustomerIn
from aftersales.errors import Invalid, Problem
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, OFFERED
from aftersales.ids import new_id
from aftersales.products import repository as products
from aftersales.promises import records
from aftersales.search import query as search
from aftersales.web.desk.shell import desk
from aftersales.web.forms import validated
from aftersales.web.legal import ui_problem
from aftersales.web.render import page
from aftersales.work import Work

router = staff_router()
MATCHES = 5
ARRIVED = {
    "phone": N_("Phone"),
    "counter": N_("Counter"),
    "whatsapp": "WhatsApp",
    "email": N_("E-mail"),
    "web": N_("Web"),
}


@router.get("/desk/new-case", include_in_schema=False)
async def new_case_page(
    work: WorkDep,
    request: Request,
    q: Annotated[str, Query(max_length=100)] = "",
    customer: UUID | None = None,
    unit: UUID | None = None,
) -> Response:
    """The page, empty, with what was found, or for a household that is known already."""
    work.scope.require("case.open")
    chosen = f"{customer}:{unit}" if unit else str(customer or "")
    return await _page(request, work, q, [customer] if customer else await _found(work, q), {"match": chosen})


@router.post("/desk/new-case", include_in_schema=False)
async def open_case(work: WorkDep, request: Request) -> Response:
    """Opens the case, or shows the page again with what was typed and what is wrong with it."""
    work.scope.require("case.open")
    form = await request.form()
    try:
        async with work.session.begin_nested():
            case_id = await _open(work, form)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        values = {name: value for name, value in form.items() if isinstance(value, str)}
        return await _page(request, work, values.get("q", ""), _known(values.get("shown", "")), values, problem)
    return RedirectResponse(f"/desk/cases/{case_id}", 303)


async def _open(work: Work, form: FormData) -> UUID:
    text = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    match = text.get("match", "")
    if match == "new":
        made = await customer_service.create(work, _household(text))
        customer_id, unit_id = made.id, None
    else:
        customer_part, _, unit_part = match.partition(":")
        customer_id, unit_id = _uuid(customer_part), _uuid(unit_part) if unit_part else None
    people = await customers.people(work.session, work.scope, customer_id)
    owner = _chosen(people, text, "owner")
    caller = await _caller(work, customer_id, people, text, owner)
    parts: list[dict[str, Any]] = [{"person_id": owner.id, "role": "owner", "may_approve": True}]
    parts.append({"person_id": caller, "role": "caller"})
    at_home = _chosen(people, text, "at_home") if text.get("at_home") else owner
    parts.append({"person_id": at_home.id, "role": "at_home"})
    body = {
        "customer_id": customer_id,
        "unit_id": unit_id,
        "branch_id": text.get("branch_id", ""),
        "complaint": text.get("complaint", ""),
        "channel": text.get("channel") or "phone",
        "need": text.get("need") or "",
        "people": parts,
    }
    return await service.open_case(work, validated(OpenCase, body))


def _household(text: dict[str, str]) -> CustomerIn:
    person = {
        "name": text.get("new_name", ""),
        "language": text.get("new_language") or "te",
        "phones": [text["new_phone"]] if text.get("new_phone") else [],
    }
    address = {"line1": text.get("new_line1", ""), "locality": text.get("new_locality", "")}
    address["postcode"] = text.get("new_postcode", "")
    places = [address] if any(address.values()) else []
    return validated(CustomerIn, {"people": [person], "addresses": places})


async def _caller(
    work: Work, customer_id: UUID, people: list[PersonView], text: dict[str, str], owner: PersonView
) -> UUID:
    """Whoever called: somebody of the household, or a new person who is added to it."""
    if text.get("caller_name"):
        person = {
            "name": text["caller_name"],
            "language": owner.language,
            "phones": [text["caller_phone"]] if text.get("caller_phone") else [],
        }
        body = validated(CustomerIn, {"people": [person]})
        return (await customer_service.add_person(work, customer_id, body.people[0]))[1]
    return _chosen(people, text, "caller").id if text.get("caller") else owner.id


def _chosen(people: list[PersonView], text: dict[str, str], part: str) -> PersonView:
    if not people:
        raise Invalid("case.no_people", "This household has no people yet. Add one first.")
    if not text.get(part):
        return people[0]
    chosen = next((person for person in people if str(person.id) == text[part]), None)
    if chosen is None:
        # Several households may be shown at once, and whoever is chosen is written to.
        words = N_("This person belongs to another household. Choose one of the household that you have chosen.")
        raise Invalid("case.person_elsewhere", words, errors=[{"field": part, "problem": N_("of another household")}])
    return chosen


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid("case.choose", "Choose a household and unit first.", errors=[{"field": "match"}]) from error


def _known(shown: str) -> list[UUID]:
    """The households that were shown; what is no id was not."""
    found = []
    for part in shown.split(","):
        with suppress(ValueError):
            found.append(UUID(part))
    return found


async def _found(work: Work, q: str) -> list[UUID]:
    hits = await search.find(work.session, work.scope, q, 20, region=work.settings.country) if q.strip() else []
    return list(dict.fromkeys(hit.customer_id for hit in hits if hit.customer_id is not None))[:MATCHES]


async def _page(
    request: Request,
    work: Work,
    q: str,
    ids: list[UUID],
    values: dict[str, str],
    problem: Problem | None = None,
) -> Response:
    matches, people = [], []
    for customer_id in ids[:MATCHES]:
        match, members = await _match(work, customer_id)
        matches.append(match)
        people += members
    if len(matches) > 1 and any(character.isdigit() for character in q):
        for match in matches:
            match["note"] = N_("Several households fit this number: ask for the name.")
    await _signs(work, matches)
    find = {"name": "q", "label": N_("Phone, name or serial"), "kind": "search", "value": q, "required": False}
    first = matches[0]["id"] + ":" + matches[0]["units"][0]["id"] if len(matches) == 1 and matches[0]["units"] else ""
    context = await desk(
        request,
        work,
        "cases",
        find={"url": "/desk/new-case", "field": find},
        looked=bool(q.strip() or ids),
        matches=matches,
        form={
            "url": "/desk/new-case",
            "key": str(new_id()),
            "chosen": values.get("match") or first,
            "sections": await _sections(request, work, people, values, q, ids),
        },
        problem=ui_problem(problem) if problem is not None else None,
    )
    return page(request, "desk/new_case.html", context, status=problem.status if problem is not None else 200)


async def _signs(work: Work, matches: list[dict[str, Any]]) -> None:
    """What may get in the way, of each unit that is shown: counted over all centres, like what the customer sees."""
    units = [unit for match in matches for unit in match["units"]]
    system = work.as_system()
    found = await records.in_the_way(system.session, system.scope, [UUID(unit["id"]) for unit in units])
    for unit in units:
        counted, shares = found.get(UUID(unit["id"]), (0, {}))
        unit["counted"], unit["signs"] = counted, shares


async def _match(work: Work, customer_id: UUID) -> tuple[dict[str, Any], list[PersonView]]:
    people = await customers.people(work.session, work.scope, customer_id)
    places = await customers.addresses(work.session, work.scope, customer_id)
    units = await products.units_of(work.session, work.scope, customer_id)
    first = people[0] if people else None
    match = {
        "id": str(customer_id),
        "name": (first.name_local or first.name) if first else "",
        "lang": first.language if first and first.name_local else "en",
        "latin_name": first.name if first and first.name_local else "",
        "phone_text": phones.spoken(first.phone) if first and first.phone else "",
        "place": places[0].locality if places else "",
        "units": [
            {
                "id": str(unit.id),
                "title": unit.product_name,
                "detail": ", ".join(i.value for i in unit.identifiers if i.current),
            }
            for unit in units
        ],
    }
    return match, people


async def _sections(
    request: Request, work: Work, people: list[PersonView], values: dict[str, str], q: str, ids: list[UUID]
) -> list[dict[str, Any]]:
    """The form's parts. The household's people can be chosen; whoever else called is written down."""
    options = [{"value": str(p.id), "label": f"{p.name} · {p.name_local}" if p.name_local else p.name} for p in people]
    first = str(people[0].id) if people else ""
    number = phones.guess(q, work.settings.country)
    called = next((str(p.id) for p in people if number is not None and number in p.phones), first)
    branches = [
        {"value": str(b.id), "label": b.name}
        for b in await auth.branches(work.session, work.scope)
        if work.scope.can("case.open", b.id)
    ]
    home = str(request.state.who.branch_id)

    def field(name: str, label: str, kind: str = "text", **more: Any) -> dict[str, Any]:
        given = values.get(name) or more.pop("value", "")
        return {"name": name, "label": label, "kind": kind, "value": given, "required": False} | more

    who = [
        field("owner", N_("Whose it is (we write to them)"), "select", required=True, options=options, value=first),
        field("caller", N_("Who called"), "select", required=True, options=options, value=called),
        field("at_home", N_("Who will be at home"), "select", required=True, options=options, value=first),
        field("caller_name", N_("If somebody else called: their name")),
        field("caller_phone", N_("Their phone"), "tel"),
    ]
    trouble = [
        field("complaint", N_("What is wrong, in the customer's words"), "textarea", required=True),
        field("branch_id", N_("Service centre"), "select", required=True, options=branches, value=home),
        field(
            "channel",
            N_("How they reached us"),
            "select",
            required=True,
            value="phone",
            options=[{"value": c, "label": label} for c, label in ARRIVED.items()],
        ),
        field(
            "need",
            N_("How it stands with them"),
            "select",
            options=[{"value": value, "label": label} for value, label in NEEDS.items()],
        ),
        field("q", "", "hidden", value=q),
        field("shown", "", "hidden", value=",".join(str(i) for i in ids)),
    ]
    sections = [
        {"title": N_("Who is who"), "help": N_("The caller and the owner are often different people."), "fields": who},
        {"title": N_("The trouble"), "fields": trouble},
    ]
    return sections if people else [{"title": N_("A new household"), "fields": _household_fields(field)}, *sections[1:]]


def _household_fields(field: Callable[..., dict[str, Any]]) -> list[dict[str, Any]]:
    """What is asked of a household that is not known yet."""
    return [
        field("new_name", N_("Name")),
        field("new_phone", N_("Phone"), "tel"),
        field(
            "new_language",
            N_("Language"),
            "select",
            value="te",
            options=[{"value": code, "label": known.name} for code, known in OFFERED.items()],
        ),
        field("new_line1", N_("House and street")),
        field("new_locality", N_("Locality")),
        field("new_postcode", "PIN code"),
    ]
