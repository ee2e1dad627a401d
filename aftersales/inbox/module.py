"""The manifest of what people write to us."""

from collections.abc import Mapping
from uuid import UUID

from aftersales.i18n import N_
from aftersales.inbox import demo, handlers, repository, schemas, texts
from aftersales.inbox.holdings import HOLDINGS
from aftersales.inbox.permissions import PERMISSIONS, ROLES
from aftersales.inbox.service import replies, tasks
from aftersales.module import Action, DemoPart, Job, Module, Panel, Posted, Subscriber, Tell, TimerHandler
from aftersales.status import timeline
from aftersales.status.machine import Audience
from aftersales.updates.inbound import LET_GO, TAKE, let_go
from aftersales.work import Work


async def our_words(work: Work, posted: Posted, _language: str) -> Mapping[str, str]:
    """What staff wrote, in their own words; nothing where it has been erased."""
    before = posted.version - 1
    found = await timeline.read(work.session, work.scope, posted.stream_id, Audience.STAFF, before, limit=1)
    return {"words": next((one.note or "" for one in found if one.version == posted.version), "")}


async def nobody_waits(work: Work, case_id: UUID) -> str | None:
    """Settling is offered while somebody waits."""
    return None if await repository.tasks(work.session, work.as_system().scope, case_id=case_id, limit=1) else ""


MODULE = Module(
    name="inbox",
    title="What people write to us",
    package="aftersales",
    summary="Messages by any channel: where they belong, what is answered at once, who is to answer the rest by when.",
    permissions=PERMISSIONS,
    roles=ROLES,
    actions=(
        Action("case", "we_wrote", tasks.write, schemas.Write),
        Action("case", "answer_settled", tasks.settle_by_hand, schemas.Settled, blocked=nobody_waits),
    ),
    subscribers=(
        Subscriber("inbox", handlers.on_page_words, machine="case", events=frozenset({"customer_wrote"})),
        Subscriber(
            "inbox.over",
            handlers.on_over,
            machine="case",
            to=frozenset({"closed", "cancelled", "merged"}),
            together=handlers.all_over,
        ),
    ),
    timers=(TimerHandler(LET_GO, let_go),),
    jobs=(
        Job(TAKE, handlers.on_message, max_attempts=handlers.MAX_ATTEMPTS + 4),
        Job(replies.SEND, handlers.on_reply, max_attempts=replies.MAX_ATTEMPTS),
    ),
    panels=(
        Panel(
            "case.main", "way_back", N_("Their messages"), "inbox/way_back.html", tasks.way_back_card, "inbox.answer", 5
        ),
    ),
    tells=(
        Tell(
            machine="case",
            text="case.we_wrote",
            event="we_wrote",
            roles=("owner", "caller"),
            subject=texts.WROTE_SUBJECT,
            body=texts.WROTE,
            sms=texts.WROTE_SMS,
            whatsapp=texts.WROTE_WHATSAPP,
            voice=texts.WROTE_VOICE,
            push=texts.WROTE_PUSH,
            variables=our_words,
            alone=True,
        ),
    ),
    holdings=HOLDINGS,
    demo=(DemoPart(98, demo.fill),),
)
