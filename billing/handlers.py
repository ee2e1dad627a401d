"""Reactions to what other modules post."""

from aftersales.module import Posted
from aftersales.work import Work
from billing.estimates.service import void, withdraw
from billing.invoices.service import issue_for_work

# The verb of a repair order that passed its check. One that goes back as it is becomes ready too, and owes nothing.
DONE = "pass"
AS_IT_IS = "return_as_is"


async def withdraw_estimates(work: Work, posted: Posted) -> None:
    """The case was cancelled: nobody can say yes to its prices any more."""
    await withdraw(work, posted.stream_id)


async def invoice_finished_work(work: Work, posted: Posted) -> None:
    """A repair was done and checked: what was approved for it is invoiced, once."""
    if posted.name == DONE:
        await issue_for_work(work, posted.document_id)


async def void_undone_work(work: Work, posted: Posted) -> None:
    """A unit goes back as it is, or another one in its place: what was approved for its repair is not owed."""
    if posted.to_status == "replaced" or posted.name == AS_IT_IS:
        await void(work, posted.document_id)
