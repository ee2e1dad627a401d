"""Publishing a version. What was published is never changed: a correction is the next version."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError

from aftersales import clock
from aftersales.errors import Conflict, Invalid
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.policies import repository
from aftersales.policies.models import Policy
from aftersales.policies.permissions import PUBLISH
from aftersales.policies.repository import PolicyView
from aftersales.status.engine import LIVE
from aftersales.work import Work

_CODE = re.compile(r"[a-z][a-z0-9_]*(:[A-Za-z0-9_.-]+)?")


async def publish(
    work: Work,
    *,
    kind: str,
    code: str,
    effective_from: date,
    terms: Mapping[str, Any],
    words: Mapping[str, str],
) -> PolicyView:
    """Publish the next version of a policy; whoever calls has checked that `terms` are sound.

    Raises Forbidden without `policy.publish`, Invalid (`policy.code`, `policy.effective_in_the_past`,
    `policy.effective_before_last`), Conflict (`policy.published_meanwhile`).
    """
    work.scope.require(PUBLISH)
    if not _CODE.fullmatch(code):
        raise Invalid("policy.code", "A policy is for `default`, `category:<code>` or `product:<id>`.")
    last = await repository.newest(work.session, work.scope, kind, code)
    _check_date(work, effective_from, last)
    row = Policy(
        id=new_id(),
        kind=kind,
        code=code,
        version=last.version + 1 if last else 1,
        effective_from=effective_from,
        published_at=work.now,
        published_by=work.scope.staff_id,
        terms=dict(terms),
        words=dict(words),
    )
    try:
        async with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError as error:
        raise Conflict(
            "policy.published_meanwhile", "A colleague has just published a version. Read it, then publish yours."
        ) from error
    return await repository.policy(work.session, work.scope, row.id)


def require_words(code: str, clauses: Iterable[str], words: Mapping[str, str]) -> None:
    """What terms name, they say in words. Raises Invalid (`code`), with every clause that has none."""
    if missing := sorted(set(clauses) - words.keys()):
        raise Invalid(
            code,
            N_("The customer must be able to read every clause. Without words: {names}.").format(
                names=", ".join(missing)
            ),
            errors=[{"field": f"words.{clause}", "problem": "missing"} for clause in missing],
        )


def _check_date(work: Work, effective_from: date, last: PolicyView | None) -> None:
    # A version may not reach back over what customers were told; history that is imported may.
    if work.origin == LIVE and effective_from < clock.business_date(work.now, "UTC"):
        raise Invalid("policy.effective_in_the_past", "A version takes effect today or later, never in the past.")
    if last is not None and effective_from < last.effective_from:
        raise Invalid(
            "policy.effective_before_last",
            N_("Version {version} takes effect on {day}; the next one not before it.").format(
                version=last.version, day=last.effective_from
            ),
        )
