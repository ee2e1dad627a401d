"""The demonstration company's service centres and people. Every name, number and street here is invented."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from aftersales.auth import cleaning, passwords
from aftersales.auth.models import Branch, Grant, Staff
from aftersales.auth.permissions import COORDINATOR, FINANCE, MANAGER, SERVICE_ENGINEER, TECHNICIAN
from aftersales.ids import new_id
from aftersales.work import Work

DEMO_PASSWORD = "service-demo-2026"  # noqa: S105  of the demonstration alone: printed at its start, known to everyone
"""The password of every sign-in of the demonstration."""

# code, name, phone, address, postcode, latitude, longitude
BRANCHES = (
    (
        "KKP",
        "Kukatpally service centre",
        "+914023150110",
        "Plot 41, Jasmine Arcade, KPHB Road No. 3, Kukatpally, Hyderabad",
        "500072",
        "17.493700",
        "78.399300",
    ),
    (
        "SEC",
        "Secunderabad service centre",
        "+914027840220",
        "12-4-118, Clover House, Sarojini Devi Road, Secunderabad",
        "500003",
        "17.439900",
        "78.498300",
    ),
    (
        "LBN",
        "LB Nagar service centre",
        "+914024030330",
        "8-63/2, Neem Tree Complex, Inner Ring Road, LB Nagar, Hyderabad",
        "500074",
        "17.345700",
        "78.552200",
    ),
)

# login, name, language of the desk, home branch, role; finance and the manager serve every branch
STAFF = (
    ("lakshmi", "Lakshmi Prasanna", "en", "KKP", COORDINATOR),
    ("farheen", "Farheen Begum", "en", "SEC", COORDINATOR),
    ("sravani", "Sravani Reddy", "en", "LBN", COORDINATOR),
    ("ravi", "Ravi Kumar Goud", "en", "KKP", TECHNICIAN),
    ("suresh", "Suresh Yadav", "en", "KKP", TECHNICIAN),
    ("naveen", "Naveen Chary", "en", "KKP", TECHNICIAN),
    ("imran", "Mohammed Imran", "en", "SEC", TECHNICIAN),
    ("prakash", "Prakash Naik", "en", "SEC", TECHNICIAN),
    ("joseph", "Joseph Anand", "en", "SEC", TECHNICIAN),
    ("venkatesh", "Venkatesh Mudiraj", "te", "LBN", TECHNICIAN),
    ("salman", "Syed Salman", "en", "LBN", TECHNICIAN),
    ("anil", "Anil Deshmukh", "en", "KKP", SERVICE_ENGINEER),
    ("padma", "Padmavathi Rao", "en", "SEC", SERVICE_ENGINEER),
    ("harish", "Harish Babu", "en", "LBN", SERVICE_ENGINEER),
    ("meena", "Meenakshi Iyer", "en", "KKP", FINANCE),
    ("srinivas", "Srinivas Murthy", "en", "KKP", MANAGER),
)
_EVERYWHERE = frozenset({FINANCE, MANAGER})


async def fill(work: Work, world: dict[str, Any]) -> None:
    """Adds the branches and the staff; leaves their ids in `world["branches"]` by code, `world["staff"]` by login."""
    branches: dict[str, UUID] = {row[0]: new_id() for row in BRANCHES}
    staff: dict[str, UUID] = {row[0]: new_id() for row in STAFF}
    work.session.add_all(_branch(branches[row[0]], row) for row in BRANCHES)
    await work.session.flush()
    # One hash for all: they share the password anyway, and the demonstration shall start in seconds.
    password = await passwords.hashed(DEMO_PASSWORD)
    for number, (login, name, language, code, _) in enumerate(STAFF, 1):
        work.session.add(
            Staff(
                id=staff[login],
                login=login,
                name=name,
                language=language,
                branch_id=branches[code],
                phone=f"+9190000101{number:02d}",
                email=f"{login}@demo.invalid",
                password_hash=password,
                active=True,
                created_at=work.now,
            )
        )
    await work.session.flush()
    work.session.add_all(
        Grant(id=new_id(), staff_id=staff[login], role=role, branch_id=None if role in _EVERYWHERE else branches[code])
        for login, _, _, code, role in STAFF
    )
    await work.session.flush()
    await cleaning.arm(work.session, work.now)
    world["branches"], world["staff"] = branches, staff
    world["branch_codes"] = {branch_id: code for code, branch_id in branches.items()}


def _branch(branch_id: UUID, row: tuple[str, str, str, str, str, str, str]) -> Branch:
    code, name, phone, address, postcode, latitude, longitude = row
    return Branch(
        id=branch_id,
        code=code,
        name=name,
        phone=phone,
        address=address,
        postcode=postcode,
        timezone="Asia/Kolkata",
        currency="INR",
        latitude=Decimal(latitude),
        longitude=Decimal(longitude),
    )
