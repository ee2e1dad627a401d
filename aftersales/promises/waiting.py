"""How long people wait for a first answer now, by the way they came: measured, published, and said to the phone queue.

Of the last seven days' requests, in working time. What is late and still unanswered counts as longer than anything
measured, so that a silent day does not look like a quick one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import isinf
from typing import Any

from sqlalchemy import Float, and_, case, cast, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import clock
from aftersales.i18n import N_, translator
from aftersales.policies import repository as policies
from aftersales.promises.models import CaseClock, CaseTargets
from aftersales.promises.service.clocks import KIND
from aftersales.promises.targets import Clock, Facts, Shape, Target, Targets
from aftersales.scope import Scope
from aftersales.status.machine import WaitsOn
from aftersales.work import Work

SPAN = timedelta(days=7)
MINIMUM = 5
"""Requests without which no number is named."""
CHANNELS: Mapping[str, str] = {
    "counter": N_("At the counter"),
    "phone": N_("By telephone"),
    "whatsapp": N_("By WhatsApp"),
    "web": N_("On our web page"),
    "email": N_("By e-mail"),
    "social": N_("On social media"),
}


@dataclass(frozen=True, slots=True)
class Wait:
    """Of one channel. `median` and `p90` are minutes of working time: None below the minimum, and where so many still
    wait that it cannot be told. `sample` requests were counted; `target` is what we hold ourselves to, if anything."""

    channel: str
    sample: int
    median: int | None
    p90: int | None
    target: Target | None


async def waits(work: Work) -> list[Wait]:
    """The present wait of every channel, of the whole company; two statements."""
    measured = await _measured(work.session, work.scope, work)
    day = clock.business_date(work.now, "UTC")
    policy = await policies.in_force(work.session, work.scope, KIND, ["default"], day)
    targets = Targets.from_terms(policy.terms) if policy is not None else None
    found = []
    for channel in CHANNELS:
        sample, median, p90 = measured.get(channel, (0, None, None))
        chosen = targets.choose(Facts(channel=channel)).targets if targets is not None else {}
        enough = sample >= MINIMUM
        found.append(
            Wait(
                channel,
                sample,
                _minutes(median) if enough else None,
                _minutes(p90) if enough else None,
                chosen.get(Clock.FIRST_RESPONSE),
            )
        )
    return found


async def _measured(session: AsyncSession, _scope: Scope, work: Work) -> dict[str, tuple[int, Any, Any]]:
    """Figures without a name in them: everybody may know them."""
    seconds = sum((func.coalesce(CaseClock.spent[str(who)].as_integer(), 0) for who in WaitsOn), start=literal(0))
    endless = cast(literal("Infinity"), Float)
    lasted = case((CaseClock.ended_at.is_(None), endless), else_=cast(seconds, Float))
    channel = CaseTargets.facts["channel"].astext
    query = (
        select(
            channel,
            func.count(),
            func.percentile_disc(0.5).within_group(lasted.asc()),
            func.percentile_disc(0.9).within_group(lasted.asc()),
        )
        .join(CaseTargets, CaseTargets.case_id == CaseClock.case_id)
        .where(
            CaseClock.clock == str(Clock.FIRST_RESPONSE),
            or_(
                and_(CaseClock.ended_at > work.now - SPAN, CaseClock.state.in_(("kept", "broken"))),
                and_(CaseClock.ended_at.is_(None), CaseClock.due_at <= work.now),
            ),
            CaseClock.started_at > work.now - SPAN,
        )
        .group_by(channel)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in await session.execute(query)}


def _minutes(seconds: float | None) -> int | None:
    return None if seconds is None or isinf(seconds) else max(1, round(seconds / 60))


def said(wait: Wait, language: str) -> str:
    """The wait in a sentence of the language, for the page and for whoever stands in the phone queue."""
    _ = translator(language).gettext
    if wait.median is not None and wait.p90 is not None:
        words = _("Half of all get an answer within %(half)s, nine in ten within %(most)s.")
        return words % {"half": spoken(wait.median, language), "most": spoken(wait.p90, language)}
    if wait.median is not None:
        words = _("Half of all get an answer within %(half)s. Some wait much longer at the moment: we are sorry.")
        return words % {"half": spoken(wait.median, language)}
    if wait.sample >= MINIMUM:
        return _("At the moment many wait longer than we promise: we are sorry.")
    if wait.target is None or wait.target.shape is Shape.VISITS:
        return _("We cannot say at the moment how long it takes.")
    return _("We answer within %(target)s.") % {"target": promised(wait.target, language)}


def spoken(minutes: int, language: str) -> str:
    """Working time in words: minutes up to ninety, then half hours rounded up to whole ones."""
    ngettext = translator(language).ngettext
    if minutes < 90:
        return ngettext("%(num)s minute", "%(num)s minutes", minutes) % {"num": minutes}
    hours = -(-minutes // 60)
    return ngettext("%(num)s working hour", "%(num)s working hours", hours) % {"num": hours}


def promised(target: Target, language: str) -> str:
    """A target in words."""
    ngettext = translator(language).ngettext
    if target.shape is Shape.MINUTES:
        return spoken(target.amount, language)
    if target.shape is Shape.HOURS:
        return spoken(target.amount * 60, language)
    return ngettext("%(num)s working day", "%(num)s working days", target.amount) % {"num": target.amount}
