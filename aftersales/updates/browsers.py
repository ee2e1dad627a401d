"""The browsers in which a customer asked to be told. Kept for the person of the link that the page was opened with."""

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.customers.models import Person, PersonPhone
from aftersales.errors import Invalid
from aftersales.scope import Scope
from aftersales.updates.channels.push import MAX_BROWSERS, Subscription, served, subscription
from aftersales.updates.models import PushSubscription
from aftersales.work import Work

MAX_ENDPOINT = 1000
_S = PushSubscription


async def keep(work: Work, *, endpoint: str, p256dh: str, auth: str) -> None:
    """Tell this browser too; a person's oldest beyond five is let go. The same browser again is the same one.

    Raises Invalid (`push.subscription`, `push.service`).
    """
    try:
        subscription(endpoint, p256dh, auth)
    except ValueError as error:
        raise Invalid("push.subscription", "This is no subscription of a browser.") from error
    if len(endpoint) > MAX_ENDPOINT or not served(endpoint, work.settings.push_services):
        raise Invalid("push.service", "We do not write to this browser's push service.")
    whose = {"person_id": work.scope.own_person, "p256dh": p256dh, "auth": auth, "created_at": work.now}
    added = insert(_S).values(endpoint=endpoint, **whose)
    await work.session.execute(added.on_conflict_do_update(index_elements=[_S.endpoint], set_=whose))
    newest = select(_S.endpoint).where(_S.person_id == work.scope.own_person).order_by(_S.created_at.desc())
    too_old = newest.offset(MAX_BROWSERS).scalar_subquery()
    await work.session.execute(delete(_S).where(_S.endpoint.in_(too_old)))


async def reached_at(
    session: AsyncSession, _scope: Scope, *, phone: str | None, email: str | None
) -> list[Subscription]:
    """The browsers of whoever is reached at this number or e-mail, the newest first: of colleagues who have something
    repaired themselves, or try it out."""
    # Nobody is reached at no address: many people have none.
    ways = [Person.email == email] if email else []
    if phone:
        ways.append(Person.id.in_(select(PersonPhone.person_id).where(PersonPhone.e164 == phone)))
    if not ways:
        return []
    query = select(_S.endpoint, _S.p256dh, _S.auth).where(_S.person_id.in_(select(Person.id).where(or_(*ways))))
    found = await session.execute(query.order_by(_S.created_at.desc()).limit(MAX_BROWSERS))
    return [subscription(*row) for row in found]


async def forget(session: AsyncSession, scope: Scope, endpoint: str) -> None:
    """Tell this browser no more, if it is one of theirs."""
    await session.execute(delete(_S).where(_S.endpoint == endpoint, _S.person_id == scope.own_person))
