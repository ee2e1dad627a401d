"""A model of the API that knows only the machines' tables, the roles and the branches, and a state machine that asks
the real server the same as the model: whatever people do, in whatever order, the two must agree.

No worker runs meanwhile, so that nothing moves by itself; the rule `followers_act` lets everything follow at once.
"""

import asyncio
import itertools
from collections.abc import Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid4

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from aftersales import clock
from aftersales.auth import codes, csrf
from aftersales.http import STAFF_COOKIE
from aftersales.module import Action
from aftersales.scope import SYSTEM
from aftersales.status.machine import By, Machine
from field_service.visits import repository as visits
from tests.factories.bodies import body_for
from tests.factories.world import API, World, add_home
from tests.fixtures.images import picture
from tests.story.clerks import window

HERE = ("manager", "coordinator", "technician", "finance", "service_engineer")
ELSEWHERE = "elsewhere"
# Found no fault in the request, but in what is around it: a photo is missing, a code is wrong, money is due.
GUARDS = (409, 422)
# What only adds to a document is done whatever has happened since its reader read it.
ADDS = ("note_added", "code_renewed", "we_wrote", "answer_settled", "called_back", "call_asked")
# What is drawn must not depend on what the server said: a number, of which the remainder counts.
PICK = st.integers(0, 2**16 - 1)
T = TypeVar("T")
_phones = itertools.count(1)


class Standing(NamedTuple):
    """Where a document is."""

    machine: str
    status: str
    version: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was acknowledged, to be sent again."""

    case_id: str
    role: str
    path: str
    body: Mapping[str, Any]
    key: str
    answer: bytes


@dataclass(slots=True)
class Office:
    """The company as seen from outside: its servers' address and its people's browsers. `machines` is what the model
    believes; a control believes something else."""

    world: World
    address: str
    loop: asyncio.AbstractEventLoop
    machines: Mapping[str, Machine]
    browsers: dict[str, httpx.Client] = field(default_factory=dict)
    asked: int = 0
    answers: dict[str, int] = field(default_factory=dict)

    def by(self, role: str) -> httpx.Client:
        """Whoever holds the role, signed in."""
        if role not in self.browsers:
            token = self.world.tokens[role]
            self.browsers[role] = httpx.Client(
                base_url=f"{self.address}{API}/",
                cookies={STAFF_COOKIE: token},
                headers={"X-CSRF-Token": csrf.token(self.world.settings.signing_key, token)},
                timeout=30.0,
            )
        return self.browsers[role]

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Have it done on the test's own loop; the state machine runs in a thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def may(self, role: str, machine: str, verb: str) -> bool:
        """Whether the role has the permission of the verb."""
        one = self.machines[machine]
        entry = one.by_verb.get(verb) or one.by_event[verb]
        return entry.permission in self.world.registry.roles[role].permissions

    def body(self, action: Action, document_id: str) -> dict[str, Any]:
        """A body that is right as far as the model can know."""
        body = body_for(action.schema)
        for name, role in (
            ("technician_id", "technician"),
            ("engineer_id", "service_engineer"),
            ("owner_id", "manager"),
        ):
            if name in body:
                body[name] = str(self.world.staff[role].id)
        if action.code == codes.ARRIVAL:
            body["code"] = self.wait(self._code(UUID(document_id)))
        return body

    async def _code(self, visit_id: UUID) -> str:
        async with self.world.database.unit_of_work() as session:
            live = await visits.live_codes(session, SYSTEM, visit_id, clock.now())
        return codes.value(self.world.settings, live[codes.ARRIVAL]) if codes.ARRIVAL in live else "000000"


@contextmanager
def office(world: World, address: str, machines: Mapping[str, Machine]) -> Iterator[Office]:
    """One that is closed in the end. To be opened on the loop that the world lives on."""
    made = Office(world, address, asyncio.get_running_loop(), machines)
    try:
        yield made
    finally:
        for browser in made.browsers.values():
            browser.close()


def api_machine(at: Office) -> type[RuleBasedStateMachine]:
    """The state machine of this office, to be handed to hypothesis."""

    class OfApi(ApiMachine):
        office = at

    return OfApi


class ApiMachine(RuleBasedStateMachine):
    """A few cases with what is on them, and everything that staff can do to them."""

    office: Office

    def __init__(self) -> None:
        super().__init__()
        self.cases: dict[str, dict[str, Standing]] = {}
        self.entries: dict[str, int] = {}
        self.home = self.office.world.home
        self.done: list[Asked] = []

    # ------------------------------------------------------------------------------------------------ what is done

    @initialize(count=st.integers(1, 2))
    def cases_are_opened(self, count: int) -> None:
        world = self.office.world
        self.home = home = self.office.wait(add_home(world, "Sita Devi", f"+9197{next(_phones):08d}"))
        for _ in range(count):
            body = {
                "customer_id": str(home.customer_id),
                "unit_id": str(home.unit_id),
                "branch_id": str(world.here),
                "complaint": "Does not spin",
                "people": [{"person_id": str(home.person_id), "role": "owner", "may_approve": True}],
            }
            answer = self._post("coordinator", "cases", body)
            assert answer.status_code == 201, answer.text
            self._known(answer.json()["id"])
            for part in ("", "/documents", "/timeline"):
                hidden = self.office.by(ELSEWHERE).get(f"cases/{answer.json()['id']}{part}")
                assert hidden.status_code == 404, hidden.text

    @rule(which=PICK, kind=st.sampled_from(("pickup", "repair", "drop")))
    def a_visit_is_booked(self, which: int, kind: str) -> None:
        case_id = pick(which, self.cases)
        self._made(
            "visits", {"case_id": case_id, "kind": kind, "address_id": str(self.home.address_id), **window(1)}, case_id
        )

    @rule(which=PICK)
    def a_unit_is_taken_in(self, which: int) -> None:
        case_id = pick(which, self.cases)
        self._made("repair_orders", {"case_id": case_id}, case_id)

    @rule(which=PICK)
    def a_photo_is_taken(self, which: int) -> None:
        case_id, document_id = self._document(which)
        before = self.cases[case_id]
        kind = "check" if before[document_id].machine == "visit" else "photo"
        path, files = f"documents/{document_id}/files", {"file": ("a.jpg", picture(), "image/jpeg")}
        answer = self.office.by("manager").post(path, files=files, data={"kind": kind})
        assert answer.status_code == 201, answer.text
        self._followed(case_id, self._known(case_id), before)

    @rule(which=PICK, what=PICK, role=st.sampled_from(HERE), stale=st.sampled_from((False, False, False, True)))
    def a_verb_that_is_legal(self, which: int, what: int, role: str, stale: bool) -> None:
        self._act(which, what, role, legal=True, stale=stale)

    @rule(which=PICK, what=PICK)
    def a_verb_that_is_legal_by_who_may(self, which: int, what: int) -> None:
        self._act(which, what, "", legal=True, stale=False)

    @rule(which=PICK, what=PICK)
    def the_last_that_was_opened_goes_on(self, which: int, what: int) -> None:
        self._act(-1 - which % 2, what, "", legal=True, stale=False)

    @rule(which=PICK, what=PICK, role=st.sampled_from((*HERE, ELSEWHERE)))
    def any_verb(self, which: int, what: int, role: str) -> None:
        self._act(which, what, role, legal=False, stale=False)

    @rule()
    def followers_act(self) -> None:
        self.office.wait(self.office.world.settle())
        for case_id, before in list(self.cases.items()):
            self._followed(case_id, self._known(case_id), before)

    @rule(which=PICK, other=st.booleans())
    def it_is_asked_again(self, which: int, other: bool) -> None:
        if not self.done:
            return
        one = pick(which, self.done)
        body = {**one.body, "note": "Other words than before."} if other and "note" in one.body else one.body
        answer = self._post(one.role, one.path, body, key=one.key)
        if body is one.body:
            assert (answer.content, answer.headers.get("idempotency-replayed")) == (one.answer, "true"), answer.text
        else:
            assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.other_body"), answer.text
        self._unchanged(one.case_id)

    # -------------------------------------------------------------------------------------------------- what it says

    def _act(self, which: int, what: int, role: str, *, legal: bool, stale: bool) -> None:
        case_id, document_id = self._document(which)
        now = self.cases[case_id][document_id]
        machine = self.office.machines[now.machine]
        actions = [
            action
            for action in self.office.world.registry.actions.values()
            if action.machine == now.machine and action.by is By.STAFF and action.verb != "file_added"
        ]
        if legal:
            actions = [action for action in actions if _may_happen(machine, action.verb, now.status)]
        if not actions:
            return
        action = pick(what, actions)
        role = role or pick(what, [one for one in HERE if self.office.may(one, now.machine, action.verb)] or HERE)
        path = f"{now.machine}s/{document_id}/{action.verb}"
        body, key = self.office.body(action, document_id), uuid4().hex
        answer = self._post(role, path, body, key=key, version=now.version - 1 if stale else now.version)
        self._judge(answer, case_id, document_id, action.verb, role, stale=stale)
        if answer.status_code == 200:
            self.done.append(Asked(case_id, role, path, body, key, answer.content))

    def _judge(
        self, answer: httpx.Response, case_id: str, document_id: str, verb: str, role: str, *, stale: bool
    ) -> None:
        now = self.cases[case_id][document_id]
        machine = self.office.machines[now.machine]
        said = f"{role}: {verb} of a {now.machine} that is {now.status}: {answer.status_code} {answer.text[:300]}"
        if answer.status_code == 200:
            assert role != ELSEWHERE, said
            assert self.office.may(role, now.machine, verb), said
            assert _may_happen(machine, verb, now.status), said
            assert not stale or verb in ADDS, said
            self._moved(answer, case_id, document_id, verb)
            return
        code = answer.json()["code"]
        if role == ELSEWHERE:
            assert answer.status_code == 404, said
        elif answer.status_code == 404:
            assert self.office.world.registry.roles[role].assigned_only, said
        elif not self.office.may(role, now.machine, verb):
            assert (answer.status_code, code) == (403, "auth.permission_missing"), said
        elif _may_happen(machine, verb, now.status):
            assert code != "status.illegal", said
            assert answer.status_code in ((412, *GUARDS) if stale else GUARDS), said
        else:
            assert answer.status_code in GUARDS, said
            if code == "status.illegal":
                assert answer.json()["legal"] == machine.offered(now.status), said
        self._unchanged(case_id)

    def _moved(self, answer: httpx.Response, case_id: str, document_id: str, verb: str) -> None:
        now = self.cases[case_id][document_id]
        edge = self.office.machines[now.machine].by_verb.get(verb)
        status, told = edge.to if edge else now.status, answer.json()
        expected = Standing(now.machine, status, now.version + 1)
        assert Standing(told["machine"], told["status"], told["version"]) == expected, (verb, now, told)
        assert answer.headers["etag"] == f'"v{expected.version}"'
        assert told["legal"] == self.office.machines[now.machine].offered(status), (verb, told)
        before = self.cases[case_id]
        new = self._known(case_id)
        assert self.cases[case_id][document_id] == expected
        assert [entry["name"] for entry in new if entry["document_id"] == document_id] == [verb]
        self._followed(case_id, new, before)

    # ---------------------------------------------------------------------------------------------- what is there

    def _known(self, case_id: str) -> list[dict[str, Any]]:
        """Read the case anew; its documents and timeline must agree with each other. What is new on the timeline."""
        desk, before = self.office.by("manager"), self.entries.get(case_id, 0)
        documents = desk.get(f"cases/{case_id}/documents").json()
        timeline: list[dict[str, Any]] = []
        full = True
        while full:
            page = desk.get(f"cases/{case_id}/timeline", params={"after": len(timeline), "limit": 200}).json()
            timeline += page
            full = len(page) == 200
        assert [entry["version"] for entry in timeline] == list(range(1, len(timeline) + 1)), "a gap on the timeline"
        for one in documents:
            own = [entry for entry in timeline if entry["document_id"] == one["id"]]
            assert [entry["document_version"] for entry in own] == list(range(1, one["version"] + 1)), one
            assert [e["to_status"] for e in own if e["kind"] == "status"][-1] == one["status"], one
            assert one["legal"] == self.office.machines[one["machine"]].offered(one["status"]), one
        self.cases[case_id] = {d["id"]: Standing(d["machine"], d["status"], d["version"]) for d in documents}
        self.entries[case_id] = len(timeline)
        return timeline[before:]

    def _followed(self, case_id: str, new: Sequence[Mapping[str, Any]], before: Mapping[str, Standing]) -> None:
        """Every version rose by what was entered, and nothing has vanished."""
        assert before.keys() <= self.cases[case_id].keys()
        for document_id, found in self.cases[case_id].items():
            was = before[document_id].version if document_id in before else 0
            assert found.version == was + sum(e["document_id"] == document_id for e in new), (found, was, list(new))

    def _unchanged(self, case_id: str) -> None:
        before = self.cases[case_id]
        assert self._known(case_id) == [], "refused, and yet on the timeline"
        assert self.cases[case_id] == before, "refused, and yet moved"

    # ----------------------------------------------------------------------------------------------------- asking

    def _made(self, path: str, body: Mapping[str, Any], case_id: str) -> None:
        before = self.cases[case_id]
        answer = self._post("manager", path, body)
        if answer.status_code == 201:
            self._followed(case_id, self._known(case_id), before)
            assert {key: self.cases[case_id][key] for key in before} == before
        else:
            assert answer.status_code in GUARDS, answer.text
            self._unchanged(case_id)

    def _document(self, which: int) -> tuple[str, str]:
        return pick(which, [(case_id, one) for case_id, documents in self.cases.items() for one in documents])

    def _post(
        self, role: str, path: str, body: Mapping[str, Any], *, key: str | None = None, version: int | None = None
    ) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        headers |= {} if version is None else {"If-Match": f'"v{version}"'}
        answer = self.office.by(role).post(path, json=body, headers=headers)
        assert answer.status_code < 500, f"{path}: {answer.status_code} {answer.text[:400]}"
        name = f"{answer.status_code} {'' if answer.is_success else answer.json()['code']}".strip()
        self.office.answers[name] = self.office.answers.get(name, 0) + 1
        self.office.asked += 1
        return answer


def _may_happen(machine: Machine, verb: str, status: str) -> bool:
    if verb in machine.by_verb:
        return verb in machine.offered(status)
    states = machine.by_event[verb].states
    return not states or status in states


def pick(number: int, among: Collection[T]) -> T:
    """One of them."""
    return list(among)[number % len(among)]
