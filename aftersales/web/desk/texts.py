"""Every text to customers: where it stands, how it reads on each channel, and the templates that providers know."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Annotated, Any
from uuid import UUID

from fastapi import File, Query, Request, Response, UploadFile
from starlette.responses import RedirectResponse, StreamingResponse

from aftersales.cases.repository import CaseFilter, CaseRow, listed
from aftersales.errors import Conflict, Problem, TooLarge, TooMany
from aftersales.http import WorkDep, refuse_key, services, staff_router
from aftersales.i18n import DEFAULT, LANGUAGES, N_, OFFERED, joined, several
from aftersales.updates import matrix, preview, registrations, trial
from aftersales.updates.channels import Answer, Reject, Retry, Sent
from aftersales.updates.checks import Finding
from aftersales.updates.matrix import REGISTERED, Cell
from aftersales.updates.permissions import REGISTER, VIEW
from aftersales.updates.policy import PUSH, REASONS, VOICE
from aftersales.updates.preview import Shown
from aftersales.updates.trial import Trial
from aftersales.voice import trials
from aftersales.web.desk.case import PARTS
from aftersales.web.desk.entries import title_of
from aftersales.web.desk.shell import desk
from aftersales.web.legal import ui_problem
from aftersales.web.render import page
from aftersales.work import Work

router = staff_router()
CASES = 20
MOST_BYTES = 4 * 1024 * 1024
NAMES = {
    "email": N_("E-mail"),
    "sms": "SMS",
    "whatsapp": N_("WhatsApp"),
    "voice": N_("Phone call"),
    "push": N_("Push message"),
}
MARKED = N_("A test has gone to {address}, marked as one. It stands on nobody's record.")
UNMARKED = N_("It has gone to {address} as it is registered: a registered text cannot be marked as a test.")
_SENT = {
    VOICE: N_("{address} is being called: a test, which is read out once. It stands on nobody's record."),
    PUSH: N_("A test has gone to your browser, marked as one. It stands on nobody's record."),
}
PUT_OFF = N_("The other side put it off. It is not tried again: send it once more later.")
REFUSED = N_("The other side refused it")
NOT_KEPT = {"Cache-Control": "no-store"}
TAKEN = N_("The file has been taken in.")


@router.get("/desk/texts", include_in_schema=False)
async def texts(work: WorkDep, request: Request, taken: bool = False) -> Response:
    """All texts, with what is not as it should be."""
    return await _list(work, request, flash=TAKEN if taken else "")


@router.get("/desk/texts/templates.csv", include_in_schema=False)
async def templates(work: WorkDep) -> Response:
    """The templates to hand in, in the provider's notation."""
    work.scope.require(REGISTER)
    content = registrations.as_csv(await registrations.cells(work, channels=REGISTERED))
    headers = {"Content-Disposition": 'attachment; filename="templates.csv"', "Cache-Control": "private, no-store"}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/desk/texts/templates", include_in_schema=False)
async def take(work: WorkDep, request: Request, file: Annotated[UploadFile | None, File()] = None) -> Response:
    """Takes in what providers answered: all rows or none."""
    work.scope.require(REGISTER)
    content = await file.read(MOST_BYTES + 1) if file is not None else b""
    if len(content) > MOST_BYTES:
        raise TooLarge("updates.registrations", "The file is too large. Send the rows of one brand at a time.")
    try:
        rows = registrations.read(content, await registrations.cells(work, channels=REGISTERED))
    except Problem as problem:
        return await _list(work, request, problem=problem)
    await registrations.keep(work, rows)
    return RedirectResponse("/desk/texts?taken=1", 303)


@router.get("/desk/texts/{text}", include_in_schema=False)
async def one(
    work: WorkDep,
    request: Request,
    text: str,
    channel: Annotated[str, Query(max_length=20)] = "email",
    language: Annotated[str, Query(max_length=10)] = DEFAULT,
    case: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """One text as a channel says it, of a real case: the one that is chosen, at first one where it was said of late."""
    if case is None:
        work.scope.require(VIEW)
        case = str(await preview.happened_on(work, text, [row.id for row in await _cases(work)]) or "")
    return page(request, "desk/text.html", await _cell(work, request, text, (channel, language, case)))


@router.post("/desk/texts/{text}/test", include_in_schema=False)
async def send_test(work: WorkDep, request: Request, text: str) -> Response:
    """The shown cell to whoever asks, by the same channel; the page then says what became of it."""
    refuse_key(request)
    work.scope.require(VIEW)
    form = await request.form()
    usual = {"channel": "email", "language": DEFAULT, "case": ""}
    channel, language, case = (str(form.get(name) or other)[:40] for name, other in usual.items())
    context = await _cell(work, request, text, (channel, language, case))
    try:
        made = await trial.prepare(work, text, channel, language, _id(case))
        if channel == VOICE:
            await trials.announced(work, made.letter)
    except (Conflict, TooMany) as problem:
        context["problem"] = ui_problem(problem)
        return page(request, "desk/text.html", context, status=problem.status)
    # The letter is handed over when this request's own transaction has ended: a slow server holds none open.
    return StreamingResponse(_tried(request, made, context), media_type="text/html", headers=NOT_KEPT)


async def _tried(request: Request, made: Trial, context: dict[str, Any]) -> AsyncIterator[bytes]:
    became = await made.hand_over()
    if made.channel.name == VOICE:
        async with services(request).database.unit_of_work() as session:
            await trials.ordered(replace(request.state.work, session=session), made.letter, became)
    answer = page(request, "desk/text.html", context | _became(made, became))
    yield bytes(answer.body)


def _became(made: Trial, answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Sent):
        words = _SENT.get(made.channel.name, MARKED if made.marked else UNMARKED)
        return {"flash": words.format(address=made.letter.to_address)}
    title = PUT_OFF if isinstance(answer, Retry) else REFUSED
    why = REASONS.get(answer.reason, "") if isinstance(answer, Reject) else ""
    return {"problem": {"title": title, "detail": joined([why, answer.detail], " "), "fields": [], "id": "test"}}


async def _cell(work: Work, request: Request, text: str, cell: tuple[str, str, str]) -> dict[str, Any]:
    work.scope.require(VIEW)
    channel, language, case = cell
    case_id = _id(case)
    shown = await preview.preview(work, text, channel, language, case_id)
    cells = await registrations.cells(work, languages=[language], channels=[channel], named=[shown.brand], text=text)
    return await desk(
        request,
        work,
        "texts",
        name=_title(work, text),
        code=text,
        channel=NAMES[channel],
        lang=language,
        direction=LANGUAGES[language].direction,
        shown=shown,
        count_text=_length(shown),
        registration=cells[0].registration,
        found=cells[0].found,
        paper=cells[0].paper,
        filters={"url": f"/desk/texts/{text}", "fields": await _fields(work, channel, language, case)},
        test={"url": f"/desk/texts/{text}/test", "channel": channel, "case": case},
        problems=[],
    )


async def _list(work: Work, request: Request, *, flash: str = "", problem: Problem | None = None) -> Response:
    work.scope.require(VIEW)
    found = await registrations.cells(work)
    can = work.scope.can(REGISTER)
    context = await desk(
        request,
        work,
        "texts",
        rows=[_row(work, name, list(group)) for name, group in groupby(found, key=lambda one: one.text)],
        registered=_registered(found),
        template_url="/desk/texts/templates.csv" if can else "",
        form={
            "url": "/desk/texts/templates",
            "fields": [{"name": "file", "label": "CSV file", "kind": "file", "accept": ".csv", "required": True}],
        }
        if can
        else None,
    )
    context |= {"flash": flash, "problem": ui_problem(problem) if problem else None}
    return page(request, "desk/texts.html", context, status=problem.status if problem else 200)


def _title(work: Work, text: str) -> str:
    """What has happened when it is said, in the words of the desk."""
    tell = next((one for one in work.registry.tells if one.text == text), None)
    if tell is None:
        return N_("One-time code")
    machine = work.registry.machines[tell.machine]
    if tell.to is not None:
        return title_of(machine, machine.by_state[tell.to])
    return machine.by_event[tell.event or ""].label


def _row(work: Work, name: str, cells: list[Cell]) -> dict[str, Any]:
    wrong = [found for cell in cells for found in cell.errors]
    state = ("trouble", N_("{wrong} to mend").format(wrong=len(wrong))) if wrong else ("done", N_("Complete"))
    return {
        "name": _title(work, name),
        "url": f"/desk/texts/{name}",
        "audience": joined([name, joined(PARTS.get(role, role) for role in cells[0].roles)], " · "),
        "category": state[0],
        "state_text": state[1],
        "problems": list(dict.fromkeys(_fault(cell, found) for cell in cells for found in cell.errors))[:5],
    }


def _fault(cell: Cell, found: Finding) -> str:
    return joined([joined([NAMES[cell.channel], cell.language], " · "), found.words], ": ")


def _registered(cells: Iterable[Cell]) -> list[dict[str, str]]:
    """By brand and channel how many templates are approved."""
    counts: dict[tuple[str, str], list[int]] = {}
    for cell in cells:
        if cell.channel in REGISTERED:
            count = counts.setdefault((cell.brand, cell.channel), [0, 0])
            count[0] += not any(found.problem == "registration" for found in cell.found)
            count[1] += 1
    return [
        {
            "label": joined([brand, NAMES[channel]], " · "),
            "value": N_("{good} of {every} approved as they read now").format(good=good, every=every),
        }
        for (brand, channel), (good, every) in counts.items()
    ]


async def _cases(work: Work) -> list[CaseRow]:
    return await listed(work.session, work.scope, CaseFilter(), limit=CASES)


async def _fields(work: Work, channel: str, language: str, case: str) -> list[Mapping[str, Any]]:
    cases = await _cases(work)
    languages = [{"value": code, "label": one.name} for code, one in LANGUAGES.items() if code in OFFERED]
    return [
        _select("channel", N_("Channel"), channel, [{"value": k, "label": NAMES[k]} for k in matrix.CHANNELS]),
        _select("language", N_("Language"), language, languages),
        _select(
            "case", N_("Case"), case, [{"value": str(row.id), "label": row.number} for row in cases], required=False
        ),
    ]


def _select(
    name: str, label: str, value: str, options: list[dict[str, str]], *, required: bool = True
) -> dict[str, Any]:
    return {
        "name": name, "label": label, "kind": "select", "value": value, "options": options, "required": required
    }  # fmt: skip


def _length(shown: Shown) -> str:
    if shown.count is None:
        return ""
    alphabet = "Unicode" if shown.count.unicode else "GSM-7"
    units, room, count = shown.count.units, shown.count.room, shown.count.segments
    return joined(
        [
            N_("{units} of {room}").format(units=units, room=room),
            several("{count} part", "{count} parts", count),
            alphabet,
        ]
    )


def _id(given: str) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        return None
