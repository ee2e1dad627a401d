"""What the providers of calls ask of us. Nothing is looked up before a request has shown that it is theirs.

Twilio: pages in TwiML at `/voice/twilio/…`, each request signed. Exotel: the applets of a call flow at
`/voice/exotel/…`, with a secret in the address and a password.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

import orjson
from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from aftersales import clock
from aftersales.config import Settings
from aftersales.errors import NotFound
from aftersales.http import services
from aftersales.scope import SYSTEM
from aftersales.updates.channels import Heard
from aftersales.updates.channels.voice import exotel_gate, twilio_gate
from aftersales.updates.channels.voice_calls import update_of
from aftersales.updates.channels.voice_exotel import ExotelGate
from aftersales.updates.channels.voice_twilio import TwilioVoiceGate
from aftersales.voice import call_backs, ends, service, twiml
from aftersales.voice.models import EXOTEL, TWILIO
from aftersales.voice.service import Spoken
from aftersales.work import Work

hooks = APIRouter(prefix="/voice", include_in_schema=False)
MAX_ID = 100
_TYPE = "application/xml"
G = TypeVar("G")


@hooks.post("/twilio/update/{reference}")
async def twilio_update(request: Request, reference: str) -> Response:
    """A call of ours was picked up: what it says first."""
    form, _ = await _twilio(request)
    update_id = update_of(reference)
    if update_id is None:
        raise NotFound("voice.unknown_update", "There is no such message to speak.")
    async with _work(request) as work:
        said = await service.placed(work, TWILIO, _call(form), update_id, form.get("To", ""))
    return _page(request, said)


@hooks.post("/twilio/incoming")
async def twilio_incoming(request: Request) -> Response:
    """Somebody calls our number."""
    form, _ = await _twilio(request)
    async with _work(request) as work:
        if work.settings.voice_missed_calls:
            await call_backs.missed_call(work, _call(form), form.get("From", ""))
            return Response(twiml.not_taken(), media_type=_TYPE)
        said = await service.came(work, TWILIO, _call(form), form.get("From", ""))
    return _page(request, said)


@hooks.post("/twilio/keys")
async def twilio_keys(request: Request) -> Response:
    """Keys were pressed, or none for a while."""
    form, query = await _twilio(request)
    async with _work(request) as work:
        said = await service.pressed(work, TWILIO, _call(form), _step(query), form.get("Digits", ""))
    return _page(request, said)


@hooks.post("/twilio/status")
async def twilio_status(request: Request) -> Response:
    """How a call ended."""
    names = {"status": "CallStatus", "number": "To", "seconds": "CallDuration"}
    return await _ended(request, TWILIO, _on(request, twilio_gate), **names)


@hooks.get("/exotel/say")
async def exotel_say(request: Request) -> Response:
    """The Gather applet asks what to say and how many keys to listen for."""
    form = await _exotel(request)
    async with _work(request) as work:
        said = await _stands(work, form)
    if said is None:
        raise NotFound("voice.unknown_call", "There is nothing to say in this call.")
    prompt = {"text": _text(said)}
    return Response(
        orjson.dumps(
            {
                "gather_prompt": prompt,
                "max_input_digits": max(1, said.keys),
                "finish_on_key": "#",
                "input_timeout": twiml.SILENCE_SECONDS,
                "repeat_menu": 0,
                "repeat_gather_prompt": prompt,
            }
        ),
        media_type="application/json",
    )


@hooks.get("/exotel/keys")
async def exotel_keys(request: Request) -> Response:
    """The Passthru applet brings the keys: 200 goes back to the question, 302 on to the last words."""
    form = await _exotel(request)
    async with _work(request) as work:
        # Exotel says nothing by which a question could be known; a call asks one at a time.
        said = await service.pressed(work, EXOTEL, _call(form), None, form.get("digits", ""))
    return Response(status_code=200 if said is not None and said.keys else 302)


@hooks.get("/exotel/last")
async def exotel_last(request: Request) -> Response:
    """The Greeting applet asks for the last words."""
    form = await _exotel(request)
    async with _work(request) as work:
        said = await _stands(work, form)
    return PlainTextResponse(_text(said) if said is not None else ".")


@hooks.get("/exotel/missed")
async def exotel_missed(request: Request) -> Response:
    """The flow of a number whose calls are not taken."""
    form = await _exotel(request)
    async with _work(request) as work:
        await call_backs.missed_call(work, _call(form), form.get("CallFrom", ""))
    return Response(status_code=200)


@hooks.post("/exotel/status")
async def exotel_status(request: Request) -> Response:
    """How a call ended."""
    names = {"status": "Status", "number": "From", "seconds": "ConversationDuration"}
    return await _ended(request, EXOTEL, _on(request, exotel_gate), **names)


async def _ended(
    request: Request,
    provider: str,
    gate: TwilioVoiceGate | ExotelGate,
    *,
    status: str,
    number: str,
    seconds: str,
) -> Response:
    """Note how a call ended; `status`, `number` and `seconds` are what the provider calls these fields."""
    heard = await _heard(request)
    form, receipts = gate.form(heard), gate.read(heard, clock.now())
    async with _work(request) as work:
        await ends.noted(
            work,
            provider,
            _call(form),
            form[status],
            receipts,
            number=form.get(number, ""),
            seconds=_seconds(form.get(seconds, "")),
            recording=form.get("RecordingUrl"),
        )
    return Response(status_code=204)


async def _stands(work: Work, form: Mapping[str, str]) -> Spoken | None:
    """What is being said; at the first question of a call, what it begins with."""
    said = await service.stands(work, EXOTEL, _call(form))
    if said is not None:
        return said
    if form.get("Direction", "") == "incoming":
        await service.came(work, EXOTEL, _call(form), form.get("CallFrom", ""))
    else:
        update_id = update_of(form.get("CustomField", ""))
        await service.placed(work, EXOTEL, _call(form), update_id, form.get("CallTo", ""))
    return await service.stands(work, EXOTEL, _call(form))


async def _heard(request: Request) -> Heard:
    """The request at the address that the provider was given: a proxy may have changed scheme and host on the way."""
    query = f"?{request.url.query}" if request.url.query else ""
    return Heard(
        url=f"{services(request).settings.base_url}{request.url.path}{query}",
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.body(),
        query=dict(request.query_params),
    )


async def _twilio(request: Request) -> tuple[Mapping[str, str], Mapping[str, str]]:
    heard = await _heard(request)
    return _on(request, twilio_gate).form(heard), heard.query


async def _exotel(request: Request) -> Mapping[str, str]:
    form = _on(request, exotel_gate).form(await _heard(request))
    # Its values of digits come in quotes.
    return {name: value.strip('"') for name, value in form.items()}


def _on(request: Request, opened: Callable[[Settings], G | None]) -> G:
    gate = opened(services(request).settings)
    if gate is None:
        raise NotFound("voice.off", "Nobody calls by this provider: its keys are not set.")
    return gate


@asynccontextmanager
async def _work(request: Request) -> AsyncIterator[Work]:
    found = services(request)
    async with found.database.unit_of_work() as session:
        yield Work(session, SYSTEM, found.registry, found.numbers, found.settings, clock.now())


def _page(request: Request, said: Spoken | None) -> Response:
    if said is None:
        return Response(twiml.hung_up(), media_type=_TYPE)
    own = services(request).settings.base_url
    return Response(twiml.turned(said, f"{own}/voice/twilio/keys?step={said.step}"), media_type=_TYPE)


def _text(said: Spoken) -> str:
    return " ".join(said.sentences)


def _call(form: Mapping[str, str]) -> str:
    return form.get("CallSid", "")[:MAX_ID]


def _step(query: Mapping[str, str]) -> int:
    given = query.get("step", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else 0


def _seconds(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else None
