"""Goods come in: by scan, by hand, in parts; and by themselves they count as accepted when we look too late."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from aftersales.errors import Conflict, Invalid
from aftersales.i18n import N_
from aftersales.outbox.schedule import schedule
from aftersales.scope import ActorKind
from aftersales.search.rules import normal_identifier
from aftersales.status import engine
from aftersales.status.changes import Change, event, move
from aftersales.work import Work
from rma import repository, service, settlements
from rma.goods import MOST, Disposition, Pieces, Place, away, complete, receivable
from rma.labels import readable, written
from rma.machine import OVER, RETURN
from rma.models import ReturnLine, ReturnMovement
from rma.permissions import RECEIVE
from rma.repository import ReturnView
from rma.schemas import Nothing, ReceivePart
from rma.service.sending import settle_by, terms_of

INSPECT_BY = "rma.inspect_by"
COMING = RETURN.by_verb["receive"].sources
UNINSPECTED = RETURN.by_verb["approve_late"].sources
Counts = dict[UUID, dict[UUID, int]]
Anyway = dict[UUID, list[ReturnLine]]


@dataclass(frozen=True, slots=True)
class Scanned:
    """What became of one label: received, twice (it is said of one before it in the same scan), unknown, unreadable,
    already (it was received before), not_expected (the return is not on its way to us), elsewhere (the piece is with us
    already, or was scrapped), or one of `CAME_ANYWAY`: its return is over; it is written down that it is here, and it
    is handed back."""

    label: str
    outcome: str
    number: str = ""
    quantity: int = 0
    return_id: UUID | None = None


async def scan(work: Work, labels: Sequence[str]) -> list[Scanned]:
    """Receive what is on up to 500 labels, each a return's number or a unit's; all that can be, in one posting.

    A return's number stands for all that is still to come of it. Of what comes though its return is over it is written
    down where it is. Answers every label, in their order. Raises Forbidden, Conflict (`return.not_received`) if nothing
    could be done with any: it says why of the first, and the outcome of each.
    """
    work.scope.require(RECEIVE)
    each = [readable(label) for label in labels]
    wanted = {label: (written(label), normal_identifier(label)) for label in each}
    known = await repository.labelled(
        work.session, work.scope, RECEIVE, {key for keys in wanted.values() for key in keys if key}
    )
    meant = [known.get(wanted[label][0]) or known.get(wanted[label][1]) for label in each]
    found = [one for one in meant if one is not None]
    await engine.lock(work.session, {stream_id for _, stream_id, _ in found})
    ids = {return_id for return_id, _, _ in found}
    held = await repository.several(work.session, work.scope, ids)
    tally = _Tally(await _Goods.read(work, ids))
    answers: dict[int, Scanned] = {}
    # A piece is received rather than kept, whichever of its labels is scanned first.
    for at in sorted(range(len(each)), key=lambda at: _over(held, meant[at])):
        one = meant[at]
        if one is None:
            answers[at] = Scanned(each[at], "unknown" if each[at] else "unreadable")
        else:
            answers[at] = tally.add(each[at], held[one[0]], one[2])
    said = [answers[at] for at in range(len(each))]
    if not tally.items:
        raise Conflict(
            "return.not_received",
            _WHY[said[0].outcome].format(label=said[0].label),
            labels=[asdict(one) | {"return_id": one.return_id and str(one.return_id)} for one in said],
        )
    await _take(work, held, tally.goods, tally.counts, tally.anyway)
    return said


CAME_ANYWAY: Mapping[str, str] = {
    "cancelled": "called_off",
    "expired": "too_late",
    "rejected": "refused",
    "returned": "given_back",
    "closed": "given_back",
}
"""What became of a label whose return is over, by the return's status."""

_WHY: Mapping[str, str] = {
    "unknown": N_("No return bears the label {label}. Scan the number of the return or of the product."),
    "unreadable": N_("Nothing can be read of this label. Type the number of the return or of the product."),
    "already": N_("{label} has been received already. Nothing was changed."),
    "not_expected": N_("{label} is not on its way to us: its return is not authorised, or over. Ask a coordinator."),
    "elsewhere": N_("{label} is with us already or was scrapped. Compare the number with the label on the product."),
}


def _over(held: Mapping[UUID, ReturnView], one: tuple[UUID, UUID, UUID | None] | None) -> bool:
    return one is not None and held[one[0]].status in OVER


@dataclass(slots=True)
class _Tally:
    """What one scan takes, label by label: each piece once, whatever else it is called on further labels."""

    goods: "_Goods"
    counts: Counts = field(default_factory=lambda: defaultdict(dict))
    anyway: Anyway = field(default_factory=lambda: defaultdict(list))
    items: set[str] = field(default_factory=set)

    def add(self, label: str, view: ReturnView, line_id: UUID | None) -> Scanned:
        """Take what the label stands for, if it can be."""
        lines = [line for line in self.goods.of(view.id) if line_id in (None, line.id)]
        fresh = [line for line in lines if self.items.isdisjoint(all_of(line))]
        before = "already" if len(fresh) == len(lines) else "twice"
        if view.status in OVER:
            took = self._keep(view, fresh)
            return Scanned(label, CAME_ANYWAY[view.status] if took else before, view.number, took, view.id)
        to_come = [line for line in fresh if line.received < line.quantity]
        if view.status not in COMING:
            here = any(line.received for line in lines)
            return Scanned(label, "already" if here else "not_expected", view.number, 0, view.id)
        if not to_come:
            return Scanned(label, before, view.number, 0, view.id)
        if any(not self.goods.receivable(line) for line in to_come):
            return Scanned(label, "elsewhere", view.number, 0, view.id)
        return Scanned(label, "received", view.number, self._receive(view, to_come), view.id)

    def _keep(self, view: ReturnView, lines: Sequence[ReturnLine]) -> int:
        for line in (found := [line for line in lines if self.goods.away(line)]):
            self.anyway[view.id].append(line)
            self.items.update(all_of(line))
        return sum(line.quantity for line in found)

    def _receive(self, view: ReturnView, lines: Sequence[ReturnLine]) -> int:
        for line in lines:
            self.counts[view.id][line.id] = line.quantity - line.received
            self.items.update(items_of(line, line.quantity - line.received))
        return sum(self.counts[view.id][line.id] for line in lines)


@dataclass(frozen=True, slots=True)
class _Goods:
    """The lines of some returns, and where their units were last."""

    by_return: Mapping[UUID, list[ReturnLine]]
    last: Mapping[str, ReturnMovement]

    @classmethod
    async def read(cls, work: Work, return_ids: Collection[UUID]) -> "_Goods":
        lines = await repository.lines(work.session, work.scope, return_ids)
        units = [unit_item(line.unit_id) for line in lines if line.unit_id is not None]
        by_return = {key: list(group) for key, group in groupby(lines, lambda line: line.return_id)}
        return cls(by_return, await repository.last_steps(work.session, work.scope, units, return_ids))

    def of(self, return_id: UUID) -> list[ReturnLine]:
        """The lines of one of them."""
        return self.by_return.get(return_id, [])

    def receivable(self, line: ReturnLine) -> bool:
        """Whether the line's unit can reach us; pieces without a number always can."""
        last = self.last.get(unit_item(line.unit_id)) if line.unit_id is not None else None
        return last is None or receivable(last.place, last.disposition)

    def away(self, line: ReturnLine) -> bool:
        """Whether all of the line is with the customer, as far as we know."""
        last = [self.last.get(item) for item in all_of(line)]
        return all(away(one.place if one is not None else None) for one in last)


def unit_item(unit_id: UUID) -> str:
    """The piece that is this unit."""
    return f"unit:{unit_id}"


def items_of(line: ReturnLine, count: int) -> list[str]:
    """The next `count` pieces of a line to come in. A unit is one; pieces without a number are counted."""
    return all_of(line)[line.received : line.received + count]


def all_of(line: ReturnLine) -> list[str]:
    """All pieces of a line."""
    if line.unit_id is not None:
        return [unit_item(line.unit_id)]
    return [f"line:{line.id}:{one}" for one in range(1, line.quantity + 1)]


async def receive(work: Work, return_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """Everything that was still to come has reached us. Raises Conflict (`return.elsewhere`)."""
    held = await service.locked(work, return_id, "receive")
    goods = await _Goods.read(work, {return_id})
    counts = {line.id: line.quantity - line.received for line in goods.of(return_id) if line.received < line.quantity}
    await _take(work, {return_id: held}, goods, {return_id: counts})


async def receive_part(work: Work, return_id: UUID, body: ReceivePart) -> None:
    """A part has reached us: so many pieces of one line; the last of all makes the return received.

    Raises Invalid (`return.quantity`), Conflict (`return.elsewhere`).
    """
    held = await service.locked(work, return_id, "receive_part")
    goods = await _Goods.read(work, {return_id})
    line = line_at(goods.of(return_id), body.line)
    try:
        Pieces(line.quantity, line.received).take(body.quantity)
    except ValueError as wrong:
        raise miscounted(wrong) from wrong
    await _take(work, {return_id: held}, goods, {return_id: {line.id: body.quantity}})


def line_at(lines: Sequence[ReturnLine], position: int) -> ReturnLine:
    """The line with this number. Raises Invalid (`return.unknown_line`)."""
    found = next((line for line in lines if line.position == position), None)
    if found is None:
        problem = {"field": "line", "problem": "unknown", "help": N_("There is no such line.")}
        raise Invalid(
            "return.unknown_line", N_("This return has no line {line}.").format(line=position), errors=[problem]
        )
    return found


def miscounted(wrong: ValueError) -> Invalid:
    """The refusal of a quantity that does not add up."""
    return Invalid("return.quantity", str(wrong), errors=[{"field": "quantity", "problem": str(wrong)}])


async def _take(
    work: Work, held: Mapping[UUID, ReturnView], goods: _Goods, counts: Counts, anyway: Anyway | None = None
) -> None:
    """Count what came, write where it is, post it all at once, and arm the clocks of the inspection."""
    steps: list[dict[str, Any]] = []
    changes: list[Change] = []
    whole: list[ReturnView] = []
    for return_id, by_line in counts.items():
        lines = goods.of(return_id)
        for line in lines:
            count = by_line.get(line.id, 0)
            if not count:
                continue
            if not goods.receivable(line):
                raise Conflict(
                    "return.elsewhere", "This piece is with us already, or was scrapped. Compare its number."
                )
            steps += [step(work, line, item, goods.last.get(item), Place.HUB) for item in items_of(line, count)]
            line.received += count
        verb = "receive" if complete(Pieces(line.quantity, line.received) for line in lines) else "receive_part"
        if verb == "receive":
            whole.append(held[return_id])
        quantity = {"quantity": sum(by_line.values())}
        changes.append(move(RETURN, return_id, verb, if_version=work.if_version, data=quantity))
    for return_id, of_it in (anyway or {}).items():
        came = [(line, item) for line in of_it for item in all_of(line)]
        steps += [step(work, line, i, goods.last.get(i), Place.HUB, Disposition.HAND_BACK) for line, i in came]
        changes.append(event(RETURN, return_id, "came_anyway", data={"quantity": len(came)}))
    await work.post(*changes)
    await write(work, steps)
    await _watch(work, whole)


def step(
    work: Work,
    line: ReturnLine,
    item: str,
    last: ReturnMovement | None,
    place: Place,
    disposition: Disposition | None = None,
) -> dict[str, Any]:
    """The next step of a piece, by whoever asks, now."""
    return {
        "item": item,
        "step": last.step + 1 if last is not None else 1,
        "prior_step": last.step if last is not None else None,
        "from_place": last.place if last is not None else None,
        "place": place.value,
        "return_id": line.return_id,
        "line_id": line.id,
        "disposition": disposition.value if disposition is not None else None,
        "moved_at": work.now,
        "moved_by": work.actor.id if work.actor.kind is ActorKind.STAFF else None,
    }


async def write(work: Work, steps: Sequence[Mapping[str, Any]]) -> None:
    """Write steps. Raises Conflict (`return.elsewhere`) if a piece has moved on meanwhile."""
    await work.session.flush()
    if not steps:
        return
    try:
        await repository.move(work.session, work.scope, steps)
    except IntegrityError as error:
        raise Conflict(
            "return.elsewhere", "This piece has been moved meanwhile. Load the return again and look where it is."
        ) from error


async def _watch(work: Work, whole: Sequence[ReturnView]) -> None:
    """One timer for all that came together and is to be inspected in the same time."""
    by_hours: dict[int, list[ReturnView]] = defaultdict(list)
    for view in whole:
        by_hours[terms_of(view).inspect_hours].append(view)
    for hours, views in by_hours.items():
        ids = sorted(str(view.id) for view in views)
        due = work.now + timedelta(hours=hours)
        await schedule(work.session, INSPECT_BY, f"{ids[0]}:{len(ids)}", due_at=due, data={"return_ids": ids})


async def inspect_by(work: Work, data: Mapping[str, Any]) -> None:
    """The time to inspect is over: what nobody has looked at counts as accepted, at our cost."""
    ids = [UUID(one) for one in data["return_ids"][:MOST]]
    late = list((await repository.several(work.session, work.scope, ids)).values())
    await engine.lock(work.session, {view.stream_id for view in late if view.status in UNINSPECTED})
    still = await repository.several(work.session, work.scope, ids)
    changes = [move(RETURN, view.id, "approve_late") for view in still.values() if view.status in UNINSPECTED]
    if changes:
        await work.post(*changes)
        due = {change.document_id: settle_by(still[change.document_id], work.now) for change in changes}
        await settlements.promise(work.session, work.scope, due)
