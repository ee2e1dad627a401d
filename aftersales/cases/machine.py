"""The case: the customer's whole matter. Its status follows from its documents (`rules.follow`); people set only its
owner, close it, cancel it or reopen it."""

from aftersales.i18n import N_
from aftersales.status.machine import Audience, By, Category, Edge, EventKind, Machine, State, WaitsOn

_SYSTEM = frozenset({By.SYSTEM})
_RUNNING = ("received", "acknowledged", "in_progress", "waiting", "reopened")

CASE = Machine(
    name="case",
    title="case",
    summary="A customer's whole matter, from the first word to the last call.",
    states=(
        State("received", Category.OPEN, N_("Received"), N_("We have received your request")),
        State(
            "acknowledged",
            Category.OPEN,
            N_("Acknowledged"),
            N_("We are arranging your service"),
            milestones=frozenset({"acknowledged"}),
        ),
        State("in_progress", Category.OPEN, N_("In progress"), N_("We are working on it")),
        State("waiting", Category.WAITING, N_("Waiting"), N_("We are waiting"), waits_on=WaitsOn.CUSTOMER),
        State("reopened", Category.TROUBLE, N_("Reopened"), N_("We have reopened your request")),
        State("resolved", Category.DONE, N_("Resolved"), N_("Your service is complete")),
        State("follow_up", Category.OPEN, N_("Follow-up call due"), N_("Your service is complete")),
        State("closed", Category.DONE, N_("Closed"), N_("Your request is closed")),
        State("cancel_pending", Category.WAITING, N_("Being cancelled"), N_("We are cancelling your request")),
        State("cancelled", Category.DONE, N_("Cancelled"), N_("Your request is cancelled"), final=True),
        State("merged", Category.DONE, N_("Merged"), final=True),
    ),
    edges=(
        Edge(
            "receive",
            (None,),
            "received",
            N_("Open the case"),
            permission="case.open",
            by=frozenset({By.STAFF, By.SYSTEM}),
            route="open_case",
            data=frozenset({"channel"}),
            audience=Audience.CUSTOMER,
        ),
        Edge("acknowledge", ("received",), "acknowledged", N_("Acknowledge"), by=_SYSTEM, audience=Audience.CUSTOMER),
        Edge(
            "progress",
            ("received", "acknowledged", "waiting", "reopened", "resolved", "follow_up"),
            "in_progress",
            N_("Work goes on"),
            by=_SYSTEM,
        ),
        Edge(
            "wait",
            ("received", "acknowledged", "in_progress", "reopened", "resolved", "follow_up"),
            "waiting",
            N_("Wait"),
            by=_SYSTEM,
        ),
        Edge("resolve", _RUNNING, "resolved", N_("Resolve"), by=_SYSTEM, audience=Audience.CUSTOMER),
        Edge(
            "ask_follow_up",
            ("resolved",),
            "follow_up",
            N_("Ask for the follow-up call"),
            by=_SYSTEM,
            data=frozenset({"due"}),
        ),
        Edge(
            "close",
            ("resolved", "follow_up"),
            "closed",
            N_("Close: the customer is happy"),
            permission="case.close",
            data=frozenset({"reached"}),
            audience=Audience.CUSTOMER,
        ),
        Edge(
            "reopen",
            ("resolved", "follow_up", "closed"),
            "reopened",
            N_("Reopen: the customer is not happy"),
            permission="case.close",
            by=frozenset({By.STAFF, By.SYSTEM}),
            audience=Audience.CUSTOMER,
            reason=True,
        ),
        Edge(
            "request_cancel",
            _RUNNING,
            "cancel_pending",
            N_("Cancel the case"),
            permission="case.cancel",
            audience=Audience.CUSTOMER,
            reason=True,
        ),
        Edge(
            "confirm_cancel",
            ("cancel_pending",),
            "cancelled",
            N_("Confirm the cancellation"),
            permission="case.cancel",
            audience=Audience.CUSTOMER,
        ),
        Edge(
            "withdraw_cancel",
            ("cancel_pending",),
            "in_progress",
            N_("Keep the case"),
            permission="case.cancel",
            audience=Audience.CUSTOMER,
            reason=True,
        ),
        Edge("merge", _RUNNING, "merged", N_("Merge into another case"), by=_SYSTEM, data=frozenset({"into"})),
    ),
    events=(
        EventKind(
            "assigned",
            N_("Owner changed"),
            permission="case.assign",
            data=frozenset({"owner_id"}),
            button=N_("Change the owner"),
        ),
        EventKind("note_added", N_("Note"), permission="case.note", button=N_("Write a note")),
        EventKind(
            "file_added",
            N_("Photo or document added"),
            permission="case.note",
            data=frozenset({"file_id", "kind"}),
            button=N_("Add photos or a document"),
        ),
        EventKind(
            "customer_wrote",
            N_("The customer wrote"),
            audience=Audience.CUSTOMER,
        ),
    ),
)
