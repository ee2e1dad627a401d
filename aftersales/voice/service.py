"""Calls from the first word to the last. Routes bring what a provider asked; `flow` decides; this carries it out.

A call's row is held while a turn is taken. Whatever a provider asks twice is answered with the same turn again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aftersales import phones
from aftersales.auth import codes
from aftersales.auth.models import OneTimeCode
from aftersales.i18n import format_instant, language_or_default, translator
from aftersales.i18n.brief import spelled
from aftersales.ids import new_id
from aftersales.updates import matters
from aftersales.updates.machine import UpdateState
from aftersales.updates.models import CustomerUpdate
from aftersales.updates.render import CODE
from aftersales.voice import answers, call_backs, repository, standing, trials
from aftersales.voice.answers import Answer
from aftersales.voice.flow import Facts, Happened, Say, Stage, State, Turn, Want, step
from aftersales.voice.models import IN, OUT, VoiceCall
from aftersales.voice.phrases import spoken
from aftersales.voice.rules import named, settled, without_link
from aftersales.work import Work

MAX_KEPT_KEYS = 20
_ASKED = "asked"
MAX_NUMBER, MAX_RECORDING = 40, 500
_UNTOLD = frozenset({UpdateState.WITHHELD, UpdateState.MERGED})
_ENDS = {"busy": "busy", "no-answer": "no_answer", "failed": "failed", "canceled": "failed"}


@dataclass(frozen=True, slots=True)
class Spoken:
    """What to say now, in which language, and how many keys to listen for; none means that the call ends."""

    call_id: UUID
    step: int
    sentences: Sequence[str]
    language: str
    keys: int


@dataclass(slots=True)
class _Known:
    """What one turn has looked up."""

    answers: list[Answer]
    code: OneTimeCode | None = None
    promised: str = ""
    done: str = ""

    @property
    def code_at_hand(self) -> bool:
        """Whether the code that the call brings is the one that its answers ask for."""
        brought = (self.code.subject_id, self.code.purpose) if self.code else None
        return any((one.document_id, one.purpose) == brought for one in self.answers)


async def placed(work: Work, provider: str, provider_id: str, update_id: UUID | None, number: str) -> Spoken | None:
    """A call of ours has been picked up: what it says. None where there is nothing to tell (any more)."""
    call = await repository.locked(work.session, work.scope, provider, provider_id)
    if call is not None and call.step:
        return await _same(work, call)
    # Twilio can ask before we have read its own name for a test in its answer.
    if call is None and update_id is not None:
        call = await repository.locked(work.session, work.scope, provider, update_id.hex)
    if call is not None and call.is_test:
        return await _read_out(work, call, provider_id)
    found = await repository.update_of(work.session, work.scope, update_id=update_id, provider_id=provider_id)
    if found is None or not found.words or UpdateState(found.state) in _UNTOLD:
        return None
    if call is None:
        row = _of_update(work, provider, provider_id, found, number)
        call = await repository.begun(work.session, work.scope, row)
    return await _turn(work, call, Happened.BEGAN)


def _of_update(work: Work, provider: str, provider_id: str, found: CustomerUpdate, number: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "provider": provider,
        "provider_id": provider_id,
        "direction": OUT,
        "stream_id": found.stream_id,
        "person_id": found.person_id,
        "update_id": found.id,
        "code_id": found.code_id,
        "number": phones.guess(number) or number[:MAX_NUMBER],
        "language": found.language,
        "words": without_link(found.words or ""),
        "begun_at": work.now,
    }


async def came(work: Work, provider: str, provider_id: str, number: str) -> Spoken:
    """Somebody calls us: they hear where their repair stands, or are asked which it is, or are promised a call."""
    call = await repository.locked(work.session, work.scope, provider, provider_id)
    if call is not None and call.step:
        return await _same(work, call)
    e164 = phones.guess(number) or ""
    found = await repository.candidates(work.session, work.scope, e164) if e164 else []
    holders = await repository.households(work.session, work.scope, e164) if e164 else []
    first = found[0] if settled(found) else None
    spoken_to = first.language if first else holders[0][2] if len(holders) == 1 else work.settings.voice_language
    language = language_or_default(spoken_to)
    row: dict[str, Any] = {
        "id": new_id(),
        "provider": provider,
        "provider_id": provider_id,
        "direction": IN,
        "stream_id": first.case_id if first else None,
        "person_id": first.person_id if first else holders[0][0] if len(holders) == 1 else None,
        "number": e164 or number[:MAX_NUMBER],
        "language": language,
        "begun_at": work.now,
    }
    if first is not None:
        told = [await standing.words(work, one.case_id, first.person_id, language) for one in found]
        row["words"] = " ".join(told)
    call = await repository.begun(work.session, work.scope, row)
    return await _turn(work, call, Happened.BEGAN)


async def pressed(work: Work, provider: str, provider_id: str, at: int | None, keys: str) -> Spoken | None:
    """The caller pressed keys (or none) after turn `at`; None for a call that we do not know.

    What was said for another turn, because it comes twice or late, is answered with the turn that stands. A provider
    that names no turn answers the one that it has asked for by `stands`, once.
    """
    call = await repository.locked(work.session, work.scope, provider, provider_id)
    if call is None or not call.step:
        return None
    if (call.turn.get(_ASKED) if at is None else at) != call.step:
        return await _same(work, call)
    typed = "".join(key for key in keys if key in "0123456789*#")[:MAX_KEPT_KEYS]
    return await _turn(work, call, Happened.PRESSED if typed else Happened.SILENT, typed)


async def stands(work: Work, provider: str, provider_id: str) -> Spoken | None:
    """What is being said just now; None for a call that we do not know."""
    call = await repository.locked(work.session, work.scope, provider, provider_id)
    if call is None or not call.step:
        return None
    call.turn = {**call.turn, _ASKED: call.step}
    await work.session.flush()
    return await _same(work, call)


async def ended(
    work: Work,
    provider: str,
    provider_id: str,
    status: str,
    *,
    number: str = "",
    seconds: int | None = None,
    recording: str | None = None,
) -> None:
    """How a call ended, as the provider says it; said again it changes nothing. One that nobody took is kept too."""
    call = await repository.locked(work.session, work.scope, provider, provider_id)
    if call is None:
        found = await repository.update_of(work.session, work.scope, provider_id=provider_id)
        if found is None:
            return
        row = _of_update(work, provider, provider_id, found, number)
        call = await repository.begun(work.session, work.scope, row)
    if call.recording is None and recording:
        call.recording = recording[:MAX_RECORDING]
    if call.ended_at is None:
        call.ended_at = work.now
        call.seconds = seconds
        call.outcome = call.outcome or _ENDS.get(status) or ("heard" if call.step else "hung_up")
    if call.is_test:
        trials.forget(call)
    await work.session.flush()


async def _read_out(work: Work, test: VoiceCall, provider_id: str) -> Spoken:
    """A test: it is said once, and there is nothing to answer."""
    test.provider_id = provider_id
    turn = Turn(State(Stage.OVER), (Say.WORDS, Say.GOODBYE))
    test.turn, test.step = turn.kept(), 1
    return await _said(work, test, turn, _Known([]), keep=True)


async def _same(work: Work, call: VoiceCall) -> Spoken:
    turn = Turn.of(call.turn)
    return await _said(work, call, turn, await _known(work, call), keep=False)


async def _known(work: Work, call: VoiceCall) -> _Known:
    code = await work.session.get(OneTimeCode, call.code_id) if call.code_id else None
    if code is not None and not codes.alive(code, work.now):
        code = None
    if call.stream_id is None or call.person_id is None:
        return _Known([], code)
    return _Known(await answers.open_to(work, call.stream_id, call.person_id), code)


async def _facts(work: Work, call: VoiceCall, known: _Known) -> Facts:
    found = call.direction == OUT or call.stream_id is not None
    candidates = [] if found else await repository.candidates(work.session, work.scope, call.number)
    return Facts(
        known=found or bool(candidates),
        told=found,
        answers=tuple(one.name for one in known.answers),
        code_at_hand=known.code_at_hand,
        reachable=call.number.startswith("+"),
    )


async def _turn(work: Work, call: VoiceCall, happened: Happened, keys: str = "") -> Spoken:
    """One turn of a held call: what follows from it is done, what is then to be said is kept."""
    known = await _known(work, call)
    state = Turn.of(call.turn).state if call.turn else State()
    if keys:
        call.keys = f"{call.keys} {CODE if state.stage is Stage.CODE and len(keys) > 1 else keys}".strip()[:1000]
    turn = step(state, happened, await _facts(work, call, known), keys)
    while turn.do is not None:
        happened = await _done(work, call, known, turn)
        if happened is Happened.CASE_FOUND:
            known = await _known(work, call)
        turn = step(turn.state, happened, await _facts(work, call, known))
    call.turn = turn.kept()
    call.step += 1
    return await _said(work, call, turn, known, keep=True)


async def _done(work: Work, call: VoiceCall, known: _Known, turn: Turn) -> Happened:
    chosen = next((one for one in known.answers if one.name == turn.state.answer), None)
    if turn.do is Want.CALL_BACK:
        return await _promise(work, call, known)
    if turn.do is Want.FIND_CASE:
        return await _find(work, call, turn.digits)
    if chosen is None or call.person_id is None:
        return Happened.NOT_ANSWERABLE
    if turn.do is Want.SEND_CODE:
        return await answers.send_code(work, chosen, call.person_id)
    happened = await answers.take(work, chosen, call.person_id, turn.digits)
    if happened is Happened.ANSWERED:
        call.outcome, call.answered = "answered", chosen.name
        known.done = translator(call.language).gettext(chosen.aloud.done)
    return happened


async def _promise(work: Work, call: VoiceCall, known: _Known) -> Happened:
    by, zone = await call_backs.ask(
        work,
        number=call.number,
        language=call.language,
        stream_id=call.stream_id,
        person_id=call.person_id,
        call_id=call.id,
    )
    call.outcome = call.outcome or "call_back"
    known.promised = format_instant(by, zone, call.language)
    return Happened.PROMISED


async def _find(work: Work, call: VoiceCall, digits: str) -> Happened:
    """The matter with this number, among those of whoever has the caller's phone: of nobody else's is anything said."""
    one = named(await repository.candidates(work.session, work.scope, call.number), digits)
    if one is None:
        return Happened.CASE_UNKNOWN
    call.stream_id, call.person_id, call.language = one.case_id, one.person_id, language_or_default(one.language)
    call.words = await standing.words(work, one.case_id, one.person_id, call.language)
    return Happened.CASE_FOUND


async def _said(work: Work, call: VoiceCall, turn: Turn, known: _Known, *, keep: bool) -> Spoken:
    """The turn in words. They are kept as they are said, without a code's digits."""
    words = call.words
    if Say.WORDS in turn.say and known.answers:
        words = f"{words} {await answers.about(work, known.answers, call.language)}".strip()
    values = {"words": words, "branch": await _branch(work, call), "when": known.promised, "done": known.done}
    sentences = spoken(turn.say, values, [one.aloud.ask for one in known.answers], call.language)
    if keep:
        call.spoken = [*call.spoken, " ".join(sentences)]
        await work.session.flush()
    elif turn.state.stage is Stage.OVER and call.spoken:
        # What was promised or answered is not known any more; it is said as it was.
        sentences = [call.spoken[-1]]
    if known.code is not None:
        digits = spelled(codes.value(work.settings, known.code))
        sentences = [one.replace(CODE, digits) for one in sentences]
    return Spoken(call.id, call.step, sentences, call.language, turn.keys)


async def _branch(work: Work, call: VoiceCall) -> str:
    if call.stream_id is None:
        return work.settings.brand_name
    documented = await repository.about(work.session, work.scope, call.stream_id)
    if documented is None:
        return work.settings.brand_name
    matter = await matters.matter(work.session, work.scope, documented)
    return translator(call.language).gettext(matter.branch)
