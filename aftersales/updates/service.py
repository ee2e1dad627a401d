"""From a posted change to records of who is told what. Sending is `sending.py`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales.auth import codes
from aftersales.auth.models import OneTimeCode
from aftersales.config import Settings
from aftersales.errors import Conflict
from aftersales.i18n import N_, format_instant, language_or_default, left_to_right, translator
from aftersales.i18n.brief import brief_clock, spelled
from aftersales.ids import new_id
from aftersales.module import Posted, Tell
from aftersales.outbox.schedule import schedule
from aftersales.status.machine import Audience
from aftersales.updates import matters, repository
from aftersales.updates.machine import UpdateState
from aftersales.updates.matters import Matter, PersonRow
from aftersales.updates.permissions import RETRY
from aftersales.updates.policy import EMAIL, Decision, Reason, Recipient, concerned, decide
from aftersales.updates.render import CODE, LINK, Words, addressed, render, revealed, spoken_phone
from aftersales.updates.repository import UpdateView
from aftersales.updates.texts import CODE_TEXTS
from aftersales.work import Work

SEND = "updates.send"
_APPLIANCE = N_("appliance")
_SERVICE_DESK = N_("our service desk")


def fits(tell: Tell, posted: Posted) -> bool:
    """Whether the text is about this change, and the change for customers to know."""
    if tell.machine != posted.machine or posted.audience is not Audience.CUSTOMER:
        return False
    return posted.to_status == tell.to if posted.kind == "status" else posted.name == tell.event


async def tell(work: Work, posted: Posted) -> None:
    """Write one record for everyone who is told of the change, and for everyone who is not although they should be.

    Idempotent: a record that exists stays as it is.
    """
    tells = [one for one in work.registry.tells if fits(one, posted)]
    if not tells:
        return
    matter = await matters.matter(work.session, work.scope, posted.document_id)
    people = await matters.people(work.session, work.scope, posted.stream_id, matter.customer_id)
    rows: dict[tuple[UUID, str], dict[str, Any]] = {}
    for one in tells:
        letters = _Letters(work, posted, one, matter)
        for decision, person in _decisions(work, one, posted, people):
            key = (person.id, one.purpose)
            if key not in rows:
                rows[key] = _row(work, decision, await letters.to(decision, person)) | {
                    "stream_id": posted.stream_id,
                    "version": posted.version,
                    "document_id": posted.document_id,
                    "purpose": one.purpose,
                    "text": one.text,
                    "code_id": None,
                    "code_key": None,
                }
    await _keep(work, list(rows.values()))


class _Letters:
    """The words of one text about one change, for each person; a module's variables are asked for once per language."""

    def __init__(self, work: Work, posted: Posted, text: Tell, matter: Matter) -> None:
        self._work, self._posted, self._text, self._matter = work, posted, text, matter
        self._asked: dict[str, Mapping[str, str]] = {}

    async def to(self, decision: Decision, person: PersonRow) -> Words | None:
        """None where nothing is said, nor could be said by telephone instead."""
        if decision.withheld not in (None, Reason.NO_ADDRESS):
            return None
        language = decision.language
        if language not in self._asked:
            asked = self._text.variables
            self._asked[language] = await asked(self._work, self._posted, language) if asked else {}
        values = {**variables(self._matter, person, language, brand(self._work, self._matter)), **self._asked[language]}
        return render(self._text.subject, self._text.body, values, language)


def brand(work: Work, matter: Matter) -> str:
    """By which name customers know us in this matter: the product's, else the installation's."""
    return matter.brand or work.settings.brand_name


def variables(matter: Matter, person: PersonRow, language: str, named: str) -> dict[str, str]:
    """What every text may say: name, product, model, brand, number, link, branch (also as centre), owner, phone."""
    translate = translator(language).gettext
    word = translate(matter.category or matter.product or _APPLIANCE)
    return {
        "name": addressed(person.name, person.name_local, person.courtesy, language),
        # Inside a sentence an English noun is small: "your washing machine".
        "product": word[:1].lower() + word[1:] if matter.category and word == matter.category else word,
        "model": _model(matter) or word,
        "brand": named,
        "number": matter.number,
        "number_spoken": spelled(matter.number),
        "link": LINK,
        "branch": translate(matter.branch),
        "centre": translate(matter.branch),
        "owner": addressed(matter.owner, None, "", language) if matter.owner else translate(_SERVICE_DESK),
        "phone": left_to_right(spoken_phone(matter.phone), language),
        "phone_spoken": spelled(spoken_phone(matter.phone)),
    }


def _model(matter: Matter) -> str:
    """Brand and name; many names begin with their brand."""
    brand, product = matter.brand or "", matter.product or ""
    return product if product.startswith(brand) else f"{brand} {product}"


def _decisions(work: Work, text: Tell, posted: Posted, people: Sequence[PersonRow]) -> list[tuple[Decision, PersonRow]]:
    known = {person.id: person for person in people}
    recipients = [Recipient(p.id, frozenset(p.roles), language_or_default(p.language), p.email) for p in known.values()]
    smtp = work.settings.smtp_url is not None
    decisions = decide(text.roles, recipients, purpose=text.purpose, origin=posted.origin, smtp=smtp)
    return [(decision, known[decision.person_id]) for decision in concerned(decisions)]


def _row(work: Work, decision: Decision, words: Words | None) -> dict[str, Any]:
    """A record as it begins: what goes into the mailbox has arrived there with the record itself."""
    update_id = new_id()
    local = decision.channel != EMAIL
    state = UpdateState.SENT if local else UpdateState.QUEUED
    return {
        "id": update_id,
        "person_id": decision.person_id,
        "language": decision.language,
        "channel": decision.channel,
        "state": state if decision.told else UpdateState.WITHHELD,
        "reason": decision.withheld,
        "subject": words.subject if words else None,
        "words": words.words if words else None,
        "message_id": message_id(update_id, work.settings),
        "created_at": work.now,
        "sent_at": work.now if decision.told and local else None,
    }


def message_id(update_id: UUID, settings: Settings) -> str:
    """The Message-ID of an update's mail, the same in every attempt."""
    domain = settings.mail_from.rpartition("@")[2] or "localhost"
    return f"<update.{update_id.hex}@{domain}>"


async def _keep(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    new = set(await repository.add(work.session, rows))
    for row in rows:
        if row["id"] in new and row["state"] is UpdateState.QUEUED:
            await _send_soon(work, row["id"], row["id"].hex, row["stream_id"], row["version"])


async def _send_soon(work: Work, update_id: UUID, key: str, stream_id: UUID | None, version: int | None) -> None:
    data = {"update_id": str(update_id)}
    await schedule(work.session, SEND, key, due_at=work.now, data=data, stream_id=stream_id, version=version)


async def tell_code(work: Work, code_id: UUID) -> None:
    """Write the message that carries a one-time code, and have it sent at once. Idempotent per sending."""
    code = await work.session.get(OneTimeCode, code_id)
    if code is None:
        return
    person = await matters.person(work.session, code.person_id)
    matter = await matters.matter(work.session, work.scope, code.subject_id)
    smtp = work.settings.smtp_url is not None
    language = language_or_default(person.language)
    recipient = Recipient(person.id, frozenset({"owner"}), language, person.email)
    [decision] = decide({"owner"}, [recipient], purpose=code.purpose, origin=work.origin, smtp=smtp)
    if not codes.alive(code, work.now):
        decision = Decision(person.id, language, decision.channel, Reason.CODE_EXPIRED)
    text = CODE_TEXTS[code.purpose]
    until = format_instant(code.expires_at, matter.zone, language)
    brief = brief_clock(code.expires_at, matter.zone)
    values = variables(matter, person, language, brand(work, matter)) | {"code": CODE, "until": until}
    values["until_short"] = brief
    words = render(text.subject, text.body, values, language, framed=False)
    row = _row(work, decision, words) | {
        "stream_id": code.stream_id or code.subject_id,
        "version": None,
        "document_id": code.subject_id,
        "purpose": code.purpose,
        "text": text.text,
        "code_id": code.id,
        "code_key": f"{code.id}.{code.sends}",
    }
    new = await repository.add(work.session, [row])
    if new and row["state"] is UpdateState.QUEUED:
        await _send_soon(work, row["id"], row["id"].hex, None, None)


async def shown(work: Work, update: UpdateView) -> str | None:
    """The words for the mailbox page: in a demonstration, and only there, a code's digits can be read in them."""
    if update.words is None or update.code_id is None or not work.settings.demo:
        return update.words
    code = await work.session.get(OneTimeCode, update.code_id)
    return update.words if code is None else revealed(update.words, code=codes.value(work.settings, code))


async def send_again(work: Work, update_id: UUID) -> None:
    """Put an update that failed, came back or was held back for want of an address into the queue once more.

    Raises NotFound (`updates.unknown`), Forbidden, Conflict (`updates.not_again`).
    """
    work.scope.require(RETRY)
    update = await repository.one(work.session, work.scope, update_id, RETRY)
    fixable = update.state is not UpdateState.WITHHELD or update.reason == Reason.NO_ADDRESS
    if not fixable or update.code_id is not None or not await repository.requeue(work.session, update_id):
        raise Conflict("updates.not_again", "This message cannot be sent again: only what failed or lacked an address.")
    await _send_soon(work, update_id, f"{update_id.hex}.{_stamp(work.now)}", None, None)


def _stamp(at: datetime) -> str:
    return at.strftime("%Y%m%dT%H%M%S%f")
