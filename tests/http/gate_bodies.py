"""What is sent to a gate: a body that would pass, so that whoever is refused is refused for who they are."""

import inspect
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from PIL import Image
from pydantic import BaseModel, TypeAdapter

from aftersales import clock
from aftersales.ids import new_id
from aftersales.promises import terms as targets
from rma import terms as return_terms
from tests.factories.auth import PASSWORD
from tests.factories.bodies import body_for
from tests.factories.colleagues import CENTRE
from tests.factories.places import Furnished
from warranty import terms as warranty_terms

SIGN_IN = {"login": "manager", "password": PASSWORD}
_WARRANTY = warranty_terms.VERSIONS[-1]
_RETURNS = return_terms.VERSIONS[-1][1]


def _json(terms: Any) -> Any:
    return TypeAdapter(type(terms)).dump_python(terms, mode="json")


# Once: to learn how a class is written down takes longer than any request.
_TERMS_OF = {"warranty": _json(_WARRANTY.terms), "returns": _json(_RETURNS), "goodwill": _json(warranty_terms.GOODWILL)}
PERSON = {"name": "Latha", "language": "te", "phones": []}
ADDRESS = {"line1": "Flat 7", "locality": "Kukatpally", "postcode": "500072"}


def picture(shade: int = 0) -> bytes:
    """A photo, as small as one can be; another for each shade."""
    held = BytesIO()
    Image.new("RGB", (40, 30), (90 + shade % 160, 60, 30 + shade // 160)).save(held, "JPEG")
    return held.getvalue()


def schemas(app: FastAPI) -> dict[str, type[BaseModel] | None]:
    """By method and path: the schema of the JSON that the route takes; None where it takes a form or nothing."""
    found: dict[str, type[BaseModel] | None] = {}
    for context in iter_route_contexts(app.routes):
        endpoint = getattr(context, "endpoint", None)
        body = inspect.signature(endpoint).parameters.get("body") if endpoint else None
        schema = body.annotation if body and isinstance(body.annotation, type) else None
        for method in context.methods or ():
            found[f"{method} {context.path}"] = schema if schema and issubclass(schema, BaseModel) else None
    return found


def json_of(route: str, schema: type[BaseModel], at: Furnished) -> dict[str, Any]:
    """A body for a route, about what is at this place."""
    special = _special(at).get(route)
    return special if special is not None else body_for(schema, **at.named)


def form_of(route: str, at: Furnished) -> dict[str, str]:
    """One form for all pages: each takes its fields and leaves the rest."""
    if route.endswith("/proofs"):
        return {"dated_on": "2026-05-05", "reference": "GO/1", "case_id": at.named["case_id"]}
    start = (clock.now() + timedelta(days=2)).replace(hour=4, minute=30)
    named = {name: at.named[name] for name in ("unit_id", "address_id", "branch_id")}
    if "/recovery/" in route:
        claimed = {"party": "brand", "party_id": at.named["party_id"], "month": "2026-11", "code": "KM", "name": "KM"}
        return claimed | {name: at.named[name] for name in ("branch_id", "supplier_id")}
    return named | {
        **SIGN_IN,
        "match": f"{at.named['customer_id']}:",
        "complaint": "Does not spin",
        **({"kind": "pickup"} if route.endswith("/visits") else {}),
        "window_start": start.strftime("%Y-%m-%dT%H:%M"),
        "window_end": (start + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"),
        "reason_code": "defective",
        "words": "It tears the clothes.",
        "note": "Asked on the phone.",
    }


def parameters(at: Furnished) -> dict[str, str]:
    """What addresses ask with."""
    return {"q": "Sita", "role": "technician", "identifier": at.home.serial}


def path_of(route: str, at: Furnished) -> str:
    """The route's address for what is at this place."""
    words = {**at.named, "day": "2026-11-23", "code": "te", "chapter": "cases", "what": "customers", "key": "terms"}
    words |= {"text": "case.received", "report_name": "claims_by_verdict", "kind": "returns"}
    path = route
    for machine, document_id in at.documents.items():
        path = path.replace(f"/{machine}s/{{document_id}}/", f"/{machine}s/{document_id}/")
    named = defaultdict(lambda: str(new_id()), words, document_id=str(at.documents["case"]))
    return path.format_map(named)


def _special(at: Furnished) -> Mapping[str, dict[str, Any]]:
    soon = (clock.now() + timedelta(days=9)).date().isoformat()
    on_matter = [{"person_id": at.named["person_id"], "role": "owner"}]
    opening = {name: at.named[name] for name in ("customer_id", "branch_id")}
    identifier = {"kind": "serial", "value": "GW75-999001"}
    owed = {name: at.named[name] for name in ("party_id", "branch_id")}
    product = {name: at.named[name] for name in ("brand_id", "category_id")}
    return {
        "POST /api/v1/session": SIGN_IN,
        "POST /api/v1/webhooks/{webhook_id}/replay": {"message_id": str(new_id())},
        "POST /api/v1/branches": CENTRE | {"code": "GCB"},
        "PUT /api/v1/branches/{branch_id}": CENTRE,
        "POST /api/v1/accounts": {
            "login": "swapna",
            "name": "Swapna Devi",
            "branch_id": at.named["branch_id"],
            "grants": [],
        },
        "POST /api/v1/customers": {"people": [PERSON]},
        "POST /api/v1/customers/{customer_id}/people": PERSON,
        "POST /api/v1/customers/{customer_id}/addresses": ADDRESS,
        # Not theirs: nobody is erased, and whoever may not is refused for that.
        "POST /api/v1/customers/{customer_id}/erasures": {"number": "C-0000-0000"},
        "PUT /api/v1/customers/{customer_id}/addresses/{address_id}": ADDRESS,
        "POST /api/v1/recovery_filings": {"party": "brand", "month": "2026-11"} | owed,
        "POST /api/v1/suppliers": {"code": "KM", "name": "Krishna Motors"},
        "POST /api/v1/brands": {"name": "Krishna", "accent": "#0b5d57"},
        "POST /api/v1/categories": {"code": "kettle", "name": "Kettle", "identifier_kinds": ["serial"]},
        "POST /api/v1/products": product | {"model": "K-1", "name": "Krishna K-1", "price_minor": 100},
        "POST /api/v1/units": {
            "product_id": at.named["product_id"],
            "customer_id": at.named["customer_id"],
            "identifiers": [identifier],
        },
        "POST /api/v1/units/{unit_id}/identifiers": identifier,
        "POST /api/v1/cases": opening | {"complaint": "Does not spin", "people": on_matter},
        "POST /api/v1/visits": {name: at.named[name] for name in ("case_id", "address_id")} | {"kind": "pickup"},
        "POST /api/v1/cases/{case_id}/returns": {
            "unit_id": at.named["unit_id"],
            "reason_code": "defective",
            "words": "It tears the clothes.",
        },
        "POST /api/v1/cases/{case_id}/warranty_registrations": {"purchased_on": "2026-05-05"},
        "PUT /api/v1/branches/{branch_id}/hours": {"hours": {"tz": "UTC"}},
        "POST /api/v1/targets": {"effective_from": soon, "terms": targets.TERMS},
        "POST /api/v1/goodwill_allowances": {"effective_from": soon, "terms": _TERMS_OF["goodwill"]},
        "POST /api/v1/warranty_terms": {
            "code": _WARRANTY.code,
            "effective_from": soon,
            "terms": _TERMS_OF["warranty"],
            "words": {clause: warranty_terms.WORDS[clause] for clause in _WARRANTY.terms.clauses()},
        },
        "POST /api/v1/return_terms": {
            "effective_from": soon,
            "terms": _TERMS_OF["returns"],
            "words": {clause: return_terms.WORDS[clause] for clause in _RETURNS.clauses()},
        },
    }
