"""What a line says of its part: whose it is, and out of which product it was taken."""

from datetime import date
from uuid import UUID

from aftersales.errors import Invalid
from aftersales.i18n import N_
from aftersales.products import repository as products
from aftersales.work import Work
from warranty.recovery import owing
from warranty.schemas import AddLine


async def checked(work: Work, body: AddLine, on: date) -> UUID | None:
    """The unit that the part was taken out of, None for a new one.

    Raises Invalid: `warranty.no_supplier` where a supplier is to pay for a part that none covers, `warranty.no_part`
    where what is no part has a part's code or donor, `warranty.no_donor`, `warranty.donor_not_ours`.
    """
    if body.cost != "parts" and (body.part_code or body.donor or body.payer == "supplier"):
        raise _wrong("warranty.no_part", "cost", N_("Only a part has a code, a donor or a supplier."))
    if body.payer == "supplier" and not await owing.covered(work.session, work.scope, body.part_code):
        raise _wrong("warranty.no_supplier", "part_code", N_("No supplier covers this part. Write its code."))
    if not body.donor:
        return None
    found = await products.by_identifier(work.session, work.as_system().scope, body.donor)
    if len(found) != 1:
        raise _wrong("warranty.no_donor", "donor", N_("No product bears this number, or several do."))
    if not await owing.donor(work.session, work.scope, found[0].id, on):
        words = N_("This product belongs to a customer. Parts are taken only out of products that are ours.")
        raise _wrong("warranty.donor_not_ours", "donor", words)
    return found[0].id


def _wrong(code: str, field: str, words: str) -> Invalid:
    return Invalid(code, words, errors=[{"field": field, "problem": N_("missing or wrong"), "help": words}])
