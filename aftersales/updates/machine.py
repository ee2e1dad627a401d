"""The life of one customer update. A record, not a document: telling is not news, so it has no timeline entry. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from aftersales.i18n import N_
from aftersales.status.machine import Category


class UpdateState(StrEnum):
    """What became of an update."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    RETRYING = "retrying"
    FAILED = "failed"
    BOUNCED = "bounced"
    WITHHELD = "withheld"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class RecordState:
    """One state: its category and label for lists, the sentence that explains it, and where it may go from here."""

    category: Category
    label: str
    sentence: str
    to: frozenset[UpdateState] = frozenset()


_S = UpdateState

STATES: Mapping[UpdateState, RecordState] = {
    _S.QUEUED: RecordState(
        Category.OPEN,
        N_("Queued"),
        N_("The words are written and wait for their turn to be sent."),
        frozenset({_S.SENDING, _S.SENT, _S.RETRYING, _S.FAILED, _S.WITHHELD, _S.MERGED}),
    ),
    _S.SENDING: RecordState(
        Category.OPEN,
        N_("Being sent"),
        N_("It is being handed over now; if it stays like this, the attempt was cut off and will be repeated."),
        frozenset({_S.SENDING, _S.SENT, _S.RETRYING, _S.FAILED, _S.WITHHELD}),
    ),
    _S.SENT: RecordState(
        Category.OPEN,
        N_("Sent"),
        N_("It has been handed over; whether it arrived is not known yet."),
        frozenset({_S.DELIVERED, _S.READ, _S.BOUNCED}),
    ),
    _S.DELIVERED: RecordState(
        Category.DONE, N_("Delivered"), N_("It has arrived with the customer."), frozenset({_S.READ, _S.BOUNCED})
    ),
    _S.READ: RecordState(Category.DONE, N_("Read"), N_("The customer has opened it.")),
    _S.RETRYING: RecordState(
        Category.WAITING,
        N_("Will be tried again"),
        N_("The last attempt was put off; it will be tried again by itself."),
        frozenset({_S.SENDING, _S.SENT, _S.RETRYING, _S.FAILED, _S.WITHHELD}),
    ),
    _S.FAILED: RecordState(
        Category.TROUBLE,
        N_("Failed"),
        N_("It could not be sent. Put right what is wrong and send it again, or call the customer."),
        frozenset({_S.QUEUED}),
    ),
    _S.BOUNCED: RecordState(
        Category.TROUBLE,
        N_("Came back"),
        N_("It was accepted at first and then came back. Check the address, or call the customer."),
        frozenset({_S.QUEUED, _S.READ}),
    ),
    _S.WITHHELD: RecordState(
        Category.WAITING, N_("Held back"), N_("It was not sent, for the reason given."), frozenset({_S.QUEUED})
    ),
    _S.MERGED: RecordState(Category.DONE, N_("Merged"), N_("A later update says it too, so it was not sent alone.")),
}
"""Every state, in the order of a usual life."""


def sources(to: UpdateState) -> frozenset[UpdateState]:
    """The states from which a record may come into `to`."""
    return frozenset(state for state, declared in STATES.items() if to in declared.to)


_RANKS = (UpdateState.SENT, UpdateState.DELIVERED, UpdateState.BOUNCED, UpdateState.READ)


def after(state: UpdateState, became: UpdateState) -> UpdateState:
    """The state once a receipt has said `became`: whatever the order of receipts and however often, the same.

    What came back was not delivered, whoever says so before or after; what was read has arrived. Before it was sent and
    once it went another way, a receipt changes nothing.
    """
    if state not in _RANKS:
        return state
    return max(state, became, key=_RANKS.index)
