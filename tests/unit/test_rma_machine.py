"""A2: every state × every verb of a return, written out."""

from aftersales.status.machine import Audience, By, Category
from rma.machine import RETURN

TABLE = {
    None: {"request": "requested"},
    "requested": {
        "review": "under_review",
        "request_info": "info_requested",
        "authorise": "authorised",
        "reject": "rejected",
        "cancel": "cancelled",
    },
    "under_review": {
        "request_info": "info_requested",
        "authorise": "authorised",
        "reject": "rejected",
        "cancel": "cancelled",
    },
    "info_requested": {"provide_info": "under_review", "cancel": "cancelled"},
    "authorised": {
        "cancel": "cancelled",
        "await_return": "awaiting_return",
        "schedule_pickup": "pickup_scheduled",
        "exchange_at_door": "exchanged_at_door",
        "expire": "expired",
        "receive_part": "partially_received",
        "receive": "received",
    },
    "rejected": {"review": "under_review", "close": "closed"},
    "awaiting_return": {
        "exchange_at_door": "exchanged_at_door",
        "cancel": "cancelled",
        "schedule_pickup": "pickup_scheduled",
        "send": "in_transit",
        "receive_part": "partially_received",
        "receive": "received",
        "expire": "expired",
    },
    "pickup_scheduled": {
        "exchange_at_door": "exchanged_at_door",
        "cancel": "cancelled",
        "await_return": "awaiting_return",
        "send": "in_transit",
        "receive_part": "partially_received",
        "receive": "received",
    },
    "in_transit": {"cancel": "cancelled", "receive_part": "partially_received", "receive": "received"},
    "partially_received": {"receive_part": "partially_received", "receive": "received", "inspect": "inspecting"},
    "received": {"inspect": "inspecting", "approve_late": "resolution_pending"},
    "inspecting": {
        "refuse": "returning",
        "disposition": "dispositioned",
        "approve_late": "resolution_pending",
    },
    "dispositioned": {"settle": "resolution_pending"},
    "resolution_pending": {"resolve": "resolved"},
    "exchanged_at_door": {"resolve": "resolved"},
    "resolved": {"close": "closed"},
    "returning": {"give_back": "returned"},
    "returned": {"close": "closed"},
    "closed": {},
    "cancelled": {},
    "expired": {},
}


def test_the_whole_table() -> None:
    assert set(RETURN.by_state) == TABLE.keys() - {None}
    assert {status: {e.verb: e.to for e in RETURN.legal(status)} for status in TABLE} == TABLE


def test_the_customer_may_ask_answer_and_cancel() -> None:
    theirs = {edge.verb for edge in RETURN.edges if By.CUSTOMER in edge.by}
    assert theirs == {"request", "provide_info", "cancel"}


def test_a_rejection_is_read_by_the_customer_with_its_reason() -> None:
    reject = RETURN.by_verb["reject"]
    assert reject.reason
    assert reject.audience is Audience.CUSTOMER
    assert RETURN.by_state["rejected"].category is Category.DONE
