"""What customers were to be told, what the records say, and what the providers have. The check is plain, so that it can
itself be tested."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

from tests.drills.troubled import HONOURS, Taken

_KEY = re.compile(r"update\.([0-9a-f]{32})(?:\.(\d+))?")
OVER = frozenset({"sent", "delivered", "read", "failed", "bounced"})
ARRIVED = frozenset({"sent", "delivered", "read", "bounced"})
_RANKS = ("sent", "delivered", "bounced", "read")


class Told(NamedTuple):
    """A record, about the channel of its present turn."""

    id: UUID
    stream_id: UUID
    version: int
    person_id: UUID
    text: str
    channel: str
    state: str
    reason: str | None
    detail: str | None
    turn: int
    repeats: int


class Turn(NamedTuple):
    """A channel that was tried before the present one."""

    update_id: UUID
    turn: int
    channel: str
    state: str
    reason: str | None
    detail: str | None


class Expected(NamedTuple):
    """Somebody to be told of a change."""

    stream_id: UUID
    version: int
    person_id: UUID
    text: str


@dataclass(frozen=True, slots=True)
class Books:
    """Everything to compare.

    `unanswered` counts how often a provider kept to itself that it has the letter of a key; `said` are the receipts of
    a key; `shown` are the failed ones as staff read them, with reason and detail.
    """

    expected: Sequence[Expected]
    told: Sequence[Told]
    turns: Sequence[Turn]
    taken: Sequence[Taken]
    unanswered: Mapping[str, int]
    said: Mapping[str, Collection[str]]
    shown: Mapping[UUID, tuple[str | None, str | None]]
    killed: frozenset[str]
    left: Sequence[str]


def problems(books: Books) -> list[str]:
    """Everything that is not as promised; empty when all is well."""
    return [
        *_records(books),
        *_ends(books),
        *_copies(books),
        *_ways(books),
        *_order(books),
        *_receipts(books),
        *(f"left over: {one}" for one in books.left),
    ]


def key_of(update_id: UUID, turn: int) -> str:
    """The key by which a provider knows a turn."""
    return f"update.{update_id.hex}.{turn}" if turn else f"update.{update_id.hex}"


def turn_of(key: str) -> tuple[UUID, int]:
    """Which turn of which record a key is of."""
    found = _KEY.fullmatch(key)
    assert found is not None, key
    return UUID(found[1]), int(found[2] or 0)


def repeats_by_killed(books: Books) -> int:
    """How many letters came once more because the worker that had brought them was killed."""
    copies = Counter(one.key for one in books.taken)
    return sum(max(0, count - 1 - books.unanswered.get(key, 0)) for key, count in copies.items())


def _states(books: Books) -> dict[str, str]:
    """The state of each turn by its key."""
    past = {key_of(one.update_id, one.turn): one.state for one in books.turns}
    return past | {key_of(one.id, one.turn): one.state for one in books.told}


def _records(books: Books) -> Iterator[str]:
    """Everyone who is to be told of a change has one record of it."""
    found = Counter(Expected(one.stream_id, one.version, one.person_id, one.text) for one in books.told)
    wanted = Counter(books.expected)
    for key, count in (wanted - found).items():
        yield f"update lost: {key} ({count})"
    for key, count in (found - wanted).items():
        yield f"update too many: {key} ({count})"


def _ends(books: Books) -> Iterator[str]:
    """Each has come to its end: a provider has it, or staff read why not."""
    has = {one.key for one in books.taken}
    for one in books.told:
        if one.state not in OVER:
            yield f"no end: {one}"
        if one.state in ARRIVED and key_of(one.id, one.turn) not in has:
            yield f"letter lost: {one}"
        if one.state in ("failed", "bounced"):
            if not (one.reason and one.detail) and one.state == "failed":
                yield f"failed without a reason: {one}"
            if books.shown.get(one.id) != (one.reason, one.detail):
                yield f"failed and not shown: {one}"
    for turn in books.turns:
        if turn.state == "failed" and not (turn.reason and turn.detail):
            yield f"failed without a reason: {turn}"
        if turn.state in ARRIVED and key_of(turn.update_id, turn.turn) not in has:
            yield f"letter lost: {turn}"


def _copies(books: Books) -> Iterator[str]:
    """Once by its key where that is honoured; elsewhere again only because who brought it was killed, or because the
    provider did not say that it had it. Each copy is counted."""
    carriers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in books.taken:
        carriers[one.channel, one.key].append(one.carrier)
    counted = {one.id: one.repeats for one in books.told}
    more: Counter[UUID] = Counter()
    for (channel, key), brought in carriers.items():
        update_id, _ = turn_of(key)
        if update_id not in counted:
            yield f"letter of no update: {key}"
            continue
        more[update_id] += len(brought) - 1
        if channel in HONOURS and len(brought) > 1:
            yield f"twice by one key: {key} by {brought}"
        alive = [carrier for carrier in brought[:-1] if carrier not in books.killed]
        killed = Counter(carrier for carrier in brought[:-1] if carrier in books.killed)
        needless = len(alive) + sum(count - 1 for count in killed.values())
        if needless > books.unanswered.get(key, 0):
            yield f"doubled without need: {key} by {brought}"
    for update_id, copies in more.items():
        if copies > counted[update_id]:
            yield f"doubled and not counted: {update_id}, {copies} of {counted[update_id]}"


def _ways(books: Books) -> Iterator[str]:
    """By a second channel goes only what failed or came back on the first."""
    for turn in books.turns:
        if turn.state not in ("failed", "bounced"):
            yield f"another way without need: {turn}"


def _order(books: Books) -> Iterator[str]:
    """The letters to a person about one case came in the order of what they tell; what came back goes when it can."""
    came_back = {turn.update_id for turn in books.turns if turn.state == "bounced"}
    records = {one.id: one for one in books.told if one.id not in came_back}
    last: dict[tuple[UUID, UUID], int] = {}
    for taken in books.taken:
        one = records.get(turn_of(taken.key)[0])
        if one is None:
            continue
        lane = (one.stream_id, one.person_id)
        if one.version < last.get(lane, 0):
            yield f"out of order: {one}"
        last[lane] = one.version


def _receipts(books: Books) -> Iterator[str]:
    """A record says what its receipts said, the furthest of them."""
    states = _states(books)
    for key, words in books.said.items():
        furthest = max(words, key=_RANKS.index)
        if states.get(key) != furthest:
            yield f"receipt lost: {key} is {states.get(key)}, and was {sorted(words)}"


def doctored(books: Books) -> Iterator[tuple[str, str, Books]]:
    """The same books with one thing wrong in each: its name, what the check must say, and the books."""
    told, taken = list(books.told), list(books.taken)
    honoured = next(one for one in taken if one.channel in HONOURS)
    plain = next(one for one in taken if one.channel not in HONOURS and one.carrier not in books.killed)
    failed = next(one for one in told if one.state == "failed")
    sent = next(one for one in told if one.state in ("sent", "delivered", "read"))
    yield "a lost record", "update lost", replace(books, told=told[1:])
    yield "a record twice", "update too many", replace(books, told=[*told, told[0]])
    rest = [one for one in told if one is not sent]
    yield "one that hangs", "no end", replace(books, told=[*rest, sent._replace(state="sending")])
    gone = [one for one in taken if one.key != key_of(sent.id, sent.turn)]
    yield "a lost letter", "letter lost", replace(books, taken=gone)
    yield "one twice by its key", "twice by one key", replace(books, taken=[*taken, honoured])
    many = [one._replace(repeats=9) for one in told]
    answered = {**books.unanswered, plain.key: 0}
    yield (
        "one twice without need",
        "doubled without need",
        replace(books, taken=[*taken, plain], told=many, unanswered=answered),
    )
    silent = [one._replace(repeats=0) for one in told]
    excused = replace(books, taken=[*taken, plain], told=silent, unanswered={**books.unanswered, plain.key: 9})
    yield "a repeat not counted", "not counted", excused
    yield (
        "a stranger",
        "letter of no update",
        replace(books, taken=[*taken, plain._replace(key=key_of(UUID(int=9), 0))]),
    )
    yield "another order", "out of order", replace(books, taken=taken[::-1])
    mute = [one._replace(reason=None) if one is failed else one for one in told]
    yield "a failure without reason", "without a reason", replace(books, told=mute)
    yield "a failure nobody sees", "not shown", replace(books, shown={})
    way = Turn(sent.id, 0, "sms", "sent", None, None)
    yield "two ways", "another way", replace(books, turns=[*books.turns, way])
    deaf = {**books.said, key_of(failed.id, failed.turn): {"read"}}
    yield "a lost receipt", "receipt lost", replace(books, said=deaf)
    yield "a delivery left", "left over", replace(books, left=["updates.send dead"])
