"""`aftersales staff …` and `aftersales branch …`: colleagues and service centres after the first."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from aftersales import clock
from aftersales.auth import accounts, centres, staffing
from aftersales.auth import repository as auth
from aftersales.auth.accounts import AccountView
from aftersales.auth.schemas import AccountIn, BranchIn
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.lifeline import Lifeline
from aftersales.registry import load_registry
from aftersales.scope import SYSTEM
from aftersales.serve import connected_settings
from aftersales.status.numbers import Numbers
from aftersales.work import Work

M = TypeVar("M", bound=BaseModel)
PAGE = 200
# The command itself is `name` among what was understood.
_SAID = "said_"
OF_BRANCH = (
    ("code", "its short name of 2 to 5 letters, with which its numbers begin", True),
    ("name", "its name", True),
    ("phone", "its phone, which customers are told", True),
    ("address", "its address, on one line", True),
    ("postcode", "the postcode", True),
    ("timezone", "the time zone (Asia/Kolkata if nothing is said)", False),
    ("currency", "the currency (INR if nothing is said)", False),
    ("latitude", "its position in degrees", False),
    ("longitude", "its position in degrees", False),
)
ABOUT = {
    "disable": "end somebody's access: signed out at once, no way in any more",
    "enable": "let somebody in again, with the password they had",
    "reset": "make another first password, and show it this once",
}


def add_staff_arguments(command: argparse.ArgumentParser) -> None:
    """What `aftersales staff` takes."""
    what = command.add_subparsers(dest="what", required=True, metavar="WHAT")
    about = "a new colleague; the first password is made, and shown this once"
    one = what.add_parser("add", help=about, description=about)
    one.add_argument("--login", required=True, help="the name they sign in with")
    one.add_argument("--name", required=True, dest=_SAID + "name", help="their name")
    one.add_argument("--branch", required=True, metavar="CODE", help="their own centre")
    one.add_argument("--language", default="en", help="the language of their desk")
    told = "a role in one centre, or without @CODE in all; as often as needed"
    one.add_argument("--grant", action="append", default=[], metavar="ROLE[@CODE]", help=told)
    what.add_parser("list", help="who works here", description="who works here, and what they may do")
    for verb, said in ABOUT.items():
        what.add_parser(verb, help=said, description=said).add_argument("login")


def add_branch_arguments(command: argparse.ArgumentParser) -> None:
    """What `aftersales branch` takes."""
    what = command.add_subparsers(dest="what", required=True, metavar="WHAT")
    one = what.add_parser("add", help="a further service centre", description="a further service centre")
    for option, about, needed in OF_BRANCH:
        one.add_argument(f"--{option}", required=needed, dest=_SAID + option, help=about)
    what.add_parser("list", help="every service centre", description="every service centre")


def run_staff(settings: Settings, chosen: argparse.Namespace) -> None:
    """Add, list, end, begin, reset. Raises ValueError for what was not understood, and what `staffing` does."""
    doing = {"add": _add_staff, "list": _list_staff}
    _run(settings, chosen, doing.get(chosen.what, _of_one))


def run_branch(settings: Settings, chosen: argparse.Namespace) -> None:
    """Add or list. Raises ValueError for what was not understood, and what `centres` does."""
    _run(settings, chosen, _add_branch if chosen.what == "add" else _list_branches)


def _run(
    settings: Settings, chosen: argparse.Namespace, do: Callable[[Work, argparse.Namespace], Awaitable[list[str]]]
) -> None:
    async def done(connected: Settings) -> list[str]:
        async with _work(connected) as work:
            return await do(work, chosen)

    with Lifeline(settings.data_dir) as lifeline, connected_settings(settings, lifeline) as connected:
        # Said when it is committed: a password that opens nothing must not be handed over.
        print("\n".join(asyncio.run(done(connected))))


@asynccontextmanager
async def _work(settings: Settings) -> AsyncIterator[Work]:
    database = Database(str(settings.database_url), pool_size=2, application_name="aftersales command")
    registry = load_registry(settings.module_names)
    try:
        async with database.unit_of_work() as session:
            yield Work(session, SYSTEM, registry, Numbers(database), settings, clock.now())
    finally:
        await database.dispose()


async def _add_staff(work: Work, chosen: argparse.Namespace) -> list[str]:
    codes = await _codes(work)
    grants = []
    for said in chosen.grant:
        role, at, code = said.partition("@")
        grants.append({"role": role, "branch_id": _coded(codes, code) if at else None})
    given = {"login": chosen.login, "name": getattr(chosen, _SAID + "name"), "language": chosen.language}
    body = _understood(AccountIn, given | {"branch_id": _coded(codes, chosen.branch), "grants": grants})
    _, password = await staffing.add(work, body)
    return [f"{body.name} signs in at {work.settings.base_url} as {body.login}.", _shown(password)]


async def _list_staff(work: Work, _: argparse.Namespace) -> list[str]:
    codes = {branch_id: code for code, branch_id in (await _codes(work)).items()}
    lines = []
    for one in await _everybody(work):
        held = " ".join(f"{g.role}@{codes[g.branch_id]}" if g.branch_id else g.role for g in one.grants)
        state = "" if one.active else "  (no access)"
        lines.append(f"{one.login:20} {one.name:24} {codes[one.branch_id]:6} {held}{state}".rstrip())
    return lines


async def _of_one(work: Work, chosen: argparse.Namespace) -> list[str]:
    login = chosen.login.strip().lower()
    person = next((one for one in await _everybody(work) if one.login == login), None)
    if person is None:
        raise ValueError(f"nobody signs in as {login}; aftersales staff list says who does")
    if chosen.what == "reset":
        return [_shown(await staffing.reset_password(work, person.id))]
    await (staffing.disable if chosen.what == "disable" else staffing.enable)(work, person.id)
    return [f"{person.name} {'has no access any more' if chosen.what == 'disable' else 'can sign in again'}."]


async def _add_branch(work: Work, chosen: argparse.Namespace) -> list[str]:
    values = {option: getattr(chosen, _SAID + option) for option, *_ in OF_BRANCH}
    body = _understood(BranchIn, {name: value for name, value in values.items() if value is not None})
    await centres.add(work, body)
    return [f"{body.name} ({body.code}) is added. Now add its colleagues: aftersales staff add --branch {body.code} …"]


async def _list_branches(work: Work, _: argparse.Namespace) -> list[str]:
    found = await auth.branches(work.session, work.scope)
    return [f"{one.code:6} {one.name:32} {one.phone:16} {one.timezone} {one.currency}" for one in found]


async def _everybody(work: Work) -> list[AccountView]:
    found: list[AccountView] = []
    while True:
        after = found[-1].id if found else None
        more = await accounts.accounts(work.session, work.scope, after=after, limit=PAGE)
        found += more
        if len(more) < PAGE:
            return found


async def _codes(work: Work) -> dict[str, UUID]:
    return {one.code: one.id for one in await auth.branches(work.session, work.scope)}


def _coded(codes: dict[str, UUID], code: str) -> UUID:
    found = codes.get(code.strip().upper())
    if found is None:
        raise ValueError(f"there is no service centre {code!r}; there are {', '.join(sorted(codes)) or 'none yet'}")
    return found


def _understood(schema: type[M], values: dict[str, Any]) -> M:
    try:
        return schema.model_validate(values)
    except ValidationError as wrong:
        said = ((".".join(map(str, one["loc"])), str(one["msg"])) for one in wrong.errors(include_url=False))
        raise ValueError("; ".join(f"{at}: {why.removeprefix('Value error, ')}" for at, why in said)) from None


def _shown(password: str) -> str:
    return f"Password, shown this once and changed at the first sign-in: {password}"
