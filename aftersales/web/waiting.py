"""Published waiting times: a page for anybody, a fragment for other sites, and as JSON. No one is recognised."""

from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel

from aftersales import clock
from aftersales.http import public_router, services
from aftersales.i18n import translator
from aftersales.promises import waiting
from aftersales.promises.targets import Shape
from aftersales.promises.waiting import CHANNELS, Wait
from aftersales.scope import SYSTEM
from aftersales.status.numbers import Numbers
from aftersales.web.public import browsers_language, public_shell
from aftersales.web.render import page
from aftersales.work import Work

public = public_router(tags=["public"])
pages = public_router()
PAGE = "/waiting"
_KEPT = {"Cache-Control": "public, max-age=60", "Vary": "Accept-Language"}
# What is for anybody to read may be read, and shown, by any other site; it brings no script and no style of its own.
_SHARED = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_FRAMED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors *"
Lang = Annotated[str, Query(max_length=20, description="The language of the words, such as `te`")]


class TargetOut(BaseModel):
    """What we hold ourselves to: so much, in one shape."""

    amount: int
    shape: Shape


class WaitOut(BaseModel):
    """The present wait for a first answer by one channel, in minutes of working time.

    `median_minutes` and `p90_minutes` are null below five requests, and where so many still wait that it cannot be
    told. `words` say the same in a sentence of the language, fit to be read out to a queue.
    """

    channel: Literal["counter", "phone", "whatsapp", "web", "email", "social"]
    sample: int
    median_minutes: int | None
    p90_minutes: int | None
    target: TargetOut | None
    words: str


class ResponseTimes(BaseModel):
    """Of the requests of the last `days` days; below `minimum` of them no number is named."""

    language: str
    days: int
    minimum: int
    channels: list[WaitOut]


@public.get("/public/response-times", name="response_times", openapi_extra={"x-public": True})
async def response_times(request: Request, response: Response, lang: Lang = "") -> ResponseTimes:
    """How long a first answer takes now, by channel. For anybody, and good for a minute."""
    language = browsers_language(request, lang)
    response.headers.update(_KEPT | _SHARED)
    return ResponseTimes(
        language=language,
        days=waiting.SPAN.days,
        minimum=waiting.MINIMUM,
        channels=[_out(one, language) for one in await _waits(request)],
    )


@pages.get(PAGE, include_in_schema=False)
async def waiting_page(request: Request, lang: Lang = "") -> Response:
    """The page, in the language that was chosen or that the browser asks for."""
    language = browsers_language(request, lang)
    return await _shown(request, "track/waiting.html", language, shell=public_shell(request, language, PAGE))


@pages.get(PAGE + "/embed", include_in_schema=False)
async def embedded(request: Request, lang: Lang = "") -> Response:
    """The same as a fragment without script or style, to be put into a page of another site or into a frame."""
    response = await _shown(request, "track/waiting_list.html", browsers_language(request, lang))
    response.headers.update(_SHARED | {"Content-Security-Policy": _FRAMED})
    return response


async def _shown(request: Request, template: str, language: str, **context: Any) -> Response:
    _ = translator(language).gettext
    rows = [
        {
            "name": _(CHANNELS[one.channel]),
            "words": waiting.said(one, language),
            "sample": one.sample,
            "counted": one.sample >= waiting.MINIMUM,
        }
        for one in await _waits(request)
    ]
    fixed = {"csrf": "", "flash": "", "problem": None, "lang": language, "rows": rows, "days": waiting.SPAN.days}
    response = page(request, template, fixed | context, language=language)
    response.headers.update(_KEPT)
    return response


async def _waits(request: Request) -> list[Wait]:
    found = services(request)
    async with found.database.sessions() as session:
        numbers = Numbers(found.database)
        return await waiting.waits(Work(session, SYSTEM, found.registry, numbers, found.settings, clock.now()))


def _out(one: Wait, language: str) -> WaitOut:
    target = TargetOut(amount=one.target.amount, shape=one.target.shape) if one.target is not None else None
    return WaitOut.model_validate(
        {
            "channel": one.channel,
            "sample": one.sample,
            "median_minutes": one.median,
            "p90_minutes": one.p90,
            "target": target,
            "words": waiting.said(one, language),
        }
    )
