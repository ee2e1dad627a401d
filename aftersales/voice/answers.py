"""What a caller may answer by a key, and the answer itself: the same action that the customer's page takes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from aftersales.auth import codes
from aftersales.auth.rules import customer_scope
from aftersales.cases import repository as cases
from aftersales.errors import Conflict, Problem, TooMany
from aftersales.module import Action, Aloud
from aftersales.status import documents
from aftersales.status.documents import DocumentView
from aftersales.status.machine import By
from aftersales.voice.flow import FIRST_ANSWER, LAST_ANSWER, Happened
from aftersales.work import Work

MOST = LAST_ANSWER - FIRST_ANSWER + 1


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that may be answered now about one document."""

    name: str
    action: Action
    aloud: Aloud
    document_id: UUID
    stream_id: UUID
    version: int

    @property
    def purpose(self) -> str:
        """The purpose of its code. By telephone every answer asks for one: whoever picks up has shown nothing yet."""
        return self.action.code or codes.APPROVAL


async def open_to(work: Work, stream_id: UUID, person_id: UUID) -> list[Answer]:
    """What this person may answer on this matter, in the order of the keys; empty for whoever may not decide."""
    aloud = [
        action for action in work.registry.actions.values() if action.by is By.CUSTOMER and action.aloud is not None
    ]
    theirs = replace(work, scope=customer_scope(person_id, stream_id, read_only=False))
    if not aloud or not await cases.may_answer(work.session, theirs.scope, stream_id):
        return []
    found = await documents.on_stream(work.session, theirs.scope, stream_id)
    answers: list[Answer] = []
    # Of two that wait the newest: it is the one that the customer was told of last.
    for document in reversed(found):
        for action in aloud:
            if action.aloud is not None and await _open(theirs, action, document):
                name = f"{action.machine}.{action.verb}"
                answers.append(Answer(name, action, action.aloud, document.id, stream_id, document.version))
        if answers:
            break
    return answers[:MOST]


async def _open(work: Work, action: Action, document: DocumentView) -> bool:
    """Whether the status admits it, and nothing else stands against it."""
    edge = work.registry.machines[action.machine].by_verb.get(action.verb)
    if action.machine != document.machine or edge is None or document.status not in edge.sources:
        return False
    return action.blocked is None or await action.blocked(work, document.id) is None


async def about(work: Work, answers: Sequence[Answer], language: str) -> str:
    """What is to be answered, in words: what it costs, what for, what saying no means."""
    said = [await one.aloud.about(work, one.document_id, language) for one in answers if one.aloud.about is not None]
    return " ".join(said)


async def send_code(work: Work, answer: Answer, person_id: UUID) -> Happened:
    """Have the code sent to the person, by whichever channel reaches them, a call to their number among them."""
    try:
        async with work.session.begin_nested():
            await codes.request(work, answer.purpose, answer.document_id, answer.stream_id, person_id)
    except TooMany:
        return Happened.CODE_TOO_OFTEN
    return Happened.CODE_SENT


async def take(work: Work, answer: Answer, person_id: UUID, digits: str) -> Happened:
    """Answer with the code that was typed. A wrong one stays counted: whoever calls commits, whatever this says."""
    right = await codes.check(
        work.session,
        work.settings,
        purpose=answer.purpose,
        subject_id=answer.document_id,
        given=digits,
        now=work.now,
        person_id=person_id,
    )
    if not right:
        return Happened.CODE_WRONG
    customer = replace(
        work, scope=customer_scope(person_id, answer.stream_id, read_only=False), if_version=answer.version
    )
    body = answer.action.schema.model_validate({"code": digits} if "code" in answer.action.schema.model_fields else {})
    try:
        async with work.session.begin_nested():
            await answer.action.run(customer, answer.document_id, body)
            spent = await codes.consume(
                work.session, purpose=answer.purpose, subject_id=answer.document_id, now=work.now
            )
            if not spent:
                raise Conflict("auth.code_used", "This code has been used already. Look at where it stands now.")
    except Problem:
        return Happened.NOT_ANSWERABLE
    return Happened.ANSWERED
