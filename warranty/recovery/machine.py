"""The machines of what is claimed back: from a supplier, and from a brand. They go the same way."""

from aftersales.i18n import N_
from aftersales.status.machine import By, Category, Edge, Machine, State, WaitsOn

_SYSTEM = frozenset({By.SYSTEM})
_SENT = ("filed", "acknowledged", "refiled")

_STATES = (
    State("eligible", Category.OPEN, N_("To be claimed back"), waits_on=WaitsOn.US),
    State("filed", Category.WAITING, N_("Claimed"), waits_on=WaitsOn.SUPPLIER),
    State("acknowledged", Category.WAITING, N_("Claim acknowledged"), waits_on=WaitsOn.SUPPLIER),
    State("accepted", Category.WAITING, N_("Claim accepted"), waits_on=WaitsOn.SUPPLIER),
    State("partial", Category.TROUBLE, N_("Accepted in part"), waits_on=WaitsOn.SUPPLIER),
    State("rejected", Category.TROUBLE, N_("Claim rejected"), waits_on=WaitsOn.US),
    State("refiled", Category.WAITING, N_("Claimed again"), waits_on=WaitsOn.SUPPLIER),
    State("credited", Category.OPEN, N_("Money received"), waits_on=WaitsOn.US),
    State("closed", Category.DONE, N_("Closed"), final=True),
)
_EDGES = (
    Edge("arise", (None,), "eligible", N_("Can be claimed back"), by=_SYSTEM, data=frozenset({"amount", "claim_id"})),
    Edge(
        "file",
        ("eligible",),
        "filed",
        N_("Claim back"),
        permission="recovery.file",
        route="file_recoveries",
        data=frozenset({"filing_id", "amount"}),
    ),
    Edge(
        "acknowledge",
        ("filed", "refiled"),
        "acknowledged",
        N_("Acknowledged"),
        permission="recovery.file",
        data=frozenset({"reference"}),
    ),
    Edge("accept", _SENT, "accepted", N_("Accepted in full"), permission="recovery.settle", data=frozenset({"amount"})),
    Edge(
        "accept_partly",
        _SENT,
        "partial",
        N_("Accepted in part"),
        permission="recovery.settle",
        data=frozenset({"amount"}),
        reason=True,
    ),
    Edge("reject", _SENT, "rejected", N_("Rejected"), permission="recovery.settle", reason=True),
    Edge(
        "refile",
        ("partial", "rejected", "credited"),
        "refiled",
        N_("Claim again"),
        permission="recovery.file",
        reason=True,
    ),
    Edge(
        "credit",
        ("accepted", "partial", "credited"),
        "credited",
        N_("Money received"),
        permission="recovery.settle",
        data=frozenset({"amount", "reference"}),
    ),
    Edge("settle", ("credited",), "closed", N_("Paid in full"), by=_SYSTEM),
    Edge(
        "close", ("credited",), "closed", N_("Accept the short payment"), permission="recovery.write_off", reason=True
    ),
    Edge(
        "write_off",
        ("eligible", "accepted", "partial", "rejected"),
        "closed",
        N_("Write off"),
        permission="recovery.write_off",
        reason=True,
    ),
    Edge("withdraw", ("eligible",), "closed", N_("Claim decided anew"), by=_SYSTEM),
)

SUPPLIER = Machine(
    name="supplier_recovery",
    title="supplier recovery",
    summary="What a supplier owes us for one part or product that failed within its cover.",
    states=_STATES,
    edges=_EDGES,
)
BRAND = Machine(
    name="brand_claim",
    title="brand claim",
    summary="What a brand owes us for one line of work that was done at its cost.",
    states=_STATES,
    edges=_EDGES,
)
MACHINES = {machine.name: machine for machine in (SUPPLIER, BRAND)}
