"""What every route asks of its caller: the table, and from it who is let in where.

A new route needs a line here; the test fails without it. Verbs and lists as files need none: the manifest's action says
what a verb is on and its machine what permission it takes, and a listing names its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from aftersales.registry import Registry
from aftersales.status.machine import By
from aftersales.web.legal import permission_of


class Caller(Enum):
    """Whose cookie a route takes."""

    ANYONE = "anyone"
    STAFF = "staff"
    CUSTOMER = "customer"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Gate:
    """What a route asks for.

    `own`: the address names something of one branch or household, which others cannot see. `about`: it names something
    of the whole company, seen with this permission, or by whoever sees a document about it, as a technician sees the
    household they are sent to. `everywhere`: the permission is to be held in all branches, where nobody here holds one.
    """

    caller: Caller
    permission: str | None = None
    own: bool = False
    about: str | None = None
    everywhere: bool = False


OPEN = Gate(Caller.ANYONE)
SIGNED = Gate(Caller.PROVIDER)
SIGNED_IN = Gate(Caller.STAFF)
LINK = Gate(Caller.CUSTOMER)
OWN_LINK = Gate(Caller.CUSTOMER, own=True)


def anywhere(permission: str) -> Gate:
    """For staff who hold it at any branch: lists, and what belongs to the whole company."""
    return Gate(Caller.STAFF, permission)


def everywhere(permission: str) -> Gate:
    """For staff who hold it in all branches: tests/http/test_accounts_http.py lets one in."""
    return Gate(Caller.STAFF, permission, everywhere=True)


def known(about: str, permission: str | None = None) -> Gate:
    """For staff who hold `about` or see a document about what is named, and who hold `permission` if there is one."""
    return Gate(Caller.STAFF, permission, about=about)


def here(permission: str | None) -> Gate:
    """For staff who hold it at the branch of what is named; None: for all who may see that at all."""
    return Gate(Caller.STAFF, permission, own=True)


API = "/api/v1"
_OF_WEBHOOKS = ("rotate", "pause", "resume", "end", "replay")
_OF_ACCOUNTS = ("disable", "enable", "reset_password")
_OF_COLLEAGUES = ("", "/give", "/take", "/disable", "/enable", "/reset")
GATES: Mapping[str, Gate] = {
    "GET /": OPEN,
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /sign-in": OPEN,
    "POST /sign-in": OPEN,
    "GET /t/{token}": OPEN,
    "GET /s/{short}": OPEN,
    # The provider's signature decides: tests/http/test_hooks.py.
    "GET /hooks/{name}": SIGNED,
    "POST /hooks/{name}": SIGNED,
    "POST /hooks/billing/stripe": SIGNED,
    f"GET {API}/openapi.json": OPEN,
    f"POST {API}/session": OPEN,
    "POST /sign-out": OPEN,
    f"DELETE {API}/session": SIGNED_IN,
    f"GET {API}/me": SIGNED_IN,
    f"GET {API}/branches": SIGNED_IN,
    f"GET {API}/staff": SIGNED_IN,
    f"POST {API}/branches": everywhere("staff.manage"),
    f"GET {API}/branches/{{branch_id}}": SIGNED_IN,
    f"PUT {API}/branches/{{branch_id}}": here("staff.manage"),
    "GET /desk/branches": anywhere("staff.manage"),
    "POST /desk/branches": anywhere("staff.manage"),
    "GET /desk/branches/{branch_id}": here("staff.manage"),
    "POST /desk/branches/{branch_id}": here("staff.manage"),
    # Of which colleagues: tests/http/test_accounts_http.py.
    f"GET {API}/accounts": anywhere("staff.manage"),
    f"POST {API}/accounts": here("staff.manage"),
    f"GET {API}/accounts/{{staff_id}}": anywhere("staff.manage"),
    f"PUT {API}/accounts/{{staff_id}}": here("staff.manage"),
    f"PUT {API}/accounts/{{staff_id}}/grants": anywhere("staff.manage"),
    **{f"POST {API}/accounts/{{staff_id}}/{v}": anywhere("staff.manage") for v in _OF_ACCOUNTS},
    "GET /desk/staff": anywhere("staff.manage"),
    "POST /desk/staff": anywhere("staff.manage"),
    "GET /desk/staff/{staff_id}": anywhere("staff.manage"),
    **{f"POST /desk/staff/{{staff_id}}{v}": anywhere("staff.manage") for v in _OF_COLLEAGUES},
    f"GET {API}/search": SIGNED_IN,
    f"GET {API}/policies": SIGNED_IN,
    f"GET {API}/cases/{{case_id}}/clocks": here("promises.view"),
    f"GET {API}/promises/due": anywhere("promises.view"),
    "GET /desk/promises": anywhere("promises.view"),
    "GET /desk/hours": anywhere("promises.manage"),
    "POST /desk/hours/{branch_id}": here("promises.manage"),
    "POST /desk/hours/{branch_id}/holidays": here("promises.manage"),
    "GET /desk/promises/report": anywhere("promises.view"),
    f"GET {API}/public/response-times": OPEN,
    "GET /waiting": OPEN,
    "GET /register-product": OPEN,
    "GET /policies": OPEN,
    "GET /policies/{kind}": OPEN,
    "POST /register-product": OPEN,
    "GET /give-back": OPEN,
    "POST /give-back": OPEN,
    "POST /give-back/why": OPEN,
    "POST /give-back/see": OPEN,
    "POST /give-back/send": OPEN,
    "GET /waiting/embed": OPEN,
    f"GET {API}/branches/{{branch_id}}/hours": SIGNED_IN,
    f"PUT {API}/branches/{{branch_id}}/hours": here("promises.manage"),
    f"POST {API}/targets": anywhere("policy.publish"),
    f"GET {API}/policies/{{policy_id}}": SIGNED_IN,
    f"POST {API}/return_terms": anywhere("policy.publish"),
    f"POST {API}/warranty_terms": anywhere("policy.publish"),
    f"POST {API}/goodwill_allowances": anywhere("policy.publish"),
    f"GET {API}/suppliers": anywhere("recovery.view"),
    f"POST {API}/suppliers": anywhere("recovery.suppliers"),
    f"POST {API}/suppliers/{{supplier_id}}/covers": anywhere("recovery.suppliers"),
    f"GET {API}/supplier_covers": anywhere("recovery.view"),
    f"GET {API}/recoveries": anywhere("recovery.view"),
    f"POST {API}/recoveries/catch_up": anywhere("recovery.file"),
    f"GET {API}/recovery_filings": anywhere("recovery.view"),
    f"POST {API}/recovery_filings": here("recovery.file"),
    f"GET {API}/recovery_filings/{{filing_id}}": here("recovery.view"),
    f"GET {API}/recovery_filings/{{filing_id}}/claim.pdf": here("recovery.view"),
    f"POST {API}/recovery_filings/{{filing_id}}/acknowledge": here("recovery.file"),
    "GET /desk/recovery": anywhere("recovery.view"),
    "GET /desk/recovery/payments": anywhere("recovery.settle"),
    "GET /desk/recovery/payments/example.csv": anywhere("recovery.settle"),
    "POST /desk/recovery/payments": anywhere("recovery.settle"),
    "GET /desk/recovery/{recovery_id}": here("recovery.view"),
    "GET /desk/recovery/filings/{filing_id}": here("recovery.view"),
    "POST /desk/recovery/filings/{filing_id}/acknowledge": here("recovery.file"),
    "POST /desk/recovery/file": here("recovery.file"),
    "POST /desk/recovery/catch-up": anywhere("recovery.file"),
    "POST /desk/recovery/suppliers": anywhere("recovery.suppliers"),
    "POST /desk/recovery/covers": anywhere("recovery.suppliers"),
    f"GET {API}/deliveries": anywhere("outbox.view"),
    f"POST {API}/deliveries/{{delivery_id}}/retry": anywhere("outbox.retry"),
    f"GET {API}/updates": anywhere("updates.view"),
    f"POST {API}/updates/{{update_id}}/retry": here("updates.retry"),
    f"GET {API}/cases": anywhere("case.view"),
    f"POST {API}/cases": here("case.open"),
    f"GET {API}/cases/{{case_id}}": here("case.view"),
    f"GET {API}/cases/{{case_id}}/documents": here("case.view"),
    f"GET {API}/cases/{{case_id}}/timeline": here("case.view"),
    f"POST {API}/cases/{{case_id}}/returns": here("return.request"),
    f"POST {API}/cases/{{case_id}}/warranty_claims": here("warranty_claim.open"),
    f"POST {API}/cases/{{case_id}}/warranty_registrations": here("warranty_registration.register"),
    f"POST {API}/documents/{{document_id}}/files": here("case.note"),
    f"GET {API}/files/{{file_id}}": here(None),
    f"GET {API}/customers": anywhere("customer.view"),
    f"POST {API}/customers": anywhere("customer.edit"),
    f"GET {API}/customers/{{customer_id}}": known("customer.view"),
    f"PATCH {API}/customers/{{customer_id}}": anywhere("customer.edit"),
    f"GET {API}/customers/{{customer_id}}/addresses": known("customer.view"),
    f"POST {API}/customers/{{customer_id}}/addresses": anywhere("customer.edit"),
    f"PUT {API}/customers/{{customer_id}}/addresses/{{address_id}}": anywhere("customer.edit"),
    f"GET {API}/customers/{{customer_id}}/people": known("customer.view"),
    f"POST {API}/customers/{{customer_id}}/people": anywhere("customer.edit"),
    f"PATCH {API}/customers/{{customer_id}}/people/{{person_id}}": anywhere("customer.edit"),
    f"GET {API}/customers/{{customer_id}}/everything": anywhere("customer.export"),
    f"GET {API}/customers/{{customer_id}}/everything.zip": anywhere("customer.export"),
    f"GET {API}/customers/{{customer_id}}/erasures/plan": anywhere("customer.erase"),
    f"POST {API}/customers/{{customer_id}}/erasures": anywhere("customer.erase"),
    f"GET {API}/erasures/{{erasure_id}}": anywhere("customer.view"),
    # Empty for who may see none of them.
    f"GET {API}/customers/{{customer_id}}/units": SIGNED_IN,
    f"GET {API}/brands": anywhere("product.view"),
    f"POST {API}/brands": anywhere("product.edit"),
    f"GET {API}/categories": anywhere("product.view"),
    f"POST {API}/categories": anywhere("product.edit"),
    f"GET {API}/products": anywhere("product.view"),
    f"POST {API}/products": anywhere("product.edit"),
    f"GET {API}/products/{{product_id}}": anywhere("product.view"),
    f"PATCH {API}/products/{{product_id}}": anywhere("product.edit"),
    f"GET {API}/units": known("unit.view"),
    f"POST {API}/units": anywhere("unit.edit"),
    f"GET {API}/units/{{unit_id}}": known("unit.view"),
    f"PATCH {API}/units/{{unit_id}}": anywhere("unit.edit"),
    f"POST {API}/units/{{unit_id}}/identifiers": anywhere("unit.edit"),
    f"GET {API}/units/{{unit_id}}/cover": known("unit.view", "warranty_claim.view"),
    f"POST {API}/units/{{unit_id}}/proofs": known("unit.view", "warranty_claim.record_proof"),
    f"GET {API}/visits": anywhere("visit.view"),
    f"POST {API}/visits": here("visit.request"),
    f"GET {API}/visits/day/{{staff_id}}/{{day}}": anywhere("visit.view"),
    f"GET {API}/visits/{{visit_id}}": here("visit.view"),
    f"GET {API}/repair_orders": anywhere("repair_order.view"),
    f"POST {API}/repair_orders": here("repair_order.open"),
    f"GET {API}/repair_orders/{{repair_id}}": here("repair_order.view"),
    f"GET {API}/repair_orders/{{repair_id}}/job-sheet.pdf": here("repair_order.view"),
    f"GET {API}/returns": anywhere("return.view"),
    f"POST {API}/returns/scan": anywhere("return.receive"),
    f"GET {API}/returns/{{return_id}}/label.pdf": here("return.view"),
    "GET /track/returns/{return_id}/label.pdf": OWN_LINK,
    "GET /track/warranty/{registration_id}/certificate.pdf": OWN_LINK,
    "GET /desk/returns": anywhere("return.view"),
    "GET /desk/returns/{return_id}": here("return.view"),
    "GET /desk/warranty": anywhere("warranty_claim.view"),
    "GET /desk/warranty/claims/{claim_id}": here("warranty_claim.view"),
    "GET /desk/warranty/registrations/{registration_id}": here("warranty_registration.register"),
    "GET /desk/warranty/transfers/{transfer_id}": here("warranty_registration.transfer"),
    "POST /desk/returns/scan": anywhere("return.receive"),
    f"GET {API}/returns/{{return_id}}": here("return.view"),
    f"GET {API}/warranty_claims": anywhere("warranty_claim.view"),
    f"GET {API}/warranty_claims/{{claim_id}}": here("warranty_claim.view"),
    f"GET {API}/warranty_claims/{{claim_id}}/lines": here("warranty_claim.view"),
    f"GET {API}/warranty_registrations/{{registration_id}}/certificate.pdf": here("warranty_registration.register"),
    f"GET {API}/estimates/{{estimate_id}}": here("billing.view"),
    f"GET {API}/invoices/{{invoice_id}}": here("billing.view"),
    "GET /desk": SIGNED_IN,
    "GET /desk/search": anywhere("case.view"),
    "GET /desk/account": SIGNED_IN,
    "POST /desk/account/language": SIGNED_IN,
    "POST /desk/account/password": SIGNED_IN,
    "GET /desk/api-clients": anywhere("api_client.manage"),
    "POST /desk/api-clients": anywhere("api_client.manage"),
    f"GET {API}/webhooks": anywhere("webhook.manage"),
    f"POST {API}/webhooks": anywhere("webhook.manage"),
    "GET /desk/webhooks": anywhere("webhook.manage"),
    "POST /desk/webhooks": anywhere("webhook.manage"),
    **{
        f"{route}": here("webhook.manage")
        for where in (f"{API}/webhooks/{{webhook_id}}", "/desk/webhooks/{webhook_id}")
        for route in (
            f"GET {where}",
            *(f"POST {where}/{verb}" for verb in ("rotate", "pause", "resume", "end", "replay")),
        )
    },
    f"GET {API}/webhooks/{{webhook_id}}/messages": here("webhook.manage"),
    # One's own or those of one's branch: tests/http/test_clients_http.py.
    "POST /desk/api-clients/{client_id}/revoke": anywhere("api_client.manage"),
    # Signed, or with a secret: tests/http/test_voice_twilio.py and test_voice_exotel.py.
    **{f"POST /voice/twilio/{name}": SIGNED for name in ("update/{reference}", "incoming", "keys", "status")},
    **{f"GET /voice/exotel/{name}": SIGNED for name in ("say", "keys", "last", "missed")},
    "POST /voice/exotel/status": SIGNED,
    "GET /desk/inbox": anywhere("inbox.answer"),
    # A request that names no centre yet is for whoever decides anywhere.
    "GET /desk/inbox/photos/{photo_id}": here("inbox.decide"),
    "POST /desk/inbox/{draft_id}/confirm": here("inbox.decide"),
    "POST /desk/inbox/{draft_id}/decline": here("inbox.decide"),
    "GET /desk/calls": anywhere("voice.view"),
    "POST /desk/calls/{call_back_id}/done": here("voice.call_back"),
    "GET /desk/cases": anywhere("case.view"),
    "GET /desk/cases/{case_id}": here("case.view"),
    "GET /desk/cases/{case_id}/live": here("case.view"),
    "POST /desk/cases/{case_id}/people/{person_id}/end-links": here("case.links"),
    "POST /desk/cases/{case_id}/repair_orders": here("repair_order.open"),
    "POST /desk/cases/{case_id}/returns": here("return.request"),
    "POST /desk/cases/{case_id}/visits": here("visit.request"),
    "POST /desk/cases/{case_id}/warranty_claims": here("warranty_claim.open"),
    "GET /desk/downloads": SIGNED_IN,
    "GET /desk/reports": SIGNED_IN,
    # With the permission of the list that it shows: tests/http/test_reports.py.
    "GET /desk/reports/{report_name}": anywhere("warranty_claim.view"),
    "GET /desk/customers": anywhere("customer.view"),
    "GET /desk/customers/{customer_id}": anywhere("customer.view"),
    "GET /desk/customers/{customer_id}/everything.zip": anywhere("customer.export"),
    "GET /desk/people/{person_id}/wishes": known("customer.view", "updates.wishes"),
    "POST /desk/people/{person_id}/wishes": anywhere("customer.edit"),
    "GET /desk/customers/{customer_id}/erase": anywhere("customer.erase"),
    "POST /desk/customers/{customer_id}/erase": anywhere("customer.erase"),
    "GET /desk/erasures/{erasure_id}": anywhere("customer.view"),
    "GET /desk/erasures/{erasure_id}.txt": anywhere("customer.view"),
    "GET /desk/imports": anywhere("import.run"),
    "POST /desk/imports": anywhere("import.run"),
    "GET /desk/imports/examples/{what}.csv": anywhere("import.run"),
    "GET /desk/imports/{run_id}": anywhere("import.run"),
    "GET /desk/imports/{run_id}/rejects.csv": anywhere("import.run"),
    "POST /desk/imports/{run_id}/write": anywhere("import.run"),
    "GET /desk/deliveries": anywhere("outbox.view"),
    "POST /desk/deliveries/{delivery_id}/retry": anywhere("outbox.retry"),
    "GET /desk/new-case": anywhere("case.open"),
    "POST /desk/new-case": here("case.open"),
    "GET /desk/texts": anywhere("updates.view"),
    "GET /desk/texts/{text}": anywhere("updates.view"),
    "POST /desk/texts/{text}/test": anywhere("updates.view"),
    "GET /desk/texts/templates.csv": anywhere("updates.register"),
    "POST /desk/texts/templates": anywhere("updates.register"),
    "GET /desk/outgoing": anywhere("updates.view"),
    "POST /desk/outgoing/{update_id}/again": here("updates.retry"),
    "GET /desk/outgoing/{update_id}/link": here("updates.view"),
    "POST /desk/units/{unit_id}/proofs": known("unit.view", "warranty_claim.record_proof"),
    "GET /desk/units/{unit_id}": known("unit.view"),
    # With nothing in it that the caller may see there is no such chapter.
    "GET /desk/units/{unit_id}/lists/{chapter}": here("case.view"),
    "GET /desk/customers/{customer_id}/lists/{chapter}": here("customer.view"),
    "GET /phone": SIGNED_IN,
    "GET /phone/visits/{visit_id}": here("visit.view"),
    "GET /track": LINK,
    "GET /track/live": LINK,
    "GET /track/language/{code}": LINK,
    "POST /track/language/{code}": LINK,
    "GET /track/preferences": LINK,
    "POST /track/preferences": LINK,
    "POST /track/preferences/ways": LINK,
    "GET /track/files/{file_id}": OWN_LINK,
    "POST /track/reply": LINK,
    "POST /track/browser": LINK,
    "POST /track/browser/forget": LINK,
    "POST /track/returns": OWN_LINK,
}


def gates(registry: Registry) -> dict[str, Gate]:
    """Every route that there may be, verbs of the manifests included, and what it asks for."""
    found = dict(GATES)
    for action in registry.actions.values():
        path = f"/{action.machine}s/{{document_id}}/{action.verb}"
        if action.by is By.STAFF:
            gate = here(permission_of(registry.machines[action.machine], action.verb))
            found[f"POST {API}{path}"] = found[f"POST /desk{path}"] = gate
        else:
            found[f"POST /track{path}"] = OWN_LINK
    for listing in registry.listings.values():
        gate = anywhere(listing.permission) if listing.permission else SIGNED_IN
        found[f"GET {API}/{listing.name}.csv"] = found[f"GET /desk/{listing.name}.csv"] = gate
    return found


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at the gates: staff of a branch, a customer with a link to a case, or (neither) a passer-by."""

    permissions: frozenset[str] = frozenset()
    branch_id: UUID | None = None
    case_id: UUID | None = None
    assigned: frozenset[UUID] | None = None
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """What the addresses name: a case at a branch, and what is on it."""

    branch_id: UUID
    case_id: UUID


def let_in(gate: Gate, method: str, who: Person, at: Place) -> bool:
    """Whether the caller gets past the gate; what happens behind it is another matter."""
    if gate.caller is Caller.ANYONE:
        return True
    if gate.caller is Caller.PROVIDER:
        return False  # no cookie opens it
    if gate.caller is Caller.CUSTOMER:
        theirs = who.case_id is not None and (not gate.own or who.case_id == at.case_id)
        return theirs and not (who.read_only and method != "GET")
    if who.branch_id is None or gate.everywhere:
        return False
    held = gate.permission is None or gate.permission in who.permissions
    seen = who.branch_id == at.branch_id and (who.assigned is None or at.case_id in who.assigned)
    known_too = gate.about is None or gate.about in who.permissions or seen
    return held and known_too and (seen or not gate.own)
