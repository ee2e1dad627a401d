"""A8: every state × every verb of the two machines of warranty, written out."""

import pytest

from aftersales.status.machine import Audience, By, Category
from warranty.life_machines import OFFER, TRANSFER
from warranty.machine import CLAIM, REGISTRATION

CLAIM_TABLE = {
    None: {"open": "draft"},
    "draft": {"submit": "submitted", "withdraw": "closed"},
    "submitted": {
        "review": "in_review",
        "pre_authorise": "pre_authorised",
        "lapse": "closed",
        "withdraw": "closed",
    },
    "in_review": {
        "request_info": "info_requested",
        "pre_authorise": "pre_authorised",
        "approve": "approved",
        "approve_partly": "partially_approved",
        "deny": "denied",
        "lapse": "closed",
        "withdraw": "closed",
    },
    "info_requested": {"provide_info": "in_review", "lapse": "closed", "withdraw": "closed"},
    "pre_authorised": {
        "review": "in_review",
        "approve": "approved",
        "approve_partly": "partially_approved",
        "lapse": "closed",
        "withdraw": "closed",
    },
    "approved": {"review": "in_review", "fulfil": "fulfilled"},
    "partially_approved": {"review": "in_review", "fulfil": "fulfilled"},
    "denied": {"appeal": "appealed", "close": "closed"},
    "appealed": {"review": "in_review", "withdraw": "closed"},
    "fulfilled": {"close": "closed"},
    "closed": {},
}
REGISTRATION_TABLE = {
    None: {"register": "pending_verification"},
    "pending_verification": {"activate": "active", "declare_void": "void", "cancel": "cancelled"},
    "active": {
        "declare_void": "void",
        "cancel": "cancelled",
        "expire": "expired",
        "transfer": "transferred",
        "exhaust": "exhausted",
    },
    "expired": {},
    "void": {},
    "transferred": {},
    "exhausted": {},
    "cancelled": {},
}


TRANSFER_TABLE = {
    None: {"ask": "asked"},
    "asked": {
        "complete": "completed",
        "decline": "declined",
        "withdraw": "withdrawn",
        "lapse": "lapsed",
    },
    "completed": {},
    "declined": {},
    "withdrawn": {},
    "lapsed": {},
}


OFFER_TABLE = {
    None: {"offer": "offered"},
    "offered": {"take_up": "taken", "decline": "declined", "withdraw": "withdrawn"},
    "taken": {"withdraw": "withdrawn", "fulfil": "fulfilled", "give_money": "fulfilled"},
    "fulfilled": {},
    "declined": {},
    "withdrawn": {},
}
TABLES = [(CLAIM, CLAIM_TABLE), (REGISTRATION, REGISTRATION_TABLE), (TRANSFER, TRANSFER_TABLE), (OFFER, OFFER_TABLE)]


@pytest.mark.parametrize(("machine", "table"), TABLES, ids=["claim", "registration", "transfer", "offer"])
def test_the_whole_table(machine, table) -> None:  # type: ignore[no-untyped-def]
    assert set(machine.by_state) == table.keys() - {None}
    assert {status: {e.verb: e.to for e in machine.legal(status)} for status in table} == table


def test_a_denial_needs_a_person_and_is_seen_by_the_customer() -> None:
    deny = CLAIM.by_verb["deny"]
    assert deny.by == {By.STAFF}
    assert deny.audience is Audience.CUSTOMER
    assert {"clause", "cause_code", "confirmation_id"} <= deny.data


def test_the_customer_may_appeal_with_a_reason() -> None:
    appeal = CLAIM.by_verb["appeal"]
    assert By.CUSTOMER in appeal.by
    assert appeal.reason


def test_a_decided_claim_holds_up_no_case() -> None:
    done = {s.name for s in CLAIM.states if s.category is Category.DONE}
    assert done == {"denied", "fulfilled", "closed"}
