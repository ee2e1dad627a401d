"""Who asked to be called: by a key, or by a call that nobody took."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from aftersales import phones
from aftersales.auth import repository as auth
from aftersales.cases.machine import CASE
from aftersales.errors import Conflict, Forbidden, Invalid
from aftersales.i18n import N_, language_or_default
from aftersales.ids import new_id
from aftersales.module import Option
from aftersales.promises.rules import aware, minute
from aftersales.status import documents
from aftersales.status.changes import event
from aftersales.updates import inbound
from aftersales.updates.channels import Inbound
from aftersales.updates.policy import VOICE
from aftersales.voice import repository
from aftersales.voice.permissions import CALL_BACK
from aftersales.voice.rules import promised, settled
from aftersales.voice.schemas import PromiseCall
from aftersales.work import Work

LATEST = timedelta(days=14)


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


async def promise(work: Work, case_id: UUID, body: PromiseCall) -> None:
    """Promise somebody of the matter a call by a time that staff choose; they are told, and the desk has it to do.

    Raises Invalid (`voice.call_by`, `voice.whom`), Conflict (`voice.waits_already`).
    """
    case = await documents.get(work.session, work.scope, case_id)
    work.scope.require(CALL_BACK, case.branch_id)
    system = work.as_system()
    by = minute(aware(body.by, (await auth.branch(system.session, system.scope, case.branch_id)).timezone))
    if not work.now < by <= work.now + LATEST:
        words = N_("Give a time in the next two weeks.")
        raise Invalid("voice.call_by", words, errors=[{"field": "by", "problem": N_("over, or too far away")}])
    people = await repository.reachable(work.session, work.scope, case_id)
    person = next((one for one in people if one[3] == body.phone), None)
    if person is None:
        words = N_("This number is of nobody in the matter. Choose one from the list.")
        raise Invalid("voice.whom", words, errors=[{"field": "phone", "problem": N_("of nobody in the matter")}])
    row = {
        "id": new_id(),
        "stream_id": case_id,
        "person_id": person[0],
        "call_id": None,
        "number": body.phone,
        "language": language_or_default(person[2]),
        "missed": False,
        "asked_at": work.now,
        "promised_at": by,
    }
    if not await repository.asked(work.session, work.scope, row):
        raise Conflict("voice.waits_already", N_("A call is promised on this case already. Call them by then."))
    await work.post(event(CASE, case_id, "call_asked", data={"by": by}, if_version=work.if_version))


async def numbers(work: Work, case_id: UUID) -> Mapping[str, Sequence[Option]]:
    """Whom staff may promise a call."""
    people = await repository.reachable(work.session, work.scope, case_id)
    return {"phone": [Option(e164, f"{name} · {phones.spoken(e164)}") for _, name, _, e164 in people]}


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
