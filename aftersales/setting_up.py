"""`aftersales setup`: the first service centre and the first sign-in of an empty installation."""

import argparse
import asyncio
import getpass
import secrets
import sys
from typing import Any

from pydantic import ValidationError

from aftersales import clock
from aftersales.auth import founding
from aftersales.auth.founding import FoundingIn
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.lifeline import Lifeline
from aftersales.registry import load_registry
from aftersales.scope import SYSTEM
from aftersales.serve import connected_settings
from aftersales.status.numbers import Numbers
from aftersales.work import Work

# option, what it is, what holds if nothing is said (in India); the country comes from the settings
ASKED = (
    ("branch", "The service centre's name", None),
    ("code", "Its short name of 2 to 5 letters, with which its numbers begin", None),
    ("phone", "Its phone, which customers are told", None),
    ("address", "Its address, on one line", None),
    ("postcode", "The postcode", None),
    ("timezone", "The time zone", "Asia/Kolkata"),
    ("currency", "The currency", "INR"),
    ("manager", "The manager's name", None),
    ("login", "The name they sign in with", None),
)
INDIA = "IN"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """An option for everything that is asked for."""
    for option, about, usual in ASKED:
        told = f"{about} ({usual} in India)" if usual else about
        command.add_argument(f"--{option}", help=told)
    secret = command.add_mutually_exclusive_group()
    secret.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    secret.add_argument("--make-password", action="store_true", help="make one, and show it this once")


def run(settings: Settings, chosen: argparse.Namespace) -> None:
    """Set up. Raises ValueError that names everything that is wrong or missing; Conflict where somebody is already."""
    with Lifeline(settings.data_dir) as lifeline, connected_settings(settings, lifeline) as connected:
        asyncio.run(_set_up(connected, None))
        values = _answered(chosen, settings.country)
        password, made = _password(chosen)
        try:
            body = FoundingIn.model_validate({**values, "country": settings.country, "password": password})
        except ValidationError as wrong:
            raise ValueError("; ".join(_said(one) for one in wrong.errors(include_url=False))) from None
        asyncio.run(_set_up(connected, body))
    print(f"{body.branch} ({body.code}) is set up. Sign in at {connected.base_url} as {body.login}.")
    if made:
        print(f"Password, shown this once: {password}")


def _answered(chosen: argparse.Namespace, country: str) -> dict[str, str]:
    """What was given as options, and at a terminal what is typed for the rest."""
    values: dict[str, str] = {}
    missing = []
    for option, about, usual in ASKED:
        default = usual if country == INDIA else None
        said = getattr(chosen, option)
        if said is None and sys.stdin.isatty() and not chosen.password_stdin:
            said = input(f"{about}{f' [{default}]' if default else ''}: ").strip()
        said = said or default
        if said:
            values[option] = said
        else:
            missing.append(f"--{option}")
    if missing:
        raise ValueError(f"give {', '.join(missing)}")
    return values


def _password(chosen: argparse.Namespace) -> tuple[str, bool]:
    """The password, and whether it was made here."""
    if chosen.password_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    if chosen.make_password:
        return secrets.token_urlsafe(15), True
    if not sys.stdin.isatty():
        raise ValueError("give --password-stdin or --make-password: there is no terminal to ask at")
    password = getpass.getpass("The password: ")
    if password != getpass.getpass("The same again: "):
        raise ValueError("the two passwords are not the same; nothing has been set up")
    return password, False


def _said(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    problem = str(error["msg"]).removeprefix("Value error, ")
    return f"{place}: {problem}" if place else problem


async def _set_up(settings: Settings, body: FoundingIn | None) -> None:
    """Set up; without a body only refuse, before anything is asked for, where that has been done."""
    database = Database(str(settings.database_url), pool_size=2, application_name="aftersales command")
    registry = load_registry(settings.module_names)
    try:
        async with database.unit_of_work() as session:
            work = Work(session, SYSTEM, registry, Numbers(database), settings, clock.now())
            if body is None:
                await founding.refuse_founded(work)
            else:
                await founding.found(work, body)
    finally:
        await database.dispose()
