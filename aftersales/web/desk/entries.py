"""The timeline as people read it: what happened, who did it, and the very words the customer was told."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales.auth import repository as auth
from aftersales.customers import repository as customers
from aftersales.files import repository as files
from aftersales.files.repository import FileView
from aftersales.i18n import DEFAULT, N_, amount, day_time, joined, language_called, lazily, say, short_day
from aftersales.money import Money
from aftersales.scope import ActorKind
from aftersales.status import timeline
from aftersales.status.machine import Audience, Machine, State
from aftersales.status.timeline import EntryView
from aftersales.updates import attempts
from aftersales.updates import repository as updates
from aftersales.updates.attempts import Before
from aftersales.updates.machine import STATES
from aftersales.updates.policy import REASONS, Reason
from aftersales.updates.repository import UpdateView
from aftersales.work import Work

PAGE = 60
CHANNELS = {
    "email": N_("E-mail"),
    "mailbox": N_("Mailbox"),
    "page": N_("Their page"),
    "push": N_("Push message"),
    "sms": "SMS",
    "voice": N_("Phone call"),
    "whatsapp": N_("WhatsApp"),
}
PHOTOS = {
    "check": N_("Photo at the door"),
    "photo": N_("Photo"),
    "invoice": N_("Photo of the invoice"),
    "signature": N_("Signature"),
}


@dataclass(frozen=True, slots=True)
class _Beside:
    """What stands beside the entries of one case: who acted, who was told what, which pictures there are."""

    names: Mapping[UUID, str]
    told: Mapping[int, list[dict[str, Any]]]
    pictures: Mapping[UUID, FileView]


async def entries(
    work: Work, stream_id: UUID, zone: str, before: int | None
) -> tuple[list[dict[str, Any]], int | None]:
    """A page of the timeline, newest first, and the version to go on before (None at the beginning)."""
    found = await timeline.latest(work.session, work.scope, stream_id, Audience.STAFF, before, limit=PAGE)
    beside = _Beside(
        await _names(work, found), await told_by_version(work, stream_id, zone), await _pictures(work, stream_id)
    )
    # Kept in the order of posting; read in the order of happening, which differs for what was entered afterwards.
    happened = sorted(found, key=lambda entry: (entry.at, entry.version), reverse=True)
    return [_entry(work, e, zone, beside) for e in happened], found[-1].version if len(found) == PAGE else None


def _entry(work: Work, entry: EntryView, zone: str, beside: _Beside) -> dict[str, Any]:
    title, category = titles(work, entry)
    at = entry.at.astimezone(ZoneInfo(zone))
    return {
        "version": entry.version,
        "at_text": f"{at:%H:%M}",
        "day_text": day_text(entry.at, work.now, zone),
        "title": title,
        "detail": _detail(entry, zone),
        "actor": beside.names.get(entry.actor.id) if entry.actor.id else None,
        "category": category,
        "note": entry.note,
        "photos": [photo(file) for file in _shown_with(entry, beside.pictures)],
        "told": beside.told.get(entry.version, []),
    }


def titles(work: Work, entry: EntryView) -> tuple[str, str]:
    """What happened, in words, and the category that colours it."""
    machine = work.registry.machines.get(entry.machine)
    if machine is None:
        return f"{entry.machine}: {entry.to_status or entry.name}".replace("_", " "), "open"
    if entry.to_status is not None and entry.to_status in machine.by_state:
        state = machine.by_state[entry.to_status]
        return title_of(machine, state), str(state.category)
    kind = machine.by_event.get(entry.name)
    return (kind.label if kind is not None else entry.name.replace("_", " ").capitalize()), "open"


def title_of(machine: Machine, state: State) -> str:
    """The document and where it stands, as one says it: `Visit confirmed`, `Repair order: in repair`."""
    return lazily(lambda language: _title(say(machine.title, language), say(state.label, language), language))


def _title(machine: str, label: str, language: str) -> str:
    words = label.split()
    if words[0].lower() in machine.lower().split():
        return label
    # Only English says the two as one sentence by putting them side by side.
    if language != DEFAULT:
        return f"{machine}: {label}"
    label = f"{label[0].lower()}{label[1:]}"
    return f"{machine.capitalize()} {label}" if len(words) == 1 else f"{machine.capitalize()}: {label}"


def _detail(entry: EntryView, zone: str) -> str | None:
    """The amount and the time it is about, and codes that staff know by heart: fault, cause, clause."""
    data = entry.data
    shown = []
    if "amount_minor" in data and "currency" in data:
        shown.append(amount(Money(str(data["currency"]), int(data["amount_minor"]))))
    if data.get("starts_at") and data.get("ends_at"):
        start, end = (datetime.fromisoformat(str(data[key])) for key in ("starts_at", "ends_at"))
        span = joined([day_time(start, zone), f"{end.astimezone(ZoneInfo(zone)):%H:%M}"], "–")
        shown.append(N_("for {span}").format(span=span))
    shown += [str(v) for k, v in sorted(data.items()) if k.endswith("_code")]
    shown += [N_("clause {clause}").format(clause=data["clause"])] if data.get("clause") else []
    shown += [N_(str(data["reason"]).replace("_", " "))] if data.get("reason") else []
    shown += [N_("seal {seal}").format(seal=data["seal"])] if data.get("seal") else []
    if data.get("channel") in CHANNELS and data.get("language"):
        shown.append(joined([CHANNELS[data["channel"]], language_called(str(data["language"]))]))
    return joined(shown) or None


def day_text(at: datetime, now: datetime, zone: str) -> str:
    """Today, Yesterday, or the date, on the wall calendar of `zone`."""
    day, today = at.astimezone(ZoneInfo(zone)).date(), now.astimezone(ZoneInfo(zone)).date()
    if day == today:
        return N_("Today")
    if day == today - timedelta(days=1):
        return N_("Yesterday")
    return short_day(day, year=day.year != today.year)


async def _names(work: Work, found: Sequence[EntryView]) -> Mapping[UUID, str]:
    by_kind: dict[ActorKind, set[UUID]] = defaultdict(set)
    for entry in found:
        if entry.actor.id is not None:
            by_kind[entry.actor.kind].add(entry.actor.id)
    system = work.as_system()
    names: dict[UUID, str] = {}
    if staff := by_kind[ActorKind.STAFF]:
        names |= await auth.staff_names(system.session, system.scope, sorted(staff))
    if people := by_kind[ActorKind.CUSTOMER]:
        known = await customers.persons(system.session, system.scope, sorted(people))
        names |= {person.id: person.name for person in known}
    if programs := by_kind[ActorKind.CLIENT]:
        named = await auth.client_names(system.session, system.scope, sorted(programs))
        names |= {client_id: N_("{name} (program)").format(name=name) for client_id, name in named.items()}
    return names


async def told_by_version(work: Work, stream_id: UUID, zone: str) -> Mapping[int, list[dict[str, Any]]]:
    """What was written to whom, by the version of the entry that caused it."""
    told: dict[int, list[dict[str, Any]]] = defaultdict(list)
    found = await updates.for_stream(work.session, work.scope, stream_id)
    before = await attempts.before(work.session, [update.id for update in found if update.turn])
    for update in found:
        if update.version is not None:
            told[update.version].append(told_block(update, zone, before.get(update.id, ())))
    return told


def told_block(update: UpdateView, zone: str, before: Sequence[Before] = ()) -> dict[str, Any]:
    """One customer update as the template's `told` macro takes it; with the channels that were tried `before`."""
    state = STATES[update.state]
    category = str(state.category)
    return {
        "words": update.words,
        "lang": update.language,
        "channel": channel_label(update.channel),
        "state_text": state.label.lower(),
        "at_text": day_time(update.sent_at or update.created_at, zone),
        "reason": reason_text(update, zone, before),
        "category": category if category in ("waiting", "trouble") else None,
        "to": update.name_local or update.name,
    }


def reason_text(update: UpdateView, zone: str, before: Sequence[Before] = ()) -> str | None:
    """Why it was held back or failed, until when it waits, which ways were tried, whether it may be read twice."""
    said = [joined([channel_label(one.channel), _why(one.reason)], ": ") for one in before]
    if update.reason:
        said.append(_why(update.reason))
        if update.not_before:
            said.append(N_("Until {when}.").format(when=day_time(update.not_before, zone)))
    if update.doubled:
        said.append(N_("They may have read it twice."))
    if update.repeats:
        said.append(N_("An attempt was cut off: it may have arrived more than once."))
    return joined(said, " ") or None


def channel_label(channel: str) -> str:
    """As staff call it."""
    return CHANNELS.get(channel, channel)


def _why(reason: str | None) -> str:
    return REASONS.get(Reason(reason), "") if reason else ""


async def photos_of(work: Work, stream_id: UUID) -> Mapping[UUID, dict[str, str]]:
    """The photos of a case by their id, as the template's `photos` macro takes them."""
    return {key: photo(file) for key, file in (await _pictures(work, stream_id)).items()}


async def _pictures(work: Work, stream_id: UUID) -> Mapping[UUID, FileView]:
    found = await files.for_stream(work.session, work.scope, stream_id)
    return {file.id: file for file in found if file.is_picture}


def photo(file: FileView) -> dict[str, str]:
    """One picture as the template's `photos` macro takes it."""
    address = f"/api/v1/files/{file.id}"
    return {
        "url": address,
        "thumb_url": f"{address}?variant=thumbnail",
        "alt": PHOTOS.get(file.kind, N_("Photo")),
    }


def _shown_with(entry: EntryView, pictures: Mapping[UUID, FileView]) -> list[FileView]:
    """The pictures an entry names; one that only counts them has those of its document that were there by then."""
    if isinstance(entry.data.get("photos"), int):
        return [f for f in pictures.values() if f.document_id == entry.document_id and f.created_at <= entry.at]
    return [pictures[i] for i in _file_ids(entry.data) if i in pictures]


def _file_ids(data: Mapping[str, Any]) -> list[UUID]:
    listed = data.get("photos") or ([data["file_id"]] if data.get("file_id") else [])
    return [UUID(str(value)) for value in listed]
