"""Draft work orders: a request of somebody without an open case, until a coordinator makes it one."""

from datetime import datetime
from uuid import UUID

from aftersales.auth import repository as auth
from aftersales.auth.repository import BranchView
from aftersales.cases import service as cases
from aftersales.cases.machine import CASE
from aftersales.cases.schemas import OpenCase, PersonOnMatterIn
from aftersales.customers import repository as people
from aftersales.customers import service as customers
from aftersales.customers.schemas import AddressIn, CustomerIn, PersonIn
from aftersales.errors import Conflict, Problem, Stale
from aftersales.files import service as files
from aftersales.i18n import format_instant, translator
from aftersales.ids import new_id
from aftersales.inbox import repository, texts
from aftersales.inbox.machine import OPEN_DRAFTS, DraftState
from aftersales.inbox.models import InboxDraft, InboxPhoto
from aftersales.inbox.permissions import DECIDE
from aftersales.inbox.rules import Centre, nearest, pin_code
from aftersales.inbox.schemas import Confirm, Decline
from aftersales.inbox.service import brought as along
from aftersales.inbox.service import replies, tasks
from aftersales.inbox.service.brought import Brought
from aftersales.inbox.service.replies import To
from aftersales.status.changes import event
from aftersales.status.machine import Audience
from aftersales.subject import ERASED_WORDS
from aftersales.updates.channels import Refusal
from aftersales.updates.render import spoken_phone
from aftersales.work import Work

MAX_WORDS = 4000
MAX_PHOTOS = 6
ASKING = "whatsapp"
"""Where photo and PIN code are asked for: by other channels a question costs, or reaches a stranger's mail."""


async def take(work: Work, to: To, name: str, text: str, brought: Brought) -> None:
    """Add a message to the sender's request, which it may begin; ask for what is missing, each once."""
    draft = await repository.open_draft(work.session, work.scope, to.channel, to.address)
    if draft is None:
        draft = await _begun(work, to, name)
    if text and len(draft.words) < MAX_WORDS:
        draft.words = f"{draft.words}\n{text}".strip()[:MAX_WORDS]
    pin = pin_code(text)
    if pin is not None:
        draft.postcode = pin
    refused = await _keep_photos(work, draft, brought)
    has_photo = bool((await repository.photos(work.session, work.scope, [draft.id])).get(draft.id))
    branches = await auth.branches(work.session, work.scope)
    if draft.postcode is not None and (pin is not None or draft.branch_id is None):
        draft.branch_id = nearest(draft.postcode, [Centre(one.id, one.postcode) for one in branches])
    draft.changed_at, draft.version = work.now, draft.version + 1
    place = next((one for one in branches if one.id == draft.branch_id), branches[0] if branches else None)
    said = await _next_word(work, draft, place, has_photo=has_photo)
    said = [*along.said(refused), *said]
    if said:
        await _say(work, draft, to, place, *said)


async def _begun(work: Work, to: To, name: str) -> InboxDraft:
    draft = InboxDraft(
        id=new_id(),
        channel=to.channel,
        sender=to.address,
        sender_name=name,
        person_id=to.person_id,
        language=to.language,
        words="",
        state=DraftState.ASKING,
        version=0,
        created_at=work.now,
        changed_at=work.now,
        due_at=work.now,
        photo_asked=False,
        place_asked=False,
    )
    work.session.add(draft)
    await work.session.flush()
    return draft


async def _next_word(work: Work, draft: InboxDraft, place: BranchView | None, *, has_photo: bool) -> list[str]:
    """What is still asked for, or that the request is complete; nothing where it was complete before."""
    lacks_photo, lacks_place = not has_photo, draft.postcode is None
    if draft.channel == ASKING and draft.state == DraftState.ASKING:
        ask_photo, ask_place = lacks_photo and not draft.photo_asked, lacks_place and not draft.place_asked
        draft.photo_asked, draft.place_asked = draft.photo_asked or ask_photo, draft.place_asked or ask_place
        if ask_photo or ask_place:
            return [texts.PHOTO_AND_PLACE if ask_photo and ask_place else texts.PHOTO if ask_photo else texts.PLACE]
        if lacks_photo or lacks_place:
            # Asked once already: what is missing is for the coordinator to find out.
            draft.state = DraftState.WAITING if draft.words else DraftState.ASKING
    if draft.state == DraftState.ASKING and (draft.channel != ASKING or not (lacks_photo or lacks_place)):
        draft.state = DraftState.WAITING
    if draft.state == DraftState.WAITING and draft.due_at == draft.created_at:
        draft.due_at = tasks.by_when(work, place.timezone if place else "Asia/Kolkata")
        return [texts.DRAFTED]
    return []


async def _say(work: Work, draft: InboxDraft, to: To, place: BranchView | None, *said: str) -> None:
    translate = translator(to.language).gettext
    values = {
        "phone": spoken_phone(place.phone) if place else "",
        "when": _when(draft.due_at, place, to.language),
        **along.values(work.settings),
    }
    words = "\n\n".join(translate(one).format_map(values) for one in (*said, texts.PERSON))
    await replies.say(work, to, words)


def _when(at: datetime, place: BranchView | None, language: str) -> str:
    return format_instant(at, place.timezone if place else "Asia/Kolkata", language)


async def _keep_photos(work: Work, draft: InboxDraft, brought: Brought) -> set[Refusal]:
    """Drawn anew, as every picture from strangers; why others are not taken."""
    held = len((await repository.photos(work.session, work.scope, [draft.id])).get(draft.id, []))
    refused, room = set(brought.refused), max(0, MAX_PHOTOS - held)
    if len(brought.files) > room:
        refused.add(Refusal.MANY)
    for data in brought.files[:room]:
        try:
            picture = await files.redrawn(data)
        except Problem:
            refused.add(Refusal.BROKEN)
            continue
        work.session.add(InboxPhoto(id=new_id(), draft_id=draft.id, data=picture.data, thumbnail=picture.thumbnail))
    await work.session.flush()
    return refused


async def _to_decide(work: Work, draft_id: UUID, version: int) -> InboxDraft:
    work.scope.require(DECIDE)
    draft = await repository.draft(work.session, work.scope, draft_id)
    if draft.state not in OPEN_DRAFTS:
        raise Conflict("inbox.decided", "This request has been decided already. Look at the list again.")
    if draft.version != version:
        raise Stale("inbox.more_came", "They have sent more meanwhile. Read it, then decide.", version=draft.version)
    return draft


async def confirm(work: Work, draft_id: UUID, body: Confirm) -> UUID:
    """Make the request a case of its sender, who becomes a customer if they are none. Answers the case.

    Raises Conflict (`inbox.decided`), Stale (`inbox.more_came`), NotFound, Forbidden, Invalid.
    """
    draft = await _to_decide(work, draft_id, body.version)
    work.scope.require(DECIDE, body.branch_id)
    work.scope.require("case.open", body.branch_id)
    customer_id, person_id = await _sender(work, draft, body)
    opened = OpenCase(
        customer_id=customer_id,
        branch_id=body.branch_id,
        complaint=body.complaint,
        channel="whatsapp" if draft.channel == "whatsapp" else "email" if draft.channel == "email" else "phone",
        people=[PersonOnMatterIn(person_id=person_id, role="owner", may_approve=True)],
    )
    case_id = await cases.open_case(work, opened)
    for data in await repository.photo_data(work.session, work.scope, draft.id):
        kept = await files.store(
            work,
            stream_id=case_id,
            document_id=case_id,
            kind="photo",
            filename=draft.channel,
            data=data,
            audience=Audience.CUSTOMER,
        )
        await cases.file_added(work, case_id, kept.id, "photo")
    if draft.words and draft.words != body.complaint:
        await work.post(event(CASE, case_id, "note_added", note=draft.words))
    draft.state, draft.case_id = DraftState.CONFIRMED, case_id
    await _over(work, draft)
    return case_id


async def _sender(work: Work, draft: InboxDraft, body: Confirm) -> tuple[UUID, UUID]:
    system = work.as_system()
    if draft.person_id is not None:
        person = await people.person(work.session, system.scope, draft.person_id)
        return person.customer_id, person.id
    email, phones = (draft.sender, []) if "@" in draft.sender else (None, [draft.sender])
    place = [AddressIn(line1="–", locality=body.postcode, postcode=body.postcode)] if body.postcode else []
    person_in = PersonIn(name=body.name, language=body.language, email=email, phones=phones)
    made = await customers.create(system, CustomerIn(people=[person_in], addresses=place))
    [first, *_] = await people.people(work.session, system.scope, made.id)
    return made.id, first.id


async def decline(work: Work, draft_id: UUID, body: Decline) -> None:
    """Do not take the request; the sender is told why, and whom to reach."""
    draft = await _to_decide(work, draft_id, body.version)
    branches = await auth.branches(work.session, work.as_system().scope)
    place = next((one for one in branches if one.id == draft.branch_id), branches[0] if branches else None)
    translate = translator(draft.language).gettext
    words = [
        translate(texts.DECLINED).format(reason=body.reason),
        translate(texts.PERSON).format(phone=spoken_phone(place.phone) if place else ""),
    ]
    await replies.say(work, To(draft.channel, draft.sender, draft.language), "\n\n".join(words))
    draft.state = DraftState.DECLINED
    await _over(work, draft)


async def _over(work: Work, draft: InboxDraft) -> None:
    """What the stranger sent stands with the case now, or is let go."""
    draft.decided_by, draft.changed_at, draft.version = work.scope.staff_id, work.now, draft.version + 1
    draft.words = ERASED_WORDS
    draft.sender_name = ""
    await repository.drop_photos(work.session, work.scope, draft.id)
