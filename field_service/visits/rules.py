"""Decisions about visits on plain values. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aftersales.errors import Invalid
from aftersales.i18n import N_

PICKUP, DROP, REPAIR, INSPECTION, INSTALLATION = "pickup", "drop", "repair", "inspection", "installation"
KINDS: Mapping[str, str] = {
    PICKUP: N_("Pickup"),
    DROP: N_("Delivery"),
    REPAIR: N_("Repair at home"),
    INSPECTION: N_("Inspection"),
    INSTALLATION: N_("Installation"),
}
ON_SITE = frozenset({REPAIR, INSPECTION, INSTALLATION})

RETURN_CANCELLED = N_("The return is cancelled, so nothing is to be fetched.")

CUSTOMER, TECHNICIAN, CENTRE = "customer", "technician", "centre"
_CUSTODY: Mapping[tuple[str, str], str] = {
    (PICKUP, "collect"): TECHNICIAN,
    (PICKUP, "complete"): CENTRE,
    (DROP, "depart"): TECHNICIAN,
    (DROP, "deliver"): CUSTOMER,
    (DROP, "rebook"): CENTRE,
    (DROP, "cancel"): CENTRE,
}
_VERB_KINDS: Mapping[str, frozenset[str]] = {
    "check": frozenset({PICKUP}),
    "collect": frozenset({PICKUP}),
    "deliver": frozenset({DROP}),
    "begin": ON_SITE,
}

REASONS: Mapping[str, str] = {
    "site_not_ready": N_("The place is not ready"),
    "customer_rescheduled": N_("The customer wants another time"),
    "not_answering": N_("Nobody answers"),
    "check_failed": N_("The check at the door failed"),
    "accessory_missing": N_("An accessory is missing"),
    "part_missing": N_("A part is missing"),
    "second_person_needed": N_("A second person is needed"),
    "out_of_area": N_("Outside our area"),
    "other_centre": N_("Belongs to another service centre"),
}
NEW_TIME_REASONS: Mapping[str, str] = {
    "customer_asked": N_("The customer asked for it"),
    "technician_unavailable": N_("No technician is free"),
    "part_missing": N_("A part is missing"),
    "weather": N_("Weather or roads"),
    "other": N_("Something else"),
}

MAX_AHEAD = timedelta(days=60)
YEARS = range(2000, 2101)
MAX_ACCESSORIES = 20


def fits(kind: str, verb: str) -> bool:
    """Whether a verb makes sense for a visit of this kind: only a pickup is collected, only a drop delivered."""
    return kind in _VERB_KINDS.get(verb, KINDS)


def custody_after(kind: str, verb: str) -> str | None:
    """Who has the unit once `verb` is done (customer, technician, centre); None when that does not change."""
    return _CUSTODY.get((kind, verb))


def window(starts_at: datetime, ends_at: datetime, *, now: datetime, zone: str) -> tuple[datetime, datetime]:
    """The window as aware instants; a time without an offset is on the wall clock of `zone`.

    Raises Invalid (`visit.window`) unless it lies within one day there, ends after it starts, is not over and begins
    within 60 days.
    """
    for field, value in (("window_start", starts_at), ("window_end", ends_at)):
        if value.year not in YEARS:
            raise _wrong(field, N_("Check the year."))
    local = ZoneInfo(zone)
    start, end = (v.astimezone(local) if v.tzinfo else v.replace(tzinfo=local) for v in (starts_at, ends_at))
    if end <= start:
        raise _wrong("window_end", N_("The end must be later than the start."))
    if start.date() != end.date():
        raise _wrong("window_end", N_("Start and end must be on the same day."))
    if end <= now:
        raise _wrong("window_start", N_("This time is over. Choose a later one."))
    if start - now > MAX_AHEAD:
        raise _wrong("window_start", N_("This is more than 60 days ahead. Choose an earlier day."))
    return start, end


def _wrong(field: str, problem: str) -> Invalid:
    return Invalid("visit.window", problem, errors=[{"field": field, "problem": problem}])


def accessories(text: str) -> list[str]:
    """What came along, from a list typed with commas or lines; Invalid (`visit.accessories`) for more than twenty."""
    found = [item.strip() for item in text.replace("\n", ",").split(",")]
    clean = list(dict.fromkeys(item for item in found if item))
    if len(clean) > MAX_ACCESSORIES:
        raise Invalid(
            "visit.accessories",
            N_("List at most {MAX_ACCESSORIES} accessories.").format(MAX_ACCESSORIES=MAX_ACCESSORIES),
            errors=[{"field": "accessories", "problem": N_("too many")}],
        )
    return clean


def bring(kind: str, *, heavy: bool, has_lift: bool | None) -> list[str]:
    """What to take along, as message ids."""
    things = {
        PICKUP: [N_("seal"), N_("blanket")],
        DROP: [N_("delivery note")],
        REPAIR: [N_("tool bag")],
        INSPECTION: [N_("meter")],
        INSTALLATION: [N_("tool bag"), N_("fixing set")],
    }[kind]
    if heavy and kind not in (REPAIR, INSPECTION):
        things = [*things, N_("trolley")]
        if has_lift is not True:
            things = [*things, N_("a second person")]
    return things
