"""The play: a service day of the demonstration on the real clock, by its own staff and customers.

Modules contribute cues: what somebody does when a document stands somewhere. Every step is one unit of work of one
person, through the action or service that the pages call, with that person's permissions, the action's schema and the
customer's one-time code. The director only looks where the cases of the play stand and asks the next person on.
"""

import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import func, select

from aftersales import clock
from aftersales.auth import codes, links
from aftersales.auth.models import Branch, Grant, OneTimeCode, Staff
from aftersales.auth.rules import Held, customer_scope, staff_scope
from aftersales.cases import repository as cases
from aftersales.config import Settings
from aftersales.customers import repository as customers
from aftersales.db.session import Database
from aftersales.errors import Conflict, Problem
from aftersales.module import Action, Cue
from aftersales.products import repository as products
from aftersales.registry import Registry
from aftersales.scene import Scene
from aftersales.scope import SYSTEM, Scope
from aftersales.status import documents
from aftersales.status.documents import DocumentView
from aftersales.status.machine import By
from aftersales.status.numbers import Numbers
from aftersales.updates.models import CustomerUpdate
from aftersales.web.legal import permission_of, possible
from aftersales.work import Work

CASES, AT_ONCE = 6, 4
# The centre of the first branch takes most calls, so that there is one desk worth watching.
NEAR = 3


class PlayError(RuntimeError):
    """There is nothing to play here; the message says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff with what they may do."""

    id: UUID
    name: str
    login: str
    roles: frozenset[tuple[str, UUID | None]]
    scope: Scope

    def holds(self, role: str, branch_id: UUID) -> bool:
        """Whether they have the role in the branch."""
        return (role, branch_id) in self.roles or (role, None) in self.roles


@dataclass(slots=True)
class Story:
    """A case of the play: its facts for what is printed, and what has been done in it."""

    order: int
    branch_id: UUID
    zone: str
    case_id: UUID | None = None
    owner_id: UUID | None = None
    facts: dict[str, str] = field(default_factory=dict)
    done: set[tuple[Cue, UUID]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody has done."""

    who: str
    words: str
    number: str
    line: str


@dataclass(frozen=True, slots=True)
class Summary:
    """How the day went."""

    steps: Sequence[Step]
    case_ids: Sequence[UUID]
    stands: Sequence[str]
    updates: int

    def lines(self) -> list[str]:
        """What to print at the end."""
        people = len({step.who for step in self.steps})
        told = f"{len(self.steps)} steps by {people} people; customers were written to {self.updates} times."
        return ["", f"The service day is over. {told}", *(f"  {one}" for one in self.stands)]


class Director:
    """Plays one service day. `say` prints, `settle` returns when what follows from the last step has happened, `pause`
    waits between two steps. With `strict` a step that is refused raises, else somebody else was quicker and it goes on.
    """

    def __init__(
        self,
        database: Database,
        registry: Registry,
        settings: Settings,
        seed: int,
        *,
        say: Callable[[str], None],
        settle: Callable[[], Awaitable[None]],
        pause: Callable[[], Awaitable[None]] | None = None,
        strict: bool = False,
    ) -> None:
        self._database, self._registry, self._settings = database, registry, settings
        self._numbers = Numbers(database)
        self._seed, self._say, self._settle, self._pause, self._strict = seed, say, settle, pause, strict
        self._dice = random.Random(seed)  # noqa: S311 - a story, no secret
        known = [cue for module in registry.modules for cue in module.cues if self._known(cue)]
        self._cues = sorted(known, key=lambda cue: cue.rank)
        self._staff: list[Member] = []
        self._stories: list[Story] = []
        self._steps: list[Step] = []

    def _known(self, cue: Cue) -> bool:
        return not cue.machine or cue.machine in self._registry.machines

    async def play(self, calls: int = CASES) -> Summary:
        """The whole day, until nothing is left to do. Raises PlayError where there is no staff or no cue."""
        branches = await self._company()
        if not self._staff or not self._cues:
            raise PlayError("nobody works here yet: the play needs the demonstration's company")
        waiting = [self._dice.choices(branches, [NEAR, *([1] * (len(branches) - 1))])[0] for _ in range(calls)]
        active: list[Story] = []
        while waiting or active:
            await self._settle()
            if waiting and (len(active) < 2 or (len(active) < AT_ONCE and self._dice.random() < 0.15)):
                branch = waiting.pop()
                story = Story(len(self._stories), branch.id, branch.timezone)
                if await self._next(story):
                    self._stories.append(story)
                    active.append(story)
            else:
                story = active.pop(0)
                if not await self._next(story):
                    continue
                active.append(story)
            if self._pause is not None:
                await self._pause()
        return await self._summary()

    async def _company(self) -> list[Branch]:
        async with self._database.sessions() as session:
            rows = await session.execute(
                select(Staff.id, Staff.name, Staff.login, Grant.role, Grant.branch_id)
                .join(Grant, Grant.staff_id == Staff.id)
                .where(Staff.active)
                .order_by(Staff.id)
            )
            held: dict[tuple[UUID, str, str], list[Held]] = {}
            for key, name, login, role, branch_id in rows:
                held.setdefault((key, name, login), []).append(Held(role, branch_id))
            self._staff = [
                Member(
                    key[0],
                    key[1],
                    key[2],
                    frozenset((one.role, one.branch_id) for one in roles),
                    staff_scope(key[0], roles, self._registry.roles),
                )
                for key, roles in held.items()
            ]
            return list(await session.scalars(select(Branch).order_by(Branch.id)))

    async def _next(self, story: Story) -> bool:
        """Whatever can be done next in the case; False if nothing can."""
        if story.case_id is None:
            cues = [cue for cue in self._cues if not cue.machine]
            return bool(cues) and await self._try(story, cues[0], None, [])
        async with self._database.sessions() as session:
            found = await documents.on_stream(session, SYSTEM, story.case_id)
        for cue in self._cues:
            for document in found:
                waits = document.machine == cue.machine and document.status in cue.at
                if waits and (cue, document.id) not in story.done and await self._try(story, cue, document, found):
                    story.done.add((cue, document.id))
                    return True
        return False

    async def _try(self, story: Story, cue: Cue, document: DocumentView | None, found: Sequence[DocumentView]) -> bool:
        """Take the step, if its person is there and it is theirs to do in this story."""
        actor = self._actor(story, cue, document)
        if actor is None:
            return False
        who, scope = actor
        try:
            taken = await self._take(story, cue, scope, document, found)
        except Problem as problem:
            if self._strict:
                raise
            self._say(f"{self._clock(story)} {who} could not: {problem.detail}")
            if document is not None:
                story.done.add((cue, document.id))
            return False
        if taken is None:
            return False
        if story.case_id is None:
            await self._opened(story, taken)
        words = cue.words.format_map(story.facts)
        number = await self._number(taken)
        line = f"{self._clock(story)} {who or story.facts['name']} {words} · {number}"
        self._steps.append(Step(who or story.facts["name"], words, number, line))
        self._say(line)
        if not found:
            await self._watch(story, who)
        return True

    def _actor(self, story: Story, cue: Cue, document: DocumentView | None) -> tuple[str, Scope] | None:
        """Who does it: the customer, whoever the document was given to, or somebody of the centre with the role."""
        if not cue.role:
            if story.case_id is None or story.owner_id is None:
                return None
            return "", customer_scope(story.owner_id, story.case_id, read_only=False)
        able = [one for one in self._staff if one.holds(cue.role, story.branch_id)]
        given = document.assignee_id if document is not None else None
        member = next((one for one in able if one.id == given), able[story.order % len(able)] if able else None)
        return (member.name, member.scope) if member is not None else None

    async def _take(
        self,
        story: Story,
        cue: Cue,
        scope: Scope,
        document: DocumentView | None,
        found: Sequence[DocumentView],
    ) -> UUID | None:
        """What one person does. Answers the document it was about, None if the story goes another way."""
        action = self._action(cue)
        async with self._unit(scope) as work:
            seen = None
            if document is not None:
                seen = await documents.get(work.session, work.scope, document.id, document.machine)
            if action is not None and (seen is None or await self._barred(work, action, seen)):
                return None
            scene = Scene(work, story.branch_id, self._seed, story.order, seen, found)
            filled = await cue.body(scene) if cue.body is not None else {}
            if filled is None:
                return None
            if action is None or seen is None:
                return await _open(work, cue, seen, filled)
            if action.code is None:
                await action.run(work, seen.id, _filled(action.schema, filled))
                return seen.id
            if action.by is By.CUSTOMER:
                await codes.request(work, action.code, seen.id, seen.stream_id, scope.own_person)
        digits = await self._digits(action.code, seen.id, scope)
        async with self._unit(scope) as work:
            await action.run(work, seen.id, _filled(action.schema, {**filled, "code": digits}))
            if action.by is By.CUSTOMER:
                await codes.consume(work.session, purpose=action.code, subject_id=seen.id, now=work.now)
        return seen.id

    def _action(self, cue: Cue) -> Action | None:
        if not cue.verb:
            return None
        return self._registry.actions[cue.machine, cue.verb, By.STAFF if cue.role else By.CUSTOMER]

    async def _barred(self, work: Work, action: Action, document: DocumentView) -> bool:
        """Whether the page would not offer it. Raises Forbidden to whoever may not take it at all."""
        machine = self._registry.machines[action.machine]
        if not possible(machine, action.verb, document.status):
            return True
        if action.by is By.CUSTOMER:
            return not await cases.may_answer(work.session, work.scope, work.scope.own_stream)
        work.scope.require(permission_of(machine, action.verb), document.branch_id)
        return action.blocked is not None and await action.blocked(work, document.id) is not None

    async def _digits(self, purpose: str, subject_id: UUID, scope: Scope) -> str:
        """The code as the customer reads it, to give it at the door or to type it in.

        Checked in a transaction of its own, as on the pages. Raises Conflict (`play.no_code`) if there is none.
        """
        now = clock.now()
        live = select(OneTimeCode).where(
            OneTimeCode.subject_id == subject_id,
            OneTimeCode.purpose == purpose,
            OneTimeCode.consumed_at.is_(None),
            OneTimeCode.expires_at > now,
        )
        async with self._database.unit_of_work() as session:
            known = (await session.scalars(live.limit(1))).first()
            digits = codes.value(self._settings, known) if known is not None else ""
            right = await codes.check(
                session,
                self._settings,
                purpose=purpose,
                subject_id=subject_id,
                given=digits,
                person_id=scope.person_id,
                now=now,
            )
        if not right:
            raise Conflict("play.no_code", "There is no code that the customer could give.")
        return digits

    @contextlib.asynccontextmanager
    async def _unit(self, scope: Scope) -> AsyncIterator[Work]:
        async with self._database.unit_of_work() as session:
            yield Work(session, scope, self._registry, self._numbers, self._settings, clock.now())

    async def _opened(self, story: Story, case_id: UUID) -> None:
        """Learn what is printed of the case."""
        story.case_id = case_id
        async with self._database.sessions() as session:
            case = await cases.case(session, SYSTEM, case_id)
            people = await cases.people(session, SYSTEM, case_id)
            places = await customers.addresses(session, SYSTEM, case.customer_id)
            unit = await products.unit(session, SYSTEM, case.unit_id) if case.unit_id is not None else None
        owner = next((one for one in people if one.role == "owner"), None)
        story.owner_id = owner.person_id if owner is not None else None
        story.facts = {
            "name": owner.name if owner is not None else "The customer",
            "place": places[0].locality if places else "town",
            "product": unit.product_name if unit is not None else "no unit",
            "complaint": case.complaint,
        }

    async def _watch(self, story: Story, who: str) -> None:
        """Where the case can be watched: on the desk, and as its customer sees it."""
        login = next((one.login for one in self._staff if one.name == who), "")
        self._say(f"         watch {self._settings.base_url}/desk/cases/{story.case_id} as {login}")
        if story.order == 0 and story.case_id is not None and story.owner_id is not None:
            async with self._database.unit_of_work() as session:
                link = await links.issue(session, stream_id=story.case_id, person_id=story.owner_id, now=clock.now())
                self._say(f"         and what {story.facts['name']} sees: {links.url(self._settings, link)}")

    async def _number(self, document_id: UUID) -> str:
        async with self._database.sessions() as session:
            return (await documents.get(session, SYSTEM, document_id)).number

    def _clock(self, story: Story) -> str:
        return f"{clock.now().astimezone(ZoneInfo(story.zone)):%H:%M:%S}"

    async def _summary(self) -> Summary:
        ids = [story.case_id for story in self._stories if story.case_id is not None]
        states = self._registry.machines["case"].by_state
        async with self._database.sessions() as session:
            found = [await documents.get(session, SYSTEM, one) for one in ids]
            written = select(func.count()).select_from(CustomerUpdate).where(CustomerUpdate.stream_id.in_(ids))
            updates = (await session.scalars(written.where(CustomerUpdate.state == "sent"))).one()
        stands = [
            f"{one.number} {story.facts['name']}: {states[one.status].label.lower()}"
            for one, story in zip(found, self._stories, strict=True)
        ]
        return Summary(self._steps, ids, stands, updates)


async def _open(work: Work, cue: Cue, document: DocumentView | None, filled: Mapping[str, Any]) -> UUID:
    if cue.opens is None or cue.schema is None:
        raise PlayError(f"the cue {cue.words!r} neither takes a verb nor opens anything")
    return await cue.opens(work, document.stream_id if document else None, _filled(cue.schema, filled))


def _filled(schema: type[BaseModel], filled: Mapping[str, Any]) -> BaseModel:
    return schema.model_validate(dict(filled))
