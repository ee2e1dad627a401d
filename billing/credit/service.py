"""Giving credit and using it."""

from uuid import UUID

from aftersales.errors import Conflict, Invalid
from aftersales.money import Money
from aftersales.status import documents
from aftersales.work import Work
from billing.credit import repository
from billing.credit.models import CreditEntry
from billing.credit.rules import after


async def give(work: Work, document_id: UUID, key: UUID, amount: Money) -> UUID:
    """Add to the credit of the customer whom a document is about, once per key. Answers the key.

    Raises Conflict (`credit.no_customer`) where nobody is known whose it could be.
    """
    about = await documents.get(work.session, work.scope, document_id)
    if about.customer_id is None:
        raise Conflict("credit.no_customer", "This is about no customer, so nobody can have the credit.")
    await _add(work, about.customer_id, document_id, key, amount)
    return key


async def use(work: Work, customer_id: UUID | None, document_id: UUID, key: UUID, amount: Money) -> None:
    """Take from a customer's credit. Raises Invalid (`credit.amount`) for more than there is."""
    if customer_id is None:
        raise Conflict("credit.no_customer", "This is about no customer, so nobody can have the credit.")
    await _add(work, customer_id, document_id, key, Money(amount.currency, -amount.minor))


async def _add(work: Work, customer_id: UUID, document_id: UUID, key: UUID, amount: Money) -> None:
    last = await repository.held(work.session, work.scope, customer_id, amount.currency)
    if await repository.of_key(work.session, work.scope, key) is not None:
        return
    try:
        entry = after(last, amount)
    except ValueError as wrong:
        raise Invalid("credit.amount", str(wrong), errors=[{"field": "amount_minor", "problem": str(wrong)}]) from wrong
    work.session.add(
        CreditEntry(
            customer_id=customer_id,
            currency=amount.currency,
            step=entry.step,
            prior_step=last.step if last is not None else None,
            before_minor=last.balance.minor if last is not None else None,
            amount_minor=amount.minor,
            balance_minor=entry.balance.minor,
            key=key,
            document_id=document_id,
            made_at=work.now,
        )
    )
    await work.session.flush()
