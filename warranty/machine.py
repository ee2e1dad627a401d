"""The machines of a warranty claim and of a registration."""

from aftersales.i18n import N_
from aftersales.status.machine import Audience, By, Category, Edge, EventKind, Machine, State, WaitsOn

_SYSTEM = frozenset({By.SYSTEM})
_BOTH = frozenset({By.STAFF, By.SYSTEM})
_EITHER = frozenset({By.STAFF, By.CUSTOMER})
_SEEN = Audience.CUSTOMER
_UNDECIDED = ("submitted", "in_review", "info_requested", "pre_authorised")

CLAIM = Machine(
    name="warranty_claim",
    title="warranty claim",
    summary="What one fault of one unit costs the customer under the terms it was sold with, and who decided so.",
    states=(
        State("draft", Category.OPEN, N_("Claim being prepared")),
        State("submitted", Category.OPEN, N_("Claim submitted"), waits_on=WaitsOn.US),
        State(
            "in_review", Category.OPEN, N_("Claim in review"), N_("We are checking your warranty"), waits_on=WaitsOn.US
        ),
        State(
            "info_requested",
            Category.WAITING,
            N_("Waiting for the customer's information"),
            N_("We need something from you for the warranty"),
            waits_on=WaitsOn.CUSTOMER,
        ),
        State("pre_authorised", Category.OPEN, N_("Pre-authorised"), waits_on=WaitsOn.US),
        State("approved", Category.OPEN, N_("Covered"), N_("Covered by your warranty")),
        State("partially_approved", Category.OPEN, N_("Covered in part"), N_("Covered in part by your warranty")),
        State("denied", Category.DONE, N_("Not covered"), N_("Not covered by your warranty")),
        State(
            "appealed", Category.TROUBLE, N_("Denial appealed"), N_("We are looking at it again"), waits_on=WaitsOn.US
        ),
        State("fulfilled", Category.DONE, N_("Claim fulfilled"), N_("Done under your warranty")),
        State("closed", Category.DONE, N_("Claim closed"), final=True),
    ),
    edges=(
        Edge(
            "open",
            (None,),
            "draft",
            N_("Open a claim"),
            permission="warranty_claim.open",
            by=_BOTH,
            route="open_warranty_claim",
        ),
        Edge(
            "submit",
            ("draft",),
            "submitted",
            N_("Submit the claim"),
            by=_SYSTEM,
            data=frozenset({"parts", "labour", "visit", "policy_version", "proof"}),
        ),
        Edge(
            "review",
            ("submitted", "pre_authorised", "approved", "partially_approved", "appealed"),
            "in_review",
            N_("Take into review"),
            permission="warranty_claim.review",
            by=_BOTH,
            data=frozenset({"cause_code"}),
        ),
        Edge(
            "request_info",
            ("in_review",),
            "info_requested",
            N_("Ask the customer"),
            permission="warranty_claim.review",
            audience=_SEEN,
            reason=True,
        ),
        Edge(
            "provide_info",
            ("info_requested",),
            "in_review",
            N_("Answer"),
            permission="warranty_claim.review",
            by=_EITHER,
            audience=_SEEN,
            reason=True,
        ),
        Edge(
            "pre_authorise",
            ("submitted", "in_review"),
            "pre_authorised",
            N_("Pre-authorise"),
            permission="warranty_claim.approve",
        ),
        Edge(
            "approve",
            ("in_review", "pre_authorised"),
            "approved",
            N_("Approve"),
            permission="warranty_claim.approve",
            by=_BOTH,
            data=frozenset({"policy_version", "clause"}),
            audience=_SEEN,
        ),
        Edge(
            "approve_partly",
            ("in_review", "pre_authorised"),
            "partially_approved",
            N_("Approve in part"),
            permission="warranty_claim.approve",
            data=frozenset({"policy_version", "clause", "cause_code", "parts", "labour", "visit"}),
            audience=_SEEN,
        ),
        Edge(
            "deny",
            ("in_review",),
            "denied",
            N_("Confirm the denial"),
            permission="warranty_claim.deny",
            data=frozenset({"policy_version", "clause", "cause_code", "confirmation_id"}),
            audience=_SEEN,
        ),
        Edge(
            "appeal",
            ("denied",),
            "appealed",
            N_("Ask us to look at it again"),
            permission="warranty_claim.review",
            by=_EITHER,
            audience=_SEEN,
            reason=True,
        ),
        Edge(
            "fulfil",
            ("approved", "partially_approved"),
            "fulfilled",
            N_("Fulfilled"),
            permission="warranty_claim.approve",
            by=_BOTH,
        ),
        Edge("lapse", _UNDECIDED, "closed", N_("The warranty period had ended"), by=_SYSTEM, audience=_SEEN),
        Edge(
            "withdraw",
            ("draft", *_UNDECIDED, "appealed"),
            "closed",
            N_("Withdraw the claim"),
            permission="warranty_claim.review",
            by=_BOTH,
            reason=True,
        ),
        Edge(
            "close",
            ("denied", "fulfilled"),
            "closed",
            N_("Close the claim"),
            by=_SYSTEM,
        ),
    ),
    events=(
        EventKind(
            "answered",
            N_("Coverage worked out anew"),
            data=frozenset({"parts", "labour", "visit", "policy_version", "proof"}),
        ),
        EventKind(
            "denial_proposed",
            N_("Denial proposed"),
            button=N_("Propose a denial"),
            permission="warranty_claim.propose",
            data=frozenset({"cause_code", "clause", "photos"}),
            states=frozenset({"in_review"}),
        ),
    ),
)

REGISTRATION = Machine(
    name="warranty_registration",
    title="warranty registration",
    summary="A unit made known to us by its owner, with proof. Without one the unit is covered all the same.",
    states=(
        State("pending_verification", Category.WAITING, N_("Registration to check"), waits_on=WaitsOn.US),
        State("active", Category.DONE, N_("Registered"), N_("Your product is registered")),
        State("expired", Category.DONE, N_("Registration expired"), N_("Your warranty has ended"), final=True),
        State("void", Category.DONE, N_("Registration void"), N_("Your registration is not valid"), final=True),
        State("transferred", Category.DONE, N_("Passed to a new owner"), N_("Passed to a new owner"), final=True),
        State("exhausted", Category.DONE, N_("Benefits used up"), N_("Your plan is used up"), final=True),
        State("cancelled", Category.DONE, N_("Registration cancelled"), N_("Registration cancelled"), final=True),
    ),
    edges=(
        Edge(
            "register",
            (None,),
            "pending_verification",
            N_("Register the unit"),
            permission="warranty_registration.register",
            by=_BOTH,
            route="register_unit",
        ),
        Edge(
            "activate",
            ("pending_verification",),
            "active",
            N_("Proof checked"),
            permission="warranty_registration.verify",
            audience=_SEEN,
        ),
        Edge(
            "declare_void",
            ("pending_verification", "active"),
            "void",
            N_("Declare void"),
            permission="warranty_registration.verify",
            audience=_SEEN,
            reason=True,
        ),
        Edge(
            "cancel",
            ("pending_verification", "active"),
            "cancelled",
            N_("Cancel the registration"),
            permission="warranty_registration.register",
            reason=True,
        ),
        Edge("expire", ("active",), "expired", N_("Expired"), by=_SYSTEM, audience=_SEEN),
        Edge("transfer", ("active",), "transferred", N_("Pass to a new owner"), by=_SYSTEM, audience=_SEEN),
        Edge("exhaust", ("active",), "exhausted", N_("Benefits used up"), by=_SYSTEM, audience=_SEEN),
    ),
    events=(
        EventKind(
            "identified",
            N_("Product found"),
            button=N_("Say which product it is"),
            permission="warranty_registration.verify",
            states=frozenset({"pending_verification"}),
        ),
    ),
)
