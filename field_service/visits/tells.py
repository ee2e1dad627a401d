"""What customers are told about visits. The codes for the door have messages of their own."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales.auth import repository as auth
from aftersales.i18n import N_, format_instant, translator
from aftersales.module import Posted, Tell
from aftersales.work import Work
from field_service.visits import repository, rules

PURPOSES: Mapping[str, str] = {
    rules.PICKUP: N_("to collect it"),
    rules.DROP: N_("to bring it back"),
    rules.REPAIR: N_("to repair it at your home"),
    rules.INSPECTION: N_("to look at it"),
    rules.INSTALLATION: N_("to install it"),
}
_WINDOW = N_("{start}, at the latest by {end}")
_TECHNICIAN = N_("our technician")


async def variables(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """What the words need: purpose, window, technician, seal. A change that names a window speaks of that one."""
    visit = await repository.visit(work.session, work.scope, posted.document_id)
    translate = translator(language).gettext
    start, end = visit.window_start, visit.window_end
    if "starts_at" in posted.data:
        start, end = (datetime.fromisoformat(posted.data[key]) for key in ("starts_at", "ends_at"))
    named = posted.data.get("technician_id")
    technician_id = UUID(named) if named else visit.technician_id
    names = await auth.staff_names(work.session, work.scope, [technician_id] if technician_id else [])
    return {
        "purpose": translate(PURPOSES[visit.kind]),
        "visit": translate(rules.KINDS[visit.kind]),
        "window": window_text(start, end, visit.timezone, language) if start and end else "",
        "technician": names[technician_id] if technician_id in names else translate(_TECHNICIAN),
        "seal": str(posted.data.get("seal", "")),
    }


def window_text(start: datetime, end: datetime, zone: str, language: str) -> str:
    """The window in words: the day, from when, and the latest time."""
    local = end.astimezone(ZoneInfo(zone))
    return (
        translator(language)
        .gettext(_WINDOW)
        .format(start=format_instant(start, zone, language), end=f"{local.hour % 12 or 12}:{local.minute:02d}")
    )


def _tell(to: str, subject: str, body: str, roles: tuple[str, ...] = ("owner",)) -> Tell:
    return Tell(
        machine="visit", text=f"visit.{to}", to=to, subject=subject, body=body, roles=roles, variables=variables
    )


_AT_HOME = ("owner", "at_home")

TELLS = (
    _tell(
        "confirmed",
        N_("{visit}: {window}"),
        N_(
            "{name}, we come {purpose}: your {product} ({number}).\n\n{window}.\n\n"
            "Before our technician sets out you get a message with a code. Please see that somebody is at home. "
            "If the time does not suit you, tell us and we find another."
        ),
        _AT_HOME,
    ),
    Tell(
        machine="visit",
        text="visit.rescheduled",
        event="rescheduled",
        subject=N_("A new time for our visit: {window}"),
        body=N_(
            "{name}, the time of our visit has changed. We come {purpose}, your {product} ({number}):\n\n{window}.\n\n"
            "The earlier time no longer holds. If the new one does not suit you, tell us."
        ),
        roles=_AT_HOME,
        variables=variables,
    ),
    _tell(
        "en_route",
        N_("{technician} is on the way to you"),
        N_(
            "{name}, {technician} has set out to you {purpose}: your {product} ({number}).\n\n"
            "Give them your arrival code at the door. It comes in a message of its own."
        ),
        _AT_HOME,
    ),
    _tell(
        "collected",
        N_("We have taken your {product} with us"),
        N_(
            "{name}, {technician} has collected your {product} and sealed it with the seal {seal}.\n\n"
            "It goes to {centre} now. We write to you when we know what is wrong, before anything is done that costs "
            "money."
        ),
    ),
    _tell(
        "delivered",
        N_("Your {product} is back with you"),
        N_(
            "{name}, {technician} has brought your {product} back to you.\n\n"
            "Please try it out over the next days. If anything is not as it should be, tell us: {number} stays yours."
        ),
    ),
    _tell(
        "cannot_complete",
        N_("Our visit could not be completed"),
        N_(
            "{name}, our visit about your {product} could not be completed today. Sorry for the time it took you.\n\n"
            "{owner} will arrange with you what happens next."
        ),
        _AT_HOME,
    ),
    _tell(
        "customer_no_show",
        N_("We did not find anyone at home"),
        N_(
            "{name}, {technician} came {purpose}, your {product}, and found nobody at home.\n\n"
            "Tell us when it suits you, and we come again."
        ),
        _AT_HOME,
    ),
    _tell(
        "missed",
        N_("We did not come, and we are sorry"),
        N_(
            "{name}, we should have come to you about your {product} and did not. Sorry: you waited for nothing.\n\n"
            "{owner} will call you to agree on a new time that we keep."
        ),
        _AT_HOME,
    ),
    _tell(
        "cancelled",
        N_("Our visit is cancelled"),
        N_(
            "{name}, our visit about your {product} is cancelled. Nobody needs to be at home.\n\n"
            "If you did not want that, tell us and we book it again."
        ),
        _AT_HOME,
    ),
    _tell(
        "closed",
        N_("The work on your {product} is done"),
        N_(
            "{name}, {technician} has finished the work on your {product} at your home.\n\n"
            "Please try it out over the next days, and tell us if anything is not as it should be."
        ),
    ),
)
