"""Who asked to be called: by a key, or by a call that nobody took."""

from datetime import datetime
from uuid import UUID

from aftersales import phones
from aftersales.auth import repository as auth
from aftersales.cases.machine import CASE
from aftersales.errors import Conflict, Forbidden
from aftersales.i18n import language_or_default
from aftersales.ids import new_id
from aftersales.status import documents
from aftersales.status.changes import event
from aftersales.updates import inbound
from aftersales.updates.channels import Inbound
from aftersales.updates.policy import VOICE
from aftersales.voice import repository
from aftersales.voice.permissions import CALL_BACK
from aftersales.voice.rules import promised, settled
from aftersales.work import Work


async def ask(
    work: Work,
    *,
    number: str,
    language: str,
    stream_id: UUID | None = None,
    person_id: UUID | None = None,
    call_id: UUID | None = None,
    missed: bool = False,
) -> tuple[datetime, str]:
    """Promise to call; answers by when, and the zone in which that is said. Who waits already keeps their time.

    On a case its owner finds it there, and the customer's page says so; without one the desk finds it among the calls
    to make.
    """
    zone = await _zone(work, stream_id)
    waiting = await repository.waiting_for(work.session, work.scope, stream_id, number)
    if waiting is not None:
        return waiting.promised_at, zone
    by = promised(work.now, zone, work.settings.call_back_minutes, work.settings.call_back_hours)
    row = {
        "id": new_id(),
        "stream_id": stream_id,
        "person_id": person_id,
        "call_id": call_id,
        "number": number,
        "language": language,
        "missed": missed,
        "asked_at": work.now,
        "promised_at": by,
    }
    if await repository.asked(work.session, work.scope, row) and stream_id is not None:
        await work.post(event(CASE, stream_id, "call_asked", data={"by": by}))
    return by, zone


async def missed_call(work: Work, provider_id: str, number: str) -> None:
    """A call to our number that was not taken, told once or twice: whoever it was waits to be called.

    One household's only open matter is what it is about; for everybody else the number stands alone. Whoever hides
    theirs cannot be called.
    """
    e164 = phones.guess(number)
    if e164 is None:
        return
    missed = Inbound(VOICE, provider_id, e164, work.now, missed_call=True)
    if not await inbound.keep(work, [missed]):
        return
    found = await repository.candidates(work.session, work.scope, e164)
    one = found[0] if settled(found) and len(found) == 1 else None
    holders = await repository.households(work.session, work.scope, e164)
    alone = holders[0] if len(holders) == 1 else None
    person_id = one.person_id if one else alone[0] if alone else None
    language = one.language if one else alone[2] if alone else work.settings.voice_language
    await ask(
        work,
        number=e164,
        language=language_or_default(language),
        stream_id=one.case_id if one else None,
        person_id=person_id,
        missed=True,
    )


async def done(work: Work, call_back_id: UUID) -> UUID | None:
    """Somebody called them; answers the case. Raises NotFound, Forbidden, Conflict (`voice.called_already`)."""
    found = await repository.call_back(work.session, work.scope, call_back_id, CALL_BACK)
    work.scope.require(CALL_BACK)
    if work.scope.staff_id is None:
        raise Forbidden("auth.staff_only", "Only a member of staff calls people back.")
    if not await repository.called(work.session, work.scope, call_back_id, work.scope.staff_id, work.now):
        raise Conflict("voice.called_already", "A colleague has called them already.")
    if found.stream_id is not None:
        await work.post(event(CASE, found.stream_id, "called_back"))
    return found.stream_id


async def _zone(work: Work, stream_id: UUID | None) -> str:
    system = work.as_system()
    if stream_id is not None:
        case = await documents.get(system.session, system.scope, stream_id)
        return (await auth.branch(system.session, system.scope, case.branch_id)).timezone
    branches = await auth.branches(system.session, system.scope)
    return branches[0].timezone if branches else "UTC"
