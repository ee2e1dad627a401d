"""What customers are told about visits. The codes for the door have messages of their own."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales.auth import repository as auth
from aftersales.i18n import N_, format_instant, translator
from aftersales.i18n.brief import brief_window
from aftersales.i18n.formats import abroad
from aftersales.module import Posted, Tell
from aftersales.ports.promises import Span
from aftersales.told import Stated
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
WHY: Mapping[str, str] = {
    "customer_asked": N_("you asked for it"),
    "technician_unavailable": N_("no technician is free then"),
    "part_missing": N_("a part is missing"),
    "weather": N_("weather or roads"),
    "other": N_("we could not arrange it"),
}
"""Why there is a new time, as customers hear it; by `rules.NEW_TIME_REASONS`."""
_TECHNICIAN = N_("our technician")


async def variables(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """What the words need: purpose, window, technician, seal. A change that names a window speaks of that one."""
    visit = await repository.visit(work.session, work.scope, posted.document_id)
    translate = translator(language).gettext
    zone, home = work.zone or visit.timezone, visit.timezone
    start, end = visit.window_start, visit.window_end
    if "starts_at" in posted.data:
        start, end = (datetime.fromisoformat(posted.data[key]) for key in ("starts_at", "ends_at"))
    named = posted.data.get("technician_id")
    technician_id = UUID(named) if named else visit.technician_id
    names = await auth.staff_names(work.session, work.scope, [technician_id] if technician_id else [])
    return {
        "purpose": translate(PURPOSES[visit.kind]),
        "visit": translate(rules.KINDS[visit.kind]),
        "window": window_text(start, end, zone, language, home) if start and end else "",
        "window_short": brief_window(start, end, zone, language, home=home) if start and end else "",
        "technician": names[technician_id] if technician_id in names else translate(_TECHNICIAN),
        "seal": str(posted.data.get("seal", "")),
    }


async def former(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """What `variables` answers, and of a new time the former one and why it changed."""
    words = dict(await variables(work, posted, language))
    before = await work.ports.promises.before(work, posted, VISIT_WINDOW)
    if before is not None and before.starts_at is not None:
        visit = await repository.visit(work.session, work.scope, posted.document_id)
        start, end = before.starts_at, before.due_at
        zone, home = work.zone or visit.timezone, visit.timezone
        words["former"] = window_text(start, end, zone, language, home)
        words["former_short"] = brief_window(start, end, zone, language, home=home)
    reason = WHY.get(str(posted.data.get("reason")), WHY["other"])
    return words | {"reason": translator(language).gettext(reason)}


async def promised(work: Work, posted: Posted) -> Span | None:
    """The window that a change names."""
    visit = await repository.visit(work.session, work.scope, posted.document_id)
    start, end = visit.window_start, visit.window_end
    if "starts_at" in posted.data:
        start, end = (datetime.fromisoformat(posted.data[key]) for key in ("starts_at", "ends_at"))
    return Span(VISIT_WINDOW, start, end, "agreed") if start is not None and end is not None else None


def window_text(start: datetime, end: datetime, zone: str, language: str, home: str | None = None) -> str:
    """The window in words: the day, from when, and the latest time."""
    local = end.astimezone(ZoneInfo(zone))
    until = f"{local.hour % 12 or 12}:{local.minute:02d}{abroad(end, zone, home)}"
    return translator(language).gettext(_WINDOW).format(start=format_instant(start, zone, language), end=until)


VISIT_WINDOW = "visit_window"
AT_HOME = ("owner", "at_home")
_NEXT_WORD = (Stated("next_update", "next_word"),)

TELLS = (
    Tell(
        machine="visit",
        text="visit.confirmed",
        to="confirmed",
        roles=AT_HOME,
        variables=variables,
        alone=True,
        states=(Stated(VISIT_WINDOW, "window", promised),),
        subject=N_("{visit}: {window}"),
        body=N_(
            "{name}, about your {product} ({number}): we come {purpose}.\n\n{window}.\n\n"
            "Before our technician sets out you get a message with a code. Please see that somebody is at home. "
            "If the time does not suit you, tell us and we find another."
        ),
        sms=N_("we come for your {product} on {window}. Please see that somebody is at home. To change it: {link}"),
        whatsapp=N_(
            "About your {product}: we come {purpose}.\n\n*{window}*\n\nPlease see that somebody is at home. Before our "
            "technician sets out you get a message with a code for the door. If the time does not suit you, tell us "
            "and we find another."
        ),
        voice=N_(
            "We come about your {product} on {window}. Please see that somebody is at home. Before our technician sets "
            "out you get a code for the door. If the time does not suit you, tell us and we find another."
        ),
        push=N_("Please see that somebody is at home. If the time does not suit you, tell us."),
    ),
    Tell(
        machine="visit",
        text="visit.rescheduled",
        event="rescheduled",
        roles=AT_HOME,
        variables=former,
        alone=True,
        states=(Stated(VISIT_WINDOW, "window", promised, before="former"),),
        subject=N_("A new time for our visit: {window}"),
        body=N_(
            "{name}, about your {product} ({number}): the time of our visit has changed. We come {purpose}:\n\n"
            "{window}.\n\nThe earlier time no longer holds. If the new one does not suit you, tell us.\n\n"
            "Until now we had said {former}. Why it changes: {reason}."
        ),
        sms=N_("our visit moves from {former} to {window}. The reason, and if it does not suit you: {link}"),
        whatsapp=N_(
            "About your {product}: the time of our visit has changed. We come {purpose}:\n\n*{window}*\n\n"
            "The earlier time no longer holds. If the new one does not suit you, tell us.\n\n"
            "Until now we had said {former}. Why it changes: {reason}."
        ),
        voice=N_(
            "The time of our visit has changed. We come about your {product} on {window}. The earlier time no longer "
            "holds. If the new one does not suit you, tell us. "
            "Until now we had said {former}. Why it changes: {reason}."
        ),
        push=N_("Until now we had said {former}. If the new time does not suit you, tell us."),
    ),
    Tell(
        machine="visit",
        text="visit.en_route",
        to="en_route",
        roles=AT_HOME,
        variables=variables,
        urgent=True,
        subject=N_("{technician} is on the way to you"),
        body=N_(
            "{name}, about your {product} ({number}): {technician} has set out to you {purpose}.\n\n"
            "Give them your arrival code at the door. It comes in a message of its own."
        ),
        sms=N_("{technician} is on the way to you about your {product}. Keep your code for the door ready. {link}"),
        whatsapp=N_(
            "About your {product}: {technician} has set out to you {purpose}.\n\n"
            "Tell them your code at the door. It comes in a message of its own."
        ),
        voice=N_(
            "{technician} has set out to you about your {product}. Please keep the code for the door ready. "
            "It comes in a message of its own."
        ),
        push=N_("Keep your code for the door ready. It comes in a message of its own."),
    ),
    Tell(
        machine="visit",
        text="visit.arrived",
        to="arrived",
        roles=AT_HOME,
        variables=variables,
        urgent=True,
        subject=N_("{technician} has arrived"),
        body=N_(
            "{name}, about your {product} ({number}): {technician} has arrived with you {purpose}. The code for the "
            "door was right.\n\nIf nobody is with you, or you did not give the code, call us at once: {phone}. Every "
            "step is shown here: {link}"
        ),
        sms=N_("{technician} has arrived about your {product}; the door code was right. Something wrong? See {link}"),
        whatsapp=N_(
            "About your {product}: {technician} has arrived with you {purpose}. The code for the door was right.\n\n"
            "If nobody is with you, or you did not give the code, tell us at once."
        ),
        voice=N_(
            "{technician} has arrived with you about your {product}. The code for the door was right. "
            "If nobody is with you, or you did not give the code, call us at once."
        ),
        push=N_("If nobody is with you, or you did not give the code, call us at once."),
    ),
    Tell(
        machine="visit",
        text="visit.collected",
        to="collected",
        variables=variables,
        states=_NEXT_WORD,
        subject=N_("We have taken your {product} with us"),
        body=N_(
            "{name}, {technician} has collected your {product} and sealed it with the seal {seal}.\n\nIt goes to "
            "{centre} now. We write to you when we know what is wrong, before anything is done that costs money.\n\n"
            "You hear from us again by {next_word}, also if nothing is new."
        ),
        sms=N_("we have taken your {product} with us, sealed with seal {seal}. Where it is: {link}"),
        whatsapp=N_(
            "{technician} has collected your {product} and sealed it with the seal *{seal}*.\n\nIt goes to {centre} "
            "now. We tell you what is wrong with it before anything is done that costs money.\n\nYou hear from us "
            "again by {next_word}, also if nothing is new."
        ),
        voice=N_(
            "{technician} has collected your {product} and sealed it. It goes to {centre} now. We tell you what is "
            "wrong with it before anything is done that costs money. You hear from us again by {next_word}, also if "
            "nothing is new."
        ),
        push=N_("It is sealed with seal {seal} and goes to {centre} now. You hear from us again by {next_word}."),
    ),
    Tell(
        machine="visit",
        text="visit.delivered",
        to="delivered",
        variables=variables,
        subject=N_("Your {product} is back with you"),
        body=N_(
            "{name}, {technician} has brought your {product} back to you.\n\nPlease try it out over the next days. If "
            "anything is not as it should be, tell us: your number {number} stays the same."
        ),
        sms=N_("your {product} ({number}) is back with you. Please try it out. Anything not right? See {link}"),
        whatsapp=N_(
            "{technician} has brought your {product} back to you.\n\n"
            "Please try it out over the next days. If anything is not as it should be, tell us: your number *{number}* "
            "stays the same."
        ),
        voice=N_(
            "{technician} has brought your {product} back to you. Please try it out over the next days. "
            "If anything is not as it should be, call us."
        ),
        push=N_("Please try it out. If anything is not as it should be, tell us."),
    ),
    Tell(
        machine="visit",
        text="visit.cannot_complete",
        to="cannot_complete",
        roles=AT_HOME,
        variables=variables,
        states=_NEXT_WORD,
        subject=N_("Our visit could not be completed"),
        body=N_(
            "{name}, our visit about your {product} could not be completed today. Sorry for the time it took you.\n\n"
            "{owner} will arrange with you what happens next.\n\nYou hear from us again by {next_word}, also if "
            "nothing is new."
        ),
        sms=N_(
            "we could not complete our visit for your {product}. Sorry. You hear from us again by {next_word}: {link}"
        ),
        whatsapp=N_(
            "Our visit about your {product} could not be completed today. We are sorry for the time it took you.\n\n"
            "{owner} will arrange with you what happens next.\n\nYou hear from us again by {next_word}, also if "
            "nothing is new."
        ),
        voice=N_(
            "Our visit about your {product} could not be completed today. We are sorry for the time it took you. "
            "{owner} will arrange with you what happens next. You hear from us again by {next_word}, also if nothing "
            "is new."
        ),
        push=N_(
            "Sorry for the time it took you. {owner} will arrange what happens next. You hear from us again by "
            "{next_word}."
        ),
    ),
    Tell(
        machine="visit",
        text="visit.customer_no_show",
        to="customer_no_show",
        roles=AT_HOME,
        variables=variables,
        alone=True,
        subject=N_("We did not find anyone at home"),
        body=N_(
            "{name}, about your {product}: {technician} came {purpose} and found nobody at home.\n\n"
            "Tell us when it suits you, and we come again."
        ),
        sms=N_("we came for your {product} ({number}) and found nobody at home. For a new time: {link}"),
        whatsapp=N_(
            "About your {product}: {technician} came {purpose} and found nobody at home.\n\n"
            "Tell us when it suits you, and we come again."
        ),
        voice=N_(
            "{technician} came about your {product} and found nobody at home. "
            "Tell us when it suits you, and we come again."
        ),
        push=N_("Tell us when it suits you, and we come again."),
    ),
    Tell(
        machine="visit",
        text="visit.cancelled",
        to="cancelled",
        roles=AT_HOME,
        variables=variables,
        subject=N_("Our visit is cancelled"),
        body=N_(
            "{name}, our visit about your {product} is cancelled. Nobody needs to be at home.\n\n"
            "If you did not want that, tell us and we book it again."
        ),
        sms=N_("our visit for your {product} ({number}) is cancelled. Nobody needs to be at home. Details: {link}"),
        whatsapp=N_(
            "Our visit about your {product} is cancelled. Nobody needs to be at home.\n\n"
            "If you did not want that, tell us and we book it again."
        ),
        voice=N_(
            "Our visit about your {product} is cancelled. Nobody needs to be at home. "
            "If you did not want that, tell us and we book it again."
        ),
        push=N_("Nobody needs to be at home. If you did not want that, tell us."),
    ),
    Tell(
        machine="visit",
        text="visit.closed",
        to="closed",
        variables=variables,
        subject=N_("The work on your {product} is done"),
        body=N_(
            "{name}, {technician} has finished the work on your {product} at your home.\n\n"
            "Please try it out over the next days, and tell us if anything is not as it should be."
        ),
        sms=N_("the work on your {product} ({number}) at your home is done. Anything not right? See {link}"),
        whatsapp=N_(
            "{technician} has finished the work on your {product} at your home.\n\n"
            "Please try it out over the next days, and tell us if anything is not as it should be."
        ),
        voice=N_(
            "{technician} has finished the work on your {product} at your home. Please try it out over the next days, "
            "and call us if anything is not as it should be."
        ),
        push=N_("Please try it out, and tell us if anything is not as it should be."),
    ),
)
