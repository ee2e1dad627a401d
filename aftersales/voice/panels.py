"""The card about calls on the case page: who waits to be called, and what was said and pressed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aftersales.auth import repository as auth
from aftersales.i18n import N_, day_time
from aftersales.status import documents
from aftersales.voice import repository
from aftersales.voice.models import VoiceCall
from aftersales.voice.permissions import CALL_BACK
from aftersales.work import Work

ENDED: Mapping[str | None, str] = {
    None: N_("going on, or its end was not told"),
    "heard": N_("listened to"),
    "answered": N_("answered by key"),
    "call_back": N_("asked to be called"),
    "busy": N_("busy"),
    "no_answer": N_("not picked up"),
    "failed": N_("not connected"),
    "hung_up": N_("hung up at once"),
}


async def calls(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """The calls about this case, the newest first; None where there were none."""
    made = await repository.calls(work.session, work.scope, case_id)
    waiting = await repository.call_backs(work.session, work.scope, stream_id=case_id)
    if not made and not waiting:
        return None
    case = await documents.get(work.session, work.scope, case_id)
    zone = (await auth.branch(work.session, work.scope, case.branch_id)).timezone
    return {
        "calls": [_call(work, one, zone) for one in made],
        "waiting": [
            {
                "number": one.number,
                "by_text": day_time(one.promised_at, zone),
                "late": one.promised_at < work.now,
                "done": f"/desk/calls/{one.id}/done" if work.scope.can(CALL_BACK, case.branch_id) else "",
            }
            for one in waiting
        ],
    }


def _call(work: Work, call: VoiceCall, zone: str) -> dict[str, Any]:
    machine, _, verb = (call.answered or "").partition(".")
    declared = work.registry.machines.get(machine)
    edge = declared.by_verb.get(verb) if declared else None
    return {
        "incoming": call.direction == "in",
        "at_text": day_time(call.begun_at, zone),
        "number": call.number,
        "ended": ENDED[call.outcome],
        "answer": edge.label if edge else "",
        "keys": call.keys,
        "spoken": call.spoken,
        "lang": call.language,
        "recording": call.recording or "",
        "seconds": call.seconds,
    }
