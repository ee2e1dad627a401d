"""When service centres are open, as customers read it."""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from babel.dates import get_day_names
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.i18n import LANGUAGES
from aftersales.promises.calendar import Hours, Shift
from aftersales.promises.models import WorkHours
from aftersales.scope import Scope

DAYS = 7


async def opening(session: AsyncSession, _scope: Scope) -> Mapping[UUID, Hours]:
    """The newest hours of every service centre that has some; everybody may know them. One statement."""
    query = (
        select(WorkHours.branch_id, WorkHours.hours)
        .ext(distinct_on(WorkHours.branch_id))
        .order_by(WorkHours.branch_id, WorkHours.version.desc())
    )
    return {branch_id: Hours.from_dict(hours) for branch_id, hours in await session.execute(query)}


def in_words(hours: Hours, today: date, language: str) -> str:
    """Its hours in the next seven days, Monday first, alike days together, no closed ones: `Mon–Sat 10:00–19:00`."""
    names = get_day_names("abbreviated", locale=LANGUAGES[language].code)
    runs: list[tuple[date, date, tuple[Shift, ...]]] = []
    for day in sorted((today + timedelta(days=n) for n in range(DAYS)), key=date.weekday):
        shifts = hours.of(day)
        if runs and runs[-1][2] == shifts:
            runs[-1] = (runs[-1][0], day, shifts)
        else:
            runs.append((day, day, shifts))
    said = []
    for first, last, shifts in runs:
        if shifts:
            days = names[first.weekday()] + (f"–{names[last.weekday()]}" if last != first else "")
            said.append(f"{days} " + ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in shifts))
    return " · ".join(said)


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
