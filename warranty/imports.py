"""Sales from a file: a row registers one unit that was sold, or a plan for it, with its invoice as the proof."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.auth.repository import BranchView
from aftersales.ids import new_id
from aftersales.imports.fields import Field, Kind
from aftersales.imports.findings import Findings, Outcome, Row, unknown
from aftersales.imports.permissions import RUN
from aftersales.module import Import, Progress
from aftersales.policies import repository as policies
from aftersales.policies.choosing import codes_for, in_force
from aftersales.policies.repository import PolicyView
from aftersales.products import known_units
from aftersales.products import repository as products
from aftersales.products.repository import UnitView
from aftersales.search.rules import normal_identifier
from aftersales.status.changes import MAX_CHANGES, Change, NewDocument, move, open_document
from aftersales.work import Work
from warranty import repository
from warranty.machine import REGISTRATION
from warranty.models import WarrantyProof, WarrantyRegistration
from warranty.service import entitlement
from warranty.service.proofs import EARLIEST

FIELDS = (
    Field("serial", "The serial number or IMEI of the unit that was sold", "GW75-2203-11937", required=True),
    Field("sold_on", "When it was sold", "14-03-2024", Kind.DATE, required=True),
    Field("centre", "The service centre's code that keeps the registration", "KKP", required=True),
    Field("invoice_number", "The number on the invoice", "GO/2403/08817"),
    Field("plan", "The code of the plan that was sold with it or later; empty for the product's own warranty", ""),
    Field("plan_from", "When the plan was bought; the day of the sale if empty", "", Kind.DATE),
)
# A registration takes two changes.
_AT_ONCE = MAX_CHANGES // 2
_POLICIES = 1000


@dataclass(frozen=True, slots=True)
class _Sale:
    """One row that is taken in."""

    unit: UnitView
    branch: BranchView
    sold_on: date
    invoice_number: str
    policy_id: UUID | None
    plan_from: date | None


@dataclass
class _File:
    """What is on record, and what the file adds."""

    work: Work
    findings: Findings
    units: Mapping[str, Sequence[UnitView]]
    branches: Mapping[str, BranchView]
    published: Sequence[PolicyView]
    held: dict[tuple[UUID, str], int]
    new: list[_Sale] = field(default_factory=list)


async def plan(work: Work, findings: Findings) -> Callable[[Progress], Awaitable[None]]:
    """Find each row's unit; one that has such a registration already is left as it is."""
    rows = [row for row in findings.rows if row.sound]
    units = await _units(work, {normal_identifier(row.get("serial")) for row in rows})
    ids = {unit.id for found in units.values() for unit in found}
    published = await policies.listed(work.session, work.scope, kind=entitlement.KIND, limit=_POLICIES)
    codes = {policy.id: policy.code for policy in published}
    # An old sale has expired by itself since: taken in again it is the same one.
    known = ("pending_verification", "active", "expired")
    registered = await repository.registrations_of(work.session, work.scope, ids, statuses=known)
    held = {(unit_id, _plan_of(row, codes)): 0 for unit_id, several in registered.items() for _, row in several}
    branches = {one.code.casefold(): one for one in await auth.branches(work.session, work.scope)}
    file = _File(work, findings, units, branches, published, held)
    for row in rows:
        _decide(file, row)

    async def write(progress: Progress) -> None:
        await _write(file, progress)

    return write


def _plan_of(row: WarrantyRegistration, codes: Mapping[UUID, str]) -> str:
    """The code of the plan; empty for the product's own warranty."""
    if row.plan_from is None or row.policy_id is None:
        return ""
    return codes.get(row.policy_id, "").removeprefix("plan:")


async def _units(work: Work, normals: set[str]) -> dict[str, list[UnitView]]:
    """The units that bear these numbers now, by number."""
    known = await known_units.units(work.session, work.scope, normals)
    bearing: dict[str, set[UUID]] = {}
    for (kind, normal), found in known.items():
        bearing.setdefault(normal, set()).update(unit.id for unit in found if unit.now.get(kind) == normal)
    views = await products.units(work.session, work.scope, {key for ids in bearing.values() for key in ids})
    return {normal: [views[key] for key in sorted(ids) if key in views] for normal, ids in bearing.items()}


def _decide(file: _File, row: Row) -> None:
    unit, branch = _unit(file, row), _branch(file, row)
    plan_code: str = row.get("plan") or ""
    plan_from: date | None = (row.get("plan_from") or row.get("sold_on")) if plan_code else None
    if row.get("plan_from") and not plan_code:
        file.findings.refuse(row, "plan_from", "sales.no_plan", "is the day of a plan, but no plan is named")
    _check_days(file, row, unit, plan_from)
    policy = _policy(file, row, unit, plan_code, plan_from)
    if file.findings.refused(row) or unit is None or branch is None:
        return
    subject = f"{unit.product_name} · {unit.serial}"
    first = file.held.setdefault((unit.id, plan_code), row.number)
    if first == 0:
        file.findings.tell(row, Outcome.UNCHANGED, subject)
    elif first != row.number:
        file.findings.refuse(row, "serial", "import.twice", f"is registered by row {first} too; keep one of the two")
    else:
        invoice: str = row.get("invoice_number") or ""
        policy_id = policy.id if policy is not None else None
        file.new.append(_Sale(unit, branch, row.get("sold_on"), invoice, policy_id, plan_from))
        file.findings.tell(row, Outcome.NEW, subject)


def _unit(file: _File, row: Row) -> UnitView | None:
    found = file.units.get(normal_identifier(row.get("serial")), [])
    if len(found) == 1:
        return found[0]
    words = (
        "is on several units here; put them in order first" if found else "is on no unit here; take in the units first"
    )
    file.findings.refuse(row, "serial", "sales.unknown_unit", words)
    return None


def _branch(file: _File, row: Row) -> BranchView | None:
    branch = file.branches.get(row.get("centre").casefold())
    if branch is None:
        words = f"is no service centre; {unknown([one.code for one in file.branches.values()])}"
        file.findings.refuse(row, "centre", "sales.unknown_centre", words)
    elif not file.work.scope.can(RUN, branch.id):
        words = "is a service centre for which you may not take in files; ask its manager"
        file.findings.refuse(row, "centre", "sales.elsewhere", words)
    return branch


def _check_days(file: _File, row: Row, unit: UnitView | None, plan_from: date | None) -> None:
    today = clock.business_date(file.work.now, "Pacific/Kiritimati")
    for column, day in (("sold_on", row.get("sold_on")), ("plan_from", plan_from)):
        if day is not None and not EARLIEST <= day <= today:
            file.findings.refuse(row, column, "sales.day", "lies in the past, and not before 1990")
    if plan_from is not None and plan_from < row.get("sold_on"):
        file.findings.refuse(row, "plan_from", "sales.plan_before_sale", "is before the unit was sold")
    made = unit.manufactured_on if unit is not None else None
    if made is not None and row.get("sold_on") < made:
        file.findings.refuse(row, "sold_on", "sales.before_made", f"is before the unit was made, on {made}")


def _policy(file: _File, row: Row, unit: UnitView | None, plan_code: str, plan_from: date | None) -> PolicyView | None:
    """The version that the registration keeps: of the closest policy that was in force on its day."""
    if unit is None:
        return None
    codes = [f"plan:{plan_code}"] if plan_code else codes_for(unit)
    day = plan_from or row.get("sold_on")
    for code in codes:
        found = in_force((one for one in file.published if one.code == code), day)
        if found is not None:
            return found
    if plan_code:
        file.findings.refuse(row, "plan", "sales.unknown_plan", "is no plan that was sold on that day")
    return None


async def _write(file: _File, progress: Progress) -> None:
    total = len(file.new)
    for start in range(0, total, _AT_ONCE):
        await _take_in(file.work, file.new[start : start + _AT_ONCE])
        await progress(min(start + _AT_ONCE, total), total)


async def _take_in(work: Work, sales: Sequence[_Sale]) -> None:
    """Post the registrations, then the rows beside the documents: so many statements for however many."""
    numbers = await _numbers(work, sales)
    changes: list[Change] = []
    rows: list[dict[str, Any]] = []
    proofs: list[dict[str, Any]] = []
    for sale, number in zip(sales, numbers, strict=True):
        made, unit = new_id(), sale.unit
        new = NewDocument(unit.id, sale.branch.id, number, unit_id=unit.id, customer_id=unit.customer_id)
        changes += [open_document(REGISTRATION, made, "register", new), move(REGISTRATION, made, "activate")]
        proof_id = new_id() if sale.invoice_number else None
        if proof_id is not None:
            proofs.append(_proof(work, proof_id, sale))
        rows.append(
            {
                "id": made,
                "unit_id": unit.id,
                "proof_id": proof_id,
                "purchased_on": sale.sold_on,
                "policy_id": sale.policy_id,
                "plan_from": sale.plan_from,
            }
        )
    await work.post(*changes)
    if proofs:
        await work.session.execute(insert(WarrantyProof), proofs)
    await work.session.execute(insert(WarrantyRegistration), rows)


def _proof(work: Work, proof_id: UUID, sale: _Sale) -> dict[str, Any]:
    return {
        "id": proof_id,
        "unit_id": sale.unit.id,
        "kind": "invoice",
        "dated_on": sale.sold_on,
        "reference": sale.invoice_number,
        "recorded_by": work.scope.staff_id,
        "recorded_at": work.now,
    }


async def _numbers(work: Work, sales: Sequence[_Sale]) -> list[str]:
    """A number of ours for each, in the order of the sales: one statement for each centre and year."""
    wanted: dict[tuple[str, int], int] = {}
    keys = [(sale.branch.code, clock.business_date(work.now, sale.branch.timezone).year) for sale in sales]
    for key in keys:
        wanted[key] = wanted.get(key, 0) + 1
    given = {
        (code, year): iter(await work.numbers.several(f"{code}-G", year, count))
        for (code, year), count in wanted.items()
    }
    return [next(given[key]) for key in keys]


SALES = Import(
    name="sales",
    title="Sales",
    about="A row for each unit that was sold, or plan for it: it is registered, with its invoice as the proof. Units "
    "must be there already. Nobody is told.",
    fields=FIELDS,
    plan=plan,
    rank=35,
)
