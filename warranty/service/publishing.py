"""Publishing warranty terms: the next version, checked to say in words all that it names."""

from aftersales.policies import service as policies
from aftersales.policies.repository import PolicyView
from aftersales.work import Work
from warranty.schemas import PublishTerms
from warranty.service.entitlement import KIND, TERMS


async def publish(work: Work, body: PublishTerms) -> PolicyView:
    """Publish. Raises Invalid (`warranty.clause_without_words`) and whatever `policies.publish` raises."""
    policies.require_words("warranty.clause_without_words", body.terms.clauses(), body.words)
    return await policies.publish(
        work,
        kind=KIND,
        code=body.code,
        effective_from=body.effective_from,
        terms=TERMS.dump_python(body.terms, mode="json"),
        words=body.words,
    )
