"""The visit: somebody of ours goes to the customer's address. Its kind stands in the visit's own row.

A new time is the event `rescheduled`, with a reason; a failed visit is rebooked as a new one.
"""

from aftersales.i18n import N_
from aftersales.status.machine import Audience, By, Category, Edge, EventKind, Machine, State, WaitsOn

_SYSTEM = frozenset({By.SYSTEM})
_STAFF_OR_SYSTEM = frozenset({By.STAFF, By.SYSTEM})
_CUSTOMER = Audience.CUSTOMER
_WINDOW = frozenset({"starts_at", "ends_at"})
_FAILED = ("cannot_complete", "customer_no_show", "missed")

STATES = (
    State(
        "requested",
        Category.OPEN,
        N_("Requested"),
        N_("A visit is being arranged"),
        milestones=frozenset({"visit_wanted"}),
    ),
    State(
        "scheduled",
        Category.OPEN,
        N_("Scheduled"),
        N_("A visit is being arranged"),
        milestones=frozenset({"acknowledged", "visit_wanted"}),
    ),
    State(
        "confirmed",
        Category.OPEN,
        N_("Confirmed"),
        N_("The visit is confirmed"),
        milestones=frozenset({"acknowledged", "scheduled"}),
    ),
    State("dispatched", Category.OPEN, N_("With a technician"), N_("The visit is confirmed")),
    State("accepted", Category.OPEN, N_("Accepted"), N_("The visit is confirmed")),
    State("declined", Category.TROUBLE, N_("Needs another technician"), N_("The visit is confirmed")),
    State("en_route", Category.OPEN, N_("On the way"), N_("Our technician is on the way")),
    State(
        "arrived",
        Category.OPEN,
        N_("At the door"),
        N_("Our technician has arrived"),
        milestones=frozenset({"arrived"}),
    ),
    State("in_progress", Category.OPEN, N_("At work"), N_("Our technician is at work")),
    State("checked", Category.OPEN, N_("Checked at the door"), N_("Your unit has been checked at your door")),
    State(
        "collected",
        Category.OPEN,
        N_("Unit collected"),
        N_("We have taken your unit with us"),
        milestones=frozenset({"collected"}),
    ),
    State(
        "delivered",
        Category.OPEN,
        N_("Unit delivered"),
        N_("Your unit is back with you"),
        milestones=frozenset({"handed_over"}),
    ),
    State(
        "completed",
        Category.DONE,
        N_("Completed"),
        N_("The visit is complete"),
        milestones=frozenset({"completed"}),
    ),
    State("cannot_complete", Category.TROUBLE, N_("Could not be done"), N_("The visit could not be completed")),
    State(
        "customer_no_show",
        Category.TROUBLE,
        N_("Nobody at home"),
        N_("We did not find anyone at home"),
        waits_on=WaitsOn.CUSTOMER,
    ),
    State("missed", Category.TROUBLE, N_("We did not come"), N_("We missed the visit"), waits_on=WaitsOn.US),
    State("rebooked", Category.DONE, N_("Rebooked as a new visit"), final=True),
    State("cancelled", Category.DONE, N_("Cancelled"), N_("The visit is cancelled"), final=True),
    State(
        "closed",
        Category.DONE,
        N_("Closed"),
        N_("The work at your home is done"),
        milestones=frozenset({"concluded"}),
        final=True,
    ),
)

PLANNING = (
    Edge(
        "request",
        (None,),
        "requested",
        N_("Request a visit"),
        permission="visit.request",
        by=_STAFF_OR_SYSTEM,
        route="request_visit",
        data=frozenset({"kind", "follows"}),
    ),
    Edge(
        "schedule",
        ("requested", "declined"),
        "scheduled",
        N_("Set the time"),
        permission="visit.schedule",
        by=_STAFF_OR_SYSTEM,
        data=_WINDOW,
    ),
    Edge(
        "confirm",
        ("scheduled",),
        "confirmed",
        N_("Confirm with the customer"),
        permission="visit.schedule",
        data=_WINDOW | {"kind"},
        audience=_CUSTOMER,
    ),
    Edge(
        "dispatch",
        ("confirmed", "declined"),
        "dispatched",
        N_("Give to a technician"),
        permission="visit.dispatch",
        data=frozenset({"technician_id"}),
    ),
    Edge(
        "recall",
        ("dispatched", "accepted"),
        "declined",
        N_("Take back from the technician"),
        permission="visit.dispatch",
        reason=True,
    ),
    Edge(
        "miss",
        ("scheduled", "confirmed", "dispatched", "accepted", "declined", "en_route"),
        "missed",
        N_("We did not come"),
        permission="visit.schedule",
        by=_STAFF_OR_SYSTEM,
        audience=_CUSTOMER,
        reason=True,
    ),
    Edge(
        "rebook",
        _FAILED,
        "rebooked",
        N_("Book a new visit"),
        permission="visit.request",
        data=frozenset({"visit_id"}),
    ),
    Edge(
        "cancel",
        ("requested", "scheduled", "confirmed", "dispatched", "accepted", "declined", *_FAILED),
        "cancelled",
        N_("Cancel the visit"),
        permission="visit.cancel",
        by=_STAFF_OR_SYSTEM,
        audience=_CUSTOMER,
        reason=True,
    ),
)

ON_THE_ROAD = (
    Edge("accept", ("dispatched",), "accepted", N_("Accept"), permission="visit.work"),
    Edge("decline", ("dispatched",), "declined", N_("I cannot take it"), permission="visit.work", reason=True),
    Edge(
        "depart",
        # Who is late may come all the same.
        ("accepted", "missed"),
        "en_route",
        N_("I am on my way"),
        permission="visit.work",
        data=frozenset({"technician_id"}),
        audience=_CUSTOMER,
    ),
    Edge("arrive", ("en_route",), "arrived", N_("I have arrived"), permission="visit.work", audience=_CUSTOMER),
    Edge("begin", ("arrived",), "in_progress", N_("Begin the work"), permission="visit.work", audience=_CUSTOMER),
    Edge(
        "check",
        ("arrived",),
        "checked",
        N_("Checked at the door"),
        permission="visit.work",
        data=frozenset({"condition", "photos"}),
        audience=_CUSTOMER,
    ),
    Edge(
        "collect",
        ("checked",),
        "collected",
        N_("Collect the unit"),
        permission="visit.work",
        data=frozenset({"seal"}),
        audience=_CUSTOMER,
    ),
    Edge(
        "deliver",
        ("arrived",),
        "delivered",
        N_("Hand the unit over"),
        permission="visit.work",
        audience=_CUSTOMER,
    ),
    Edge(
        "complete",
        ("in_progress", "collected", "delivered"),
        "completed",
        N_("Visit complete"),
        permission="visit.work",
        data=frozenset({"kind"}),
    ),
    Edge(
        "cannot_complete",
        ("accepted", "en_route", "arrived", "checked", "in_progress"),
        "cannot_complete",
        N_("It cannot be done today"),
        permission="visit.work",
        data=frozenset({"reason"}),
        audience=_CUSTOMER,
    ),
    Edge(
        "no_show",
        ("en_route", "arrived"),
        "customer_no_show",
        N_("Nobody at home"),
        permission="visit.work",
        audience=_CUSTOMER,
    ),
    Edge(
        "conclude",
        ("completed",),
        "closed",
        N_("Close: nothing else is to be done"),
        by=_SYSTEM,
        audience=_CUSTOMER,
    ),
)

VISIT = Machine(
    name="visit",
    title="visit",
    summary="Somebody of ours goes to the customer: to fetch, bring, repair, look or install.",
    states=STATES,
    edges=(*PLANNING, *ON_THE_ROAD),
    events=(
        EventKind(
            "code_renewed",
            N_("New code sent"),
            button=N_("Send the customer a new code"),
            permission="visit.work",
            states=frozenset({"en_route", "arrived"}),
        ),
        EventKind("late", N_("Comes later than promised"), audience=_CUSTOMER, states=frozenset({"en_route"})),
        EventKind(
            "rescheduled",
            N_("New time"),
            button=N_("Choose another time"),
            permission="visit.schedule",
            data=_WINDOW | {"reason", "kind"},
            audience=_CUSTOMER,
            states=frozenset({"scheduled", "confirmed", "dispatched", "accepted", "declined"}),
        ),
    ),
)
