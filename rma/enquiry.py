"""The machine of an enquiry: somebody on the public page says which product they want to give back, and is sent a code.

It holds the code and what was told until a case takes its place; nothing of what was typed is kept.
"""

from aftersales.i18n import N_
from aftersales.status.machine import By, Category, Edge, Machine, State, WaitsOn

_SYSTEM = frozenset({By.SYSTEM})

ENQUIRY = Machine(
    name="return_enquiry",
    title="return enquiry",
    summary="A wish to give something back that is begun on the public page, until the code that was sent is entered.",
    states=(
        State("asked", Category.WAITING, N_("Code sent"), waits_on=WaitsOn.CUSTOMER),
        State("used", Category.DONE, N_("Code used"), final=True),
        State("lapsed", Category.DONE, N_("Code not used"), final=True),
    ),
    edges=(
        Edge("ask", (None,), "asked", N_("Ask on the public page"), by=_SYSTEM),
        Edge("use", ("asked",), "used", N_("Use the code"), by=_SYSTEM, data=frozenset({"case"})),
        Edge("lapse", ("asked",), "lapsed", N_("Let it lapse"), by=_SYSTEM),
    ),
)
