"""What was promised, what was kept, and whether they agree. The check is plain, so that it can itself be tested."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from uuid import UUID

from aftersales.module import Tell
from tests.factories.world import World
from tests.story.processes import Arrival


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A POST that was answered: what it did, and to which version it brought the document."""

    key: str
    path: str
    body: bytes
    document_id: UUID
    verbs: tuple[str, ...]
    version: int
    status: int
    answer: bytes


class Entry(NamedTuple):
    """A line of the timeline."""

    stream_id: UUID
    version: int
    document_id: UUID
    document_version: int
    machine: str
    kind: str
    name: str
    to_status: str | None
    actor_kind: str
    audience: str


class Record(NamedTuple):
    """A customer update."""

    stream_id: UUID
    version: int
    person_id: UUID
    purpose: str
    state: str
    message_id: str
    repeats: int
    urgent: bool


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything to compare. `people` are those on each case with their parts; `interruptions` how many there were."""

    acknowledged: Sequence[Acknowledged]
    replayed: Mapping[str, bytes]
    entries: Sequence[Entry]
    streams: Mapping[UUID, int]
    documents: Mapping[UUID, int]
    statuses: Mapping[UUID, str]
    left: Sequence[str]
    tells: Sequence[Tell]
    people: Mapping[UUID, Sequence[tuple[UUID, str]]]
    records: Sequence[Record]
    arrivals: Sequence[Arrival]
    killed: frozenset[str]
    interruptions: int


async def read(
    world: World,
    acknowledged: Sequence[Acknowledged],
    replayed: Mapping[str, bytes],
    arrivals: Sequence[Arrival],
    killed: Iterable[str],
    crashes: int = 0,
) -> Ledger:
    """The ledger of a company, of all cases that the acknowledged changes belong to."""
    rows = world.rows
    entries = [
        Entry(*row)
        for row in await rows(
            "SELECT stream_id, version, document_id, document_version, machine, kind, name, to_status, actor_kind, "
            "audience FROM timeline_entry ORDER BY stream_id, version"
        )
    ]
    opened = {one.document_id for one in acknowledged}
    ours = {entry.stream_id for entry in entries if entry.document_id in opened}
    people: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    for case_id, person_id, role in await rows("SELECT case_id, person_id, role FROM matter_person"):
        if case_id in ours:
            people[case_id].append((person_id, role))
    records = await rows(
        "SELECT stream_id, version, person_id, purpose, state, message_id, repeats, urgent FROM customer_update "
        "WHERE stream_id = ANY(:ours) ORDER BY stream_id, version, id",
        ours=list(ours),
    )
    dead = frozenset(killed)
    return Ledger(
        acknowledged,
        replayed,
        entries,
        dict(list(await rows("SELECT id, version FROM stream"))),
        dict(list(await rows("SELECT id, version FROM document"))),
        dict(list(await rows("SELECT id, status FROM document"))),
        await left(world),
        world.registry.tells,
        people,
        [Record(*row) for row in records],
        list(arrivals),
        dead,
        len(dead) + crashes,
    )


async def left(world: World) -> list[str]:
    """What is still to be delivered; timers of a later day are not."""
    found: list[Any] = await world.rows(
        "SELECT 'message', stream_id, version, '' FROM outbox_message UNION ALL "
        "SELECT subscriber, stream_id, version, concat_ws(' ', state, error) FROM delivery "
        "WHERE NOT (subscriber = ANY(:timers) AND state = 'pending' AND due_at > now())",
        timers=list(world.registry.timers),
    )
    return [" ".join(map(str, row)) for row in found]


def problems(ledger: Ledger) -> list[str]:
    """Everything that is not as promised; empty when all is well."""
    return [
        *_changes(ledger),
        *_versions(ledger),
        *_statuses(ledger),
        *(f"left over: {one}" for one in ledger.left),
        *_updates(ledger),
        *_letters(ledger),
        *_order(ledger),
    ]


def _changes(ledger: Ledger) -> Iterator[str]:
    """What people did to a document is what was acknowledged, in that order: nothing is missing and nothing is more."""
    done: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
    for entry in ledger.entries:
        if entry.actor_kind == "staff":
            done[entry.document_id].append((entry.name, entry.document_version))
    asked: dict[UUID, list[Acknowledged]] = defaultdict(list)
    for one in ledger.acknowledged:
        asked[one.document_id].append(one)
        if ledger.replayed[one.key] != one.answer:
            yield f"another answer to the same key: {one.path}"
    for document_id, answered in asked.items():
        verbs = [verb for one in answered for verb in one.verbs]
        names = [name for name, _ in done[document_id]]
        if verbs != names:
            yield f"acknowledged {verbs} of {document_id}, on the timeline: {names}"
        missing = {(one.verbs[-1], one.version) for one in answered} - set(done[document_id])
        if missing:
            yield f"acknowledged, but not so on the timeline: {missing} of {document_id}"


def _versions(ledger: Ledger) -> Iterator[str]:
    """Versions of streams and of documents count their entries, without gap."""
    for what, kept, numbers in (
        ("stream", ledger.streams, [(entry.stream_id, entry.version) for entry in ledger.entries]),
        ("document", ledger.documents, [(entry.document_id, entry.document_version) for entry in ledger.entries]),
    ):
        found: dict[UUID, list[int]] = defaultdict(list)
        for key, version in numbers:
            found[key].append(version)
        for key in kept.keys() | found.keys():
            if sorted(found[key]) != list(range(1, kept.get(key, 0) + 1)):
                yield f"gap: {what} {key} is at {kept.get(key)}, its entries are {sorted(found[key])}"


def _statuses(ledger: Ledger) -> Iterator[str]:
    """A document's status is where the last entry that moved it says that it is."""
    last: dict[UUID, str | None] = {}
    for entry in sorted(ledger.entries, key=lambda entry: entry.document_version):
        if entry.kind == "status":
            last[entry.document_id] = entry.to_status
    for document_id, status in ledger.statuses.items():
        if status != last.get(document_id):
            yield f"document {document_id} is {status}, its last entry says {last.get(document_id)}"


def _updates(ledger: Ledger) -> Iterator[str]:
    """Everyone who is to be told of a change is told of it, once."""
    expected = Counter(
        {
            (entry.stream_id, entry.version, person_id, tell.purpose)
            for entry in ledger.entries
            for tell in ledger.tells
            if tell.machine == entry.machine
            and entry.audience == "customer"
            and (tell.to == entry.to_status if entry.kind == "status" else tell.event == entry.name)
            for person_id, role in ledger.people.get(entry.stream_id, ())
            if role in tell.roles
        }
    )
    found = Counter(record[:4] for record in ledger.records)
    for key, count in (expected - found).items():
        yield f"update lost: {key} ({count})"
    for key, count in (found - expected).items():
        yield f"update too many: {key} ({count})"
    for record in ledger.records:
        if record.state != "sent":
            yield f"update not sent: {record}"


def _letters(ledger: Ledger) -> Iterator[str]:
    """Each was taken once; again only because who brought it was killed, and then the record says so."""
    carriers: dict[str, list[str]] = defaultdict(list)
    for arrival in ledger.arrivals:
        carriers[arrival.message_id].append(arrival.carrier)
    for unknown in carriers.keys() - {record.message_id for record in ledger.records}:
        yield f"letter of no update: {unknown}"
    for record in ledger.records:
        brought = carriers[record.message_id]
        if not brought:
            yield f"letter lost: {record.message_id}"
        if not ledger.killed.issuperset(brought[:-1]) or len(set(brought)) != len(brought):
            yield f"letter doubled without need: {record.message_id} by {brought}"
        if len(brought) - 1 > record.repeats:
            yield f"letter doubled and not counted: {record.message_id} by {brought}"
        if record.repeats > ledger.interruptions:
            yield f"more repeats than interruptions: {record}"


def _order(ledger: Ledger) -> Iterator[str]:
    """Each person's letters about a case came in the order of what they tell, urgent ones in an order of their own."""
    place = {record.message_id: record for record in ledger.records}
    last: dict[tuple[UUID, UUID, bool], int] = {}
    for arrival in ledger.arrivals:
        if (record := place.get(arrival.message_id)) is not None:
            lane = record.stream_id, record.person_id, record.urgent
            if record.version < last.get(lane, 0):
                yield f"out of order: {record}"
            last[lane] = record.version


def doctored(ledger: Ledger) -> Iterator[tuple[str, str, Ledger]]:
    """The same ledger with one thing wrong in each: its name, what the check must say, and the ledger."""
    entries, records, arrivals = list(ledger.entries), list(ledger.records), list(ledger.arrivals)
    change = next(e for e in reversed(entries) if e.actor_kind == "staff")
    rest = [e for e in entries if e is not change]
    yield "a lost change", "acknowledged", replace(ledger, entries=rest)
    fewer = {key: value - (key == change.stream_id) for key, value in ledger.streams.items()}
    shrunk = {key: value - (key == change.document_id) for key, value in ledger.documents.items()}
    if entries[-1] is change:
        yield (
            "… as if it had never been",
            "acknowledged",
            replace(ledger, entries=rest, streams=fewer, documents=shrunk),
        )
    again = change._replace(
        version=ledger.streams[change.stream_id] + 1, document_version=ledger.documents[change.document_id] + 1
    )
    more = {**ledger.streams, change.stream_id: again.version}
    grown = {**ledger.documents, change.document_id: again.document_version}
    yield "a change twice", "acknowledged", replace(ledger, entries=[*entries, again], streams=more, documents=grown)
    yield "a gap", "gap", replace(ledger, streams=more)
    astray = {**ledger.statuses, change.document_id: "lost"}
    yield "a status of its own", "its last entry says", replace(ledger, statuses=astray)
    other = {**ledger.replayed, ledger.acknowledged[0].key: b"{}"}
    yield "another answer", "another answer", replace(ledger, replayed=other)
    yield "a delivery left", "left over", replace(ledger, left=["updates"])
    yield "a lost record", "update lost", replace(ledger, records=records[1:])
    yield "a record twice", "update too many", replace(ledger, records=[*records, records[0]])
    held = records[0]._replace(state="failed")
    yield "an update that failed", "not sent", replace(ledger, records=[held, *records[1:]])
    yield from _doctored_letters(ledger, records, arrivals)


def _doctored_letters(
    ledger: Ledger, records: list[Record], arrivals: list[Arrival]
) -> Iterator[tuple[str, str, Ledger]]:
    first = arrivals[0]
    gone = [one for one in arrivals if one.message_id != first.message_id]
    yield "a lost letter", "letter lost", replace(ledger, arrivals=gone)
    twice = [*arrivals, Arrival(first.message_id, "worker-9#1")]
    counted = [r._replace(repeats=r.repeats + (r.message_id == first.message_id)) for r in records]
    alive = ledger.killed - {one.carrier for one in arrivals if one.message_id == first.message_id}
    yield "a letter twice", "doubled without need", replace(ledger, arrivals=twice, records=counted, killed=alive)
    silent = [r._replace(repeats=0) for r in records]
    yield "a repeat not counted", "not counted", replace(ledger, arrivals=twice, records=silent)
    many = [r._replace(repeats=ledger.interruptions + 1) for r in records]
    yield "too many repeats", "more repeats", replace(ledger, records=many)
    stranger = [*arrivals, Arrival("<nobody@localhost>", first.carrier)]
    yield "a stranger", "letter of no update", replace(ledger, arrivals=stranger)
    yield "another order", "out of order", replace(ledger, arrivals=arrivals[::-1])
